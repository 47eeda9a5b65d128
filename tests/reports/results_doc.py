"""The tables of docs/results.md, made of the schema; `python -m tests.reports.results_doc` puts them in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from reports.results import schema
from tests.suite import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = ROOT / "docs" / "results.md"
TABLE = re.compile(r"(<!-- members of (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def written(text: str) -> str:
    """The text with the tables as they have to be."""
    return TABLE.sub(lambda found: f"{found[1]}\n{table(found[2])}\n\n{found[3]}", text)


def named(text: str) -> list[str]:
    """The names of the tables in a text."""
    return [found[2] for found in TABLE.finditer(text)]


def table(name: str) -> str:
    """The table of the members of the document, or of one of the objects in it."""
    document = schema()
    rows = members(document if name == "document" else document["$defs"][name])
    return "\n".join(["| member | type | what it says |", "| --- | --- | --- |", *rows])


def members(found: dict[str, Any], path: str = "") -> Iterator[str]:
    """A row for each member, and below it for those of objects that have no table of their own."""
    for name, member in found["properties"].items():
        here = f"{path}{name}"
        optional = "" if name in found["required"] else ", not always there"
        yield f"| `{here}` | {kind(member)}{optional} | {member['description']} |"
        if "properties" in member:
            yield from members(member, f"{here}.")


def kind(member: dict[str, Any]) -> str:
    """What a value is, in the words of JSON."""
    if "$ref" in member:
        name = member["$ref"].removeprefix("#/$defs/")
        target = schema()["$defs"][name]
        return f"[{name}](#{name})" if "properties" in target else kind(target)
    if "const" in member:
        return f"`{json.dumps(member['const'])}`"
    if "enum" in member:
        return ", ".join(f"`{json.dumps(value)}`" for value in member["enum"])
    if "prefixItems" in member:
        return f"`[{', '.join(kind(item) for item in member['prefixItems'])}]`"
    if member["type"] == "array":
        return f"array of {kind(member['items'])}"
    return " or ".join([member["type"]] if isinstance(member["type"], str) else member["type"])


if __name__ == "__main__":
    FILE.write_text(written(FILE.read_text("utf-8")), "utf-8")
