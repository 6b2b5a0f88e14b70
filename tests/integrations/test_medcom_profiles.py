"""Whatever MedCom's own profiles call for at least once, at most once or with one value, our checks miss too."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from integrations.medcom import codes as c
from integrations.medcom.acknowledging import answer, heading
from integrations.medcom.acknowledging import to_bundle as acknowledgement
from integrations.medcom.bundles import resources
from integrations.medcom.care import Said, forward
from integrations.medcom.elements import Rule, Slice
from integrations.medcom.fhir import Resource
from integrations.medcom.invariants import acknowledgement_faults, care_faults
from integrations.medcom.profiles import ACKNOWLEDGEMENT, CARE, breaches
from integrations.medcom.reading import Refused, understand
from integrations.medcom.writing import to_bundle
from tests.integrations.medcom_messages import JETTE, MEDCOM, OTHERS, OURS, TEXT, WHEN, first, ids, pdf

PROFILES = {
    "careCommunication-message": True,
    "careCommunication-messageHeader": True,
    "careCommunication-communication": True,
    "careCommunication-provenance": True,
    "core-patient": True,
    "core-careteam": True,
    "messaging-organization": True,
    "messaging-acknowledgementHeader": False,
    "messaging-provenance": False,
    "acknowledgement-operationoutcome": False,
}
SLICES = {
    "payload:string": Slice("contentString"),
    "payload:attachment": Slice("contentAttachment"),
    "extension:date": Slice("url", c.DATE),
    "extension:author": Slice("url", c.AUTHOR),
    "extension:authorContact": Slice("url", c.CONTACT),
    "extension:identifier": Slice("url", c.PAYLOAD_ID),
    "extension:use": Slice("url", c.USE),
    "identifier:SOR-ID": Slice("system", c.SOR),
    "identifier:EAN-ID": Slice("system", c.GLN),
    "name:official": Slice("use", "official"),
    "entity:payload": Slice("role", "source"),
}
# Where a profile asks for what R4's own reading has refused already, or for what is part of a list as a whole.
ELSEWHERE = {"Bundle.link", "Bundle.entry.request", "Bundle.entry.response", "Patient.communication", "Patient.link"}


def care() -> Resource:
    new_id = ids()
    asked = replace(first(new_id, TEXT, pdf(new_id()), category="other"), for_whom="Sekretariatet", from_whom="Hus 3")
    sent_on = forward(Said(JETTE, "Til jer"), asked, sender=OURS, receiver=OTHERS, now=WHEN, new_id=new_id)
    return to_bundle(replace(sent_on, from_whom="Hus 3", for_whom="Vagten"))


def refused() -> Resource:
    told = heading(care())
    return acknowledgement(answer(told, c.FATAL, ["Patient: is missing"], now=WHEN, new_id=ids(50)))


def faults(bundle: Resource, is_care: bool) -> list[Any]:
    if is_care:
        return [*breaches(bundle, CARE), *care_faults(bundle)]
    return [*breaches(bundle, ACKNOWLEDGEMENT), *acknowledgement_faults(bundle)]


def places(node: Any, steps: list[str]) -> Iterator[tuple[dict[str, Any], str, Slice | None]]:
    """Each parent that has the element, the field that it is in there, and which of the field's values are meant."""
    step, *rest = steps
    only = SLICES.get(step)
    name = step.partition(":")[0]
    stem = name.removesuffix("[x]")
    for field in [key for key in node if key == name or (name.endswith("[x]") and key.startswith(stem))]:
        if not rest:
            yield node, field, only
            continue
        values = node[field] if isinstance(node[field], list) else [node[field]]
        for value in values:
            if isinstance(value, dict) and (only is None or only.holds(value)):
                yield from places(value, rest)


def without(parent: dict[str, Any], field: str, only: Slice | None) -> None:
    value = parent[field]
    left = [one for one in value if only is not None and not only.holds(one)] if isinstance(value, list) else []
    parent[field] = left
    if not left:
        del parent[field]


def elements(profile: str) -> Iterator[tuple[str, dict[str, Any]]]:
    told = json.loads((MEDCOM / f"profiles/StructureDefinition-medcom-{profile}.json").read_text("utf-8"))
    for element in told["snapshot"]["element"]:
        path = element["id"].split(".")
        known = all(":" not in step or step in SLICES for step in path[1:])
        if len(path) > 1 and known and not any(element["id"].startswith(one) for one in ELSEWHERE):
            yield told["type"], element


@pytest.mark.parametrize(("profile", "is_care"), PROFILES.items())
def test_what_a_published_profile_asks_for_is_asked_for(profile: str, is_care: bool) -> None:
    whole = care() if is_care else refused()
    assert faults(whole, is_care) == []
    missed: list[str] = []
    for kind, element in elements(profile) if MEDCOM.is_dir() else ():
        things = [whole] if kind == "Bundle" else resources(whole, kind)
        steps = element["id"].split(".")[1:]
        fixed = [value for key, value in element.items() if key.startswith(("fixed", "pattern"))]
        for count, thing in enumerate(things):
            for which in range(len(list(places(thing, steps)))):
                for spoil in ("gone" if element["min"] else "", "other" if fixed else ""):
                    if not spoil:
                        continue
                    spoiled = copy.deepcopy(whole)
                    one = spoiled if kind == "Bundle" else resources(spoiled, kind)[count]
                    parent, field, only = list(places(one, steps))[which]
                    if spoil == "gone":
                        without(parent, field, only)
                    elif isinstance(fixed[0], str):
                        parent[field] = "something-else"
                    if spoiled != whole and not faults(spoiled, is_care):
                        missed.append(f"{element['id']} {spoil}")
    assert missed == []


@pytest.mark.parametrize(
    ("kind", "path", "says"),
    [
        ("Communication", ("category", 0, "coding", 0, "code"), "Communication.category.coding.code"),
        ("Communication", ("payload", 1, "contentAttachment", "contentType"), "contentAttachment.contentType"),
        ("Provenance", ("activity", "coding", 0, "code"), "Provenance.activity.coding.code"),
        ("MessageHeader", ("sender", "reference"), "MessageHeader.sender"),
    ],
)
def test_a_word_that_is_not_in_its_list_and_a_reference_to_nothing_are_refused(
    kind: str, path: tuple[str | int, ...], says: str
) -> None:
    bundle = care()
    place: Any = resources(bundle, kind)[0]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = "something/else"
    with pytest.raises(Refused) as refusal:
        understand(bundle)
    assert says in str(refusal.value)


def test_the_words_that_we_know_are_those_that_are_published() -> None:
    for name, ours in (
        ("medcom-careCommunication-messagingActivities", c.CARE_ACTIVITIES),
        ("medcom-careCommunication-requestPriority", c.PRIORITIES),
        ("medcom-core-attachmentMimeTypes", c.MIME_TYPES),
    ):
        path = MEDCOM / f"terminology/ValueSet-{name}.json"
        if path.is_file():
            (told,) = json.loads(path.read_text("utf-8"))["compose"]["include"]
            assert {one["code"] for one in told["concept"]} == ours
    path = MEDCOM / "terminology/CodeSystem-medcom-careCommunication-categoryCodes.json"
    if path.is_file():
        assert {one["code"] for one in json.loads(path.read_text("utf-8"))["concept"]} == c.CATEGORY_CODES


def test_a_rule_that_nothing_can_keep_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 0 is less"):
        Rule("name", 1, 0)
