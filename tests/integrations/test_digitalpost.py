"""What is written is valid MeMo 1.2 and read again whole; 1.1 is read; an answer finds its unit."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import xmlschema

from hub.foreign.post import DigitalPost
from hub.messaging.conversation import Address, Kind
from hub.messaging.mailbox import Place, place_for
from hub.messaging.outside import Way
from integrations.digitalpost.memo import LETTER, SHORT, Answered, Document, End, Kle, Memo, NotMemo, short
from integrations.digitalpost.memoxml import from_xml, to_xml
from tests.integrations.medcom_messages import STANDARDS

MEMO = STANDARDS / "memo"
UUID = "8c2ea15d-61fb-4ba9-9366-42f8b194c114"
OTHER = "fcdcf318-59b6-427c-9879-4f0af833d593"
HOUSE = End("12345678", "CVR", "Solgården", "nord")
CITIZEN = End("2211771212", "CPR", "Bruno Elmer")
LETTER_OUT = Memo(
    UUID,
    LETTER,
    "Efter det, der skete",
    HOUSE,
    CITIZEN,
    created=datetime(2026, 5, 4, 12, tzinfo=UTC),
    documents=(
        Document("text/plain", "brev.txt", "Kære Bruno\n\nTak & hilsen <3".encode()),
        Document("application/pdf", "plan.pdf", bytes(range(256)), "en"),
    ),
    notification="Du har fået post",
    reply=True,
    reply_by=datetime(2026, 6, 1, 12, tzinfo=UTC),
    not_before=date(2026, 5, 5),
    mandatory=True,
    case="samtale-7",
    case_system="Tryghedshub",
    kle=Kle("27.66.08", "2026-05-01", "Magtanvendelse, voksne", "G01"),
    answers=(Answered(OTHER, "samtale-6", "syd"),),
)
SHORT_OUT = short(
    OTHER, HOUSE, CITIZEN, "Besked", "Der ligger en besked til dig. Se den hos Solgården, eller ring til os."
)


@pytest.mark.parametrize("memo", [LETTER_OUT, SHORT_OUT, replace(LETTER_OUT, case="", case_system="", kle=None)])
def test_what_is_written_is_valid_and_read_as_it_was(memo: Memo) -> None:
    written = to_xml(memo)
    assert from_xml(written) == memo
    schema = MEMO / "xsd/Version1.2/MeMo_core.xsd"
    if schema.is_file():
        xmlschema.XMLSchema(schema, defuse="always").validate(written.decode())


def test_the_published_examples_are_read() -> None:
    if MEMO.is_dir():
        letter = from_xml((MEMO / "examples/MeMo_Minimum_Example.xml").read_bytes())
        assert (letter.kind, letter.label, letter.documents[0].content) == (LETTER, "Pladsanvisning", b"This is a test")
        sms = from_xml((MEMO / "examples/MeMo_NemSMS.xml").read_bytes())
        assert (sms.kind, sms.notification, sms.recipient.label) == (SHORT, "Message Text", "Recipient Label")


def test_the_version_before_is_read() -> None:
    older = to_xml(LETTER_OUT).replace(b'memoVersion="1.2"', b'memoVersion="1.1" memoSchVersion="1.1.0"')
    older = older.replace(
        b"<memo:mandatory>true</memo:mandatory>",
        b"<memo:mandatory>true</memo:mandatory><memo:legalNotification>false</memo:legalNotification>",
    )
    assert from_xml(older) == LETTER_OUT
    schema = MEMO / "xsd/MeMo_core.xsd"
    if schema.is_file():
        xmlschema.XMLSchema(schema, defuse="always").validate(older.decode())
    with pytest.raises(NotMemo, match="memoVersion"):
        from_xml(older.replace(b'"1.1"', b'"2.0"'))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"uuid": "8c2ea15d-61fb-1ba9-9366-42f8b194c114"}, "messageUUID: write a UUID of version 4"),
        ({"label": "x" * 257}, "label: has 257 signs: write 256 at most"),
        ({"label": "a\x00b"}, "holds a sign"),
        ({"notification": "x" * 161}, "write 160 at most"),
        ({"documents": (), "created": None}, "MainDocument: is missing"),
        ({"created": None}, "createdDateTime"),
        ({"case_system": ""}, "CaseID.caseSystem: is missing"),
        ({"kind": "SMS"}, "messageType"),
    ],
)
def test_what_digital_post_cannot_carry_cannot_be_made(change: dict[str, Any], says: str) -> None:
    with pytest.raises(NotMemo, match=says):
        replace(LETTER_OUT, **change)


def test_a_subject_and_a_receiver_must_be_of_their_kind() -> None:
    for make in (
        lambda: Kle("27.66", "1", "x"),
        lambda: Kle("27.66.08", "1", "x", "g1"),
        lambda: Document("a", "b", b"", "dan"),
    ):
        with pytest.raises(NotMemo):
            make()
    for end in (End("1", "CPR"), End("12345678", "GLN")):
        with pytest.raises(NotMemo, match="recipientID"):
            to_xml(replace(LETTER_OUT, recipient=end))


@pytest.mark.parametrize(
    ("change", "unit"),
    [
        ({"answers": (Answered(UUID.upper()),)}, "nord"),
        ({"answers": (Answered(OTHER, "samtale-7"),)}, "nord"),
        ({"answers": (Answered(OTHER, "", "syd"),)}, "syd"),
        ({"recipient": End("12345678", "CVR", "", "syd")}, "syd"),
        ({"case": "samtale-7", "case_system": "x"}, "nord"),
        ({"kle": Kle("27.66.08", "1", "x")}, "nord"),
        ({"kle": Kle("27.66.04", "1", "x")}, "nord"),
        ({"kle": Kle("27.69.24", "1", "x")}, "nord"),
        ({"kle": Kle("81.29.01", "1", "x")}, "syd"),
        ({"kle": Kle("01.00.00", "1", "x")}, "vagt"),
        ({"kle": None}, "vagt"),
        ({"recipient": End("87654321", "CVR")}, None),
    ],
)
def test_an_answer_finds_the_place_that_asked(change: dict[str, Any], unit: str | None) -> None:
    subjects = {"vagt": "", "nord": "27.66.08", "syd": "81.29.00"}
    places = [
        Place("house", name, Way.POST, "12345678", name, Address(Kind.DUTY, name), kle=kle, kle_label=kle and "x")
        for name, kle in subjects.items()
    ]
    bare = replace(LETTER_OUT, recipient=End("12345678", "CVR"), answers=(), case="", case_system="", kle=None)
    opened = DigitalPost(str).open(to_xml(replace(bare, **change)))
    found = place_for(places, opened, {UUID: "nord", "samtale-7": "nord"})
    assert (found.id if found is not None else None) == unit
