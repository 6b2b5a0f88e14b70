"""Acknowledgements: what a receiver answers to every message, and what the sender learns from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from integrations.medcom import codes as c
from integrations.medcom.bundles import at, one_at, resolve, resources, text_at
from integrations.medcom.care import House, NewId, Unwritable
from integrations.medcom.elements import Fault
from integrations.medcom.fhir import Resource
from integrations.medcom.invariants import acknowledgement_faults
from integrations.medcom.profiles import ACKNOWLEDGEMENT, breaches
from integrations.medcom.reading import Refused, house, moment
from integrations.medcom.writing import bundle_of, header, house_id, organization, provenance, refer, resource

MOST_ISSUES = 20
LONGEST_ISSUE = 500


@dataclass(frozen=True, slots=True)
class Heading:
    """What an answer needs to know of a message, even of one that is refused."""

    bundle: str
    header: str
    sender: House
    receiver: House
    activity: str = c.NEW
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One answer: that the message is here, that it cannot be taken now, or why it never will be."""

    bundle: str
    header: str
    at: datetime
    sender: House
    receiver: House
    answers: str
    """The MessageHeader that it is about."""
    code: str
    issues: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.code not in c.ANSWERS:
            raise Unwritable(f"response.code: write one of {', '.join(sorted(c.ANSWERS))}")
        if self.code != c.OK and not self.issues:
            raise Unwritable("OperationOutcome.issue: say what was wrong, since the answer is not ok")


def heading(bundle: Resource) -> Heading:
    """From whom and to whom a bundle is, whatever else is wrong with it. Raises Unwritable."""
    headers = resources(bundle, "MessageHeader")
    if not headers or not text_at(bundle, "id") or not text_at(headers[0], "id"):
        raise Unwritable("MessageHeader.id: without it nobody can answer the message")
    own = headers[0]
    mine = [
        one for one in resources(bundle, "Provenance") if text_at(one, "target.reference").endswith(text_at(own, "id"))
    ]
    return Heading(
        bundle=text_at(bundle, "id"),
        header=text_at(own, "id"),
        sender=house(resolve(bundle, own.get("sender"))),
        receiver=house(resolve(bundle, one_at(own, "destination.receiver"))),
        activity=text_at(mine[0], "activity.coding.code") or c.NEW if mine else c.NEW,
    )


def answer(to: Heading, code: str, issues: Iterable[str] = (), *, now: datetime, new_id: NewId) -> Acknowledgement:
    """The answer to a message, from its receiver."""
    said = tuple(one[:LONGEST_ISSUE] for one in issues)[:MOST_ISSUES]
    return Acknowledgement(new_id(), new_id(), now, to.receiver, to.sender, to.header, code, said)


def again(before: Acknowledgement, *, now: datetime, new_id: NewId) -> Acknowledgement:
    """The same answer once more, to the same message that came again."""
    return Acknowledgement(
        new_id(), new_id(), now, before.sender, before.receiver, before.answers, before.code, before.issues
    )


def to_bundle(ack: Acknowledgement, activity: str = c.NEW) -> Resource:
    """The answer as FHIR."""

    def key(what: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"{ack.header}/{what}"))

    outcome = key("outcome")
    response: Resource = {"identifier": ack.answers, "code": ack.code}
    if ack.issues:
        response["details"] = refer("OperationOutcome", outcome)
    profile = f"{c.MESSAGING}-provenance"
    revision = [{"role": "revision", "what": refer("MessageHeader", ack.answers)}]
    found = [
        header(
            ack.header,
            f"{c.ACKNOWLEDGEMENT}-messaging-acknowledgementHeader",
            c.ACK_EVENT,
            ack.sender,
            ack.receiver,
            response=response,
        ),
        provenance(key("theirs"), profile, ack.answers, activity, ack.at, ack.receiver),
        provenance(key("ours"), profile, ack.header, c.ACKNOWLEDGE, ack.at, ack.sender, entity=revision),
        *(organization(one, one_key) for one, one_key in _houses(ack)),
    ]
    if ack.issues:
        found.append(_outcome(outcome, ack.code, ack.issues))
    return bundle_of(ack.bundle, ack.at, f"{c.ACKNOWLEDGEMENT}-messaging-acknowledgement", found)


def understand(bundle: Resource) -> Acknowledgement:
    """The answer that a bundle is. Raises Refused."""
    faults = [*breaches(bundle, ACKNOWLEDGEMENT), *acknowledgement_faults(bundle)]
    if faults:
        raise Refused(faults)
    own = resources(bundle, "MessageHeader")[0]
    try:
        told = heading(bundle)
        return Acknowledgement(
            bundle=told.bundle,
            header=told.header,
            at=moment(str(bundle["timestamp"]), "Bundle.timestamp"),
            sender=told.sender,
            receiver=told.receiver,
            answers=text_at(own, "response.identifier"),
            code=text_at(own, "response.code"),
            issues=tuple(_issues(bundle)),
        )
    except Unwritable as fault:
        raise Refused([Fault("Bundle", str(fault), "value")]) from None


def _houses(ack: Acknowledgement) -> list[tuple[House, str]]:
    named = {house_id(one): one for one in (ack.sender, ack.receiver)}
    return [(one, key) for key, one in named.items()]


def _outcome(key: str, code: str, issues: tuple[str, ...]) -> Resource:
    kind = "transient" if code == c.TRANSIENT else "invalid"
    said = [
        {
            "severity": "error",
            "code": kind,
            "details": {"coding": [{"system": c.HL7_ERRORS, "code": "MSG_BAD_FORMAT"}], "text": one},
        }
        for one in issues
    ]
    profile = f"{c.ACKNOWLEDGEMENT}-acknowledgement-operationoutcome"
    return resource("OperationOutcome", key, profile, "\n".join(issues), issue=said)


def _issues(bundle: Resource) -> Iterable[str]:
    for one in (issue for found in resources(bundle, "OperationOutcome") for issue in at(found, "issue")):
        said = text_at(one, "details.text") or text_at(one, "diagnostics") or text_at(one, "details.coding.code")
        yield said or text_at(one, "code")
