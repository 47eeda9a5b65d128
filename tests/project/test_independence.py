"""The suite does not know the faults that the reference server can be given."""

from __future__ import annotations

import re

from tests.faults import FAULTS
from tests.suite import ROOT
from tests.variants import VARIANTS


def test_no_fault_and_no_variant_is_named() -> None:
    texts = {
        path: path.read_text("utf-8")
        for folder in ("schemas", "strategies", "conformance")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".json"}
    }
    assert texts
    names = [re.escape(name) for name in (*FAULTS, *VARIANTS) if "-" in name]
    named = re.compile(rf"(?<![\w-])({'|'.join(names)})(?![\w-])")
    assert {path: named.findall(text) for path, text in texts.items() if named.search(text)} == {}
