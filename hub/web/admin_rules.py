"""The rules, at a desk: read in plain words, checked and played through before they are put in force."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from hub.alarms import rulebooks
from hub.alarms.rulebooks import LONGEST_SIMULATION, holes, played, shipped
from hub.alarms.setting import Setting
from hub.errors import NotFound
from hub.escalation.rules import RuleBook
from hub.escalation.words import KindWords, in_words, kind_label, last_words, played_words
from hub.people import deskstore
from hub.people.deskstore import RulesVersion
from hub.people.site import Site, Unit
from hub.roster import store as roster
from hub.web.admin import Desks, Visit
from hub.web.lists import Line, danish
from hub.web.render import Texts

LIST = "/admin/rules"


async def rows(visit: Visit) -> tuple[Sequence[str], Sequence[Line]]:
    """Every version of the rules that was ever in force."""
    say = visit.texts
    heads = (say("Number"), say("Called"), say("In force from"), say("By"), say("Why"))
    lines = [
        Line(
            (str(one.number), one.name or "–", visit.local(one.at), _who(visit, one), one.why or ""),
            f"{LIST}/{one.number}",
        )
        for one in await _versions(visit)
    ]
    return heads, lines


async def _versions(visit: Visit) -> list[RulesVersion]:
    async with visit.reading() as tx:
        return await deskstore.rules(tx, visit.by.institution)


def _who(visit: Visit, version: RulesVersion) -> str:
    say = visit.texts
    person = visit.site.people.get(version.made_by or "")
    return person.name if person is not None else version.made_by or say("Site file")


def _spoken(visit: Visit, book: RuleBook) -> dict[str, Any]:
    """A rule book in the words of whoever reads it."""
    names = _names(visit.site)
    kinds: list[KindWords] = in_words(book, names, visit.texts)
    return {"kinds": kinds, "last": last_words(book, names, visit.texts)}


def _names(site: Site) -> dict[str, str]:
    return {key: one.name for key, one in site.people.items()} | {key: one.name for key, one in site.contacts.items()}


async def page(visit: Visit) -> Response:
    book = Setting.of(visit.site).book
    return await visit.show(
        "rules.html",
        words=_spoken(visit, book),
        book=book,
        versions=visit.listing(*await rows(visit), newest_first=True),
        shipped=[(name, rulebooks.named(name)) for name in shipped()],
    )


async def one(visit: Visit) -> Response:
    """An earlier version, as it reads."""
    found = next((one for one in await _versions(visit) if str(one.number) == visit.which), None)
    if found is None:
        raise NotFound("There is no such version of the rules.")
    checked = rulebooks.check(found.text, found.name, visit.site)
    words = _spoken(visit, checked.book) if checked.book is not None else None
    return await visit.show("rules_version.html", found=found, who=_who(visit, found), words=words)


async def trial(visit: Visit) -> Response:
    """Rules that may be put in force: what is wrong with them, how they read, and whom they would tell."""
    params, entry, say = visit.request.query_params, visit.entry, visit.texts
    source = entry.raw("text") if "text" in entry.fields else await _source(visit, params.get("from", ""))
    name = entry.raw("name") or params.get("from", "") or say("Our rules")
    checked = rulebooks.check(source.replace("\r\n", "\n"), name, visit.site)
    values: dict[str, Any] = {"words": None, "tables": [], "holes": []}
    if checked.book is not None:
        values = {"words": _spoken(visit, checked.book)} | await _played(visit, source)
    return await visit.show("rules_trial.html", text=source, name=name, checked=checked, **values)


async def _source(visit: Visit, wanted: str) -> str:
    """The text to begin with: rules that come with the hub, an earlier version, or those in force."""
    if wanted in shipped():
        return shipped()[wanted]
    versions = {str(one.number): one.text for one in await _versions(visit)}
    return versions.get(wanted, visit.site.rules)


async def _played(visit: Visit, source: str) -> dict[str, Any]:
    entry, site, say = visit.entry, visit.site, visit.texts
    pressed = _pressed(visit)
    async with visit.reading() as tx:
        shifts = await roster.shifts(tx, site.institution.id, pressed, pressed + LONGEST_SIMULATION)
    setting = Setting.of(replace(site, rules=source.replace("\r\n", "\n")))
    kind = entry.raw("kind") if entry.raw("kind") in setting.book.kinds else "alarm"
    raiser = entry.raw("raiser") if entry.raw("raiser") in site.people else ""
    units = list(site.units.values())
    unit = next((one for one in units if one.id == entry.raw("unit")), units[0] if units else None)
    names = _names(site)
    played_rows = {one.id: played(setting, shifts, pressed, one.id, kind, raiser, drill=False) for one in units}
    book = setting.book
    shown = played_words(book, played_rows[unit.id], names, say) if unit is not None else []
    return {
        "played": shown,
        "people": sorted(((one.id, one.name) for one in site.people.values()), key=lambda one: danish(one[1])),
        "bad": [row.outcome != "told" for row in played_rows[unit.id]] if unit is not None else [],
        "unit": unit,
        "kind": kind,
        "kind_choices": [(one.name, kind_label(one, say)) for one in setting.book.kinds.values()],
        "raiser": raiser,
        "pressed": visit.local(pressed),
        "empty": [_empty(one, len(holes(played_rows[one.id])), say) for one in units if holes(played_rows[one.id])],
    }


def _pressed(visit: Visit) -> datetime:
    """The moment of the press that is tried: the one in the form, else now."""
    now, zone = visit.hub.clock.now(), ZoneInfo(visit.site.institution.timezone)
    return (visit.entry.moment("at", zone) if visit.entry.raw("at").strip() else None) or now


def _empty(unit: Unit, steps: int, say: Texts) -> str:
    return say("{unit}: {n} steps find nobody at this time.", unit=unit.name, n=steps)


async def put_in_force(visit: Visit) -> str:
    await visit.change(lambda change: rulebooks.put_in_force(change, visit.entry))
    return f"{LIST}?done=1"


async def in_force(visit: Visit) -> Response:
    """The text of the rules in force, as a file for a site file to name."""
    headers = {"Content-Disposition": 'attachment; filename="rules.toml"', "Cache-Control": "no-store"}
    return PlainTextResponse(visit.site.rules, headers=headers)


def routes(desks: Desks) -> list[BaseRoute]:
    return [
        desks.page(LIST, page),
        desks.form(LIST, put_in_force, trial),
        desks.file("rules", rows),
        desks.page(f"{LIST}/in-force.toml", in_force),
        desks.page(f"{LIST}/trial", trial),
        desks.look(f"{LIST}/trial", trial),
        desks.page(f"{LIST}/{{id}}", one),
    ]
