"""The account's own knowledge: its states, its verification codes, and how its operations are made ready."""

from conformance.account.options import BUDGET, LATE, add_options, configured, expected, share, walk
from conformance.account.recorded import followed

__all__ = ["BUDGET", "LATE", "add_options", "configured", "expected", "followed", "share", "walk"]
