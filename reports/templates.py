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
    return _text("report.css")


def script() -> str:
    """The script of the page of a run."""
    return _text("report.js")


@cache
def _environment() -> Environment:
    return Environment(
        autoescape=True,
        loader=FunctionLoader(_text),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _text(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")
