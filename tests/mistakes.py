"""conformance/mistakes.json, the faults by the requirements that they break; `python -m tests.mistakes` writes it."""

from __future__ import annotations

import json

from schemas import load
from tests.faults import FAULTS
from tests.suite import ROOT

FILE = ROOT / "conformance" / "mistakes.json"


def content() -> str:
    """The content of the file."""
    sentences = {
        name: [fault.sentence for fault in FAULTS.values() if name in fault.expects and not fault.undecidable]
        for name in load().requirements
    }
    return json.dumps({name: some for name, some in sentences.items() if some}, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(content(), "utf-8")
