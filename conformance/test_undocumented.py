"""What the documentation leaves open may be answered in any way but a 5xx; a 2xx has its documented shape even so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.judging import require
from conformance.plugin import CONTRACT
from strategies.undocumented import UNDOCUMENTED, WITHOUT_BODY, Departure

if TYPE_CHECKING:
    from conformance.asker import Asker


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case for each operation and departure."""
    metafunc.parametrize(
        ("operation", "shape", "departure"),
        [
            pytest.param(
                operation.name,
                next(iter(operation.shapes)),
                departure,
                id=f"{operation.name}-{name}",
                marks=pytest.mark.requirement("http.no-server-error", operation=operation.name),
            )
            for operation in metafunc.config.stash[CONTRACT].operations.values()
            for name, departure in (UNDOCUMENTED if operation.request is not None else WITHOUT_BODY).items()
        ],
    )


def test_undocumented_request_is_answered(operation: str, shape: str, departure: Departure, asker: Asker) -> None:
    """Careless servers fail over what they did not expect."""
    # No state is made ready: what is undocumented may be answered in any way, and each state on the way costs requests.
    valid = asker.contract.operations[operation].shapes[shape]
    headers: dict[str, Any] = dict(departure.headers)
    exchange = asker.send(operation, departure.body(valid), purpose="undocumented: never a 5xx", **headers)
    require(exchange, "http.no-server-error")
