"""An institution as the file that would set it up: what was changed on the pages, for whoever keeps a file."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from hub.people.site import Site


def written(site: Site, languages: Mapping[str, str], away: Collection[str] = ()) -> str:
    """The site as TOML, without passwords, PINs, shifts, and those who are here by a code only.

    Who signs in keeps their password: a file that says nothing of it changes nothing.
    """
    of = site.institution
    head = {"id": of.id, "name": of.name, "municipality": of.municipality, "timezone": of.timezone}
    tables: list[tuple[str, Mapping[str, Any]]] = [("[institution]", head | {"rules": "./rules.toml"})]
    tables += [
        (
            "[[unit]]",
            {"id": unit.id, "name": unit.name, "neighbours": list(unit.neighbours)}
            | ({"approves_swaps": True} if unit.approves_swaps else {})
            | _fields(unit, "minimum_reach", "minimum_within"),
        )
        for unit in site.units.values()
    ]
    tables += [("[[place]]", _fields(place, "id", "unit", "name", "floor", "x", "y")) for place in site.places.values()]
    tables += [
        (
            "[[person]]",
            _fields(person, "id", "name", "role")
            | {"units": list(person.units)}
            | _fields(person, "phone", "email")
            | ({"language": languages[person.id]} if person.id in languages else {}),
        )
        for person in site.people.values()
        if person.id not in away
    ]
    tables += [
        ("[[device]]", _fields(device, "id", "kind", "person", "place"))
        for device in site.devices.values()
        if not device.revoked and not device.enrolled
    ]
    tables += [
        ("[[contact]]", _fields(one, "id", "name", "phone", "email", "webhook")) for one in site.contacts.values()
    ]
    return "\n".join(_lines(tables))


def _fields(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names if getattr(row, name) is not None}


def _lines(tables: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    for head, values in tables:
        yield head
        # A text of JSON is a text of TOML too, as long as it can be printed.
        yield from (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
        yield ""
