"""The suite as a library: `check` runs it against a server or an application, in a process of its own."""

from tfe_conformance.api import CheckError, Finding, RunResult, check

__all__ = ["CheckError", "Finding", "RunResult", "check"]
