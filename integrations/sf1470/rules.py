"""The rule checker: a case against every rule of the index that its schema lets through. Pure."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from integrations.sf1470.fields import ELEMENTS, FIELDS, MUST, Duty, Field
from integrations.sf1470.roles import Words
from integrations.xmltree import Node

UUID = re.compile(r"[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}")
EMPTY = "URN:Empty"
FIRST = "Opstaaet"
VALUES = {
    "LivscyklusKode": ("Importeret",),
    "Kassationskode": ("B", "K"),
    "AfleveretIndikator": ("true", "false"),
    "PrincipielIndikator": ("true", "false"),
    "FremdriftStatusKode": (FIRST, "Oplyst", "Afgjort", "Afsluttet"),
    "Foelsomhed": (
        "IKKE_FORTROLIGE_DATA",
        "FORTROLIGE_PERSONOPLYSNINGER",
        "FOELSOMME_PERSONOPLYSNINGER",
        "VIP_SAGER",
    ),
}
ACTOR_TYPES = ("Bruger", "ItSystem")
# What may be written over several lines; everything else is one.
_LINES = {"NoteTekst", "Beskrivelse", "JournalpostEgenskaber/JournalnotatEgenskaber/Notat"}
_RELATIONS = {part: [one for one in FIELDS if one.part == f"Relation: {part}"] for part in ELEMENTS}
_LIST = ("sag:Registrering", "sag:RelationListe")


def check(case: Node, words: Words, *, imported: bool = True) -> list[str]:
    """What is wrong with a case, each with its field; nothing where the index would take it.

    A case that is updated need not say again what has not changed; `imported` asks for all of it.
    """
    faults = [f"{one.told}: {fault}" for one in FIELDS if not one.role for fault in _alone(one, case, imported)]
    faults += _properties(case)
    faults += _progress(case, imported)
    for part, path in ELEMENTS.items():
        faults += _relations(part, tuple(case.all(*_LIST, *path)), words, imported)
    faults += [f"Virkning: {fault}" for fault in _effects(case)]
    return list(dict.fromkeys(faults))


def _alone(one: Field, case: Node, imported: bool) -> Iterator[str]:
    """A field that stands by itself."""
    if one.part.startswith("Relation"):
        return
    found = list(case.all(*one.path))
    if not any(_said(node) for node in found) and one.duty in MUST and (imported or one.duty is Duty.ALWAYS):
        yield "is missing"
    for node in found:
        yield from _value(one, node)
    if one.name == "StsTidspunkt" and found:
        yield "is filled in by the index alone; leave it out"


def _said(node: Node) -> str:
    """What an element says, where it is a reference too."""
    return node.text or "".join(child.text for child in node.inside)


def _value(one: Field, node: Node) -> Iterator[str]:
    text = _said(node)
    size = len(_decoded(text)) if one.name.endswith("/Notat") else len(text)
    if one.longest is not None and size > one.longest:
        yield f"is {size - one.longest} too long"
    if one.name in VALUES and text not in VALUES[one.name]:
        yield f"is none of {', '.join(VALUES[one.name])}"
    if one.name not in _LINES and any(sign in text for sign in "\r\n\t"):
        yield "stands on one line only"


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text.encode()


def _properties(case: Node) -> Iterator[str]:
    own = case.one("sag:Registrering", "sag:AttributListe", "sag:Egenskaber")
    if own is None:
        return
    if own.says("sag:BrugervendtNoegle") != own.says("sag:Sagsnummer"):
        yield "Sagsegenskaber / Sagsnummer: is not the same as Brugervendtnøgle"
    yield from (f"Sagsegenskaber / {fault}" for fault in _exempt(own))


def _exempt(node: Node) -> Iterator[str]:
    """A legal basis and another title: both, or neither."""
    exempt = node.one("sag:OffentlighedUndtaget") or node.one("sd:OffentlighedUndtaget")
    if exempt is None:
        return
    legal, title = (exempt.says(name) for name in ("sd:OffentlighedUndtagetHjemmelTekst", "sd:TitelAlternativTekst"))
    if bool(legal) is not bool(title):
        missing = "TitelAlternativTekst" if legal else "OffentlighedUndtagetHjemmelTekst"
        yield f"OffentlighedUndtaget/ {missing}: goes with the other of the two"


def _progress(case: Node, imported: bool) -> Iterator[str]:
    """A case begins by arising, and its states follow each other without a gap."""
    steps = list(case.all("sag:Registrering", "sag:TilstandListe", "sag:Fremdrift"))
    names = [one.says("sag:FremdriftStatusKode") or "" for one in steps]
    if imported and FIRST not in names:
        yield f"Tilstand / FremdriftStatusKode: {FIRST} is missing"
    order = [VALUES["FremdriftStatusKode"].index(one) for one in names if one in VALUES["FremdriftStatusKode"]]
    if order != sorted(set(order)):
        yield "Tilstand / FremdriftStatusKode: the states are not in their order"
    for one, after in pairwise(steps):
        if _until(one) != _since(after):
            yield "Tilstand / Virkning: a state ends where the next begins"
    if steps and _until(steps[-1]) != "true":
        yield "Tilstand / Virkning: the last state has no end"


def _since(node: Node) -> str | None:
    return node.says("sag:Virkning", "sd:FraTidspunkt", "sd:TidsstempelDatoTid")


def _until(node: Node) -> str | None:
    end = ("sag:Virkning", "sd:TilTidspunkt")
    return node.says(*end, "sd:GraenseIndikator") or node.says(*end, "sd:TidsstempelDatoTid")


def _relations(part: str, found: Sequence[Node], words: Words, imported: bool) -> Iterator[str]:
    by_role: dict[str, list[Node]] = {}
    for node in found:
        role = words.role_of(node.says("gd:Rolle", "sd:UUIDIdentifikator") or "") if part != "Sikkerhedsprofil" else ""
        if role is None or all(one.role != role for one in _RELATIONS[part]):
            yield f"Relation: {part} / Rolle: is missing, or none that is known"
            continue
        by_role.setdefault(role, []).append(node)
    for role in dict.fromkeys(one.role for one in _RELATIONS[part]):
        fields, nodes = [one for one in _RELATIONS[part] if one.role == role], by_role.get(role, [])
        name = f"Relation: {part} / {role}"
        if imported and fields[0].occurs == "1" and not nodes:
            yield f"{name}: is missing"
        if not fields[0].occurs.endswith("*") and len(nodes) > 1:
            yield f"{name}: stands {len(nodes)} times, and may stand once"
        places = [node.says("gd:Indeks") for node in nodes]
        if len(set(places)) < len(places):
            yield f"{name} / Indeks: is not one of its own"
        for node in nodes:
            yield from (f"{one.told}: {fault}" for one in fields for fault in _of_relation(one, node))
            if part == "Journalpost":
                yield from (f"{name} / JournalpostEgenskaber/{fault}" for fault in _exempt_of(node))


def _exempt_of(node: Node) -> Iterator[str]:
    own = node.one("sag:JournalpostEgenskaber")
    if own is not None:
        yield from (fault.replace("/ ", "/", 1) for fault in _exempt(own))


def _of_relation(one: Field, node: Node) -> Iterator[str]:
    found = node.one(*one.path)
    text = _said(found) if found is not None else ""
    if one.duty is Duty.FORBIDDEN and found is not None:
        yield "must be left out"
        return
    if one.duty in MUST and not text:
        yield "is missing"
    if one.duty is Duty.CONDITIONAL and not text and _asked(one, node):
        yield "is missing, as things are"
    if found is None:
        return
    yield from _value(one, found)
    if one.name == "ReferenceID":
        yield from _points(one, found)
    if one.name in {"Rolle", "Type"} and text and not UUID.fullmatch(text):
        yield "is no UUID"


def _asked(one: Field, node: Node) -> bool:
    """Whether what is asked for only sometimes is asked for here."""
    if one.path[-1] in {"sag:Titel", "sag:Notat", "sag:Format"}:
        return node.one(*one.path[:-1]) is not None
    if one.path[-1] == "sd:TitelAlternativTekst":
        return False  # one of a pair
    return node.one("gd:ReferenceID", "sd:URNIdentifikator") is not None


def _points(one: Field, found: Node) -> Iterator[str]:
    urn, uuid = found.says("sd:URNIdentifikator"), found.says("sd:UUIDIdentifikator")
    if uuid is not None and not UUID.fullmatch(uuid):
        yield "is no UUID"
    if one.role == "Journalnotat" and urn != EMPTY:
        yield f"is always {EMPTY}"
    elif urn is not None and one.urns and not any(re.fullmatch(pattern, urn) for pattern in one.urns):
        yield f"is none of {', '.join(one.urns)}"
    elif urn is not None and one.role in {"Primær klasse", "Handlingsklasse", "Oversag", "Master", "Afsender"}:
        yield "is a UUID, and no URN"


def _effects(node: Node) -> Iterator[str]:
    """Everything that is true from then until then says so, and by whom; nothing has always been so."""
    if node.name.endswith(":Virkning"):
        since = node.one("sd:FraTidspunkt")
        if since is None or not since.says("sd:TidsstempelDatoTid"):
            yield "FraTidspunkt is missing, or without an end"
        if node.one("sd:TilTidspunkt") is None:
            yield "TilTidspunkt is missing"
        if node.one("sd:AktoerRef") is None:
            yield "AktoerRef is missing"
        if node.says("sd:AktoerTypeKode") not in ACTOR_TYPES:
            yield f"AktoerTypeKode is none of {', '.join(ACTOR_TYPES)}"
    if _lasts(node) and not any(child.name.endswith(":Virkning") for child in node.inside):
        yield f"{node.name} does not say from when to when"
    for child in node.inside:
        yield from _effects(child)


def _lasts(node: Node) -> bool:
    paths = [path[-1] for path in ELEMENTS.values()]
    return node.name in {*paths, "sag:Egenskaber", "sag:Fremdrift", "si:SagIndeksEgenskaber"}
