"""Files that go with messages: which are taken, who gets them, and what is left of them when nobody may."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from hub.errors import Conflict, HubError, NotFound, Unavailable
from hub.messaging import attachmentstore, drafts
from hub.messaging.attachment import (
    LARGEST,
    LARGEST_TOGETHER,
    MOST,
    PIECE,
    Attachment,
    Offered,
    cleaned,
    refuse_too_much,
)
from hub.messaging.conversation import Address, Conversation, Kind
from hub.messaging.filekinds import looked_at
from hub.messaging.message import Saying
from hub.messaging.tables import attachment, attachment_piece
from hub.ports import NotNow
from hub.storage import journal
from tests.admin.desk import signed_in
from tests.databases import on_both
from tests.messaging.files import PDF, PNG, REFUSED, TAKEN
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

pytestmark = on_both

SECRET = b"Bents medicin ligger i skabet. "
# Two pieces and a half, so that where they meet is seen.
LONG = Offered("medicin.pdf", PDF + SECRET * (5 * PIECE // 2 // len(SECRET)))


async def content(house: House, one: Attachment) -> bytes:
    return b"".join([piece async for piece in house.services.messages.attaching.content("house", one)])


async def begins(house: House, *offered: Offered) -> str:
    """Anna writes to Bo, with these files; the conversation."""
    messages = house.services.messages
    files = await messages.attaching.take("house", "anna", offered)
    new = Conversation("house", str(uuid4()), "anna", house.clock.now())
    first = Saying(str(uuid4()), "Se her", files=files)
    await messages.open(house.tokens["phone-anna"], new, [Address(Kind.PERSON, "bo")], {}, first)
    return new.id


async def carried(house: House, which: str, number: int) -> list[Attachment]:
    async with house.database.read() as tx:
        key = await house.services.messages.keyring.find(tx, "house", which)
        assert key is not None
        return await attachmentstore.with_message(tx, key, "house", which, number)


async def kept(house: House) -> tuple[int, int]:
    """How many files the database knows, and how many pieces of them."""
    async with house.database.read() as tx:
        return len(await tx.rows(select(attachment.c.id))), len(await tx.rows(select(attachment_piece.c.number)))


def test_what_a_message_carries_is_told_from_content_and_name_together() -> None:
    for offered in TAKEN:
        name, kind = looked_at(offered)
        assert name == offered.name
        assert "/" in kind
    for words, some in REFUSED.items():
        for offered in some:
            with pytest.raises(HubError, match=words):
                looked_at(offered)
    for sizes in ([1] * (MOST + 1), [LARGEST + 1], [LARGEST_TOGETHER // 3 + 1] * 3):
        with pytest.raises(HubError, match="files: "):
            refuse_too_much(sizes)
    assert cleaned("C:\\Billeder\\..\\foto\u202e 1.jpg") == "foto 1.jpg"
    assert cleaned("../../etc/passwd\0.txt") == "passwd.txt"
    assert len(cleaned("x" * 500 + ".pdf")) == 120


async def test_files_go_with_their_message_and_with_nobody_elses(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    messages, anna = house.services.messages, house.tokens["phone-anna"]
    which = await begins(house, LONG, Offered("foto.png", PNG))
    first, second = await carried(house, which, 1)
    assert [(one.name, one.kind, one.size) for one in (first, second)] == [
        ("medicin.pdf", "application/pdf", len(LONG.content)),
        ("foto.png", "image/png", len(PNG)),
    ]
    assert await content(house, first) == LONG.content
    assert await content(house, second) == PNG
    for path in house.folder.rglob("hub.db*"):
        lies = path.read_bytes()
        assert not [one for one in (SECRET, b"medicin.pdf", PNG) if one in lies]
    (early,) = await messages.attaching.take("house", "anna", [Offered("brev.pdf", PDF)])
    await drafts.attach(messages, anna, "house", which, [early])
    assert await carried(house, which, 2) == []
    stolen = Saying(str(uuid4()), "Min", attachments=(early.id,))
    with pytest.raises(NotFound, match="attachments"):
        await messages.say(house.tokens["phone-bo"], "house", which, stolen)
    shown = await messages.say(anna, "house", which, stolen)
    assert shown["attachments"] == [{"id": early.id, "name": "brev.pdf", "kind": "application/pdf", "size": len(PDF)}]
    assert await content(house, (await carried(house, which, 2))[0]) == PDF
    with pytest.raises(NotFound, match="attachments"):
        await messages.say(anna, "house", which, Saying(str(uuid4()), "Igen", attachments=(early.id,)))


async def test_what_no_message_carries_goes_and_so_does_what_was_destroyed(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    messages = house.services.messages
    which = await begins(house, LONG)
    (gone,) = await carried(house, which, 1)
    (loose,) = await messages.attaching.take("house", "anna", [Offered("foto.png", PNG)])
    assert await kept(house) == (2, 4)
    await house.is_asleep_until("2026-03-11T16:00:00")
    assert await kept(house) == (1, 3)
    with pytest.raises(Conflict, match="gone"):
        await messages.say(house.tokens["phone-anna"], "house", which, Saying("late", "Nu", files=(loose,)))
    leif = await signed_in(house, "leif")
    assert (await leif.call("POST", f"/api/conversations/{which}/destroy", {"why": "over"})).status_code == 404
    await messages.join(house.tokens["phone-anna"], "house", which, Address(Kind.PERSON, "leif"), from_beginning=False)
    assert (await leif.call("POST", f"/api/conversations/{which}/destroy", {"why": "over"})).status_code == 204
    await house.is_asleep_until("2026-03-11T18:00:00")
    assert await kept(house) == (0, 0)
    with pytest.raises(Unavailable, match="gone"):
        await content(house, gone)


async def test_files_go_with_a_form_and_come_back_as_files_that_nothing_runs(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, carl = await signed_in(house, "anna"), await signed_in(house, "bo"), await signed_in(house, "carl")
    files = [("files", ('Bo "blå" plan.pdf', LONG.content)), ("files", ("foto.png", PNG))]
    fields = {"to": "person:bo", "text": "Se her", "id": "once"}
    refused = await anna.post("/messages/new", fields, [("files", ("spil.exe", b"MZ"))])
    assert refused.status_code == 422
    assert "spil.exe kan ikke følge med en besked" in refused.text
    assert "vælg dem igen" in refused.text
    where = (await anna.post("/messages/new", fields, files)).headers["location"].partition("?")[0]
    page = (await bo.get(where)).text
    assert "Bo &#34;blå&#34; plan.pdf" in page
    first, second = re.findall(rf'href="({where}/attachments/[\w-]+)"', page)
    answer = await bo.get(first)
    assert (answer.content, answer.headers["content-type"]) == (LONG.content, "application/pdf")
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Bo _bl__ plan.pdf\"; filename*=UTF-8''Bo%20%22bl%C3%A5%22%20plan.pdf"
    )
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await bo.get(second)).content == PNG
    assert (await carl.get(first)).status_code == 404
    assert (await bo.get(f"{where}/attachments/{uuid4()}")).status_code == 404
    assert (await carl.post(where, {"text": "x"}, files)).status_code == 404
    async with house.database.read() as tx:
        read = await journal.newest_of(tx, "house", 9, frozenset({"attachment_read"}))
        sent = await journal.newest_of(tx, "house", 9, frozenset({"message_sent"}))
    assert [(one.actor, one.facts["number"]) for one in read] == [("bo", 1), ("bo", 1)]
    assert [first.rpartition("/")[2], second.rpartition("/")[2]] == sorted(sent[0].facts["attachments"])
    added = await bo.post(where, {"text": "og her", "id": "more"}, [("files", ("", b"")), ("files", ("a.txt", b"a"))])
    assert added.status_code == 303
    assert "a.txt" in (await anna.get(where)).text


async def test_a_file_is_sent_by_itself_and_then_named_by_its_message(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    which = await begins(house)
    where, own = f"/api/conversations/{which}", {"Authorization": f"Bearer {house.tokens['phone-anna']}"}
    whole = {**own, "Content-Type": "application/octet-stream"}
    sent = await house.http.post(f"{where}/attachments?name=brev.pdf", content=PDF, headers=whole)
    assert (sent.status_code, sent.json() | {"id": ""}) == (
        201,
        {"id": "", "name": "brev.pdf", "kind": "application/pdf", "size": len(PDF)},
    )
    file = sent.json()["id"]
    assert (await house.http.get(f"{where}/attachments/{file}", headers=own)).status_code == 404, "no message has it"
    for name, content, kind, status in (
        ("brev.pdf", b"MZ", "application/octet-stream", 422),
        ("", PDF, "application/octet-stream", 422),
        ("brev.pdf", PDF, "application/pdf", 415),
        ("brev.pdf", bytes(LARGEST + 1), "application/octet-stream", 413),
    ):
        refused = await house.http.post(
            f"{where}/attachments?name={name}", content=content, headers={**own, "Content-Type": kind}
        )
        assert refused.status_code == status, (name, kind, refused.text)
    said = {"id": "with", "text": "Her", "attachments": [file]}
    answer = await house.http.post(f"{where}/messages", json=said, headers=own)
    assert [one["id"] for one in answer.json()["attachments"]] == [file]
    shown = (await house.http.get(where, headers=own)).json()["messages"][-1]
    assert shown["attachments"] == answer.json()["attachments"]
    assert (await house.http.get(f"{where}/attachments/{file}", headers=own)).content == PDF
    assert (await house.http.post(f"{where}/messages", json=said, headers=own)).status_code == 201, "the same again"


class Watchful:
    """A scanner that knows one virus, and can be away."""

    away = False

    async def scan(self, content: bytes) -> str | None:
        if self.away:
            raise NotNow("nobody answers")
        return "Eicar" if b"EICAR" in content else None


async def test_an_infected_file_is_refused_and_without_the_scanner_none_is_taken(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    attaching, scanner = house.services.messages.attaching, Watchful()
    leif = await signed_in(house, "leif")
    assert "Der er ingen virusscanner" in (await leif.get("/admin")).text
    attaching.scanner = scanner
    assert "Der er ingen virusscanner" not in (await leif.get("/admin")).text
    with pytest.raises(HubError, match="holds a virus"):
        await attaching.take("house", "anna", [Offered("foto.png", PNG), Offered("brev.pdf", PDF + b"EICAR")])
    assert await kept(house) == (0, 0)
    scanner.away = True
    with pytest.raises(Unavailable, match="does not answer"):
        await attaching.take("house", "anna", [Offered("foto.png", PNG)])
