"""A stand-in for a service of OIO's cases in JSON (LoRa's shape): held to its names and periods, and read back."""

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Any

from clients.standins.said import Answered, Asked, Object, Refused, wants

FACTS = frozenset(
    {"brugervendtnoegle", "sagsnummer", "titel", "beskrivelse", "hjemmel", "kassationskode", "virkning"}
    | {"afleveret", "principiel", "offentlighedundtaget"}
)
STATES = ("Opstaaet", "Oplyst", "Afgjort", "Bestilt", "Udfoert", "Afsluttet")
ONE = frozenset(
    {"behandlingarkiv", "afleveringsarkiv", "primaerklasse", "opgaveklasse", "handlingsklasse", "kontoklasse"}
    | {"sikkerhedsklasse", "foelsomhedsklasse", "indsatsklasse", "ydelsesklasse", "ejer", "ansvarlig"}
    | {"primaerbehandler", "udlaanttil", "primaerpart", "ydelsesmodtager", "oversag", "praecedens"}
)
MANY = frozenset({"andetarkiv", "andrebehandlere", "sekundaerpart", "andresager", "byggeri", "fredning", "journalpost"})
EFFECT = frozenset({"from", "to", "aktoerref", "aktoertypekode", "notetekst"})
_UUID = re.compile(r"[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}")
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,31}:\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"/sag/sag/([^/?]+)(\?.*)?")


@dataclass
class Lora:
    """Judges requests, and keeps every registration of each case."""

    authorities: Collection[str]
    token: str | None = None
    takes: Callable[[str], bool] = lambda _name: True
    """Whether it takes what keeps every rule, by its name."""
    cases: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def judge(self, asked: Asked) -> tuple[Answered, Object | None]:
        """What is answered, and what was taken that was not here before."""
        try:
            if self.token is not None and asked.headers.get("authorization") != f"Bearer {self.token}":
                return Answered(401), None
            found = _ADDRESS.fullmatch(asked.path)
            if found is None or not _UUID.fullmatch(found[1]):
                return Answered(404), None
            if asked.method == "GET":
                return self._shown(found[1]), None
            wants(asked.method == "PUT", "Only PUT and GET are known.", 405)
            wants(asked.headers.get("content-type") == "application/json", "Content-Type: application/json.", 400)
            new = self._laid_down(found[1], asked.body)
            return _json(200, {"uuid": new.id}), new
        except Refused as refusal:
            return _json(refusal.status, {"message": refusal.reason}), None

    def _shown(self, which: str) -> Answered:
        told = self.cases.get(which)
        if told is None:
            return _json(404, {"message": "No Sag with this ID found."})
        return _json(200, {which: [{"id": which, "registreringer": told[-1:]}]})

    def _laid_down(self, which: str, body: bytes) -> Object:
        try:
            case = json.loads(body)
        except ValueError:
            raise Refused("The body is no JSON.", 400) from None
        wants(isinstance(case, dict), "The body is no object.", 400)
        wants(set(case) <= {"note", "attributter", "tilstande", "relationer"}, "Another part than a case has.", 400)
        self._check(case)
        name = str(case.get("note", ""))
        wants(self.takes(name), "The case cannot be kept <script>", 400)
        known = self.cases.setdefault(which, [])
        known.append(case | {"livscykluskode": "Rettet" if known else "Importeret"})
        owner = str(case["relationer"]["ejer"][-1].get("urn", "")).rpartition(":")[2]
        title = str(case["attributter"]["sagegenskaber"][-1].get("titel", ""))
        return Object(name, owner, which, "SAG", title, sha256(body).hexdigest())

    def _check(self, case: dict[str, Any]) -> None:
        facts = case.get("attributter", {}).get("sagegenskaber", [])
        wants(facts and set(case["attributter"]) == {"sagegenskaber"}, "sagegenskaber: is missing.", 400)
        for one in facts:
            wants(set(one) <= FACTS and "brugervendtnoegle" in one, "sagegenskaber: a strange field.", 400)
        states = case.get("tilstande", {}).get("sagfremdrift", [])
        wants(states and all(one.get("fremdrift") in STATES for one in states), "sagfremdrift: is not known.", 400)
        for periods in (facts, states):
            _one_after_the_other(periods)
        relations = case.get("relationer", {})
        for name, some in relations.items():
            wants(name in ONE | MANY, f"{name}: is no relation of a case.", 400)
            for one in some:
                _pointed(name, one)
            if name in ONE:
                _one_after_the_other(some)
        for name in ("ejer", "ansvarlig", "primaerklasse"):
            wants(relations.get(name), f"{name}: is missing.", 400)
        owner = str(relations["ejer"][-1].get("urn", "")).rpartition(":")[2]
        wants(owner in self.authorities, "ejer: has no agreement here.", 400)


def _pointed(name: str, one: dict[str, Any]) -> None:
    wants(set(one) <= {"uuid", "urn", "objekttype", "indeks", "virkning"}, f"{name}: a strange field.", 400)
    wants(("uuid" in one) != ("urn" in one), f"{name}: a UUID or a URN, and not both.", 400)
    form, value = (_UUID, one["uuid"]) if "uuid" in one else (_URN, one["urn"])
    wants(isinstance(value, str) and form.fullmatch(value), f"{name}: is neither UUID nor URN.", 400)


def _one_after_the_other(some: list[dict[str, Any]]) -> None:
    """Each says from when to when, and no two hold at once."""
    for one in some:
        effect = one.get("virkning")
        wants(isinstance(effect, dict) and {"from", "to"} <= set(effect) <= EFFECT, "virkning: is missing.", 400)
    spans = sorted((one["virkning"]["from"], one["virkning"]["to"]) for one in some)
    for (since, until), (after, _) in pairwise(spans):
        wants(until != "infinity" and since < until <= after, "virkning: two hold at once.", 400)


def _json(status: int, content: dict[str, Any]) -> Answered:
    return Answered(status, json.dumps(content).encode(), (("Content-Type", "application/json"),))
