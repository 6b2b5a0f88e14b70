"""An institution's rules: read, played through, and put in force by hand, with every version kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from hub.alarms.setting import Setting
from hub.errors import FileProblem
from hub.escalation.plan import Scene
from hub.escalation.rules import RuleBook, load, problems_with
from hub.escalation.simulate import Outcome, Row
from hub.escalation.simulate import simulate as play
from hub.people import deskstore
from hub.people.desk import Change
from hub.people.entry import Entry
from hub.people.faults import Refused, say
from hub.people.site import Site
from hub.roster.shift import Duty, Shift, on_duty

SHIPPED = Path(__file__).resolve().parents[2] / "escalation_rules"
# A rule may wait a day at each step; by then its last resort has come twice.
LONGEST_SIMULATION = timedelta(days=14)
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Checked:
    """Rules that were read against a site: the book, or what must be mended; `remarks` are only to be looked at."""

    book: RuleBook | None
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@cache
def shipped() -> dict[str, str]:
    """The texts of the rules that come with the hub, by name."""
    return {path.stem: path.read_text("utf-8") for path in sorted(SHIPPED.glob("*.toml"))}


def named(stem: str) -> str:
    """What rules that come with the hub call themselves."""
    return load(shipped()[stem], stem).name


def check(text: str, name: str, site: Site) -> Checked:
    """Reads rules, and finds whom they name that the site has not."""
    try:
        book = load(text, name)
    except FileProblem as refusal:
        return Checked(None, tuple(refusal.problems))
    faults = tuple(problems_with(book, site.people, site.contacts))
    roles = {person.role.value for person in site.people.values()}
    remarks = problems_with(book, site.people, site.contacts, roles)
    return Checked(book, faults, tuple(one for one in remarks if one not in faults))


def played(
    setting: Setting, shifts: Sequence[Shift], pressed: datetime, unit: str | None, kind: str, raiser: str, drill: bool
) -> tuple[Row, ...]:
    """The rows of a press at that moment, with whoever is on duty when each step comes."""

    def scene(after: int) -> Scene:
        duty = Duty(on_duty(shifts, pressed + timedelta(seconds=after)))
        return setting.scene(unit, duty, raiser, drill)

    return play(setting.book, kind, scene)


def holes(rows: Sequence[Row]) -> list[Row]:
    """The steps that find nobody."""
    return [row for row in rows if row.outcome is not Outcome.TOLD]


async def put_in_force(change: Change, entry: Entry) -> int:
    """Makes the rules in the form those of the institution; the ones before stay among the versions."""
    name = entry.needed("name", say("Write a name that tells these rules from the others."), LONGEST_NAME)
    text = entry.raw("text").replace("\r\n", "\n")
    change.why = entry.why()
    entry.refuse_if_faulty()
    checked = check(text, name, change.site)
    if checked.faults:
        raise Refused(say("These rules have faults: check them and mend what is said there."))
    change.refuse_if_overtaken("rules_changed")
    versions = await deskstore.rules(change.tx, change.of)
    if not versions:
        # What was in force before versions were kept must not be lost with the first change.
        await deskstore.keep_rules(change.tx, change.of, "", change.site.rules, None, None, None)
    number = await deskstore.keep_rules(change.tx, change.of, name, text, change.now, change.by.name, change.why)
    await deskstore.put_in_force(change.tx, change.of, name, text)
    await change.note("rules_changed", f"rules:{number}", {"rules": name, "number": number})
    return number
