"""The account's own knowledge: its states, its verification codes, and how its operations are made ready."""

from conformance.account.options import BUDGET, LATE, WALK, add_options, configured, expected, share
from conformance.account.recorded import followed

__all__ = ["BUDGET", "LATE", "WALK", "add_options", "configured", "expected", "followed", "share"]
