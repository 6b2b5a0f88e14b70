"""What the hub relies on in every mailbox: nothing lost, nothing half read, and the same again is the same."""

import traceback
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from hub.clock import ManualClock, SystemClock
from hub.ports import Never, NotNow
from integrations.digitalpost.memoxml import to_xml as written_memo
from integrations.medcom.envelope import Kind, to_xml, wrap
from integrations.vans import FolderMailbox, RestSettings
from tests.contracts.boxes import BOX_TOKEN, BOXES, LARGEST, BoxBench, BoxMaker, folder, post, rest
from tests.contracts.serving import SECRET, Mood
from tests.integrations.medcom_messages import OURS, THEIRS, WHEN
from tests.integrations.test_digitalpost import LETTER_OUT

PATIENCE = 5.0
over_http = pytest.mark.parametrize("make", [rest, post])
every = pytest.mark.parametrize("make", BOXES, ids=lambda make: make.__name__)


def written(make: BoxMaker, key: str, content: bytes = b"{}") -> bytes:
    """A document that this box takes."""
    if make is post:
        return memo_xml()
    return to_xml(wrap(Kind.CARE, content, sender=OURS.gln, receiver=THEIRS.gln, key=key, now=WHEN))


def memo_xml() -> bytes:
    return written_memo(LETTER_OUT)


@every
async def test_what_is_handed_over_lies_there_whole_and_once(make: BoxMaker, tmp_path: Path) -> None:
    async with make(tmp_path, PATIENCE) as bench:
        keys = [str(uuid4()) for _ in range(3)]
        for key in (*keys, keys[0]):
            await bench.mailbox.put(key, written(make, key))
        assert set(bench.provider.handed()) == set(keys)
        assert all(content.rstrip().endswith(b">") for content in bench.provider.handed().values())
        assert bench.service is None or bench.service.objections == []


@every
async def test_what_lies_there_stays_until_it_is_settled_once(make: BoxMaker, tmp_path: Path) -> None:
    async with make(tmp_path, PATIENCE) as bench:
        assert list(await bench.mailbox.waiting(10)) == []
        content = {f"{name}-{uuid4()}": f"<Brev>{name} æøå</Brev>".encode() for name in ("a", "b", "c")}
        for name, one in content.items():
            bench.provider.deliver(name, one)
        found = await bench.mailbox.waiting(10)
        assert [one.content for one in found] == list(content.values())
        assert len(await bench.mailbox.waiting(2)) == 2
        assert await bench.mailbox.waiting(10) == found, "looking takes nothing away"
        await bench.mailbox.settle(found[0].name, taken=True)
        await bench.mailbox.settle(found[1].name, taken=False)
        await bench.mailbox.settle(found[0].name, taken=False)
        assert [one.name for one in await bench.mailbox.waiting(10)] == [found[2].name]
        assert list(bench.provider.settled().values()) == [True, False]


async def test_a_file_is_read_only_once_it_is_whole_and_the_same_name_again_loses_none(tmp_path: Path) -> None:
    async with folder(tmp_path, PATIENCE) as bench:
        (tmp_path / "in").mkdir()
        (tmp_path / "in/brev.xml.part").write_bytes(b"<half")
        (tmp_path / "in/.brev.xml").write_bytes(b"<half")
        assert list(await bench.mailbox.waiting(10)) == []
        for text in (b"1", b"2", b"3"):
            bench.provider.deliver("brev", text)
            await bench.mailbox.settle("brev.xml", taken=True)
        assert {path.read_bytes() for path in (tmp_path / "done").iterdir()} == {b"1", b"2", b"3"}
        later = FolderMailbox(tmp_path, ManualClock(SystemClock().now() + timedelta(days=8)))
        bench.provider.deliver("last", b"4")
        await later.settle("last.xml", taken=False)
        assert [*(tmp_path / "done").iterdir()] == [], "what was taken is not kept in the clear"
        assert [path.name for path in (tmp_path / "refused").iterdir()] == ["last.xml"]
        with pytest.raises(Never, match="id"):
            await bench.mailbox.put("../elsewhere", b"x")
        await bench.mailbox.settle("../../etc/passwd", taken=True)


async def test_a_disk_that_is_not_there_is_not_now(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    async with folder(tmp_path / "file", PATIENCE) as bench:
        for ask in (bench.mailbox.put("a", b"x"), bench.mailbox.waiting(1), bench.mailbox.settle("a", taken=True)):
            with pytest.raises(NotNow, match="see to it"):
                await ask


async def refused(bench: BoxBench, kind: type[Exception], make: BoxMaker) -> None:
    key = str(uuid4())
    for ask in (bench.mailbox.put(key, written(make, key)), bench.mailbox.waiting(1)):
        with pytest.raises(kind) as caught:
            await ask
        assert SECRET not in "".join(traceback.format_exception(caught.value))


@over_http
async def test_a_box_that_is_busy_gone_or_closed_to_us_says_so(make: BoxMaker, tmp_path: Path) -> None:
    async with make(tmp_path, 0.4) as bench:
        assert bench.service is not None
        for mood, kind in ((Mood.LATER, NotNow), (Mood.DROPS, NotNow), (Mood.SILENT, NotNow), (Mood.NONSENSE, NotNow)):
            bench.service.mood = mood
            await refused(bench, kind, make)
        bench.service.mood = Mood.REFUSES
        await refused(bench, Never, make)


async def test_a_box_refuses_what_is_no_envelope_too_large_or_another_under_the_same_id(tmp_path: Path) -> None:
    async with rest(tmp_path, PATIENCE) as bench:
        key = str(uuid4())
        await bench.mailbox.put(key, written(rest, key))
        large = b"x" * LARGEST
        for content in (b"<Brev/>", written(rest, key, b"{ }"), written(rest, key, large), written(rest, "another")):
            with pytest.raises(Never, match="refused it for good"):
                await bench.mailbox.put(key, content)
        assert set(bench.provider.handed()) == {key}


async def test_one_that_cannot_be_fetched_holds_up_none(tmp_path: Path) -> None:
    async with rest(tmp_path, PATIENCE) as bench:
        bench.provider.deliver("huge", b"x" * (5 * LARGEST))
        bench.provider.deliver("good", b"<Brev/>")
        assert [(one.name, one.content) for one in await bench.mailbox.waiting(9)] == [
            ("huge", b""),
            ("good", b"<Brev/>"),
        ]


def test_a_token_that_is_none_is_refused_and_never_shown() -> None:
    with pytest.raises(ValueError, match="token"):
        RestSettings("https://vans.example/box", "short")
    with pytest.raises(ValueError, match="https"):
        RestSettings("http://vans.example/box", BOX_TOKEN)
    assert BOX_TOKEN not in repr(RestSettings("https://vans.example/box", BOX_TOKEN))
