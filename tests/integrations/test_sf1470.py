"""The index's 250 field rules: all known, each broken and caught, and what the hub sends held to schema and rules."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xmlschema

from hub.errors import Invalid
from hub.ports import EMPLOYEE, CaseParty, CaseRecord, CaseStep, Classed, Form, Never, Progress, Sensitivity
from integrations import sf1470
from integrations.sf1470.fields import ELEMENTS, FIELDS, MUST, Duty, Field
from integrations.sf1470.roles import HIDDEN, KNOWN, SAG, TYPES, Words
from integrations.sf1470.rules import VALUES, check
from integrations.xmltree import Node, branch, leaf

STANDARDS = Path(__file__).parents[3] / "shared/standards/sf1470-sagdokumentindeks"
AT = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
SYSTEM = "ba537e12-8b0c-44b1-9de7-f75803a4e091"


def uuid(n: int) -> str:
    return f"00000000-0000-4000-8000-{n:012d}"


# No public source names these: here they are made up, and an operator has the real ones.
UNNAMED = [*sorted({one.role for one in FIELDS if one.role} - set(KNOWN)), SAG, HIDDEN]
WORDS = Words({name: uuid(n) for n, name in enumerate(UNNAMED)})
SENDER = sf1470.Sender(SYSTEM, "Tryghedshub", WORDS)
RECORD = CaseRecord(
    id=uuid(900),
    number="TH-2026-00000000c0de-1",
    authority="29189999",
    authority_name="Korsbæk Kommune",
    unit="urn:oio:tryghedshub:enhed:solgaarden:nord",
    unit_name="Nord",
    form=Form.UNDER_CASE,
    kle=Classed("27.66.08", "Magtanvendelse, voksne", uuid(901)),
    facet=Classed("G01", "Generelle sager", uuid(902)),
    title="Notat til sagen",
    note="Registreret i Tryghedshub.\r\nMagtanvendelse & <mere>\x0b",
    steps=(CaseStep(Progress.ARISEN, AT), CaseStep(Progress.INFORMED, AT), CaseStep(Progress.CLOSED, AT)),
    status="Fulgt op",
    sensitivity=Sensitivity.SENSITIVE,
    happened_at=AT,
    registered_at=AT,
    party=CaseParty("urn:oio:cpr-nr:0101010000", "Bent Beboer"),
    case=uuid(903),
    keep="B",
    related=(Classed("27.66.00", "I almindelighed"),),
)
URNS = {
    "urn:oio:cvr-nr:[0-9]{8}": "urn:oio:cvr-nr:11111111",
    "urn:oio:cpr-nr:[0-9]{10}": "urn:oio:cpr-nr:0101010000",
    "urn:oio:esr:ejendom:[0-9]{3}-[0-9]{5,6}": "urn:oio:esr:ejendom:101-12345",
    "urn:oio:form:[0-9][0-9].[0-9][0-9].[0-9][0-9]": "urn:oio:form:01.02.03",
}
ONLY_UUID = {"Primær klasse", "Handlingsklasse", "Oversag", "Master", "Afsender"}
EFFECT = branch(
    "gd:Virkning",
    branch("sd:FraTidspunkt", leaf("sd:TidsstempelDatoTid", "2026-03-10T13:00:00.000Z")),
    branch("sd:TilTidspunkt", leaf("sd:GraenseIndikator", "true")),
    branch("sd:AktoerRef", leaf("sd:UUIDIdentifikator", SYSTEM)),
    leaf("sd:AktoerTypeKode", "ItSystem"),
)


def put(node: Node, path: tuple[str, ...], new: Node | None) -> Node:
    """The same with something else at the end of a path, or with nothing there."""
    name, rest = path[0], path[1:]
    children, found = [], False
    for child in node.inside:
        if child.name != name or found:
            children.append(child)
            continue
        found = True
        changed = put(child, rest, new) if rest else new
        if changed is not None:
            children.append(changed)
    if not found and new is not None:
        children.append(put(Node(name), rest, new) if rest else new)
    return replace(node, inside=tuple(children))


def reference(one: Field) -> str:
    if one.role == "Journalnotat":
        return "URN:Empty"
    if one.urns:
        return URNS[one.urns[0]]
    return uuid(1) if one.role in ONLY_UUID else "urn:oio:by:enhed:1"


def filled(one: Field) -> Node:
    """A field with something in it that it may hold."""
    if one.name in {"Rolle", "Type"}:
        held = (KNOWN | dict(WORDS.more)).get(one.role, uuid(7)) if one.name == "Rolle" else TYPES["Klasse"]
        return branch(one.path[-1], leaf("sd:UUIDIdentifikator", held))
    if one.name == "ReferenceID":
        text = reference(one)
        return branch(
            one.path[-1], leaf("sd:URNIdentifikator" if text[:3].lower() == "urn" else "sd:UUIDIdentifikator", text)
        )
    return Node(one.path[-1], "11111111" if one.name == "CVR-Nummer" else "1")


def whole() -> Node:
    """A case with everything that a case can have."""
    case = sf1470.checked(RECORD, SENDER, AT)
    case = put(case, ("sag:Registrering", "sag:RelationListe"), Node("sag:RelationListe"))
    for part, path in ELEMENTS.items():
        of_part = [one for one in FIELDS if one.part == f"Relation: {part}"]
        for role in dict.fromkeys(one.role for one in of_part):
            relation = Node(path[-1], "", (EFFECT,))
            for one in of_part:
                if one.role == role and one.duty is not Duty.FORBIDDEN:
                    relation = put(relation, one.path, filled(one))
            case = added(case, path, relation)
    own = ("sag:Registrering", "sag:AttributListe", "sag:Egenskaber", "sag:OffentlighedUndtaget")
    exempt = branch(
        own[-1], leaf("sd:TitelAlternativTekst", "Den anden"), leaf("sd:OffentlighedUndtagetHjemmelTekst", "§ 7")
    )
    return put(case, own, exempt)


def added(case: Node, path: tuple[str, ...], relation: Node) -> Node:
    listed = case.one("sag:Registrering", "sag:RelationListe")
    assert listed is not None
    if len(path) == 1:
        new = replace(listed, inside=(*listed.inside, relation))
    else:
        inner = listed.one(path[0]) or Node(path[0])
        new = put(listed, path[:1], replace(inner, inside=(*inner.inside, relation)))
    return put(case, ("sag:Registrering", "sag:RelationListe"), new)


def altered(case: Node, one: Field, new: Node | None) -> Node:
    """The case with one field changed, in the relation that the field is of."""
    if not one.part.startswith("Relation"):
        return put(case, one.path, new)
    path = ELEMENTS[one.part.removeprefix("Relation: ")]
    held = (KNOWN | dict(WORDS.more)).get(one.role, uuid(7))

    def change(node: Node) -> Node:
        if node.name == path[-1] and node.says("gd:Rolle", "sd:UUIDIdentifikator") == held:
            return put(node, one.path, new)
        return replace(node, inside=tuple(map(change, node.inside)))

    return change(case)


def broken(one: Field) -> Iterator[tuple[str, Node | None]]:
    """Every way in which a field can break its rule."""
    name, size = one.path[-1], one.longest
    if one.duty in MUST:
        yield "missing", None
        yield "empty", Node(name)
    if one.duty is Duty.FORBIDDEN:
        yield "there", Node(name, "1")
        return
    if one.duty is Duty.CONDITIONAL:
        yield "missing where it is asked for", None
    if one.name == "StsTidspunkt":
        yield "there", Node(name, "2026-03-10T13:00:00.000Z")
    elif one.duty is Duty.UNSAID:
        yield "without its pair", None
    if size is not None and one.name == "ReferenceID":
        yield "too long", branch(name, leaf("sd:URNIdentifikator", "urn:oio:by:" + "x" * size))
    elif size is not None:
        yield "too long", Node(name, "!" * (size + 1))
    if one.urns:
        yield "of no form", branch(name, leaf("sd:URNIdentifikator", "urn:oio:cvr-nr:1"))
    if one.name in VALUES:
        yield "no such value", Node(name, "X")


WHOLE = whole()


def test_a_case_with_everything_breaks_no_rule() -> None:
    assert check(WHOLE, WORDS) == []
    assert len(FIELDS) == 250


def named(one: Field) -> str:
    """How a fault of a field begins. A relation without a role is nobody's: it is told of by its sort alone."""
    return f"{one.part} / Rolle: " if one.name == "Rolle" else f"{one.told}: "


def test_each_of_the_250_rules_is_enforced_and_every_mandatory_field_is_missed() -> None:
    noticed = Counter[str]()
    for one in FIELDS:
        ways = list(broken(one))
        assert ways, f"nothing holds {one.told}"
        for way, new in ways:
            faults = check(altered(WHOLE, one, new), WORDS)
            assert any(fault.startswith(named(one)) for fault in faults), f"{one.told} {way} was not noticed"
            noticed[way] += 1
    assert noticed == {
        "missing": 149,
        "empty": 149,
        "missing where it is asked for": 27,
        "there": 46,
        "too long": 122,
        "of no form": 10,
        "no such value": 6,
        "without its pair": 1,
    }


def test_the_rules_are_those_of_the_index() -> None:
    file = STANDARDS / "sag-field-rules.csv"
    if not file.exists():
        return
    with file.open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    wanted = set()
    for row in rows:
        size, _, unit = row["maks"].partition(" ")
        longest = int(size) * (1024 if unit == "KB" else 1) if size else None
        urns = tuple(row["urn_moenstre"].split())
        wanted.add((row["afsnit"], row["rolle"], row["forekomster"], row["dataelement"], row["pligt"], longest, urns))
    known = {(one.part, one.role, one.occurs, one.name, one.duty.value, one.longest, one.urns) for one in FIELDS}
    assert known == wanted
    assert len(rows) == 250
    with (STANDARDS / "relation-role-type-uuids.csv").open(encoding="utf-8") as text:
        named = {(row["art"], row["navn"]): row["uuid"] for row in csv.DictReader(text)}
    assert {("rolle", name): held for name, held in KNOWN.items()} | {
        ("type", name): held for name, held in TYPES.items()
    } == named


STATE = ("sag:Registrering", "sag:TilstandListe")
OTHER: list[tuple[str, tuple[str, ...], Node | None]] = [
    ("Opstaaet is missing", STATE, Node("sag:TilstandListe")),
    (
        "not the same as",
        ("sag:Registrering", "sag:AttributListe", "sag:Egenskaber", "sag:Sagsnummer"),
        Node("sag:Sagsnummer", "2"),
    ),
    (
        "on one line",
        ("sag:Registrering", "sag:AttributListe", "sag:Egenskaber", "sag:Titel"),
        Node("sag:Titel", "a\nb"),
    ),
    ("FraTidspunkt", (*STATE, "sag:Fremdrift", "sag:Virkning", "sd:FraTidspunkt"), None),
    ("AktoerTypeKode", (*STATE, "sag:Fremdrift", "sag:Virkning", "sd:AktoerTypeKode"), None),
    ("TilTidspunkt is missing", (*STATE, "sag:Fremdrift", "sag:Virkning", "sd:TilTidspunkt"), None),
    ("AktoerRef is missing", (*STATE, "sag:Fremdrift", "sag:Virkning", "sd:AktoerRef"), None),
    ("from when to when", (*STATE, "sag:Fremdrift", "sag:Virkning"), None),
    ("ends where the next begins", (*STATE, "sag:Fremdrift"), WHOLE.one(*STATE, "sag:Fremdrift")),
]


@pytest.mark.parametrize(("says", "path", "new"), OTHER, ids=[one[0] for one in OTHER])
def test_what_holds_between_fields_is_held_too(says: str, path: tuple[str, ...], new: Node | None) -> None:
    case = put(WHOLE, path, new)
    if says.startswith("ends"):
        assert new is not None
        open_end = put(
            new, ("sag:Virkning", "sd:TilTidspunkt"), branch("sd:TilTidspunkt", leaf("sd:GraenseIndikator", "true"))
        )
        case = put(WHOLE, path, open_end)
    assert any(says in fault for fault in check(case, WORDS)), check(case, WORDS)


def test_a_relation_stands_once_or_has_a_number_of_its_own() -> None:
    owner = WHOLE.one("sag:Registrering", "sag:RelationListe", "sag:Sagsaktoer")
    assert owner is not None
    twice = check(added(WHOLE, ("sag:Sagsaktoer",), owner), WORDS)
    assert any("stands 2 times" in fault for fault in twice)
    case = next(one for one in WHOLE.all("sag:Registrering", "sag:RelationListe", "sag:Journalpost"))
    assert any("one of its own" in fault for fault in check(added(WHOLE, ("sag:Journalpost",), case), WORDS))


def documents() -> Iterator[tuple[str, bytes]]:
    for form in (Form.UNDER_CASE, Form.OWN_CASE, Form.ON_LONG_CASE):
        for hidden in (True, False):
            for party in (RECORD.party, None):
                one = replace(RECORD, form=form, hidden=hidden, party=party, case=RECORD.case if hidden else None)
                yield "import", sf1470.imported(one, SENDER, AT)
                yield "update", sf1470.updated(one, SENDER, AT, AT)


def test_what_is_sent_is_valid_by_the_schema() -> None:
    xsd = STANDARDS / "xsd/6.0.STS-0/SagDokumentIndeksOperationer.xsd"
    sent = list(documents())
    assert all(b"Opstaaet" in content and b"Afsluttet" in content for _, content in sent)
    assert b"Magtanvendelse &amp; &lt;mere&gt;" in sent[0][1]
    if not xsd.exists():
        return
    schema = xmlschema.XMLSchema(xsd)
    for _, content in sent:
        schema.validate(content.decode().partition("\n")[2])
    with pytest.raises(xmlschema.XMLSchemaException):
        schema.validate(sent[0][1].decode().partition("\n")[2].replace("Opstaaet", "Begyndt"))


def test_what_the_index_would_refuse_is_never_sent() -> None:
    with pytest.raises(Never, match="cases only"):
        sf1470.imported(replace(RECORD, form=Form.NO_CASE, case=None), SENDER, AT)
    with pytest.raises(Never, match=r"UUID of 27\.66\.08"):
        sf1470.imported(replace(RECORD, kle=Classed("27.66.08")), SENDER, AT)
    with pytest.raises(Never, match=r"Titel: is 1 too long"):
        sf1470.imported(replace(RECORD, title="x" * 256), SENDER, AT)
    with pytest.raises(Never, match="Visning undtaget for borger"):
        sf1470.imported(RECORD, replace(SENDER, words=Words()), AT)
    with pytest.raises(Never, match=r"^party: the index knows citizens by their CPR number"):
        sf1470.imported(replace(RECORD, party=CaseParty("urn:oio:tryghedshub:borger:1", "Asta Uden")), SENDER, AT)
    employee = CaseParty(f"{EMPLOYEE}bo", "Bo Nord")
    assert b"Bo Nord" not in sf1470.imported(replace(RECORD, party=employee), SENDER, AT), (
        "nobody there knows employees"
    )
    assert b"Ejer" not in sf1470.imported(replace(RECORD, hidden=False, case=None), replace(SENDER, words=Words()), AT)
    with pytest.raises(Invalid, match="no UUID"):
        sf1470.Sender("x", "Hub")
