"""Files go to a daemon that reads the stream as ClamAV's documentation says, and its verdict is understood."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.ports import Never, NotNow
from integrations.clamd import Clamd, Place, place

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Daemon:
    """Stands in for clamd: takes one stream a connection, and refuses what breaks its rules."""

    def __init__(self, answer: bytes | None = None, most: int = 100_000) -> None:
        self.answer = answer
        self.most = most
        self.got: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            content = b""
            while size := int.from_bytes(await reader.readexactly(4)):
                content += await reader.readexactly(size)
                if len(content) > self.most:
                    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                    return
            self.got.append(content)
            verdict = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
            writer.write(verdict if self.answer is None else self.answer)
            if self.answer == b"":
                await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def listening(daemon: Daemon) -> AsyncIterator[Clamd]:
    server = await asyncio.start_server(daemon, "127.0.0.1", 0)
    async with server:
        yield Clamd(Place(host="127.0.0.1", port=server.sockets[0].getsockname()[1]), answers_within=0.5)


async def test_a_whole_file_is_looked_through_and_what_is_found_is_named(tmp_path: Path) -> None:
    daemon = Daemon()
    long = bytes(range(256)) * 300
    async with listening(daemon) as clamd:
        assert await clamd.scan(long) is None
        assert await clamd.scan(b"") is None
        assert await clamd.scan(long[:70_000] + EICAR) == "Eicar-Signature"
    assert daemon.got == [long, b"", long[:70_000] + EICAR]
    async with await asyncio.start_unix_server(daemon, tmp_path / "clamd.ctl"):
        assert await Clamd(place(str(tmp_path / "clamd.ctl"))).scan(EICAR) == "Eicar-Signature"


async def test_what_is_no_verdict_lets_no_file_through() -> None:
    for answer in (b"", b"UNKNOWN COMMAND\0", b"stream: OK", b"\0", b"stream: OK FOUND\0\xff"):
        async with listening(Daemon(answer)) as clamd:
            if answer.startswith(b"stream: OK FOUND"):
                assert await clamd.scan(b"x") == "OK"
                continue
            with pytest.raises(NotNow):
                await clamd.scan(b"x")
    async with listening(Daemon(most=10)) as clamd:
        with pytest.raises((Never, NotNow)):
            await clamd.scan(bytes(11))
    with pytest.raises(NotNow):
        await clamd.scan(b"x")


def test_where_it_listens_is_written_in_one_of_two_ways() -> None:
    assert place("127.0.0.1:3310") == Place(host="127.0.0.1", port=3310)
    assert place("[::1]:3310") == Place(host="::1", port=3310)
    for wrong in ("clamd", "tcp://127.0.0.1:3310", "127.0.0.1:99999", ""):
        with pytest.raises(ValueError, match="write a path"):
            place(wrong)
