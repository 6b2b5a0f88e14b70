"""Checkpoints: what they say, when they are made, how keys follow each other, and what a hub finds with them."""

import base64
import re
from datetime import timedelta
from functools import partial
from hashlib import sha256

import pytest
from sqlalchemy import delete, update

from hub.clock import ManualClock
from hub.errors import Conflict
from hub.proof.notary import Notary
from hub.storage import boundtexts, checkpoints, journal, proofkeys
from hub.storage.checkpoints import checkpoint
from hub.storage.database import Database, Transaction
from hub.storage.merkle import EMPTY, Peaks, Tree, leaf, node
from tests.databases import on_both
from tests.proof.ledger import NOON, OURS, VAULT, verifier

THEIRS = "maanehuset"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def notary(database: Database, clock: ManualClock) -> Notary:
    return Notary(database, clock, VAULT)


async def happens(database: Database, many: int = 1, of: str = OURS, event: str = "event") -> None:
    async def action(tx: Transaction) -> None:
        for number in range(many):
            tx.announce(await journal.append(tx, of, NOON, event, "alarm-1", "jette", {"n": number}))

    await database.write(action, of=of)


async def made(database: Database, of: str = OURS) -> list[str]:
    """What each checkpoint was made for."""
    async with database.read() as tx:
        claims = [checkpoints.read(note) for note in await checkpoints.notes(tx, of)]
    return [f"{claim.size} for {claim.said['for']}" for claim in claims if claim is not None]


def recursive(leaves: list[bytes]) -> bytes:
    """RFC 6962's own definition of the root."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node(recursive(leaves[:half]), recursive(leaves[half:]))


def test_every_tree_is_rfc_6962s_and_proves_what_is_in_it_and_that_it_grew() -> None:
    links = [sha256(bytes([number])).digest() for number in range(40)]
    tree, peaks = Tree(links), Peaks()
    roots = [EMPTY]
    for size in range(1, len(links) + 1):
        peaks.add(links[size - 1])
        roots.append(recursive([leaf(link) for link in links[:size]]))
        assert roots[size] == peaks.root() == Peaks(size, peaks.peaks).root() == tree.root(size)
    for size in range(1, len(links) + 1):
        for index in range(size):
            path = tree.inclusion(index, size)
            assert verifier.includes(leaf(links[index]), index, size, path, roots[size])
            assert not verifier.includes(leaf(links[index - 1]), index, size, path, roots[size]) or size == 1
            assert not verifier.includes(leaf(links[index]), index, size, path, roots[size - 1])
        for smaller in range(1, size):
            path = tree.consistency(smaller, size)
            old, new = [verifier.Claim("", OURS, one, roots[one], {}) for one in (smaller, size)]
            assert verifier.grew(old, new, path)
            assert not verifier.grew(verifier.Claim("", OURS, smaller, EMPTY, {}), new, path)
            assert not verifier.grew(old, new, path[:-1])


@on_both
async def test_a_checkpoint_is_a_text_that_a_person_reads_and_anybody_checks(
    database: Database, notary: Notary
) -> None:
    await happens(database, 5)
    note = (await notary.checkpoint(OURS, "the hour")).note
    origin, size, root, *said = note.partition("\n\n")[0].splitlines()
    async with database.read() as tx:
        links = [link for _, link in await journal.links(tx, OURS, 0, 9, 9)]
        (key,) = await proofkeys.publics(tx)
    assert (origin, size) == ("tryghedshub/solgaarden", "5")
    assert base64.b64decode(root) == Tree(bytes.fromhex(link) for link in links).root(5)
    assert said == ["number 1", "row 5", f"chain {links[-1]}", "time 2026-03-01T12:00:00.000Z", "for the hour"]
    assert note.splitlines()[-1].startswith("— tryghedshub ")
    assert proofkeys.signers_of(note, {key.id: key.text}) == [key.id]
    assert proofkeys.signers_of(note.replace("row 5", "row 6"), {key.id: key.text}) == []
    (claim,) = verifier.claims_in(f"Til arkivet\r\n\r\n{note}\r\nHilsen")
    assert verifier.Keys([key.text], [], []).signers(claim) == {key.id}


async def test_one_is_made_every_hour_and_after_each_closed_alarm(
    database: Database, notary: Notary, clock: ManualClock
) -> None:
    await happens(database)
    await happens(database, of=THEIRS)
    assert await notary.look() == NOON + timedelta(hours=1)
    await happens(database, event="resolved")
    assert notary._sooner.is_set()
    clock.advance(600)
    assert await notary.look() == NOON + timedelta(hours=1)
    assert (await made(database), await made(database, THEIRS)) == (
        ["1 for the hour", "2 for closed alarm alarm-1"],
        ["1 for the hour"],
    )
    clock.advance(3000)
    await notary.look()
    assert len(await made(database, THEIRS)) == 2
    # Only an hour after the alarm was closed, and though nothing has happened: it says that the journal still stands.
    clock.advance(600)
    await notary.look()
    assert (await made(database))[-1] == "2 for the hour"


@on_both
async def test_two_hubs_at_once_make_two_checkpoints_in_one_row(database: Database, clock: ManualClock) -> None:
    await happens(database, 3)
    one, other = Notary(database, clock, VAULT), Notary(database, clock, VAULT)
    await one.checkpoint(OURS, "one")
    before, write = [await other.signer()], database.write

    async def late(action: object, of: object = None) -> object:
        database.write = write  # type: ignore[method-assign]
        await one.checkpoint(OURS, "another")
        return await write(action, of)  # type: ignore[arg-type]

    database.write = late  # type: ignore[method-assign, assignment]
    assert (await other.checkpoint(OURS, "a third", (), before)).number == 3
    async with database.read() as tx:
        verdict = await checkpoints.verify(tx, OURS)
    assert (verdict.whole, verdict.checkpoints) == (True, 3)


@on_both
async def test_a_new_key_is_vouched_for_by_the_old_one(database: Database, notary: Notary) -> None:
    await happens(database, 2)
    await notary.checkpoint(OURS, "the hour")
    old, new = (await notary.signer()).public, (await notary.rotate()).public
    assert (await notary.signer()).public == new
    await happens(database)
    await notary.checkpoint(OURS, "the hour")
    async with database.read() as tx:
        notes = await checkpoints.notes(tx, OURS)
        assert (await checkpoints.verify(tx, OURS)).checkpoints == 3
    keys = {one.id: one.text for one in (old, new)}
    assert [proofkeys.signers_of(note, keys) for note in notes] == [[old.id], [old.id, new.id], [new.id]]
    assert f"\nnext {new.text}\n" in notes[1]


_OF = checkpoint.c.institution == OURS


@on_both
@pytest.mark.parametrize(
    ("does", "says"),
    [
        (delete(checkpoint).where(_OF, checkpoint.c.number == 1), "checkpoint 1 was removed"),
        (update(checkpoint).where(_OF, checkpoint.c.number == 2).values(size=7), "checkpoint 2 was altered"),
        (update(checkpoint).where(_OF, checkpoint.c.number == 2).values(peaks="[]"), "checkpoint 2 of .* was altered"),
        (update(checkpoint).where(_OF, checkpoint.c.number == 2).values(note="?"), "checkpoint 2 was altered"),
        (delete(proofkeys.proof_key), "checkpoint 1 is not signed with a key of this hub"),
    ],
)
async def test_what_was_done_to_checkpoints_is_named(
    database: Database, notary: Notary, does: object, says: str
) -> None:
    for _ in range(3):
        await happens(database, 4)
        await notary.checkpoint(OURS, "the hour")
    await database.write(lambda tx: tx.run(does))  # type: ignore[arg-type]
    async with database.read() as tx:
        fault = (await checkpoints.verify(tx, OURS)).fault
    assert re.match(says, str(fault))


async def forged(tx: Transaction, start: int) -> None:
    """Somebody rewrites history from there on, chain, head and all."""
    rows = await tx.rows(journal._AFTER, institution=OURS, seq=0)
    link = journal._genesis(OURS)
    for row in rows:
        actor = "somebody else" if row["seq"] == start else row["actor"]
        link = journal._chain(link, row["seq"], row["at"], row["event"], row["subject"], actor, row["facts"])
        one = (journal.journal.c.institution == OURS, journal.journal.c.seq == row["seq"])
        await tx.run(update(journal.journal).where(*one).values(actor=actor, hash=link))
    await tx.run(update(journal.journal_head).values(hash=link))


async def test_history_made_anew_is_found_though_the_chain_is_whole(database: Database, notary: Notary) -> None:
    for _ in range(3):
        await happens(database, 4)
        await notary.checkpoint(OURS, "the hour")
    async with database.read() as tx:
        elsewhere = (await checkpoints.notes(tx, OURS))[-1]
    await database.write(partial(forged, start=6), of=OURS)
    async with database.read() as tx:
        assert (await journal.verify(tx, OURS)).whole
        verdict = await checkpoints.verify(tx, OURS)
    assert verdict.fault == (
        "row 5 or a later one, up to row 8, was altered and the chain made anew: "
        "checkpoint 2 of 2026-03-01T12:00:00.000Z was signed over others"
    )
    # With the checkpoints gone from the database, only what lies elsewhere tells.
    await database.write(lambda tx: tx.run(delete(checkpoint)))
    async with database.read() as tx:
        assert (await checkpoints.verify(tx, OURS)).whole
        assert "up to row 12, was altered" in str((await checkpoints.verify(tx, OURS, [elsewhere])).fault)


async def test_no_checkpoint_is_signed_over_a_journal_that_lost_its_end(
    database: Database, clock: ManualClock, notary: Notary
) -> None:
    await happens(database, 4)
    await notary.checkpoint(OURS, "the hour")
    await database.write(lambda tx: tx.run(update(journal.journal_head).values(seq=3)))
    with pytest.raises(Conflict, match="ends at row 3, and row 4 was once there: run hub verify-journal"):
        await notary.checkpoint(OURS, "the hour")
    clock.advance(3600)
    again = await notary.look()
    assert len(await made(database)) == 1
    ((which, since, why),) = notary.failing()
    assert (which, since) == (OURS, clock.now())
    assert "run hub verify-journal" in why
    assert again <= clock.now() + timedelta(minutes=1), "it is tried again soon, not at the next hour"
    await database.write(lambda tx: tx.run(update(journal.journal_head).values(seq=4)))
    await notary.look()
    assert notary.failing() == []
    assert len(await made(database)) == 2


@on_both
async def test_a_text_can_be_erased_and_the_journal_still_holds(database: Database, notary: Notary) -> None:
    write = partial(boundtexts.append, VAULT, institution=OURS, at=NOON, event="raised", subject="alarm-1")
    facts = {"kind": "alarm"}
    entry = await database.write(
        lambda tx: write(tx=tx, actor="jette", facts=facts, texts={"note": "Anna slog ud efter mig"}), of=OURS
    )
    await notary.checkpoint(OURS, "the hour")
    async with database.read() as tx:
        (text,) = await boundtexts.read(tx, VAULT, OURS, entry.seq)
        (row,) = await tx.rows(journal._AFTER, institution=OURS, seq=0)
        (kept,) = await tx.rows(boundtexts._ONE, of=OURS, which=entry.seq)
        assert await boundtexts.wrong(tx, VAULT, OURS) is None
    assert text.text == "Anna slog ud efter mig"
    assert "Anna" not in row["facts"] + kept["sealed"]
    assert entry.facts["bound"] == {"note": boundtexts.commitment(text.salt, text.text)}
    other = VAULT.seal(text.salt + b"Intet skete", f"bound_text/{OURS}/{entry.seq}/note")
    await database.write(lambda tx: tx.run(update(boundtexts.bound_text).values(sealed=other)))
    async with database.read() as tx:
        assert "the text note of row 1 is not the one" in str(await boundtexts.wrong(tx, VAULT, OURS))
    assert await database.write(lambda tx: boundtexts.erase(tx, OURS, entry.seq)) == 1
    async with database.read() as tx:
        assert (await checkpoints.verify(tx, OURS)).checkpoints == 1
        assert await boundtexts.wrong(tx, VAULT, OURS) is None
