"""What becomes of relations when a case changes: the same go on, new ones begin, and what is no more ends. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from integrations.xmltree import Node, branch, leaf, moment

EXTENSION = "gd:LokalUdvidelseListe"
_EFFECT, _ROLE, _TO = "gd:Virkning", ("gd:Rolle", "sd:UUIDIdentifikator"), "gd:ReferenceID"
# Mandatory ones are replaced, and the index itself ends the one before.
_MAY_END = ("sag:Sagspart", "sag:Sagsrelation")
_HIDES = "sag:Sagsklasse"


def followed(before: Node, now: Node, at: datetime) -> Node:
    """The list of relations as it is sent: each from when it holds, with those that end."""
    known = list(_each(before))
    made = [_since(one, known, at) if one.name != EXTENSION else one for one in now.inside]
    there = {_key(one) for one in _each(now)}
    ended = [_ended(one, at) for one in known if _may_end(one) and _open(one) and _key(one) not in there]
    return replace(now, inside=(*sorted((*made, *ended), key=_place),))


def _each(relations: Node) -> Iterator[Node]:
    yield from (one for one in relations.inside if one.name != EXTENSION)


def _place(one: Node) -> int:
    order = ("sag:Sagsaktoer", "sag:Sagsklasse", "sag:Sagspart", "sag:Sagsrelation")
    return order.index(one.name) if one.name in order else len(order)


def _key(one: Node) -> tuple[str, str | None, str, str | None]:
    to = one.one(_TO)
    points = "".join(child.text for child in to.inside).lower() if to is not None else ""
    return one.name, one.says(*_ROLE), points, one.says("gd:Indeks")


def _since(one: Node, known: list[Node], at: datetime) -> Node:
    """From when it holds: as before where it is the same, from now where another stood in its place."""
    same = next((old for old in known if _key(old) == _key(one) and _open(old)), None)
    if same is not None:
        return _with_effect(one, same.one(_EFFECT))
    place = (one.name, one.says(*_ROLE))
    if not any((old.name, old.says(*_ROLE)) == place for old in known):
        return one
    effect = one.one(_EFFECT)
    since = branch("sd:FraTidspunkt", leaf("sd:TidsstempelDatoTid", moment(at)))
    return _with_effect(one, _put(effect, since)) if effect is not None else one


def _ended(one: Node, at: datetime) -> Node:
    effect = one.one(_EFFECT)
    until = branch("sd:TilTidspunkt", leaf("sd:TidsstempelDatoTid", moment(at)))
    return _with_effect(one, _put(effect, until)) if effect is not None else one


def _may_end(one: Node) -> bool:
    # A class with a number of its own is one of several, and may be none.
    return one.name in _MAY_END or (one.name == _HIDES and one.one("gd:Indeks") is not None)


def _open(one: Node) -> bool:
    return one.says(_EFFECT, "sd:TilTidspunkt", "sd:GraenseIndikator") is not None


def _with_effect(one: Node, effect: Node | None) -> Node:
    return _put(one, effect) if effect is not None else one


def _put(whole: Node, part: Node) -> Node:
    return replace(whole, inside=tuple(part if one.name == part.name else one for one in whole.inside))
