"""The tables of docs/results.md, made of the schema; `python -m tests.unit.reports.results_doc` updates them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.run_result import results_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).parents[3] / "docs" / "results.md"
TABLE = re.compile(r"(<!-- members of (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def updated(text: str) -> str:
    """The text with the tables of the schema."""
    return TABLE.sub(lambda match: f"{match[1]}\n{table(match[2])}\n\n{match[3]}", text)


def tables(text: str) -> list[str]:
    """The names of the tables in a text."""
    return [match[2] for match in TABLE.finditer(text)]


def table(name: str) -> str:
    """The table of the members of the document, or of one of the objects in it."""
    schema = results_schema()
    rows = members(schema if name == "document" else schema["$defs"][name])
    return "\n".join(["| member | type | meaning |", "| --- | --- | --- |", *rows])


def members(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """A row for each member, also of the objects that have no table of their own."""
    for name, member in schema["properties"].items():
        yield f"| `{path}{name}` | {kind(member)} | {member['description']} |"
        if "properties" in member:
            yield from members(member, f"{path}{name}.")


def kind(schema: dict[str, Any]) -> str:
    """The type of a value, in the words of JSON."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        target = results_schema()["$defs"][name]
        return f"[{name}](#{name})" if "properties" in target else kind(target)
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema.get("enum", [schema.get("const")]))
    if "prefixItems" in schema:
        return f"`[{', '.join(kind(item) for item in schema['prefixItems'])}]`"
    if schema["type"] == "array":
        return f"array of {kind(schema['items'])}"
    return " or ".join([schema["type"]] if isinstance(schema["type"], str) else schema["type"])


if __name__ == "__main__":
    FILE.write_text(updated(FILE.read_text("utf-8")), "utf-8")
