"""The index's rules for each field of a case, as data: what must be there, what must not, how long, of which form."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Duty(StrEnum):
    """When a field must be filled in, in the instructions' own marks."""

    AT_IMPORT = "OB1"
    ALWAYS = "OB2"
    WITH_RELATION = "OB3"
    CONDITIONAL = "OB4"
    OPTIONAL = "Ikke obligatorisk"
    FORBIDDEN = "MÅ IKKE UDFYLDES"
    UNSAID = ""


MUST = frozenset({Duty.AT_IMPORT, Duty.ALWAYS, Duty.WITH_RELATION})


@dataclass(frozen=True, slots=True)
class Field:
    """One rule: of which part of a case, in which role, and where the field stands there."""

    part: str
    role: str
    occurs: str
    name: str
    path: tuple[str, ...]
    duty: Duty
    longest: int | None = None
    urns: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        return " / ".join(one for one in (self.part, self.role, self.name) if one)


NOTE_LIMIT = 100 * 1024
_REFERENCE = ("gd:ReferenceID",)
_CVR = ("urn:oio:cvr-nr:[0-9]{8}",)
PARTIES = (
    "urn:oio:cpr-nr:[0-9]{10}",
    "urn:oio:us:personid:[0-9]{7}",
    "urn:oio:udk:borgerid:[0-9]{12}",
    *_CVR,
    "urn:oio:pnr:[0-9]{10}",
)
"""What a party can be known by."""
_PROPERTY = ("urn:oio:esr:ejendom:[0-9]{3}-[0-9]{5,6}",)
_NOTE = "JournalpostEgenskaber/JournalnotatEgenskaber/"
_EXEMPT = "OffentlighedUndtaget"

# Role: how often it may stand, whether it has an index, and what is special about it.
_ACTORS = {
    "Ejer": ("1", False),
    "Ansvarlig": ("1", False),
    "Primær behandler": ("0..1", False),
    "Andre behandlere": ("0..*", True),
    "Udlånt til": ("0..1", False),
    "Bopælskommune": ("0..1", False),
}
_ROLES_OF_PARTIES = {
    "Primær part": ("0..1", False),
    "Sekundær part": ("0..*", True),
    "Ydelsesmodtager": ("0..1", False),
}
_CLASSES = {
    "Primær klasse": ("1", False, False),
    "Opgaveklasse": ("0..1", False, True),
    "Handlingsklasse": ("1", False, False),
    "Kontoklasse": ("0..1", False, True),
    "Sikkerhedsklasse": ("0..1", False, True),
    "Følsomhedsklasse": ("0..1", False, True),
    "Indsatsklasse": ("0..1", False, True),
    "Ydelsesklasse": ("0..1", False, True),
    "Kontroltemaklasse": ("0..*", True, False),
    "Visningsklasse": ("0..*", True, False),
    "Afgørelsesklasse": ("0..1", True, False),
}
_CASES = {"Oversag": ("0..1", False), "Præcedens": ("0..1", False), "Andre sager": ("0..*", True)}
_OBJECTS = {
    "Afgiftsobjekt": ("0..1", False, 255),
    "Ejendomsskat": ("0..1", False, None),
    "Byggeri": ("0..*", True, None),
    "Fredning": ("0..*", True, None),
}
ELEMENTS = {
    "Sagsaktør": ("sag:Sagsaktoer",),
    "Sagspart": ("sag:Sagspart",),
    "Sagsklasse": ("sag:Sagsklasse",),
    "Sagsrelation": ("sag:Sagsrelation",),
    "Sagsgenstand": ("sag:Sagsgenstande",),
    "Journalpost": ("sag:Journalpost",),
    "IT-system": ("gd:LokalUdvidelseListe", "si:SagsitsystemRelation"),
    "Sikkerhedsprofil": ("gd:LokalUdvidelseListe", "si:Sikkerhedsprofil"),
}
"""Where each sort of relation stands under the list of relations."""


def _head() -> Iterator[Field]:
    registered, own = ("sag:Registrering",), ("sag:Registrering", "sag:AttributListe", "sag:Egenskaber")
    index = ("sag:Registrering", "sag:AttributListe", "gd:LokalUdvidelseListe", "si:SagIndeksEgenskaber")
    part = "Registreringsdata"
    yield Field(part, "", "", "Tidspunkt", (*registered, "sd:Tidspunkt"), Duty.ALWAYS)
    yield Field(part, "", "", "StsTidspunkt", (*registered, "gd:StsTidspunkt"), Duty.UNSAID)
    yield Field(part, "", "", "LivscyklusKode", (*registered, "sd:LivscyklusKode"), Duty.AT_IMPORT)
    yield Field(part, "", "", "BrugerRef", (*registered, "sd:BrugerRef"), Duty.AT_IMPORT)
    yield Field(part, "", "", "NoteTekst", (*registered, "sd:NoteTekst"), Duty.OPTIONAL, 1024)
    part = "Sagsegenskaber"
    yield Field(part, "", "", "Brugervendtnøgle", (*own, "sag:BrugervendtNoegle"), Duty.AT_IMPORT, 50)
    yield Field(part, "", "", "Sagsnummer", (*own, "sag:Sagsnummer"), Duty.AT_IMPORT, 50)
    yield Field(part, "", "", "Titel", (*own, "sag:Titel"), Duty.AT_IMPORT, 255)
    yield Field(part, "", "", "Beskrivelse", (*own, "sag:Beskrivelse"), Duty.OPTIONAL, 4096)
    yield Field(part, "", "", "Hjemmelspecifikation", (*own, "sag:HjemmelSpecifikation"), Duty.OPTIONAL, 1024)
    yield Field(part, "", "", "Kassationskode", (*own, "sag:Kassationskode"), Duty.OPTIONAL)
    yield Field(part, "", "", "AfleveretIndikator", (*own, "sag:AfleveretIndikator"), Duty.OPTIONAL)
    yield Field(part, "", "", "PrincipielIndikator", (*own, "sag:PrincipielIndikator"), Duty.OPTIONAL)
    exempt = (*own, "sag:OffentlighedUndtaget")
    legal, title = f"{_EXEMPT}/ OffentlighedUndtagetHjemmelTekst", f"{_EXEMPT}/ TitelAlternativTekst"
    yield Field(part, "", "", legal, (*exempt, "sd:OffentlighedUndtagetHjemmelTekst"), Duty.UNSAID, 1024)
    yield Field(part, "", "", title, (*exempt, "sd:TitelAlternativTekst"), Duty.CONDITIONAL, 255)
    progress = ("sag:Registrering", "sag:TilstandListe", "sag:Fremdrift", "sag:FremdriftStatusKode")
    yield Field("Tilstand", "", "", "FremdriftStatusKode", progress, Duty.AT_IMPORT)
    part = "Sagindeksegenskaber"
    yield Field(part, "", "", "Sagsstatus", (*index, "si:Sagsstatus"), Duty.OPTIONAL, 255)
    yield Field(part, "", "", "Sagskategori", (*index, "si:Sagskategori"), Duty.OPTIONAL, 255)
    yield Field(part, "", "", "Foelsomhed", (*index, "si:Foelsomhed"), Duty.AT_IMPORT)
    yield Field(part, "", "", "Lokation", (*index, "si:Lokation"), Duty.OPTIONAL, 255)


def _relation(
    part: str, role: str, occurs: str, *, index: bool, longest: int | None = 255, urns: tuple[str, ...] = ()
) -> Iterator[Field]:
    """What every relation has: its role, its type, what it points at, and a number where there may be several."""
    duty, named = duty_of(occurs), f"Relation: {part}"
    yield Field(named, role, occurs, "Rolle", ("gd:Rolle",), duty)
    yield Field(named, role, occurs, "Type", ("gd:Type",), duty)
    yield Field(named, role, occurs, "ReferenceID", _REFERENCE, duty, longest, urns)
    index_duty = Duty.WITH_RELATION if index else Duty.FORBIDDEN
    yield Field(named, role, occurs, "Indeks", ("gd:Indeks",), index_duty, 36)


def duty_of(occurs: str) -> Duty:
    """A relation that every case has is asked for at import, the others where they stand."""
    return Duty.AT_IMPORT if occurs == "1" else Duty.WITH_RELATION


def _actors() -> Iterator[Field]:
    more = ("gd:LokalUdvidelseListe", "si:SagsaktoerLokalUdvidelse")
    for role, (occurs, index) in _ACTORS.items():
        home = role == "Bopælskommune"
        urns = _CVR if home or role == "Ejer" else ()
        yield from _relation("Sagsaktør", role, occurs, index=index, urns=urns)
        part, duty = "Relation: Sagsaktør", duty_of(occurs)
        cvr = Duty.FORBIDDEN if home else duty
        yield Field(part, role, occurs, "CVR-Nummer", (*more, "si:CVR-Nummer"), cvr, 8)
        yield Field(part, role, occurs, "FuldtNavn", (*more, "si:FuldtNavn"), duty, 255)
        yield Field(part, role, occurs, "BrugervendtNoegle", (*more, "si:BrugervendtNoegle"), Duty.CONDITIONAL, 50)


def _parties() -> Iterator[Field]:
    more = ("gd:LokalUdvidelseListe", "si:SagspartLokalUdvidelse")
    never = (("CPR-nr", 10), ("CVR-nr", 8), ("P-nr", 10), ("PersonID", 7), ("BorgerID", 12))
    for role, (occurs, index) in _ROLES_OF_PARTIES.items():
        part = "Relation: Sagspart"
        yield from _relation("Sagspart", role, occurs, index=index, urns=PARTIES)
        for name, longest in never:
            yield Field(part, role, occurs, name, (*more, f"si:{name}"), Duty.FORBIDDEN, longest)
        yield Field(part, role, occurs, "FuldtNavn", (*more, "si:FuldtNavn"), duty_of(occurs), 255)
        yield Field(part, role, occurs, "BrugervendtNoegle", (*more, "si:BrugervendtNoegle"), Duty.FORBIDDEN, 50)


def _classes() -> Iterator[Field]:
    more = ("gd:LokalUdvidelseListe", "si:SagsklasseLokalUdvidelse")
    for role, (occurs, index, titled) in _CLASSES.items():
        part = "Relation: Sagsklasse"
        urns = ("urn:oio:form:[0-9][0-9].[0-9][0-9].[0-9][0-9]",) if role == "Opgaveklasse" else ()
        yield from _relation("Sagsklasse", role, occurs, index=index, urns=urns)
        titles = Duty.CONDITIONAL if titled else Duty.OPTIONAL
        yield Field(part, role, occurs, "Facettitel", (*more, "si:Facettitel"), titles, 255)
        yield Field(part, role, occurs, "Klassetitel", (*more, "si:Klassetitel"), titles, 255)
        key = (*more, "si:BrugervendtNoegle")
        yield Field(part, role, occurs, "BrugervendtNoegle", key, duty_of(occurs), 50)


def _others() -> Iterator[Field]:
    for role, (occurs, index) in _CASES.items():
        yield from _relation("Sagsrelation", role, occurs, index=index)
    text = ("gd:LokalUdvidelseListe", "si:SagsgenstandeLokalUdvidelse", "si:Tekstfelt")
    for role, (occurs, index, longest) in _OBJECTS.items():
        yield from _relation("Sagsgenstand", role, occurs, index=index, longest=longest, urns=_PROPERTY)
        yield Field("Relation: Sagsgenstand", role, occurs, "Tekstfelt", text, Duty.OPTIONAL, 1024)
    for role in ("Tilakteret", "Vedlagt", "Journalnotat"):
        yield from _posts(role)
    for role in ("Master", "Afsender"):
        yield from _relation("IT-system", role, "1", index=False)
        yield Field("Relation: IT-system", role, "1", "SystemNavn", ("si:SystemNavn",), Duty.AT_IMPORT, 255)
        yield Field("Relation: IT-system", role, "1", "SystemURI", ("si:SystemURI",), Duty.FORBIDDEN, 255)
    yield from _relation("Sikkerhedsprofil", "", "0..*", index=True)


def _posts(role: str) -> Iterator[Field]:
    part, occurs, own = "Relation: Journalpost", "0..*", ("sag:JournalpostEgenskaber",)
    alone = role == "Journalnotat"
    yield from _relation("Journalpost", role, occurs, index=True, longest=255 if alone else None)
    optional = Duty.FORBIDDEN if alone else Duty.OPTIONAL
    conditional = Duty.FORBIDDEN if alone else Duty.CONDITIONAL
    noted = Duty.WITH_RELATION if alone else Duty.CONDITIONAL
    exempt, note = (*own, "sd:OffentlighedUndtaget"), (*own, "sag:JournalnotatEgenskaber")
    before = f"JournalpostEgenskaber/{_EXEMPT}/"
    yield Field(part, role, occurs, "JournalpostEgenskaber/Dokumenttitel", (*own, "sag:Dokumenttitel"), optional, 255)
    legal = (*exempt, "sd:OffentlighedUndtagetHjemmelTekst")
    yield Field(part, role, occurs, f"{before}OffentlighedUndtagetHjemmelTekst", legal, optional, 1024)
    other = (*exempt, "sd:TitelAlternativTekst")
    yield Field(part, role, occurs, f"{before}TitelAlternativTekst", other, conditional, 255)
    yield Field(part, role, occurs, f"{_NOTE}Titel", (*note, "sag:Titel"), noted, 255)
    yield Field(part, role, occurs, f"{_NOTE}Notat", (*note, "sag:Notat"), noted, NOTE_LIMIT)
    yield Field(part, role, occurs, f"{_NOTE}Format", (*note, "sag:Format"), noted)


FIELDS: tuple[Field, ...] = (*_head(), *_actors(), *_parties(), *_classes(), *_others())
