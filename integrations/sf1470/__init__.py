"""Sags- og Dokumentindeks (SF1470): that a case exists, whose it is, how far it has come, and who may see that."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.errors import Invalid
from hub.ports import CaseRecord, CaseStep, Classed, Form, Never
from integrations.caserecords import noted
from integrations.sf1470.fields import PARTIES
from integrations.sf1470.history import followed
from integrations.sf1470.roles import HIDDEN, SAG, Words
from integrations.sf1470.rules import UUID, check
from integrations.xmltree import Node, branch, leaf, moment, written

NAMESPACES = {
    "sdi": "urn:oio:sts:sagdok:sagdokumentindeks:6",
    "sag": "urn:oio:sts:sagdok:sag:6",
    "si": "urn:oio:sts:sagdok:sagindeks:6",
    "gd": "urn:oio:sts:generelledefinitioner:6",
    "sd": "urn:oio:sagdok:3.0.0",
}
SHORTEST = timedelta(milliseconds=1)
SUBJECTS, FACETS, VIEWS = "KLE - Emneplan", "KLE - Handlingsfacet", "Visningsklasse"


@dataclass(frozen=True, slots=True)
class Sender:
    """What the hub is called in the index."""

    system: str
    name: str
    words: Words = field(default_factory=Words)

    def __post_init__(self) -> None:
        if not UUID.fullmatch(self.system):
            raise Invalid(f'system: "{self.system}" is no UUID; write the 36 characters from Administrationsmodulet.')
        if not 1 <= len(self.name) <= 255:
            raise Invalid("name: the index shows it; write 1 to 255 characters.")


def imported(record: CaseRecord, sender: Sender, at: datetime, note: str | None = None) -> bytes:
    """The case with its whole history, as it is told the first time. Never if a rule of the index is broken."""
    return written(importing(record, sender, at, note), NAMESPACES)


def importing(record: CaseRecord, sender: Sender, at: datetime, note: str | None = None) -> Node:
    """The request that an import is."""
    case = checked(record, sender, at)
    known, registered = case.inside
    told = Node(registered.name, "", (*leaf("sd:NoteTekst", note), *registered.inside))
    return branch("sdi:ImporterSagDokumentIndeksInput", Node(case.name, "", (known, told)))


def updated(record: CaseRecord, sender: Sender, at: datetime, seen: datetime, before: Node | None = None) -> bytes:
    """The case as it is now, for an index that knows it as it was registered at `seen`."""
    return written(updating(record, sender, at, seen, before), NAMESPACES)


def updating(
    record: CaseRecord,
    sender: Sender,
    at: datetime,
    seen: datetime,
    before: Node | None = None,
    note: str | None = None,
) -> Node:
    """The request that an update is; what was related `before` and is no more gets an end."""
    case = checked(record, sender, at)
    registered = case.one("sag:Registrering")
    attributes, states, relations = registered.inside[-3:] if registered is not None else ()
    if before is not None:
        relations = followed(before, relations, at)
    change = branch(
        "sdi:OpdaterSagIndeks",
        leaf("sd:UUIDIdentifikator", record.id),
        leaf("sd:NoteTekst", note),
        attributes,
        states,
        relations,
        leaf("sdi:Tidspunkt", moment(seen)),
    )
    return branch("sdi:OpdaterSagDokumentIndeksInput", change)


def checked(record: CaseRecord, sender: Sender, at: datetime) -> Node:
    """The case as the index has it, held against its rules."""
    if record.form is Form.NO_CASE:
        raise Never("target: the index holds cases only; let the practice make one of it, or send it elsewhere.")
    case = _case(record, sender, at)
    faults = check(case, sender.words)
    if faults:
        raise Never(f"rules: the index would refuse it: {'; '.join(faults[:10])}.", faults=faults)
    return case


def _case(record: CaseRecord, sender: Sender, at: datetime) -> Node:
    return branch(
        "sdi:SagIndeks",
        leaf("sd:UUIDIdentifikator", record.id),
        branch(
            "sag:Registrering",
            leaf("sd:Tidspunkt", moment(at)),
            leaf("sd:LivscyklusKode", "Importeret"),
            branch("sd:BrugerRef", leaf("sd:URNIdentifikator", _urn(sender))),
            _attributes(record, sender),
            _states(record, sender),
            _relations(record, sender),
        ),
    )


def _attributes(record: CaseRecord, sender: Sender) -> Node:
    since = record.steps[0].since
    return branch(
        "sag:AttributListe",
        branch(
            "sag:Egenskaber",
            _effect("sag:Virkning", sender, since),
            leaf("sag:BrugervendtNoegle", record.number),
            leaf("sag:Beskrivelse", noted(record)),
            leaf("sag:Kassationskode", record.keep),
            leaf("sag:Sagsnummer", record.number),
            leaf("sag:Titel", record.title),
        ),
        branch(
            "gd:LokalUdvidelseListe",
            branch(
                "si:SagIndeksEgenskaber",
                _effect("gd:Virkning", sender, since),
                leaf("si:Sagsstatus", record.status),
                leaf("si:Foelsomhed", record.sensitivity.value),
                leaf("si:OprettetTidspunkt", moment(record.registered_at)),
            ),
        ),
    )


def _states(record: CaseRecord, sender: Sender) -> Node:
    """Every state that it was in, each until the next: at least a millisecond, for that is what the index can tell."""
    steps = [record.steps[0]]
    for one in record.steps[1:]:
        steps.append(CaseStep(one.progress, max(one.since, steps[-1].since + SHORTEST)))
    ends = [*(one.since for one in steps[1:]), None]
    return branch(
        "sag:TilstandListe",
        tuple(
            branch(
                "sag:Fremdrift",
                _effect("sag:Virkning", sender, one.since, end),
                leaf("sag:FremdriftStatusKode", one.progress.value),
            )
            for one, end in zip(steps, ends, strict=True)
        ),
    )


def _relations(record: CaseRecord, sender: Sender) -> Node:
    since = record.steps[0].since
    effect = _effect("gd:Virkning", sender, since)
    words = sender.words
    owner = _actor(
        words, effect, "Ejer", "Organisation", f"urn:oio:cvr-nr:{record.authority}", record.authority_name, record
    )
    unit = _actor(words, effect, "Ansvarlig", "OrgEnhed", record.unit, record.unit_name, record)
    classes = [
        _class(words, effect, "Primær klasse", SUBJECTS, record.kle),
        _class(words, effect, "Handlingsklasse", FACETS, record.facet),
    ]
    if record.hidden:
        hidden = Classed(HIDDEN, HIDDEN, words.type(HIDDEN))
        classes.append(_class(words, effect, "Visningsklasse", VIEWS, hidden, "1"))
    return branch(
        "sag:RelationListe",
        owner,
        unit,
        tuple(classes),
        _party(record, words, effect),
        _over(record, words, effect),
        branch("gd:LokalUdvidelseListe", *(_system(words, effect, role, sender) for role in ("Master", "Afsender"))),
    )


def _relation(words: Words, effect: Node, name: str, role: str, sort: str, reference: Node, *more: Node) -> Node:
    index = [one for one in more if one.name == "gd:Indeks"]
    return branch(
        name,
        effect,
        branch("gd:Rolle", leaf("sd:UUIDIdentifikator", words.role(role))),
        branch("gd:Type", leaf("sd:UUIDIdentifikator", words.type(sort))),
        tuple(index),
        reference,
        tuple(one for one in more if one.name != "gd:Indeks"),
    )


def _actor(words: Words, effect: Node, role: str, sort: str, reference: str, name: str, record: CaseRecord) -> Node:
    key = leaf("si:BrugervendtNoegle", reference.rpartition(":")[2][:50]) if reference.startswith("urn:") else ()
    own = branch(
        "si:SagsaktoerLokalUdvidelse", key, leaf("si:FuldtNavn", name), leaf("si:CVR-Nummer", record.authority)
    )
    more = branch("gd:LokalUdvidelseListe", own)
    return _relation(words, effect, "sag:Sagsaktoer", role, sort, _reference(reference), more)


def _class(words: Words, effect: Node, role: str, plan: str, one: Classed, index: str | None = None) -> Node:
    if one.uuid is None:
        raise Never(f"kle: no edition that was imported has the UUID of {one.number}; import one that has (SF1510).")
    own = branch(
        "si:SagsklasseLokalUdvidelse",
        leaf("si:Facettitel", plan),
        leaf("si:Klassetitel", one.title or None),
        leaf("si:BrugervendtNoegle", one.number[:50]),
    )
    more = branch("gd:LokalUdvidelseListe", own)
    return _relation(
        words, effect, "sag:Sagsklasse", role, "Klasse", _reference(one.uuid), *leaf("gd:Indeks", index), more
    )


def _party(record: CaseRecord, words: Words, effect: Node) -> tuple[Node, ...]:
    # The index names people and companies by public numbers only: an employee is none of its parties.
    if record.party is None or record.party.is_employee:
        return ()
    if not any(re.fullmatch(one, record.party.urn) for one in PARTIES):
        raise Never("party: the index knows citizens by their CPR number, and no such number of this one is known.")
    more = branch(
        "gd:LokalUdvidelseListe", branch("si:SagspartLokalUdvidelse", leaf("si:FuldtNavn", record.party.name))
    )
    reference = _reference(record.party.urn)
    return (_relation(words, effect, "sag:Sagspart", "Primær part", "Person", reference, more),)


def _over(record: CaseRecord, words: Words, effect: Node) -> tuple[Node, ...]:
    if record.case is None:
        return ()
    return (_relation(words, effect, "sag:Sagsrelation", "Oversag", SAG, _reference(record.case)),)


def _system(words: Words, effect: Node, role: str, sender: Sender) -> Node:
    name = Node("si:SystemNavn", sender.name)
    reference = _reference(sender.system)
    return _relation(words, effect, "si:SagsitsystemRelation", role, "IT-system", reference, name)


def _reference(to: str) -> Node:
    return branch(
        "gd:ReferenceID", leaf("sd:URNIdentifikator" if to.startswith("urn:") else "sd:UUIDIdentifikator", to)
    )


def _effect(name: str, sender: Sender, since: datetime, until: datetime | None = None) -> Node:
    end = leaf("sd:GraenseIndikator", "true") if until is None else leaf("sd:TidsstempelDatoTid", moment(until))
    return branch(
        name,
        branch("sd:FraTidspunkt", leaf("sd:TidsstempelDatoTid", moment(since))),
        branch("sd:TilTidspunkt", end),
        branch("sd:AktoerRef", leaf("sd:URNIdentifikator", _urn(sender))),
        leaf("sd:AktoerTypeKode", "ItSystem"),
    )


def _urn(sender: Sender) -> str:
    return f"urn:oio:it-system-uuid:{sender.system}"
