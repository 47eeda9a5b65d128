"""The templates of the pages: what is put into them is escaped, and a name that is not given is an error."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined


def rendered(name: str, **values: Any) -> str:
    """A template of this package with these values."""
    return _environment().get_template(name).render(**values)


def style() -> str:
    """The style sheet of all pages."""
    return (files(__package__) / "report.css").read_text("utf-8")


@cache
def _environment() -> Environment:
    home = files(__package__)
    return Environment(
        autoescape=True,
        loader=FunctionLoader(lambda name: (home / name).read_text("utf-8")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
