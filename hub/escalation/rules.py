"""A rule book as values: whom an alarm of each kind tells, step by step, and who is told when the steps run out."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from hub.escalation.reading import Sheet, Table, meant

CHANNELS = ("live", "push", "sms", "voice", "email", "teams", "webhook")
DUTIES = ("active", "sleeping", "standby", "telephone")
ROLES = ("staff", "shift_lead", "manager", "admin")
KINDS = ("alarm", "assist", "silent", "watch")  # what every institution has, whatever its file says
LONGEST = 86_400  # a day: a longer wait in an alarm is a typing error
WATCH_LASTS = 1_200  # seconds until a watch that nobody closed becomes an alarm, unless the file says otherwise

_ID = re.compile(r"\S+")
_KIND_NAME = re.compile(r"[a-z][a-z0-9_-]*")


class Audience(StrEnum):
    """The sorts of people that a rule can point at."""

    ON_DUTY = "on_duty"
    NEIGHBOURS = "neighbours"
    ROLE = "role"
    PERSON = "person"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Target:
    """One entry of a `tell` list, such as `on_duty`, `neighbours:sleeping`, `role:manager` or `person:ID`."""

    audience: Audience
    which: str = ""

    def __post_init__(self) -> None:
        if self.audience in (Audience.PERSON, Audience.CONTACT):
            right, choice = _ID.fullmatch(self.which) is not None, "an id, without spaces"
        elif self.audience is Audience.ROLE:
            right, choice = self.which in ROLES, f"one of {', '.join(ROLES)}"
        else:
            right, choice = self.which in ("", "any", *DUTIES), f"one of any, {', '.join(DUTIES)}"
        if not right:
            raise ValueError(f'"{self.text}" points at nobody; after "{self.audience}:" write {choice}')

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Read one token as it stands in a rule file; ValueError says what would be right."""
        head, colon, which = text.partition(":")
        if head not in list(Audience):
            raise ValueError(f'"{text}" points at nobody; write on_duty, neighbours, role:…, person:ID or contact:ID')
        if colon and not which:
            raise ValueError(f'"{text}": after the colon comes whom; write it, or take the colon away')
        return cls(Audience(head), which)

    @property
    def text(self) -> str:
        return f"{self.audience}:{self.which}" if self.which else str(self.audience)


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: these are told over these channels, and after `next_after` seconds comes the next rung."""

    tell: tuple[Target, ...]
    by: tuple[str, ...] = ("live", "push", "sms")
    receipt_within: int = 5
    next_after: int = 60

    def __post_init__(self) -> None:
        if not self.tell:
            raise ValueError("a step must tell somebody")
        if not self.by or not set(self.by) <= set(CHANNELS) or len(set(self.by)) < len(self.by):
            raise ValueError(f"a step's channels are one or more, each once, of {', '.join(CHANNELS)}")
        _within("receipt_within", self.receipt_within, 1, LONGEST)
        _within("next_after", self.next_after, 1, LONGEST)


@dataclass(frozen=True, slots=True)
class KindRule:
    """What an alarm of one kind does: its steps, and when it counts as taken care of.

    A watch takes only its first step that has somebody; if nobody closes it, it becomes an alarm from the first step.
    """

    name: str
    steps: tuple[Step, ...]
    answers_needed: int = 1
    reopen_after: int = 300
    becomes_alarm_after: int | None = None
    label: str = ""

    def __post_init__(self) -> None:
        if not _KIND_NAME.fullmatch(self.name):
            raise ValueError(f'"{self.name}" is no kind: write lower-case letters a–z, digits, - and _')
        if not self.steps:
            raise ValueError(f"{self.name} has no steps")
        _within("answers_needed", self.answers_needed, 1, 100)
        _within("reopen_after", self.reopen_after, 0, LONGEST)
        if self.name == "watch" and self.becomes_alarm_after is None:
            object.__setattr__(self, "becomes_alarm_after", WATCH_LASTS)  # a watch that nobody ends must not just lapse
        if self.becomes_alarm_after is not None:
            _within("becomes_alarm_after", self.becomes_alarm_after, 1, LONGEST)
            if self.name != "watch":
                raise ValueError(f"{self.name} cannot become an alarm by itself; only a watch can")


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All kinds of one institution; it always holds alarm, assist, silent and watch, and always a last resort."""

    name: str
    kinds: Mapping[str, KindRule]
    last_resort: Step
    link_within: int = 60
    minimum_reach: int = 1
    minimum_grace: int = 60
    minimum_repeat: int = 900
    minimum_within: int = 90
    may_close: bool = False

    def __post_init__(self) -> None:
        if "alarm" not in self.kinds:
            raise ValueError("a rule book must say what an alarm does")
        _within("link_within", self.link_within, 0, LONGEST)
        _within("minimum_reach", self.minimum_reach, 0, 1000)
        _within("minimum_grace", self.minimum_grace, 0, LONGEST)
        _within("minimum_repeat", self.minimum_repeat, 1, LONGEST)
        _within("minimum_within", self.minimum_within, 0, LONGEST)
        alarm = self.kinds["alarm"]
        whole = {kind: _borrowed(alarm, kind) for kind in KINDS} | dict(self.kinds)
        object.__setattr__(self, "kinds", MappingProxyType(whole))

    def kind(self, kind: str) -> KindRule:
        """The rule for this kind; an unknown kind is treated as an alarm, never as nothing."""
        return self.kinds.get(kind) or self.kinds["alarm"]

    def lasts(self, kind: str) -> int:
        """Seconds until all the kind's steps have had their time."""
        return sum(step.next_after for step in self.kind(kind).steps)

    @property
    def pushes(self) -> bool:
        """Whether an alarm goes by push at every step that tells those on duty."""
        steps = self.kind("alarm").steps
        on_duty = [step for step in steps if any(target.audience is Audience.ON_DUTY for target in step.tell)]
        return all("push" in step.by for step in on_duty or steps)

    def step(self, kind: str, n: int) -> Step:
        """Rung `n` counted from 0; past the end it is the last resort, for ever."""
        steps = self.kind(kind).steps
        return steps[max(n, 0)] if n < len(steps) else self.last_resort


def _borrowed(alarm: KindRule, kind: str) -> KindRule:
    return replace(alarm, name=kind, label="")


def _within(key: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{key} is {value}; it must lie from {least} to {most}")


EMERGENCY = RuleBook(
    name="emergency",
    kinds={
        "alarm": KindRule(
            "alarm",
            (
                Step((Target(Audience.ON_DUTY, "any"),), next_after=20),
                Step((Target(Audience.NEIGHBOURS, "any"),), next_after=30),
            ),
        )
    },
    last_resort=Step((Target(Audience.ROLE, "manager"),), next_after=60),
)
"""Used when an institution's stored rules cannot be read: everyone on duty, then the neighbours, then the managers."""


# Stands where a fault was noted, so that the rest of the file is still read; such a book is never handed out.
_PLACEHOLDER = Step((Target(Audience.ON_DUTY),))
_FOR_PEOPLE = ("title", "note")
_TOKENS = (
    *(f"{who}{state}" for who in ("on_duty", "neighbours") for state in ("", ":any", *(f":{duty}" for duty in DUTIES))),
    *(f"role:{role}" for role in ROLES),
    "person:ID",
    "contact:ID",
)


def load(text: str, name: str) -> RuleBook:
    """Read a rule file; FileProblem lists every fault with its line, its key and the mend."""
    sheet = Sheet(text, name)
    top = sheet.top()
    reach = ("minimum_reach", "minimum_grace", "minimum_repeat", "minimum_within", "may_close")
    top.only("name", "kinds", "last_resort", "link_within", *reach, *_FOR_PEOPLE)
    kinds = _kinds(top)
    last_resort = top.table("last_resort")
    if "last_resort" not in top.values:
        mend = 'write [last_resort] at the end of the file, below it tell = ["role:manager"] and next_after = 60'
        top.problem("last_resort", f"is missing; {mend}")
    book = RuleBook(
        name=top.text("name") or name,
        kinds=kinds,
        last_resort=_PLACEHOLDER if last_resort is None else _step(last_resort),
        link_within=top.whole("link_within", 60, 0, LONGEST, "seconds"),
        minimum_reach=top.whole("minimum_reach", 1, 0, 1000, "people"),
        minimum_grace=top.whole("minimum_grace", 60, 0, LONGEST, "seconds"),
        minimum_repeat=top.whole("minimum_repeat", 900, 1, LONGEST, "seconds"),
        minimum_within=top.whole("minimum_within", 90, 0, LONGEST, "seconds"),
        may_close=top.yes("may_close"),
    )
    sheet.refuse_if_faulty()
    return book


def _kinds(top: Table) -> dict[str, KindRule]:
    section = top.table("kinds")
    named = section.values if section is not None else {}
    if "kinds" not in top.values or (section is not None and "alarm" not in named):
        top.sheet.problem(("kinds", "alarm"), "is missing; write [kinds.alarm] and below it [[kinds.alarm.steps]]")
    found = {"alarm": KindRule("alarm", (_PLACEHOLDER,))}
    for name in sorted(named, key=lambda name: name != "alarm"):  # first, for the others may borrow its steps
        table = section.table(name) if section is not None else None
        if not _KIND_NAME.fullmatch(name):
            top.sheet.problem(("kinds", name), "is no name for a kind; write lower-case letters a–z, digits, - and _")
        elif table is not None:
            found[name] = _kind(table, name, found["alarm"].steps)
    return found


def _kind(table: Table, name: str, borrowed: tuple[Step, ...]) -> KindRule:
    table.only("steps", "answers_needed", "reopen_after", "becomes_alarm_after", "label", *_FOR_PEOPLE)
    steps = tuple(_step(step) for step in table.tables("steps"))
    if not steps and (name == "alarm" or table.values.get("steps") == []):
        table.problem("steps", f"is missing; write [[kinds.{name}.steps]] and below it whom it tells")
    becomes: int | None = None
    if name != "watch" and "becomes_alarm_after" in table.values:
        table.problem("becomes_alarm_after", "only a watch becomes an alarm by itself; take the key away")
    elif name == "watch":
        becomes = table.whole("becomes_alarm_after", WATCH_LASTS, 1, LONGEST, "seconds")
    return KindRule(
        name=name,
        steps=steps or borrowed,
        answers_needed=table.whole("answers_needed", 1, 1, 100, "people"),
        reopen_after=table.whole("reopen_after", 300, 0, LONGEST, "seconds"),
        becomes_alarm_after=becomes,
        label=table.text("label"),
    )


def _step(table: Table) -> Step:
    table.only("tell", "by", "receipt_within", "next_after", *_FOR_PEOPLE)
    by = table.texts("by", _PLACEHOLDER.by)
    for channel in dict.fromkeys(by):
        if channel not in CHANNELS:
            table.problem("by", f'"{channel}" is no channel; {meant(channel, CHANNELS)}')
        elif by.count(channel) > 1:
            table.problem("by", f'"{channel}" is named more than once; keep the first')
    return Step(
        tell=tuple(_target(table, token) for token in table.texts("tell", None)) or _PLACEHOLDER.tell,
        by=tuple(channel for channel in dict.fromkeys(by) if channel in CHANNELS) or _PLACEHOLDER.by,
        receipt_within=table.whole("receipt_within", _PLACEHOLDER.receipt_within, 1, LONGEST, "seconds"),
        next_after=table.whole("next_after", None, 1, LONGEST, "seconds"),
    )


def _target(table: Table, token: str) -> Target:
    try:
        return Target.parse(token)
    except ValueError as error:
        known = token.partition(":")[0] in list(Audience)
        table.problem("tell", str(error) if known else f'"{token}" points at nobody; {meant(token, _TOKENS)}')
        return _PLACEHOLDER.tell[0]


def problems_with(
    book: RuleBook, people: Collection[str], contacts: Collection[str], roles: Collection[str] | None = None
) -> list[str]:
    """Name what the book points at and this site lacks; roles are looked at only when the site's roles are given."""
    problems = []
    for where, target in _targets(book):
        if target.audience is Audience.PERSON and target.which not in people:
            fault = "nobody here has that id; add the person or mend the rule"
        elif target.audience is Audience.CONTACT and target.which not in contacts:
            fault = "no contact has that id; add the contact or mend the rule"
        elif target.audience is Audience.ROLE and roles is not None and target.which not in roles:
            fault = "nobody here has that role; give it to somebody or mend the rule"
        else:
            continue
        problems.append(f"{book.name}: {where}: {target.text}: {fault}")
    return problems


def _targets(book: RuleBook) -> Iterator[tuple[str, Target]]:
    alarm = book.kinds["alarm"]
    for kind in book.kinds.values():
        if kind.steps is alarm.steps and kind is not alarm:
            continue  # borrowed, and told of already
        for n, step in enumerate(kind.steps, start=1):
            yield from ((f"{kind.name}, step {n}", target) for target in step.tell)
    yield from (("last_resort", target) for target in book.last_resort.tell)
