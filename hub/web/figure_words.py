"""Statistics in words: what a leader reads on the page and takes along on paper, small numbers hidden."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.escalation.rules import KindRule
from hub.incidents import figures, small
from hub.incidents.clocks import ClockBook, Measure
from hub.incidents.figures import Counted
from hub.incidents.incident import Outcome
from hub.people.site import Site
from hub.web import incident_words as words
from hub.web.render import Texts


@dataclass(frozen=True, slots=True)
class Told:
    """What statistics are told with: whose they are, in which language, and what is too small to show."""

    counted: Counted
    site: Site
    kinds: Mapping[str, KindRule]
    book: ClockBook
    say: Texts

    @property
    def measure(self) -> Measure:
        return self.book.measure(self.counted.months.last_day)

    @property
    def below(self) -> int:
        return self.measure.below

    @property
    def too_few(self) -> bool:
        return small.alone(self.counted.alarms.all, self.below) is None


def number(value: float, say: Texts, decimals: int = 0) -> str:
    text = f"{value:.{decimals}f}"
    return text.replace(".", ",") if say.language == "da" else text


def percent(value: float | None, say: Texts) -> str:
    if value is None:
        return "–"
    rounded = round(value, 1)
    return f"{number(rounded, say, 0 if rounded == int(rounded) else 1)} %"


def seconds(tenths: int | None, say: Texts) -> str:
    """A time as people say it: in seconds, and from two minutes on in minutes."""
    if tenths is None:
        return "–"
    if tenths < 1_200:
        return say("{n} s", n=number(tenths / 10, say, 1))
    return say("{n} min", n=number(tenths / 600, say, 0 if tenths >= 6_000 else 1))


def month_name(month: int, say: Texts) -> str:
    names = (
        *(say("January"), say("February"), say("March"), say("April"), say("May"), say("June"), say("July")),
        *(say("August"), say("September"), say("October"), say("November"), say("December")),
    )
    return f"{names[month % 12]} {month // 12}"


def period_name(counted: Counted, say: Texts) -> str:
    first, last = (month_name(one, say) for one in (counted.months.first, counted.months.last))
    return first if first == last else f"{first} – {last}"


def hidden(told: Told) -> str:
    return told.say("fewer than {n}", n=told.below)


def why_too_few(told: Told) -> str:
    return told.say(
        "With fewer than {n} alarms nothing more is shown: somebody could be recognised. Choose more months.",
        n=told.below,
    )


def cell(value: int | None, told: Told) -> str:
    return told.say("hidden") if value is None else str(value)


def totals(told: Told) -> list[tuple[str, str]]:
    """The few numbers that are looked for first."""
    say, counted = told.say, told.counted
    if told.too_few:
        return [(say("Alarms"), hidden(told)), (say("Drills"), str(counted.drills.all))]
    alarms = counted.alarms
    false = counted.outcomes.get(Outcome.FALSE, 0)
    found = [(say("Alarms"), str(alarms.all)), (say("Drills"), str(counted.drills.all))]
    if alarms.all:
        found += [
            (say("False alarms"), say("{n} of {all}", n=false, all=alarms.all)),
            (say("Heard, half within"), seconds(alarms.heard.quantile(50), say)),
            (say("Answered, half within"), seconds(alarms.answered.quantile(50), say)),
            (say("First there, half within"), seconds(alarms.arrived.quantile(50), say)),
        ]
    return found


def concerns(told: Told) -> list[str]:
    """What a meeting should talk about, as the numbers have it."""
    say, counted = told.say, told.counted
    if told.too_few:
        return []
    found = []
    for at, target in told.measure.answered:
        share = counted.alarms.answered.within(at)
        if share is not None and share < target:
            found.append(
                say(
                    "{share} were answered within {n} s; the standard says {target}.",
                    share=percent(share, say),
                    n=at,
                    target=percent(target, say),
                )
            )
    if counted.alarms.answered.never:
        found.append(say("Alarms that nobody answered with coming: {n}.", n=counted.alarms.answered.never))
    if counted.alarms.heard.never:
        found.append(say("Alarms that no device said it had heard: {n}.", n=counted.alarms.heard.never))
    if missed := counted.alarms.steps.beyond(1):
        found.append(say("Alarms that went past their first step without enough answers: {n}.", n=missed))
    if counted.alarms.steps.empty:
        found.append(say("Alarms with a step that had nobody to tell: {n}.", n=counted.alarms.steps.empty))
    found += [
        say("Alarms come again in one place: {place}, {n} times.", place=place_of(told, place), n=n)
        for place, n in figures.repeated_places(counted, told.below)[:3]
    ]
    if counted.tasks is not None and (
        late := sum(one.overdue for one in counted.tasks.values() if one.all >= told.below)
    ):
        found.append(say("Follow-ups that are overdue now: {n}.", n=late))
    return found


def method(told: Told) -> list[str]:
    """How it was counted, so that others can trust it."""
    say = told.say
    return [
        say("Counted from the journal's rows: moments are those of the hub, from when the press was stored."),
        say("Answered is the first who says: I am coming, or: I am there."),
        say("Heard is the first device of somebody else that says so. A watch counts from when it became an alarm."),
        say(
            "Numbers below {n} are hidden where somebody could be recognised, and what they could be reckoned from.",
            n=told.below,
        ),
        say("Source: {source}", source=told.measure.source),
    ]


def place_of(told: Told, place: str) -> str:
    """A place, with its unit where there are several."""
    found = told.site.places.get(place)
    unit = words.unit_name(told.site, found.unit) if found is not None and len(told.site.units) > 1 else ""
    return ", ".join(part for part in (words.place_name(told.site, place), unit) if part)
