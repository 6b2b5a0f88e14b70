import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, create_engine, delete, select, text, update

from hub.clock import micros
from hub.storage import journal
from hub.storage.database import Database, Reader, Transaction
from hub.storage.journal import Entry, Verdict
from tests.databases import on_both

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OURS, THEIRS = "solgaarden", "maanehuset"
ROWS = 9

T = journal.journal.c
_ROW = select(journal.journal).where(T.institution == OURS, T.seq == bindparam("the_seq"))
_REMOVE = delete(journal.journal).where(T.institution == OURS, T.seq == bindparam("the_seq"))
_CUT = delete(journal.journal).where(T.institution == OURS, T.seq >= bindparam("the_seq"))
_RENUMBER = (
    update(journal.journal).where(T.institution == OURS, T.seq == bindparam("the_seq")).values(seq=bindparam("seq"))
)
_HEAD = journal.journal_head
_MOVE_HEAD = update(_HEAD).where(_HEAD.c.institution == OURS).values(seq=bindparam("seq"), hash=bindparam("hash"))


class Undo(Exception):
    """Ends a transaction without a trace, with what was found out in it."""

    def __init__(self, found: Any) -> None:
        self.found = found


async def undone(database: Database, action: Callable[[Transaction], Any]) -> Any:
    """What an action returns, as if it had never been."""

    async def attempt(tx: Transaction) -> None:
        raise Undo(await action(tx))

    with pytest.raises(Undo) as caught:
        await database.write(attempt, of=OURS)
    return caught.value.found


@pytest.fixture
async def journals(database: Database) -> Database:
    """Two institutions that write in turn."""

    async def action(tx: Transaction, of: str, number: int) -> None:
        at = NOON + timedelta(seconds=number)
        await journal.append(tx, of, at, f"event-{number}", f"subject-{number % 3}", "jette", {"n": number})

    turns = [(of, number) for number in range(ROWS) for of in (OURS, THEIRS)]
    await asyncio.gather(*(database.write(partial(action, of=of, number=number), of=of) for of, number in turns))
    return database


async def verdicts(tx: Reader) -> tuple[Verdict, Verdict]:
    return await journal.verify(tx, OURS), await journal.verify(tx, THEIRS)


@dataclass(frozen=True)
class Tampering:
    """One thing done behind the hub's back, and the row that must be named for it."""

    name: str
    does: Callable[[Transaction], Any]
    first_bad: int

    def __repr__(self) -> str:
        return self.name


def altered(seq: int, column: str, value: Any) -> Tampering:
    async def does(tx: Transaction) -> bool:
        before = await tx.row(_ROW, the_seq=seq)
        change = update(journal.journal).where(T.institution == OURS, T.seq == seq).values({column: bindparam("to")})
        await tx.run(change, to=value)
        after = await tx.row(_ROW, the_seq=seq)
        assert before is not None
        assert after is not None
        return bool(before[column] != after[column] or type(before[column]) is not type(after[column]))

    return Tampering(f"row {seq}: {column} = {value!r}", does, seq)


def removed(seq: int) -> Tampering:
    async def does(tx: Transaction) -> bool:
        return await tx.run(_REMOVE, the_seq=seq) == 1

    return Tampering(f"row {seq} removed", does, seq)


def removed_and_closed_up(seq: int) -> Tampering:
    """A row goes and the later ones move up, so that no number is missing."""

    async def does(tx: Transaction) -> bool:
        await tx.run(_REMOVE, the_seq=seq)
        for later in range(seq + 1, ROWS + 1):
            await tx.run(_RENUMBER, the_seq=later, seq=later - 1)
        return True

    return Tampering(f"row {seq} removed, the rest moved up", does, seq)


def cut(seq: int) -> Tampering:
    async def does(tx: Transaction) -> bool:
        return await tx.run(_CUT, the_seq=seq) > 0

    return Tampering(f"cut off from row {seq}", does, seq)


def reordered(order: Sequence[int]) -> Tampering:
    """Rows trade places: where row n stood, row order[n-1] stands."""

    async def does(tx: Transaction) -> bool:
        for seq in range(1, ROWS + 1):
            await tx.run(_RENUMBER, the_seq=seq, seq=-seq)
        for place, row in enumerate(order, start=1):
            await tx.run(_RENUMBER, the_seq=-row, seq=place)
        return True

    first = next(place for place, row in enumerate(order, start=1) if place != row)
    return Tampering(f"reordered {list(order)}", does, first)


_SEQ = st.integers(1, ROWS)
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80)
_ALTERED = st.one_of(
    st.builds(altered, _SEQ, st.sampled_from(["event", "facts", "hash"]), _TEXT | st.binary(max_size=20)),
    st.builds(altered, _SEQ, st.sampled_from(["subject", "actor"]), _TEXT | st.binary(max_size=20) | st.none()),
    st.builds(altered, _SEQ, st.just("at"), st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | _TEXT),
)
_TAMPERED = st.one_of(
    _ALTERED,
    st.builds(removed, _SEQ),
    st.builds(removed_and_closed_up, _SEQ),
    st.builds(cut, _SEQ),
    st.builds(reordered, st.permutations(range(1, ROWS + 1)).filter(lambda order: order != sorted(order))),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tampering=_TAMPERED)
async def test_whatever_is_done_to_one_journal_the_first_bad_row_is_named(
    journals: Database, tampering: Tampering
) -> None:
    async def tamper(tx: Transaction) -> tuple[bool, Verdict, Verdict]:
        return await tampering.does(tx), *await verdicts(tx)

    differs, ours, theirs = await undone(journals, tamper)
    assert theirs == Verdict(THEIRS, ROWS)
    if differs:
        assert ours.rows == tampering.first_bad - 1
        assert (ours.fault or "").startswith(f"row {tampering.first_bad} was "), ours
    else:
        assert ours.whole


@on_both
async def test_untouched_journals_are_whole(journals: Database) -> None:
    async with journals.read() as tx:
        assert await verdicts(tx) == (Verdict(OURS, ROWS), Verdict(THEIRS, ROWS))
        assert await journal.verify(tx, "nobody") == Verdict("nobody", 0)
        assert await journal.institutions(tx) == [THEIRS, OURS]


@on_both
@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        (altered(4, "actor", "somebody else"), "row 4 was altered"),
        (altered(4, "hash", "0" * 64), "row 4 was altered"),
        (removed(4), "row 4 was removed: row 5 follows row 3"),
        (cut(4), "row 4 was removed: the journal once reached row 9"),
        (cut(1), "row 1 was removed: the journal once reached row 9"),
        (reordered([1, 2, 6, 4, 5, 3, 7, 8, 9]), "row 3 was reordered: what belongs there stands in row 6"),
    ],
)
async def test_it_says_what_was_done(journals: Database, tampering: Tampering, says: str) -> None:
    async def tamper(tx: Transaction) -> Verdict:
        await tampering.does(tx)
        return await journal.verify(tx, OURS)

    assert (await undone(journals, tamper)).fault == says


@on_both
async def test_a_head_that_was_put_back_or_taken_away_is_found(journals: Database) -> None:
    async def put_back(tx: Transaction) -> Verdict:
        before = await tx.row(_ROW, the_seq=ROWS)
        assert before is not None
        await tx.run(_MOVE_HEAD, seq=ROWS, hash="0" * 64)
        return await journal.verify(tx, OURS)

    async def taken_away(tx: Transaction) -> Verdict:
        await tx.run(delete(_HEAD).where(_HEAD.c.institution == OURS))
        return await journal.verify(tx, OURS)

    assert "head does not match" in (await undone(journals, put_back)).fault
    assert "head was removed" in (await undone(journals, taken_away)).fault


@pytest.mark.parametrize("seq", [journal.VERIFY_AT_A_TIME + more for more in (-1, 0, 1, 2)])
async def test_a_bad_row_is_found_where_one_portion_ends_and_the_next_begins(database: Database, seq: int) -> None:
    async def action(tx: Transaction) -> tuple[Verdict, Verdict]:
        for number in range(journal.VERIFY_AT_A_TIME + 3):
            await journal.append(tx, OURS, NOON, "event", facts={"n": number})
        whole = await journal.verify(tx, OURS)
        await altered(seq, "event", "other").does(tx)
        return whole, await journal.verify(tx, OURS)

    whole, bad = await undone(database, action)
    assert whole == Verdict(OURS, journal.VERIFY_AT_A_TIME + 3)
    assert bad.fault == f"row {seq} was altered"


@on_both
async def test_each_institution_counts_for_itself_and_without_gaps(journals: Database) -> None:
    async def refused(tx: Transaction) -> None:
        await journal.append(tx, OURS, NOON, "never")
        raise ValueError("thought better of it")

    async def kept(tx: Transaction) -> int:
        return (await journal.append(tx, OURS, NOON, "kept")).seq

    with pytest.raises(ValueError, match="better"):
        await journals.write(refused, of=OURS)
    assert await journals.write(kept, of=OURS) == ROWS + 1
    async with journals.read() as tx:
        assert (await journal.cursor(tx, OURS), await journal.cursor(tx, THEIRS)) == (ROWS + 1, ROWS)
        assert await journal.cursor(tx, "nobody") == 0
        assert (await verdicts(tx))[0] == Verdict(OURS, ROWS + 1)


BEGUN = micros(NOON + timedelta(hours=1))


@on_both
@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        (altered(BEGUN, "at", 0), f"row {BEGUN} was altered"),
        (removed(ROWS), f"row {BEGUN} was altered"),
        (removed(BEGUN), f"row {ROWS + 1} was removed: row {BEGUN + 1} follows row {ROWS}"),
        (removed(BEGUN + 1), f"row {BEGUN + 1} was removed: row {BEGUN + 2} follows row {BEGUN}"),
        (cut(BEGUN), f"row {ROWS + 1} was removed: the journal once reached row {BEGUN + 2}"),
    ],
)
async def test_a_journal_that_began_anew_leaps_and_is_one_chain_all_the_same(
    journals: Database, tampering: Tampering, says: str
) -> None:
    async def begins(tx: Transaction) -> Entry:
        begun = await journal.begin_anew(tx, OURS, NOON + timedelta(hours=1))
        for _ in range(2):
            await journal.append(tx, OURS, NOON, "event")
        return begun

    begun = await journals.write(begins, of=OURS)
    assert (begun.seq, begun.event, begun.facts) == (BEGUN, "restored", {"reached": ROWS})

    async def tamper(tx: Transaction) -> tuple[Verdict, Verdict]:
        whole = await journal.verify(tx, OURS)
        await tampering.does(tx)
        return whole, await journal.verify(tx, OURS)

    whole, bad = await undone(journals, tamper)
    assert whole == Verdict(OURS, ROWS + 3)
    assert bad.fault == says


@on_both
async def test_what_is_written_is_read_again_in_order(journals: Database) -> None:
    async with journals.read() as tx:
        after = await journal.after(tx, OURS, 6, 2)
        about = await journal.about(tx, OURS, "subject-1")
        some = await journal.after_of(tx, OURS, 2, 2, frozenset({"event-1", "event-3", "event-7", "event-8"}))
    assert [entry.seq for entry in some] == [4, 8]
    assert [(entry.seq, entry.event, entry.facts) for entry in after] == [
        (7, "event-6", {"n": 6}),
        (8, "event-7", {"n": 7}),
    ]
    assert [entry.seq for entry in about] == [2, 5, 8]
    assert about[0].at == NOON + timedelta(seconds=1)


@on_both
async def test_writers_at_once_make_one_chain(database: Database) -> None:
    async def action(tx: Transaction) -> int:
        return (await journal.append(tx, OURS, NOON, "event")).seq

    assert await asyncio.gather(*(database.write(action, of=OURS) for _ in range(200))) == list(range(1, 201))
    async with database.read() as tx:
        assert await journal.verify(tx, OURS) == Verdict(OURS, 200)


def test_what_is_about_one_subject_is_found_without_reading_the_whole_journal() -> None:
    engine = create_engine("sqlite://")
    journal.journal.metadata.create_all(engine, [journal.journal])
    asked = str(journal._SUBJECT.compile(engine))
    with engine.connect() as connection:
        steps = connection.execute(text(f"EXPLAIN QUERY PLAN {asked.replace('?', ':x')}"), {"x": "x"}).all()
    assert "INDEX journal_by_subject (institution=? AND subject=?" in str(steps)
