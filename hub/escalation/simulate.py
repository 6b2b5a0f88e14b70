"""Play a rule through without an alarm: who would be told when, by what, and where nobody would be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hub.escalation.plan import Plan, Scene, Tell, plan, told_by
from hub.escalation.rules import RuleBook, Step


class Outcome(StrEnum):
    """What became of one step."""

    TOLD = "told"
    PASSED = "passed"  # nobody to tell: the next step came at once
    FALLBACK = "fallback"  # the last resort named nobody here, and others were told in their place
    NOBODY = "nobody"  # nobody at all: the alarm stays open and tries again


@dataclass(frozen=True, slots=True)
class Row:
    """One step as it would go, `after` seconds from the press, if nobody answers."""

    after: int
    kind: str
    step: int
    asked: tuple[str, ...]
    tell: tuple[Tell, ...]
    outcome: Outcome
    last_resort: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the table; another language brings its own."""

    after: str = "After"
    kind: str = "Kind"
    step: str = "Step"
    asked: str = "The rule says"
    told: str = "Told"
    by: str = "By"
    seconds: str = "{n} s"
    last_resort: str = "last resort"
    passed: str = "NOBODY – passed at once"
    fallback: str = "nobody of these; instead: {people}"
    nobody: str = "NOBODY AT ALL – tries again"
    channel_after: str = "{channel} (+{n} s)"


ENGLISH = Words()


def simulate(book: RuleBook, kind: str, scene_at: Callable[[int], Scene]) -> tuple[Row, ...]:
    """Every step from the press until the last resort has come twice; `scene_at` says who is there so much later."""
    return tuple(rows(book, kind, scene_at))


def rows(book: RuleBook, kind: str, scene_at: Callable[[int], Scene]) -> Iterator[Row]:
    """The same, for whoever needs only the first of them."""
    after, step, last_resorts = 0, 0, 0
    watched = book.kind(kind).becomes_alarm_after
    if watched is not None:  # a watch tells once, and then waits to be closed
        scene = scene_at(0)
        yield from _taken(book, kind, plan(book, kind, 0, scene), 0, scene)
        after, kind = watched, "alarm"
    while last_resorts < 2:
        scene = scene_at(after)
        taken = plan(book, kind, step, scene)
        yield from _taken(book, kind, taken, after, scene)
        after, step, last_resorts = after + taken.next_after, taken.step + 1, last_resorts + taken.last_resort


def _taken(book: RuleBook, kind: str, taken: Plan, after: int, scene: Scene) -> Iterator[Row]:
    for n in taken.passed:
        yield Row(after, kind, n, _asked(book.step(kind, n)), (), Outcome.PASSED)
    step = book.step(kind, taken.step)
    yield Row(after, kind, taken.step, _asked(step), taken.tell, _outcome(taken, step, scene), taken.last_resort)


def _asked(step: Step) -> tuple[str, ...]:
    return tuple(target.text for target in step.tell)


def _outcome(taken: Plan, asked: Step, scene: Scene) -> Outcome:
    if not taken.tell:
        return Outcome.NOBODY
    return Outcome.TOLD if told_by(asked, scene) else Outcome.FALLBACK


def table(rows: tuple[Row, ...], names: Mapping[str, str], words: Words = ENGLISH) -> list[tuple[str, ...]]:
    """The rows as texts under a heading, for whoever draws the table."""
    heading = (words.after, words.kind, words.step, words.asked, words.told, words.by)
    return [heading, *(_texts(row, names, words) for row in rows)]


def render(rows: tuple[Row, ...], names: Mapping[str, str], words: Words = ENGLISH) -> str:
    """The table as plain text, in columns."""
    cells = table(rows, names, words)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])


def _texts(row: Row, names: Mapping[str, str], words: Words) -> tuple[str, ...]:
    people = ", ".join(names.get(tell.who, tell.who) for tell in row.tell)
    told = {
        Outcome.TOLD: people,
        Outcome.PASSED: words.passed,
        Outcome.FALLBACK: words.fallback.format(people=people),
        Outcome.NOBODY: words.nobody,
    }[row.outcome]
    return (
        words.seconds.format(n=row.after),
        row.kind,
        words.last_resort if row.last_resort else str(row.step + 1),
        ", ".join(row.asked),
        told,
        _channels(row.tell, words),
    )


def _channels(tell: tuple[Tell, ...], words: Words) -> str:
    """The channels in their order, each with the seconds it waits for a receipt over the one before."""
    said = dict.fromkeys(
        " → ".join(
            words.channel_after.format(channel=channel, n=n * one.receipt_within) if n else channel
            for n, channel in enumerate(one.by)
        )
        for one in tell
    )
    return " / ".join(said)
