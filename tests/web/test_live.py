"""The live socket against a real hub: the handshake, what each frame is answered with, and how a connection ends."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from loadtests.hubprocess import HubProcess
from tests.web.served import SUN, Json, Live, Served, press, written

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ended(live: Live) -> tuple[int, str]:
    """Code and reason with which the hub closes the socket."""
    with suppress(ConnectionClosed):
        while True:
            await live.frame()
    return live.socket.close_code or 0, live.socket.close_reason or ""


UPGRADE = (
    b"GET /live HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s\r\n"
)
HELLO = Frame(Opcode.TEXT, b'{"type":"hello","cursor":null,"client":"x"}').serialize(mask=True)
GOODBYE = Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True)


class TestHandshake:
    @pytest.mark.parametrize(
        ("device", "path", "protocol", "status", "code"),
        [
            (None, "/live", "hub.v1", 401, "unauthenticated"),
            ("nobody", "/live", "hub.v1", 401, "unauthenticated"),
            ("telefon-bo", "/alive", "hub.v1", 404, "not_found"),
            ("telefon-bo", "/live/more", "hub.v1", 404, "not_found"),
            ("telefon-bo", "/live", "hub.v2", 400, None),
        ],
    )
    async def test_who_is_not_let_in_is_told_why(
        self, served: Served, device: str | None, path: str, protocol: str, status: int, code: str | None
    ) -> None:
        token = served.tokens.get(device, "dev_" + "A" * 43) if device else None
        with pytest.raises(InvalidStatus) as refused:
            await served.handshake(token, path, protocol)
        response = refused.value.response
        assert response.status_code == status
        if code is not None:
            assert response.headers["Content-Type"] == "application/problem+json"
            assert json.loads(response.body or b"")["code"] == code
        assert ("WWW-Authenticate" in response.headers) == (status == 401)

    async def test_a_browser_comes_with_its_cookie_from_our_own_page_only(self, served: Served) -> None:
        async with served.signed_in("anna") as browser:
            cookie = "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar)
            for origin in ("https://evil.example", "null", "http://["):
                with pytest.raises(InvalidStatus) as refused:
                    await served.handshake(None, Cookie=cookie, Origin=origin)
                assert json.loads(refused.value.response.body or b"")["code"] == "forbidden"
            async with served.handshake(None, Cookie=cookie, Origin=served.hub.url) as socket:
                assert (await Live(socket).hello())["type"] == "snapshot"

    async def test_a_device_needs_no_subprotocol_and_may_add_a_query(self, served: Served) -> None:
        async with served.handshake(served.tokens["telefon-bo"], "/live?v=1") as socket:
            assert socket.subprotocol == "hub.v1"
            await Live(socket).hello()

    async def test_who_says_no_hello_is_let_go(self, served: Served) -> None:
        async with served.live("telefon-bo") as silent, served.live("telefon-carl") as talking:
            await talking.send('{"type":"beat"}')  # not a hello
            assert (await Live(talking).hears("refused"))["detail"] == "say hello first"
            for socket in (silent, talking):
                assert await ended(Live(socket)) == (1008, "hello must come within 5 s")

    async def test_frames_sent_with_the_handshake_are_never_acted_on_before_it(self, served: Served) -> None:
        reader, writer = await asyncio.open_connection(served.hub.host, served.hub.port)
        writer.write(UPGRADE % b"" + HELLO)
        assert (await reader.read()).startswith(b"HTTP/1.1 401 ")
        writer.close()


class TestFrames:
    @pytest.mark.parametrize(
        ("frame", "code", "says", "re"),
        [
            ("not json", "not_json", "Mend it", None),
            ('{"type":"beat","type":"beat"}', "not_json", "stands twice", None),
            ('{"type":"beat","battery":NaN}', "not_json", "NaN", None),
            ("[]", "invalid", "the body: Input should be", None),
            ("7", "invalid", "", None),
            ("{}", "invalid", "type", None),
            ('{"type":"shout"}', "invalid", "'shout'", "shout"),
            ('{"type":7}', "invalid", "type", None),
            ('{"type":"beat","colour":"red"}', "invalid", "colour: unknown field", "beat"),
            ('{"type":"beat","battery":7}', "invalid", "battery", "beat"),
            ('{"type":"beat","sound":"loud"}', "invalid", "sound", "beat"),
            ('{"type":"hello","cursor":null,"client":"x"}', "invalid", "hello was said already", "hello"),
            ('{"type":"raise","id":"seven","kind":"alarm"}', "invalid", "not a UUID", "seven"),
            ('{"type":"raise","kind":"alarm"}', "invalid", "id: must be there", "raise"),
            ('{"type":"receipt","alarm":"a-1","stage":"read"}', "invalid", "stage", "a-1"),
            ('{"type":"receipt","alarm":"a-1","stage":"shown"}', "not_found", "not told", "a-1"),
            ('{"type":"answer","alarm":"a-1","answer":"coming","as_of":1}', "not_found", "No such alarm", "a-1"),
            ('{"type":"resolve","alarm":"a-1","outcome":"real","as_of":1}', "not_found", "No such alarm", "a-1"),
            ('{"type":"withdraw","alarm":"a-1","as_of":1}', "not_found", "No such alarm", "a-1"),
        ],
    )
    async def test_what_is_not_acted_on_is_refused_with_what_it_was_about(
        self, served: Served, frame: str, code: str, says: str, re: str | None
    ) -> None:
        async with served.live("telefon-bo") as socket:
            live = Live(socket)
            await live.hello()
            await socket.send(frame)
            refused = await live.hears("refused")
            assert (refused["code"], refused.get("re")) == (code, re)
            assert says in refused["detail"]
            await live.say(type="raise", **(pressed := press()))  # and the line is as good as before
            assert (await live.hears("accepted"))["id"] == pressed["id"]

    async def test_an_alarm_goes_its_whole_way_over_sockets(self, served: Served) -> None:
        async with served.live("telefon-anna") as raiser, served.live("telefon-bo") as colleague:
            anna, bo = Live(raiser), Live(colleague)
            await anna.hello()
            await bo.hello()
            await anna.say(type="raise", **(pressed := press(note="ved døren")))
            which = pressed["id"]
            accepted = await anna.hears("accepted", which)
            shown = await bo.hears("alarm", which, "raised")
            assert shown["alarm"] == accepted["alarm"]
            assert shown["alarm"]["note"] == "ved døren"
            for stage in ("received", "shown"):
                await bo.say(type="receipt", alarm=which, stage=stage)
            heard = await anna.hears("heard", which)
            while heard["deliveries"]["shown"] == 0:
                heard = await anna.hears("heard", which)
            assert heard["by"] == [{"person": "bo", "name": "Bo", "stage": "shown"}]
            await bo.say(type="answer", alarm=which, answer="coming", as_of=1)
            for live in (anna, bo):
                assert (await live.hears("alarm", which, "answered"))["alarm"]["state"] == "acknowledged"
            await anna.say(type="resolve", alarm=which, outcome="false", as_of=1)
            stale = await anna.hears("refused", which)
            assert (stale["code"], stale["alarm"]["version"]) == ("stale", 2)
            await anna.say(type="resolve", alarm=which, outcome="false", as_of=2)
            for live in (anna, bo):
                assert (await live.hears("alarm", which, "resolved"))["alarm"]["outcome"] == "false"

    async def test_the_same_press_again_is_accepted_again_and_told_to_nobody(self, served: Served) -> None:
        async with served.live("telefon-anna") as raiser, served.live("telefon-bo") as colleague:
            anna, bo = Live(raiser), Live(colleague)
            await anna.hello()
            await bo.hello()
            pressed, last = press(), press()
            for one in (pressed, pressed, pressed, last):
                await anna.say(type="raise", **one)
            answers = [await anna.hears("accepted") for _ in range(4)]
            assert answers[0] == answers[1] == answers[2]
            await bo.hears("alarm", last["id"], "raised")
            raised = [frame["alarm"]["id"] for frame in bo.frames if frame.get("event") == "raised"]
            assert raised == [pressed["id"], last["id"]]

    async def test_a_text_may_come_in_pieces(self, served: Served) -> None:
        async with served.live("telefon-anna") as socket:
            live = Live(socket)
            await live.hello()
            text = json.dumps({"type": "raise", **(pressed := press())})
            await socket.send([text[:10], "", text[10:50], "", text[50:]])
            assert (await live.hears("accepted"))["id"] == pressed["id"]

    async def test_a_wallboard_shows_its_unit_and_nothing_else(self, served: Served) -> None:
        async with served.live("tavle") as socket:
            board = Live(socket)
            await board.hello()
            elsewhere = await served.raised("telefon-dina", place="stue-syd")
            here = await served.raised("telefon-anna")
            await board.hears("alarm", here["id"], "raised")
            assert elsewhere["id"] not in [frame["alarm"]["id"] for frame in board.frames if frame["type"] == "alarm"]

    async def test_nobody_hears_another_institutions_alarms(self, served: Served) -> None:
        async with served.live("m-telefon-bo") as socket:
            theirs = Live(socket)
            await theirs.hello()
            alarm = await served.raised("telefon-anna")
            own = await served.raised("m-telefon-anna", id=alarm["id"])
            heard = await theirs.hears("alarm", own["id"])
            assert heard["alarm"]["institution"] == "maanehuset"
            assert [frame["type"] for frame in theirs.frames].count("alarm") == 1


class TestEnds:
    async def greeted(self, live: Live) -> Live:
        await live.hello()
        return live

    async def test_binary_is_not_spoken_here(self, served: Served) -> None:
        async with served.live("telefon-bo") as socket:
            live = await self.greeted(Live(socket))
            await socket.send(b'{"type":"beat"}')
            assert await ended(live) == (1003, "send JSON in text frames")

    async def test_a_frame_of_one_mib_is_too_large(self, served: Served) -> None:
        async with served.live("telefon-bo") as socket:
            live = await self.greeted(Live(socket))
            await socket.send("x" * 2**20)
            assert (await ended(live))[0] == 1009

    async def test_one_mib_in_pieces_is_too_large_too(self, served: Served) -> None:
        async with served.live("telefon-bo") as socket:
            live = await self.greeted(Live(socket))
            with suppress(ConnectionClosed):
                await socket.send(["x" * 1024] * 1024)
            assert (await ended(live))[0] == 1009

    async def test_what_is_no_websocket_frame_ends_it(self, served: Served) -> None:
        async with served.live("telefon-bo") as socket:
            live = await self.greeted(Live(socket))
            socket.transport.write(b"\xff" * 100)
            assert (await ended(live))[0] == 1002

    async def test_twenty_refusals_in_a_row_end_it(self, served: Served) -> None:
        async with served.live("telefon-bo") as socket:
            live = await self.greeted(Live(socket))
            for _ in range(19):
                await socket.send("junk")
            await live.say(type="beat")  # one that is right begins the count anew
            for _ in range(25):
                await socket.send("junk")
            assert await ended(live) == (1008, "too many refused frames in a row")
            assert [frame["type"] for frame in live.frames].count("refused") == 19 + 20

    async def test_refusals_of_what_came_too_late_end_nothing(self, served: Served) -> None:
        async with served.live("telefon-bo") as socket:
            live = await self.greeted(Live(socket))
            for number in range(40):
                await live.say(type="receipt", alarm=f"long-gone-{number}", stage="shown")
            for number in range(40):
                await live.hears("refused", f"long-gone-{number}")
            await live.say(type="raise", **press())
            await live.hears("accepted")

    async def test_who_has_said_goodbye_and_lingers_keeps_nothing_from_the_others(self, served: Served) -> None:
        token = f"Authorization: Bearer {served.tokens['telefon-bo']}\r\n".encode()
        lingering = []
        for _ in range(4):
            reader, writer = await asyncio.open_connection(served.hub.host, served.hub.port)
            writer.write(UPGRADE % token)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(HELLO + GOODBYE)
            assert (await reader.read()).endswith(b"\x88\x02\x03\xe8")  # the hub's own goodbye, and nothing after it
            lingering.append(writer)
        async with served.live("telefon-bo") as socket:
            live = await self.greeted(Live(socket))
            alarm = await served.raised("telefon-anna")
            await live.hears("alarm", alarm["id"], "raised")
        for writer in lingering:
            writer.close()

    async def test_signing_out_ends_the_sockets_of_that_session_only(self, served: Served) -> None:
        async with served.signed_in("anna") as here, served.signed_in("anna") as there:
            sockets = []
            for browser in (here, there):
                cookie = "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar)
                sockets.append(await served.handshake(None, Cookie=cookie, Origin=served.hub.url))
            lives = [await self.greeted(Live(socket)) for socket in sockets]
            await here.delete("/api/session")
            assert await ended(lives[0]) == (4401, "signed out")
            await lives[1].say(type="raise", **press())
            await lives[1].hears("accepted")
            for socket in sockets:
                await socket.close()

    async def test_a_device_that_is_revoked_is_put_out(self, served: Served) -> None:
        async with served.live("mistet") as socket, served.live("telefon-bo") as other:
            revoked, stays = await self.greeted(Live(socket)), await self.greeted(Live(other))
            gone = written(served.folder, datetime.now(UTC), SUN, without="mistet")
            await served.hub.command("setup", str(gone), "--tokens", str(served.folder / SUN))
            assert await ended(revoked) == (4401, "this credential no longer holds")
            alarm = await served.raised("telefon-anna")
            await stays.hears("alarm", alarm["id"])

    async def test_a_hub_that_is_told_to_stop_says_so_to_everybody_and_ends_well(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = tmp_path_factory.mktemp("stopping")
        async with HubProcess(folder / "data") as hub:
            tokens = await hub.setup(written(folder, datetime.now(UTC)))
            stopping = Served(hub, tokens, folder)
            async with stopping.live("telefon-bo") as socket, stopping.live("telefon-carl") as deaf:
                live = await self.greeted(Live(socket))
                await self.greeted(Live(deaf))
                deaf.transport.pause_reading()
                _, silent = await asyncio.open_connection(hub.host, hub.port)
                stop = asyncio.ensure_future(hub.stop())
                assert await ended(live) == (1012, "the hub restarts: connect again at once")
                await stop
                assert await hub.ended() == 0
                silent.close()


class TestBeats:
    async def test_reach_is_pushed_when_it_changes(self, served: Served) -> None:
        async with served.live("telefon-dina") as socket:
            live = Live(socket)
            await live.hello()

            async def north(hearing: bool) -> Json:
                while True:
                    reach = await live.hears("reach")
                    if reach["unit"] == "syd" and ("dina" in reach["people"]) is hearing:
                        return reach

            await live.say(type="beat", sound="on", battery=0.8)
            assert (await north(hearing=True))["reachable"] == 1
