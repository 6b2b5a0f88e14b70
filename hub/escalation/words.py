"""A rule book in plain words, for whoever must answer for it: whom each step tells, by what, and how soon."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hub.escalation.rules import Audience, KindRule, RuleBook, Step, Target
from hub.escalation.simulate import Outcome, Row

Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class KindWords:
    """One kind of alarm: what it is called, its steps in order, and what else holds."""

    kind: str
    label: str
    steps: tuple[str, ...]
    rest: tuple[str, ...]


def in_words(book: RuleBook, names: Mapping[str, str], say: Say) -> list[KindWords]:
    """Every kind of alarm, `names` being those of people and contacts."""
    return [_kind(book, kind, names, say) for kind in book.kinds.values()]


def last_words(book: RuleBook, names: Mapping[str, str], say: Say) -> list[str]:
    """What holds for all kinds: the last resort, and when a unit is warned."""
    step = book.last_resort
    every = duration(step.next_after, say)
    who, ways = _who(step, names, say), _ways(step, say)
    words = [say("When nobody else is left: {who}, by {ways}; again every {time}.", who=who, ways=ways, time=every)]
    if book.minimum_reach:
        words.append(say("A unit is warned while fewer than {n} would hear an alarm there.", n=book.minimum_reach))
        within = duration(book.minimum_within, say)
        words.append(
            say("Fewer than {n} told within {time} is a hole in the roster.", n=book.minimum_reach, time=within)
        )
    if book.link_within:
        within = duration(book.link_within, say)
        words.append(say("Two who press in the same unit within {time} are one event.", time=within))
    return words


def played_words(book: RuleBook, rows: Sequence[Row], names: Mapping[str, str], say: Say) -> list[tuple[str, ...]]:
    """What a press would do, row by row, under a heading."""
    heading = (say("After"), say("Kind"), say("Step"), say("The rule says"), say("Told"), say("How"))
    return [heading, *(_played(book, row, names, say) for row in rows)]


def _played(book: RuleBook, row: Row, names: Mapping[str, str], say: Say) -> tuple[str, ...]:
    people = ", ".join(names.get(tell.who, tell.who) for tell in row.tell)
    told = {
        Outcome.TOLD: people,
        Outcome.PASSED: say("NOBODY – passed at once"),
        Outcome.FALLBACK: say("nobody of these; instead: {people}", people=people),
        Outcome.NOBODY: say("NOBODY AT ALL – tries again"),
    }
    ways = dict.fromkeys(_channels(tell.by, say) for tell in row.tell)
    return (
        duration(row.after, say),
        kind_label(book.kind(row.kind), say),
        say("last resort") if row.last_resort else str(row.step + 1),
        ", ".join(_target(Target.parse(token), names, say) for token in row.asked),
        told[row.outcome],
        " / ".join(ways),
    )


def duration(seconds: int, say: Say) -> str:
    """A time as people say it."""
    if seconds >= 3600 and seconds % 3600 == 0:
        return say("{n} h", n=seconds // 3600)
    if seconds >= 60 and seconds % 60 == 0:
        return say("{n} min", n=seconds // 60)
    return say("{n} s", n=seconds)


def kind_label(kind: KindRule, say: Say) -> str:
    """What a kind is called: by the rules, else by the catalogue."""
    known = {"alarm": say("Alarm"), "assist": say("Assist"), "silent": say("Silent alarm"), "watch": say("Watch")}
    return kind.label or known.get(kind.name, kind.name)


def _kind(book: RuleBook, kind: KindRule, names: Mapping[str, str], say: Say) -> KindWords:
    alarm = book.kinds["alarm"]
    label, rest = kind_label(kind, say), []
    if kind is not alarm and kind.steps is alarm.steps:
        steps: tuple[str, ...] = (say("The same steps as {kind}.", kind=kind_label(alarm, say)),)
    else:
        steps = tuple(_steps(kind.steps, names, say))
    if kind.becomes_alarm_after is not None:
        after = duration(kind.becomes_alarm_after, say)
        rest.append(say("If nobody closes it within {time}, it becomes an alarm.", time=after))
    if kind.answers_needed == 1:
        rest.append(say("The steps stop when one has answered that they are coming."))
    else:
        rest.append(say("The steps stop when {n} have answered that they are coming.", n=kind.answers_needed))
    if kind.reopen_after:
        after = duration(kind.reopen_after, say)
        rest.append(say("If nobody has arrived {time} after that, it begins again.", time=after))
    return KindWords(kind.name, label, steps, tuple(rest))


def _steps(steps: Sequence[Step], names: Mapping[str, str], say: Say) -> list[str]:
    words, after = [], 0
    for step in steps:
        who, ways = _who(step, names, say), _ways(step, say)
        if after:
            words.append(say("After {time}: {who}, by {ways}.", time=duration(after, say), who=who, ways=ways))
        else:
            words.append(say("At once: {who}, by {ways}.", who=who, ways=ways))
        after += step.next_after
    return words


def _who(step: Step, names: Mapping[str, str], say: Say) -> str:
    return ", ".join(_target(target, names, say) for target in step.tell)


def _ways(step: Step, say: Say) -> str:
    if len(step.by) == 1:
        return _channels(step.by, say)
    within = duration(step.receipt_within, say)
    return say("{ways}, each {time} after the one before without a receipt", ways=_channels(step.by, say), time=within)


def _channels(by: Sequence[str], say: Say) -> str:
    channels = {
        "live": say("open screen"),
        "push": say("notification"),
        "sms": say("text message"),
        "voice": say("phone call"),
        "email": say("e-mail"),
        "teams": say("Teams"),
        "webhook": say("webhook"),
    }
    return ", ".join(channels[channel] for channel in by)


def _target(target: Target, names: Mapping[str, str], say: Say) -> str:
    if target.audience in (Audience.PERSON, Audience.CONTACT):
        return names.get(target.which, target.which)
    if target.audience is Audience.ROLE:
        roles = {
            "staff": say("the unit's staff"),
            "shift_lead": say("the unit's shift leads"),
            "manager": say("the managers"),
            "admin": say("the administrators"),
        }
        return roles[target.which]
    duties = {
        "": say("those awake on duty"),
        "any": say("everybody on duty"),
        "active": say("those awake on duty"),
        "sleeping": say("the sleeping night watch"),
        "standby": say("those on standby"),
        "telephone": say("those on telephone duty"),
    }
    on_duty = duties[target.which]
    return on_duty if target.audience is Audience.ON_DUTY else say("{who} in the neighbouring units", who=on_duty)
