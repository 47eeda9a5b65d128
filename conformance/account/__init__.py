"""The account's own knowledge: its states, its verification codes, and how its operations are made ready."""

from conformance.account.options import BUDGET, WALK, add_options, configured
from conformance.account.recorded import followed

__all__ = ["BUDGET", "WALK", "add_options", "configured", "followed"]
