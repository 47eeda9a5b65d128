"""The reference server in the foreground, with a fault or a variant: `make serve FAULT=name`."""

from __future__ import annotations

import argparse
from difflib import get_close_matches
from typing import TYPE_CHECKING

from reference.server import PortError, serve
from reference.service import Service
from tests.faults import FAULTS
from tests.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.catalogue import Deviation


def main(arguments: list[str] | None = None) -> None:
    """Run the server until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="0 is a free one")
    parser.add_argument("--fault", type=_one_of(FAULTS), help="a fault in docs/kill-matrix.md")
    parser.add_argument("--variant", type=_one_of(VARIANTS), help="a variant in docs/kill-matrix.md")
    options = parser.parse_args(arguments)
    chosen = {kind: deviation for kind in ("fault", "variant") if (deviation := getattr(options, kind)) is not None}
    service = type("Chosen", (*(deviation.service for deviation in chosen.values()), Service), {})
    notes = [f"{kind.title()} {deviation.name}: {deviation.sentence}" for kind, deviation in chosen.items()]
    try:
        serve(options.port, service_type=service, notes=notes)
    except PortError as error:
        parser.error(str(error))


def _one_of(catalogue: dict[str, Deviation]) -> Callable[[str], Deviation]:
    def deviation(name: str) -> Deviation:
        if name not in catalogue:
            near = get_close_matches(name, catalogue)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there are {len(catalogue)} names"
            raise argparse.ArgumentTypeError(f"unknown name {name!r}: {hint}")
        return catalogue[name]

    return deviation


if __name__ == "__main__":
    main()
