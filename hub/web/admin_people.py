"""People, and those outside whom a rule can tell, at a desk."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.errors import NotFound
from hub.people import access, contacts, deskstore, enrolments, persons, tables
from hub.people.persons import weekly_shown
from hub.people.site import Role
from hub.web.admin import Desks, Visit, role_word
from hub.web.lists import Line

LIST = "/admin/people"
CONTACTS = "/admin/contacts"


async def rows(visit: Visit) -> tuple[Sequence[str], Sequence[Line]]:
    """Everybody who works here."""
    say, site = visit.texts, visit.site
    async with visit.reading() as tx:
        kept = await deskstore.present(tx, tables.PEOPLE, site.institution.id)
        seen = await deskstore.last_seen(tx, site.institution.id)
    devices = [device for device in site.devices.values() if not device.revoked]
    heads = (
        say("Name"), say("User name"), say("Role"), say("Units"), say("Telephone"), say("E-mail"),
        say("Phones and PCs"), say("Password"), say("Last signed in"),
    )  # fmt: skip
    lines = [
        Line(
            (
                person.name,
                person.id,
                role_word(person.role, say),
                ", ".join(site.units[unit].name for unit in person.units if unit in site.units) or say("All units"),
                person.phone or "",
                person.email or "",
                str(sum(device.person == person.id for device in devices)),
                say("Yes") if kept[person.id]["password_hash"] else say("None yet"),
                visit.local(seen.get(person.id)),
            ),
            f"{LIST}/{person.id}",
        )
        for person in site.people.values()
    ]
    return heads, lines


async def page(visit: Visit) -> Response:
    return await visit.show("people.html", list=visit.listing(*await rows(visit)), roles=roles(visit))


def roles(visit: Visit) -> list[tuple[str, str]]:
    """The roles that whoever asks may give."""
    return [(role.value, role_word(role, visit.texts)) for role in Role if access.may_give(visit.by, role)]


async def add(visit: Visit) -> str:
    await visit.change(lambda change: persons.add(change, visit.entry))
    return f"{LIST}?done=1"


async def one(visit: Visit) -> Response:
    person = visit.site.people.get(visit.which)
    if person is None:
        raise NotFound("There is no such person here.")
    async with visit.reading() as tx:
        kept = (await deskstore.present(tx, tables.PEOPLE, visit.by.institution))[person.id]
    return await visit.show(
        "person.html",
        person=person,
        language_of=kept["language"] or "",
        has_password=bool(kept["password_hash"]),
        roles=roles(visit),
        weekly=weekly_shown(person.weekly_minutes),
        devices=[one for one in visit.site.devices.values() if one.person == person.id and not one.revoked],
    )


async def alter(visit: Visit) -> str:
    await visit.change(lambda change: persons.alter(change, visit.which, visit.entry))
    return f"{LIST}/{visit.which}?done=1"


async def leave(visit: Visit) -> str:
    await visit.change(lambda change: persons.leave(change, visit.which, visit.entry))
    return f"{LIST}?done=1"


async def invite(visit: Visit) -> str:
    made = await visit.change(lambda change: enrolments.for_sign_in(change, visit.which))
    return f"/admin/codes/{made.id}"


async def contact_rows(visit: Visit) -> tuple[Sequence[str], Sequence[Line]]:
    """Everybody outside."""
    say = visit.texts
    heads = (say("Name"), say("In rules"), say("Telephone"), say("E-mail"), say("Webhook"))
    lines = [
        Line(
            (one.name, f"contact:{one.id}", one.phone or "", one.email or "", one.webhook or ""), f"{CONTACTS}/{one.id}"
        )
        for one in visit.site.contacts.values()
    ]
    return heads, lines


async def contact_page(visit: Visit) -> Response:
    return await visit.show("contacts.html", list=visit.listing(*await contact_rows(visit)))


async def contact_add(visit: Visit) -> str:
    await visit.change(lambda change: contacts.add(change, visit.entry))
    return f"{CONTACTS}?done=1"


async def contact(visit: Visit) -> Response:
    found = visit.site.contacts.get(visit.which)
    if found is None:
        raise NotFound("There is no such contact here.")
    return await visit.show("contact.html", contact=found)


async def contact_alter(visit: Visit) -> str:
    await visit.change(lambda change: contacts.alter(change, visit.which, visit.entry))
    return f"{CONTACTS}/{visit.which}?done=1"


async def contact_retire(visit: Visit) -> str:
    await visit.change(lambda change: contacts.retire(change, visit.which, visit.entry))
    return f"{CONTACTS}?done=1"


def routes(desks: Desks) -> list[BaseRoute]:
    return [
        desks.page(LIST, page),
        desks.form(LIST, add, page),
        desks.file("people", rows),
        desks.page(f"{LIST}/{{id}}", one),
        desks.form(f"{LIST}/{{id}}", alter, one),
        desks.form(f"{LIST}/{{id}}/leave", leave, one),
        desks.form(f"{LIST}/{{id}}/invite", invite, one),
        desks.page(CONTACTS, contact_page),
        desks.form(CONTACTS, contact_add, contact_page),
        desks.file("contacts", contact_rows),
        desks.page(f"{CONTACTS}/{{id}}", contact),
        desks.form(f"{CONTACTS}/{{id}}", contact_alter, contact),
        desks.form(f"{CONTACTS}/{{id}}/retire", contact_retire, contact),
    ]
