"""New, reply and forward keep what was said; invalid ones are refused; the sixteen rules say what MedCom's own say."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import fhirpathpy
import orjson
import pytest
from fhirpathpy.models import models

from integrations.medcom import codes as c
from integrations.medcom.bundles import many, resolve, resources
from integrations.medcom.care import Said, Unwritable, forward, in_order, reply, threads
from integrations.medcom.fhir import Resource, read_bundle
from integrations.medcom.invariants import BUNDLE, COMMUNICATION, acknowledgement_faults, care_faults
from integrations.medcom.profiles import CARE, breaches
from integrations.medcom.reading import Refused, read, understand
from integrations.medcom.writing import to_bundle, to_json
from tests.integrations.medcom_messages import (
    JETTE,
    KIM,
    MEDCOM,
    OTHERS,
    OURS,
    TEXT,
    THEIRS,
    WHEN,
    examples,
    first,
    ids,
    pdf,
)

LATER = WHEN + timedelta(hours=1)


def test_a_message_its_answer_and_its_forwarding_are_read_as_they_were_written() -> None:
    new_id = ids()
    asked = first(new_id, TEXT, pdf(new_id()), category="other")
    asked = replace(asked, from_whom="Hus 3", for_whom="Sekretariatet")
    assert read(to_json(to_bundle(asked))) == asked

    answered = reply(Said(KIM, "Tak.\r\n\r\nKim"), [asked], now=LATER, new_id=new_id)
    assert (answered.thread, answered.sender, answered.receiver) == (asked.thread, THEIRS, OURS)
    assert (answered.for_whom, answered.from_whom) == ("Hus 3", "Sekretariatet")
    assert answered.newest.answers == asked.header
    assert [one.content for turn in answered.turns for one in turn.attachments] == [None]
    assert read(to_json(to_bundle(answered))) == answered

    sent_on = forward(Said(JETTE, "Til jer"), asked, sender=OURS, receiver=OTHERS, now=LATER, new_id=new_id)
    assert sent_on.thread != asked.thread
    assert sent_on.turns[0].attachments[0].content == asked.newest.attachments[0].content
    assert read(to_json(to_bundle(sent_on))) == sent_on


def test_a_thread_is_put_together_in_whatever_order_it_comes() -> None:
    new_id = ids()
    asked = first(new_id, TEXT, pdf(new_id()))
    answered = reply(Said(KIM, "Hvornår?"), [asked], now=LATER, new_id=new_id)
    again = reply(Said(JETTE, "I går"), [answered, asked], now=LATER + timedelta(hours=1), new_id=new_id)
    assert again.newest.answers == answered.header
    for order in ([again, asked, answered], [answered, again, asked, again, asked]):
        (found,) = threads(order).values()
        turns = in_order(found)
        assert [turn.segments[0].text for turn in turns] == [TEXT, "Hvornår?", "I går"]
        assert turns[0].attachments[0].content == b"%PDF-1.7 ..."


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"category": "besked"}, "category: write one of acute-ambulant"),
        ({"category": "other"}, "topic: write what it is about"),
        ({"priority": "asap"}, "only regarding-referral"),
        ({"turns": ()}, "says something"),
    ],
)
def test_what_no_message_may_be_cannot_be_made(change: dict[str, Any], says: str) -> None:
    with pytest.raises(Unwritable, match=says):
        replace(first(ids()), **change)


Spoil = Callable[[Resource], object]


def _of(bundle: Resource, kind: str) -> Any:
    return resources(bundle, kind)[0]


def _entry(bundle: Resource, kind: str) -> Any:
    return next(one for one in bundle["entry"] if one["resource"]["resourceType"] == kind)


SPOILED: dict[str, Spoil] = {
    "medcom-messaging-2": lambda b: b.update(
        entry=[one for one in b["entry"] if one["resource"]["resourceType"] != "Provenance"]
    ),
    "medcom-careCommunication-1": lambda b: _of(b, "MessageHeader")["meta"].update(profile=["http://other"]),
    "medcom-careCommunication-2": lambda b: b["entry"].append(_entry(b, "Patient")),
    "medcom-careCommunication-3": lambda b: _of(b, "Provenance")["meta"].update(profile=["http://other"]),
    "medcom-careCommunication-4": lambda b: [one.pop("name") for one in resources(b, "Practitioner")],
    "medcom-careCommunication-5": lambda b: _of(b, "Communication").update(priority="asap"),
    "medcom-careCommunication-6": lambda b: _of(b, "Communication")["category"][0]["coding"][0].update(code="other"),
    "medcom-careCommunication-7": lambda b: _of(b, "PractitionerRole").pop("code"),
    "medcom-careCommunication-8": lambda b: [one.pop("name") for one in resources(b, "Practitioner")],
    "medcom-careCommunication-9": lambda b: _with_encounter(b, {"identifier": None}),
    "medcom-careCommunication-11": lambda b: _of(_teamed(b), "Communication")["extension"][0].update(
        valueReference=_of(b, "Communication")["recipient"][0]
    ),
    "medcom-careCommunication-12": lambda b: _of(_teamed(b), "Communication").update(
        recipient=[_of(b, "Communication")["extension"][0]["valueReference"]]
    ),
    "medcom-careCommunication-13": lambda b: (
        [one.pop("practitioner") for one in resources(b, "PractitionerRole")] and None
    ),
    "medcom-careCommunication-15": lambda b: _of(b, "Communication").update(encounter={"display": "forløb"}),
    "medcom-uuidv4": lambda b: _of(b, "Communication")["identifier"][0].update(value="urn:uuid:ABC"),
    "medcom-carecommunication-definition-url": lambda b: _of(b, "MessageHeader").update(definition="http://other"),
}


def _teamed(bundle: Resource) -> Resource:
    bundle.clear()
    bundle.update(to_bundle(replace(first(ids()), for_whom="Sekretariatet", from_whom="Hus 3")))
    return bundle


def _with_encounter(bundle: Resource, episode: dict[str, Any]) -> None:
    encounter = {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "in-progress",
        "class": {"code": "AMB"},
        "subject": _of(bundle, "Communication")["subject"],
        "episodeOfCare": [{key: value for key, value in episode.items() if value} or {"display": "forløb"}],
    }
    bundle["entry"].append({"fullUrl": "urn:uuid:e1", "resource": encounter})
    _of(bundle, "Communication")["encounter"] = {"reference": "Encounter/e1"}


def bundle() -> Resource:
    return copy.deepcopy(to_bundle(first(ids())))


@pytest.mark.parametrize("rule", SPOILED)
def test_each_rule_is_kept_by_what_we_write_and_noticed_when_it_is_broken(rule: str) -> None:
    spoiled = bundle()
    SPOILED[rule](spoiled)
    assert not list(care_faults(bundle()))
    faults = [*breaches(spoiled, CARE), *care_faults(spoiled)]
    assert rule in {one.rule for one in faults}
    assert all(one.where and one.mend for one in faults)
    with pytest.raises(Refused):
        understand(read_bundle(orjson.dumps(spoiled)))


def expressions() -> Iterator[tuple[str, str, str]]:
    """MedCom's own rules: key, the type it is asked of, expression."""
    names = ("careCommunication-message", "careCommunication-communication", "careCommunication-messageHeader")
    for name in names if MEDCOM.is_dir() else ():
        profile = json.loads((MEDCOM / f"profiles/StructureDefinition-medcom-{name}.json").read_text("utf-8"))
        for element in profile["snapshot"]["element"]:
            for one in element.get("constraint", ()):
                if "medcom" in one["key"].lower():
                    yield one["key"], element["id"], one["expression"]


def truth(bundle_: Resource, element: str, expression: str) -> bool:
    """What MedCom's expression says of a bundle."""

    def follow(_: Any, inputs: list[Any], *__: Any) -> list[Any]:
        found = [resolve(bundle_, getattr(one, "data", one)) for one in inputs]
        return [one for one in found if one is not None]

    functions = {"resolve": {"fn": lambda inputs: follow(None, inputs), "arity": {0: []}, "nullable": True}}
    told: list[bool] = []
    path = element.split(".")
    things = [bundle_] if path[0] == "Bundle" else resources(bundle_, path[0])
    for thing in things:
        asked: list[Any] = [thing]
        for name in path[1:]:
            asked = [value for one in asked for value in many(one.get(name))]
        for one in asked:
            said = fhirpathpy.evaluate(
                one, expression, {"resource": bundle_}, models["r4"], {"userInvocationTable": functions}
            )
            told.append(bool(said) and said[0] is True)
    return all(told)


def test_our_sixteen_rules_say_what_the_published_ones_say() -> None:
    published = list(expressions())
    if not MEDCOM.is_dir():
        return
    ours = {rule[0] for rule in (*BUNDLE, *COMMUNICATION)} - {"content", "medcom-core-contact"}
    assert {key for key, _, _ in published} == ours
    assert len(ours) == 16
    whole = [read_bundle(path.read_bytes()) for path in examples("carecommunication", "testprotocol-send")]
    for one in (*whole, bundle()):
        assert not list(care_faults(one))
    for key, element, expression in published:
        assert all(truth(one, element, expression) for one in (*whole[:2], bundle()))
        if key in SPOILED:
            spoiled = bundle()
            SPOILED[key](spoiled)
            assert not truth(spoiled, element, expression), key


def test_every_published_example_is_taken_or_refused_as_it_should_be() -> None:
    for path in examples("carecommunication", "testprotocol-send"):
        message = read(path.read_bytes())
        assert read(to_json(to_bundle(message))) == message
    for path in examples("acknowledgement", "hospitalnotification"):
        assert list(breaches(read_bundle(path.read_bytes()), CARE))
    for path in sorted((MEDCOM / "legacy-xdis91").glob("Flow1-CareCommunication*.xml")):
        assert read(path.read_bytes()).topic == "Forundersøgelse"
    for path in examples("acknowledgement"):
        content = read_bundle(path.read_bytes())
        is_one = _of(content, "MessageHeader")["eventCoding"]["code"] == c.ACK_EVENT
        assert bool(list(acknowledgement_faults(content))) != is_one
