"""A message goes at most three times and ends once; what comes again is answered as before; acknowledgements say it."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.messaging.sending import MOST_SENDS, PATIENCE, Sending, State
from integrations.medcom import codes as c
from integrations.medcom.acknowledging import Acknowledgement, again, answer, heading, to_bundle, understand
from integrations.medcom.care import Unwritable
from integrations.medcom.envelope import Envelope, Kind, NotAnEnvelope, from_xml, to_xml, wrap
from integrations.medcom.fhir import read_bundle
from integrations.medcom.reading import Refused
from integrations.medcom.receiving import Arrival, not_now, receive
from integrations.medcom.reliable import Known, Verdict, judge
from integrations.medcom.writing import to_bundle as message_bundle
from integrations.medcom.writing import to_json
from integrations.medcom.xdis91 import NotXdis91
from integrations.medcom.xdis91 import read as read_old
from tests.integrations.medcom_messages import MEDCOM, OURS, THEIRS, WHEN, examples, first, ids

STEPS = st.lists(
    st.tuples(st.sampled_from(["look", "ok", "fatal-error", "transient-error", "another's"]), st.integers(0, 90)),
    max_size=30,
)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_whatever_comes_a_message_goes_three_times_at_most_and_half_an_hour_apart(steps: list[tuple[str, int]]) -> None:
    now, sending, went = WHEN, Sending("h1"), list[datetime]()
    for what, minutes in steps:
        now += timedelta(minutes=minutes)
        before = sending
        if what == "look":
            sending = sending.looked_at(now)
            if sending.may_go(now):
                sending, went = sending.went(now), [*went, now]
        else:
            header, code = ("h2", c.OK) if what == "another's" else ("h1", what)
            sending = sending.answered(header, code, () if code == c.OK else ("Patient: is missing",))
        if before.state in {State.TAKEN, State.REFUSED}:
            assert sending == before
        if what == "another's":
            assert sending == before
    assert len(went) == sending.sends <= MOST_SENDS
    assert all(later - earlier >= PATIENCE for earlier, later in pairwise(went))
    assert (sending.state is State.UNANSWERED) <= (len(went) == MOST_SENDS)
    assert (sending.due() is None) == (sending.state is not State.WAITING or not went)


def test_without_an_answer_it_is_given_up_half_an_hour_after_the_last_time() -> None:
    sending, now = Sending("h1"), WHEN
    for _ in range(MOST_SENDS):
        assert not sending.went(now).may_go(now + PATIENCE - timedelta(seconds=1))
        sending, now = sending.went(now), now + PATIENCE
    assert not sending.may_go(now)
    assert sending.looked_at(now - timedelta(seconds=1)).state is State.WAITING
    given_up = sending.looked_at(now)
    assert given_up.state is State.UNANSWERED
    assert given_up.answered("h1", c.OK).state is State.TAKEN
    with pytest.raises(ValueError, match="may not go"):
        given_up.went(now)
    with pytest.raises(ValueError, match="at most 3"):
        Sending("h1", 4, WHEN)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=20))
def test_each_message_is_shown_once_and_every_copy_is_answered_alike(arrivals: list[tuple[str, str]]) -> None:
    by_bundle: dict[str, Known] = {}
    by_header: dict[str, Known] = {}
    shown: list[str] = []
    for bundle, header in arrivals:
        verdict = judge(bundle, header, by_bundle.get(bundle), by_header.get(header))
        if verdict is Verdict.FRESH:
            shown.append(header)
            by_bundle[bundle] = by_header[header] = Known(bundle, header, c.OK)
        elif verdict is Verdict.AGAIN:
            assert header in shown
        else:
            assert header not in shown
            assert by_bundle[bundle].header != header
    assert len(shown) == len(set(shown))


def test_an_acknowledgement_is_read_as_it_was_written_and_is_the_same_the_second_time() -> None:
    told = heading(message_bundle(first(ids())))
    assert (told.sender, told.receiver, told.activity) == (OURS, THEIRS, c.NEW)
    for code, issues in ((c.OK, ()), (c.FATAL, ("Patient: is missing: fill it",)), (c.TRANSIENT, ("Closed",))):
        said = answer(told, code, issues, now=WHEN, new_id=ids(90))
        assert (said.sender, said.receiver, said.answers) == (THEIRS, OURS, told.header)
        assert understand(read_bundle(to_json(to_bundle(said)))) == said
        repeated = again(said, now=WHEN + PATIENCE, new_id=ids(95))
        assert repeated.header != said.header
        assert (repeated.answers, repeated.code, repeated.issues) == (said.answers, said.code, said.issues)
    with pytest.raises(Unwritable, match="say what was wrong"):
        Acknowledgement("b", "h", WHEN, OURS, THEIRS, "m", c.FATAL)
    with pytest.raises(Refused):
        understand(message_bundle(first(ids())))


def test_each_arrival_is_shown_once_or_refused_and_answered_alike() -> None:
    bundle = message_bundle(first(ids()))
    by_bundle: dict[str, Known] = {}
    by_header: dict[str, Known] = {}

    def come(content: bytes) -> Arrival:
        found = receive(content, by_bundle.get, by_header.get, now=WHEN, new_id=ids(200))
        if found.remember is not None:
            by_bundle[found.remember.bundle] = by_header[found.remember.header] = found.remember
        return found

    fresh, copy = come(to_json(bundle)), come(to_json(bundle | {"id": "sent-anew"}))
    assert fresh.shown is not None
    assert fresh.reply is not None
    assert copy.shown is None
    assert copy.reply == fresh.reply
    clash = come(to_json(message_bundle(first(ids(300))) | {"id": bundle["id"]}))
    assert clash.shown is None
    assert clash.reply is not None
    assert (clash.reply.code, "Bundle.id" in clash.reply.issues[0]) == (c.FATAL, True)

    spoiled = to_json(message_bundle(first(ids(400)))).replace(b'"nursing"', b'"besked"')
    refused, once_more = come(spoiled), come(spoiled)
    for one in (refused, once_more):
        assert one.shown is None
        assert one.reply is not None
        assert one.reply.code == c.FATAL
        assert "Communication.category.coding.code" in one.reply.issues[0]
    nameless = come(to_json(bundle).replace(b"5790000000012", b"579"))
    assert nameless.reply is None
    assert "gln" in nameless.faults[0]
    assert come(b"{").faults
    late = not_now(to_json(bundle), "Closed", now=WHEN, new_id=ids(600))
    assert late is not None
    assert (late.code, late.issues) == (c.TRANSIENT, ("Closed",))
    assert not_now(to_json(to_bundle(late)), "Closed", now=WHEN, new_id=ids()) is None


def test_the_published_acknowledgement_is_read() -> None:
    for path in examples("acknowledgement")[:1]:
        said = understand(read_bundle(path.read_bytes()))
        assert (said.code, said.answers) == (c.OK, "42cb9200-f421-4d08-8391-7d51a2503cb4")


def test_an_envelope_holds_the_document_whole_and_says_what_it_is() -> None:
    document = to_json(message_bundle(first(ids())))
    sent = wrap(Kind.CARE, document, sender=OURS.gln, receiver=THEIRS.gln, key="e1", now=WHEN)
    assert from_xml(to_xml(sent)) == sent
    assert sent.kind is Kind.CARE
    variant = to_xml(sent).replace(b"MCM:FDIS91<", b"MCM:FDIS91#KOM<")
    assert from_xml(variant).kind is Kind.CARE
    for content, says in (
        (b"", "cannot be read"),
        (b"<a/>", "MetaInformation"),
        (to_xml(sent).replace(b"<SenderID>5790000000012", b"<SenderID>1"), "SenderID"),
        (to_xml(sent).replace(b"<Data>", b"<Data>!"), "base64"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DTD"),
    ):
        with pytest.raises(NotAnEnvelope, match=says):
            from_xml(content)
    with pytest.raises(NotAnEnvelope, match="Identifier"):
        Envelope("", "", OURS.gln, THEIRS.gln, "", "", "", b"")


OLD_MAIL = """<?xml version="1.0" encoding="ISO-8859-1"?>
<Emessage xmlns="http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2006/07/01/"><Envelope><Sent><Date>2026-05-04</Date>
<Time>13:55</Time></Sent><Identifier>K1</Identifier></Envelope><ClinicalEmail><Letter><Identifier>B1</Identifier>
<TypeCode>XDIS91</TypeCode></Letter><Sender><EANIdentifier>5790000000029</EANIdentifier><OrganisationName>Lægerne
</OrganisationName></Sender><Receiver><EANIdentifier>5790000000012</EANIdentifier></Receiver><Patient>
<CivilRegistrationNumber>2509479989</CivilRegistrationNumber><PersonSurnameName>Elmer</PersonSurnameName></Patient>
<AdditionalInformation><Priority>høj_prioritet</Priority><Subject>Søvn</Subject></AdditionalInformation>
<ClinicalInformation><Text01>Kære alle<Break/>Bruno <Bold>sover</Bold>
godt.<Break/><Break/>Hilsen</Text01></ClinicalInformation></ClinicalEmail></Emessage>"""


def test_the_older_mail_is_read_with_its_line_breaks() -> None:
    mail = read_old(OLD_MAIL.encode("iso-8859-1"))
    assert mail.text == "Kære alle\nBruno sover godt.\n\nHilsen"
    assert (mail.sender.name, mail.subject, mail.urgent, mail.sent) == ("Lægerne", "Søvn", True, "2026-05-04T13:55")
    for spoil, says in (("Identifier>K1", "Envelope.Identifier"), (">13:55", "Authorisation"), (">XDIS91", "TypeCode")):
        with pytest.raises(NotXdis91, match=says):
            read_old(OLD_MAIL.replace(spoil, spoil[: spoil.index(">") + 1]).encode("iso-8859-1"))
    for path in sorted((MEDCOM / "legacy-xdis91").glob("*XDIS91_Ex_to_FHIR.xml")):
        published = read_old(path.read_bytes())
        assert published.text.startswith("Afdeling A har modtaget en henvisning på ovenstående patient.\nForinden")
        assert published.attached == (("c39ea6b2605245e4a207415e0205ab6f", "pdf"),)
