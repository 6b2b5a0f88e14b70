"""Other houses write to ours by mailbox and are answered: what staff on duty see, and what lies in the mailbox."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hub.messaging import outsideactions, outsidestore
from hub.messaging.attachment import Offered
from hub.messaging.message import Saying
from hub.messaging.outside import Outside, OutsideRole, Way
from hub.messaging.sending import PATIENCE
from hub.messaging.sharing import CONSENT, Basis
from hub.ports import Correspondent
from integrations.medcom import codes
from integrations.medcom.acknowledging import heading
from integrations.medcom.care import Said, from_us, reply
from integrations.medcom.envelope import Kind as Sort
from integrations.medcom.writing import to_bundle, to_json
from tests.databases import on_both
from tests.integrations.medcom_messages import CITIZEN, KIM, OTHERS, OURS, THEIRS, pdf
from tests.integrations.test_medcom_reliable import OLD_MAIL
from tests.scenarios.conftest import Begin
from tests.scenarios.practice import PDF, Practice, only, opened, passage, registered, shares
from tests.scenarios.test_messages import adds, call, heard, reads

pytestmark = on_both


async def test_a_gp_writes_and_is_answered(begin: Begin) -> None:
    practice = await opened(begin, "anna nord", "bo syd")
    house = practice.house
    (anna,) = await house.connect("anna")
    first = practice.writes("Bruno skal have ny medicin.\n\n  • 2 tabletter", pdf(practice.new_id(), PDF))
    practice.sends(first)
    await practice.looks()
    assert heard(anna) == [("sent", "Bruno skal have ny medicin.\n\n  • 2 tabletter")]
    which = await only(practice, "anna")
    assert which == first.thread, "the thread is the conversation"
    assert await reads(house, "bo", which) == 404, "it is for whoever is on duty in Nord"
    (shown,) = (await call(house, "anna", "GET", f"/{which}")).json()["messages"]
    assert shown["author_name"] == "Kim Jensen, sygeplejerske, Lægerne Havnegade, 87875455"
    assert [one["name"] for one in shown["attachments"]] == ["Døgnrytme.pdf"]
    assert practice.fetches()[0].receiver == THEIRS.gln
    assert practice.answers == [(first.header, codes.OK)]
    assert list(practice.vans.settled().values()) == [True]
    # Anna answers; without a basis nothing about a citizen leaves.
    await adds(house, "anna", which, "Tak. Hvornår skal hun have den?", replies_to=1)
    await practice.looks()
    assert practice.fetches() == []
    assert (await passage(house, which, 2))[0] == "withheld"
    await shares(house, "anna", which)
    messages, plan = house.services.messages, PDF + b"% plan"
    files = await messages.attaching.take("house", "anna", [Offered("plan.pdf", plan)])
    saying = Saying("with a file", "Hvornår skal hun have den?", 1, files=files)
    await messages.say(house.tokens["phone-anna"], "house", which, saying)
    await practice.looks()
    (envelope,) = practice.fetches()
    (answered,) = practice.got
    assert (envelope.sender, envelope.receiver) == (OURS.gln, THEIRS.gln)
    assert answered.thread == first.thread
    assert answered.newest.answers == first.header
    assert answered.newest.segments[0].text == "Hvornår skal hun have den?"
    assert answered.newest.segments[0].author.family == "Anna"
    assert [(one.title, one.content) for one in answered.newest.attachments] == [("plan.pdf", plan)]
    assert await passage(house, which, 3) == ("sent", "")
    practice.acknowledges(answered)
    await practice.looks()
    assert await passage(house, which, 3) == ("delivered", "")
    for path in house.folder.rglob("hub.db*"):
        kept = path.read_bytes()
        clear = [mark for mark in ("ny medicin", "Hvornår", "Elmer", CITIZEN.number) if mark.encode() in kept]
        assert not clear, path
    # The next reply lies in the same conversation, and only what is new in it is shown.
    heard(anna)
    later = reply(Said(KIM, "Til natten."), [answered], now=practice.now, new_id=practice.new_id)
    practice.sends(later)
    await practice.looks()
    assert [text for event, text in heard(anna) if event == "sent"] == ["Til natten."]
    assert await only(practice, "anna") == which
    assert [one.kind for one in practice.fetches()] == [Sort.ACKNOWLEDGEMENT]


async def test_a_copy_is_answered_alike_and_shown_once_and_what_is_invalid_never(begin: Begin) -> None:
    practice = await opened(begin, "anna nord")
    house = practice.house
    (anna,) = await house.connect("anna")
    first = practice.writes("Første", pdf(practice.new_id(), PDF))
    second = reply(
        Said(KIM, "Anden"), [from_us(first, THEIRS)], now=practice.now + timedelta(minutes=1), new_id=practice.new_id
    )
    spoiled = to_bundle(practice.writes("Tredje"))
    del spoiled["entry"][2]["resource"]["category"]
    broken = to_json(spoiled)
    for document in (second, first, first, broken, broken, b"{", second):
        practice.sends(document)
    await practice.looks()
    which = await only(practice, "anna")
    said = [("sent", "Første"), ("sent", "Anden"), ("changed", "Døgnrytme.pdf")]
    assert heard(anna) == said, "the answer brought the first along, which itself brought its file"
    in_order = ["Første", "Døgnrytme.pdf", "Anden"]
    assert await reads(house, "anna", which) == in_order, "in the order that they were written"
    practice.fetches()
    key = heading(spoiled).header
    assert sorted(practice.answers) == sorted(
        [*[(first.header, "ok")] * 2, *[(second.header, "ok")] * 2, *[(key, "fatal-error")] * 2]
    )
    assert sorted(practice.vans.settled().values()) == [False] * 2 + [True] * 5
    other = replace(practice.writes("En anden"), bundle=first.bundle)
    practice.sends(other)
    await practice.looks()
    practice.fetches()
    assert practice.answers[-1] == (other.header, "fatal-error"), "another message under an id that was used"
    assert heard(anna) == []


async def test_nothing_is_lost_or_doubled_by_a_hub_that_dies_in_between(begin: Begin) -> None:
    practice = await opened(begin, "anna nord")
    house = practice.house
    first = practice.writes("Første")
    practice.sends(first)
    await dies_at(practice, "settle", practice.looks())
    assert practice.vans.settled() == {}
    practice.joins()
    await practice.looks()
    practice.fetches()
    assert set(practice.answers) == {(first.header, "ok")}, "acknowledged, and again alike"
    which = await only(practice, "anna")
    assert await reads(house, "anna", which) == ["Første"]
    await shares(house, "anna", which)
    await dies_at(practice, "put", adds(house, "anna", which, "Svar"))
    practice.joins()
    await house.passes(60)
    await practice.looks()
    sent = practice.fetches()
    assert len({one.id for one in sent}) == 1, "the same envelope, however often it was laid there"
    assert [one.newest.segments[0].text for one in practice.got] == ["Svar"]


async def dies_at(practice: Practice, verb: str, doing: Coroutine[Any, Any, Any]) -> None:
    """The hub is killed right before it settles a document, or right after it has laid one into the mailbox."""
    assert practice.box is not None
    box, house = practice.box._box, practice.house
    done, reached = getattr(box, verb), asyncio.Event()

    async def last(*args: Any, **named: Any) -> None:
        if verb == "put":
            await done(*args, **named)
        reached.set()
        await asyncio.get_running_loop().create_future()

    setattr(box, verb, last)
    under_way = asyncio.create_task(doing)
    await reached.wait()
    await house.is_killed()
    under_way.cancel()
    await asyncio.gather(under_way, return_exceptions=True)
    await house.starts()


async def test_what_nobody_answers_goes_three_times_and_is_told_of(begin: Begin) -> None:
    practice = await opened(begin, "anna nord")
    house = practice.house
    practice.sends(practice.writes("Første"))
    await practice.looks()
    which = await only(practice, "anna")
    await shares(house, "anna", which)
    await adds(house, "anna", which, "Svar")
    await practice.looks()
    envelopes = [one for one in practice.fetches() if one.kind is Sort.CARE]
    for _ in range(4):
        house.clock.advance(PATIENCE.total_seconds())
        await practice.looks()
        envelopes += practice.fetches()
    assert len(envelopes) == 3, "once, and at most twice again"
    assert len({one.id for one in envelopes}) == len({one.sent_at for one in envelopes}) == 3
    assert len({one.document for one in envelopes}) == 1
    assert await passage(house, which, 2) == ("refused", "unanswered")
    practice.acknowledges(practice.got[0], codes.TRANSIENT, "Systemet er optaget")
    practice.acknowledges(practice.got[0])
    await practice.looks()
    assert await passage(house, which, 2) == ("delivered", ""), "a late answer is one"
    house.clock.advance(PATIENCE.total_seconds())
    await practice.looks()
    assert practice.fetches() == [], "what is taken goes no second time"
    await adds(house, "anna", which, "Endnu et")
    await practice.looks()
    practice.fetches()
    practice.acknowledges(practice.got[-1], codes.FATAL, "Patient: is unknown here")
    await practice.looks()
    assert await passage(house, which, 3) == ("refused", "Patient: is unknown here")


async def test_an_unknown_receiver_or_an_old_mail_finds_somebody(begin: Begin) -> None:
    practice = await opened(begin, "anna nord")
    house = practice.house
    lost = replace(practice.writes("Til hvem?"), receiver=OTHERS)
    practice.sends(lost, to=OTHERS.gln)
    practice.sends(OLD_MAIL.encode("iso-8859-1"), Sort.OLD_MAIL)
    await practice.looks()
    (seen,) = (await call(house, "leif", "GET", "")).json()["conversations"]
    assert seen["title"].startswith("Ukendt modtager: ")
    assert await reads(house, "leif", seen["id"]) == ["Til hvem?"]
    which = await only(practice, "anna")
    assert await reads(house, "anna", which) == ["Kære alle\nBruno sover godt.\n\nHilsen"]
    assert (await call(house, "anna", "POST", f"/{which}/acknowledgements", {"number": 1})).json() == {"new": True}
    (frm,) = (await registered(house)).values()
    assert (frm.registered_by, frm.to.gln) == ("hub", THEIRS.gln)


async def test_what_a_gp_wrote_is_sent_on_and_what_cannot_be_sent_is_said_in_words(begin: Begin) -> None:
    practice = await opened(begin, "anna nord")
    house, messages = practice.house, practice.house.services.messages
    first = practice.writes("Bruno skal undersøges.", pdf(practice.new_id(), PDF))
    practice.sends(first)
    await practice.looks()
    practice.fetches()
    which, token, now = await only(practice, "anna"), house.tokens["phone-anna"], house.clock.now()
    to = Correspondent("ward", OTHERS.name, OutsideRole.REGION.value, gln=OTHERS.gln, sor=OTHERS.sor)

    async def action(tx: Any) -> None:
        new = Outside("house", OutsideRole.REGION, Way.MEDCOM, to, "leif", now)
        await outsidestore.register(tx, messages.keyring.vault, new)

    await house.database.write(action)
    basis = Basis("b2", CONSENT, ("ward",), now, now + timedelta(days=9), "anna", now, "alt", "Bruno", "")
    await outsideactions.invite(messages, token, "house", which, "ward", basis, outsideactions.Earlier.ABOUT_IT)
    await practice.looks()
    (envelope,) = practice.fetches()
    (sent_on,) = practice.got
    assert envelope.receiver == OTHERS.gln
    assert (sent_on.newest.activity, sent_on.newest.answers) == (codes.FORWARD, first.header)
    assert sent_on.thread != first.thread
    assert [turn.segments[0].text for turn in sent_on.turns] == [
        "Bruno skal undersøges.",
        f"Sendt videre af {OURS.name}.",
    ]
    assert [one.content for one in sent_on.turns[0].attachments] == [PDF]
    back = reply(Said(KIM, "Torsdag."), [sent_on], now=practice.now, new_id=practice.new_id)
    practice.sends(back)
    await practice.looks()
    assert await reads(house, "anna", which) == ["Bruno skal undersøges.", "Torsdag."]
    files = await messages.attaching.take("house", "anna", [Offered("note.txt", b"hej")])
    await messages.say(token, "house", which, Saying("txt", "Se her", files=files))
    await practice.looks()
    async with house.database.read() as tx:
        key = await messages.keyring.find(tx, "house", which)
        assert key is not None
        told = await outsidestore.passages(tx, key, "house", which)
    refused = {one.outside: one.detail for one in told if one.number == 3}
    assert refused["ward"].startswith("contentType: attach one of application/pdf")
