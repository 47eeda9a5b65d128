"""How many right codes a run needs: counted before anything is asked, where each of them is costly."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.account.careful import CarefulAccount
    from conformance.probes import Probe


def right_codes(account: CarefulAccount, probes: Sequence[Probe], guesses: int, limit: float) -> Counter[str]:
    """About how many right codes a run with these probes needs, by delivery.

    Each portion of probes of which at most `guesses` may be wrong codes ends with one; `limit` wrong codes are allowed.
    The walk from state to state takes one more, after a message was sent again.
    """
    source, found = account.source, Counter[str]()
    if source is None:
        return found
    first, by_sms, thrifty = source.deliveries[0], "sms" in source.deliveries, account.asker.thrifty
    groups: dict[tuple[str, str], list[Probe]] = {}
    for probe in probes:
        groups.setdefault(probe.group, []).append(probe)
    for group, members in groups.items():
        portions = len(account.chunks(group[0], members))
        portions = max(1, math.ceil(min(limit, portions * guesses) / guesses))
        match group:
            case ("verify", "sms") if by_sms and not thrifty:
                found["sms"] += portions
            case ("verify", "code") | ("disable", _):
                found[first] += portions
            case ("resend", _) if by_sms:
                found["sms"] += 1 + (not thrifty)
    return found
