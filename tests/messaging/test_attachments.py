"""Files that go with messages: which are taken, who gets them, and what is left of them when nobody may."""

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
    attaching.scanner = scanner
    with pytest.raises(HubError, match="holds a virus"):
        await attaching.take("house", "anna", [Offered("foto.png", PNG), Offered("brev.pdf", PDF + b"EICAR")])
    assert await kept(house) == (0, 0)
    scanner.away = True
    with pytest.raises(Unavailable, match="does not answer"):
        await attaching.take("house", "anna", [Offered("foto.png", PNG)])
