"""The result of a run: all that a report is made of, masked and free of control characters.

results.schema.json describes the members of these classes, docs/results.md too.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from importlib.resources import files
from types import UnionType
from typing import Any, Literal, Self, get_args, get_origin

from conformance.model import ExitCode, Verdict

# Annotations are evaluated here, because `from_json` reads the types of the members from them.

FORMAT = 2
"""The version of the form of results.json. It grows when a member is removed or changes its meaning."""

Overall = Literal["conformant", "violated", "configuration", "no verdict"]
EXIT_CODES: dict[Overall, ExitCode] = {
    "conformant": ExitCode.CONFORMANT,
    "violated": ExitCode.VIOLATED,
    "configuration": ExitCode.USAGE,
    "no verdict": ExitCode.NO_VERDICT,
}
TITLES: dict[Overall, str] = {
    "conformant": "CONFORMANT",
    "violated": "NOT CONFORMANT",
    "configuration": "CONFIGURATION ERROR",
    "no verdict": "NO VERDICT",
}
VERDICTS: tuple[Verdict, ...] = ("violated", "inconclusive", "untested", "waived", "conforms")
"""All verdicts on a requirement, in the order in which a reader needs them."""
UNDECIDED: tuple[Verdict, ...] = ("inconclusive", "untested")
LEVELS = ("MUST", "SHOULD")

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Tool:
    """The program that ran, and its options that decide the cases and the verdict."""

    name: str
    version: str
    python: str
    hypothesis: str
    seed: int
    examples: int
    profile: str
    strict: bool
    allow_untested: bool


@dataclass(frozen=True)
class ContractName:
    """The contract, and the digest that identifies its text."""

    name: str
    version: str


@dataclass(frozen=True)
class TargetName:
    """The base URL, or the name of the recording."""

    base_url: str
    embedded: bool


@dataclass(frozen=True)
class Account:
    """The state in which the account was left."""

    end: str
    sentence: str


@dataclass(frozen=True)
class Place:
    """A place in an exchange that shows a violation. The pointer to a missing member is the place where it belongs."""

    message: str
    part: str
    pointer: str = ""

    def __str__(self) -> str:
        part = {"status": "the status", "body": self.pointer or "the body"}.get(self.part, f"the header {self.part}")
        return f"{part} of the {self.message}"


@dataclass(frozen=True)
class ShownRequest:
    """A request."""

    method: str
    url: str
    headers: Headers
    body: str | None


@dataclass(frozen=True)
class ShownResponse:
    """A response."""

    status: int
    headers: Headers
    body: str


@dataclass(frozen=True)
class ShownExchange:
    """An exchange, its bodies cut to a bounded length."""

    number: int
    operation: str
    purpose: str
    case: str
    seconds: float
    request: ShownRequest
    response: ShownResponse | None
    problem: str
    curl: str

    @property
    def outcome(self) -> str:
        """The status of the response, or the reason why there is none."""
        return str(self.response.status) if self.response else self.problem or "no response"


@dataclass(frozen=True)
class CaseResult:
    """A case of a requirement, its decisive exchange last."""

    name: str
    operation: str
    verdict: Verdict
    detail: str
    expected: str
    actual: str
    reproducible: bool | None
    because: str
    waiver: str
    places: tuple[Place, ...]
    exchanges: tuple[ShownExchange, ...]

    @property
    def stamp(self) -> str:
        """The outcome of the second run of a violated case."""
        return {True: "reproducible", False: "flaky: not seen when run again", None: "not run again"}[self.reproducible]

    @property
    def script(self) -> str:
        """The curl command lines that repeat the evidence, a line each, with `$TFE_TOKEN` and `$CODE`."""
        return "\n".join(exchange.curl for exchange in self.exchanges)

    @property
    def where(self) -> str:
        """The places, in words."""
        return "; ".join(map(str, self.places))


@dataclass(frozen=True)
class Finding:
    """A requirement and its verdict."""

    id: str
    level: str
    operation: str
    sentence: str
    source: str
    url: str
    read: str
    verdict: Verdict
    detail: str
    cases: tuple[CaseResult, ...]

    @property
    def decisive(self) -> tuple[CaseResult, ...]:
        """The cases that decide the verdict, the reproducible ones first."""
        cases = (case for case in self.cases if case.verdict == self.verdict)
        return tuple(sorted(cases, key=lambda case: case.reproducible is not True))

    @property
    def tally(self) -> str:
        """The number of decisive cases, in words."""
        return f"{len(self.decisive)} of {len(self.cases)}" if self.cases else "none"

    @property
    def waiver(self) -> str:
        """The reasons for which its violations are accepted."""
        return "; ".join(dict.fromkeys(case.waiver for case in self.cases if case.waiver))


@dataclass(frozen=True)
class Cause:
    """Requirements that are violated for one reason, the most telling one first; `blocked` have no verdict for it."""

    requirements: tuple[str, ...]
    blocked: tuple[str, ...]


@dataclass(frozen=True)
class RunResult:
    """A run that has ended, and its verdict."""

    tool: Tool
    contract: ContractName
    target: TargetName
    recorded: bool
    verdict: Overall
    why: str
    missing: str
    notes: tuple[str, ...]
    abort_reason: str
    account: Account
    started: str
    finished: str
    seconds: float
    exchanges: int
    limits: dict[str, int]
    causes: tuple[Cause, ...]
    requirements: tuple[Finding, ...]

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the run."""
        return EXIT_CODES[self.verdict]

    @property
    def title(self) -> str:
        """The verdict, and what it does not cover."""
        return TITLES[self.verdict] + (f" ({self.missing})" if self.missing and self.verdict == "conformant" else "")

    @property
    def headline(self) -> str:
        """The verdict and the reason for it, in a line."""
        return f"{self.title}: {self.why}"

    @property
    def until(self) -> str:
        """The time of the end, for people."""
        return self.finished.replace("T", " ").replace("+00:00", " UTC")

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels on which the verdict rests."""
        return LEVELS if self.tool.strict else LEVELS[:1]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """The number of requirements by level and verdict."""
        pairs = [(finding.level, finding.verdict) for finding in self.requirements]
        return {level: {verdict: pairs.count((level, verdict)) for verdict in VERDICTS} for level in LEVELS}

    @property
    def totals(self) -> list[str]:
        """A line for each level that has requirements: its number of requirements by verdict."""
        return [
            f"{level:<7}{sum(count.values()):>4}: {', '.join(f'{n} {verdict}' for verdict, n in count.items() if n)}"
            for level, count in self.counts.items()
            if sum(count.values())
        ]

    def having(self, *verdicts: Verdict) -> list[Finding]:
        """The findings with one of these verdicts, MUSTs first, else in the order of the contract."""
        findings = [finding for finding in self.requirements if finding.verdict in verdicts]
        return sorted(findings, key=lambda finding: LEVELS.index(finding.level))

    def by_reason(self, verdict: Verdict) -> dict[str, list[str]]:
        """The IDs of the requirements with a verdict, by the reason for it; those that a cause blocks are left out."""
        blocked = {name for cause in self.causes for name in cause.blocked}
        groups: dict[str, list[str]] = {}
        for finding in self.having(verdict):
            if finding.id not in blocked:
                groups.setdefault(finding.detail, []).append(finding.id)
        return groups

    def findings_of(self, cause: Cause) -> list[Finding]:
        """The findings of a cause, the most telling one first."""
        by_id = {finding.id: finding for finding in self.requirements}
        return [by_id[name] for name in cause.requirements]

    def cases_of(self, cause: Cause) -> list[CaseResult]:
        """The violated cases of a cause, each once."""
        cases = [case for finding in self.findings_of(cause) for case in finding.decisive]
        return list({case.name: case for case in cases}.values())

    def run_again(self, cause: Cause) -> str:
        """The command line that tests only the first requirement of a cause; empty for a recording."""
        return "" if self.recorded else f"{self.tool.name} check … --only {cause.requirements[0]}"

    def seen(self, cause: Cause) -> str:
        """The number of cases that show a cause, and how many did so again, in words."""
        cases = self.cases_of(cause)
        known = {case.name for finding in self.findings_of(cause) for case in finding.cases}
        count = f"in {len(cases)} of {len(known)} case{'' if len(known) == 1 else 's'}"
        if self.recorded:
            return f"{count} of the recording"
        again, repeated = (sum(case.reproducible in stamps for case in cases) for stamps in ((True,), (True, False)))
        if not repeated:
            return f"{count}; not run again"
        times = {1: "once", 2: "twice"}.get(repeated, f"{repeated} times")
        if again == repeated:
            return f"{count}; run again {times}, reproduced{'' if repeated == 1 else ' each time'}"
        return f"{count}; flaky: run again {times}, reproduced {f'{again} of {repeated}' if again else 'never'}"

    def to_json(self) -> str:
        """The content of results.json."""
        head = {"format": FORMAT, "verdict": self.verdict, "exit_code": self.exit_code, "counts": self.counts}
        return json.dumps(head | vars(self), ensure_ascii=False, default=vars)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The result in the content of a results.json that conforms to its schema."""
        return _decode(cls, json.loads(text))  # type: ignore[no-any-return]


def results_schema() -> Any:
    """The JSON Schema of results.json."""
    return json.loads((files(__package__) / "results.schema.json").read_text("utf-8"))


def some(names: Iterable[str], count: int = 4) -> str:
    """The first few names, and the number of the others."""
    names = list(names)
    more = f" and {len(names) - count} more" if len(names) > count else ""
    return ", ".join(names[:count]) + more


def _decode(kind: Any, value: Any) -> Any:
    """A value of this type, from the JSON value that it is serialised to."""
    if isinstance(kind, type) and is_dataclass(kind):
        make: Callable[..., Any] = kind
        return make(**{field.name: _decode(field.type, value[field.name]) for field in fields(kind)})
    if get_origin(kind) is tuple:
        first, last = get_args(kind)
        return tuple(_decode(first, item) for item in value) if last is Ellipsis else tuple(value)
    if get_origin(kind) is UnionType and value is not None:
        return _decode(get_args(kind)[0], value)
    return value
