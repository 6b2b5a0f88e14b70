"""The hot key of a Wayland session, from a portal that answers as the portals' specification says, over a real bus."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType, RequestNameReply, Variant
from dbus_fast.aio import MessageBus

from clients.demo.child import tied_to
from clients.desktop.hotkey import HotKey, NoHotKey, NoKey
from clients.desktop.platforms.port import APP_ID
from clients.desktop.platforms.wayland import Wayland

SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
KEY = HotKey.parse("Ctrl+F12")


class Portal:
    """What a desktop answers to a program that wants a key."""

    def __init__(self, bus: MessageBus) -> None:
        self.bus = bus
        self.asked: dict[str, list[Any]] = {}
        self.bound = asyncio.Event()
        self.declines = False
        bus.add_message_handler(self._answer)

    def _answer(self, call: Message) -> bool | Message:
        if call.message_type is not MessageType.METHOD_CALL or not (call.interface or "").startswith(
            "org.freedesktop."
        ):
            return False
        member = str(call.member)
        self.asked[member] = call.body
        if member == "CreateSession":
            return self._request(call, {"session_handle": Variant("s", "/session/1")})
        if member == "BindShortcuts":
            found = [] if self.declines else call.body[1]
            self.bound.set()
            return self._request(call, {"shortcuts": Variant("a(sa{sv})", found)})
        return Message.new_error(call, "org.freedesktop.DBus.Error.UnknownMethod", member)

    def _request(self, call: Message, results: dict[str, Variant]) -> Message:
        token = call.body[-1]["handle_token"].value
        sender = str(call.sender).removeprefix(":").replace(".", "_")
        path = f"/org/freedesktop/portal/desktop/request/{sender}/{token}"
        answer = Message.new_signal(path, "org.freedesktop.portal.Request", "Response", "ua{sv}", [0, results])
        asyncio.get_running_loop().call_soon(self._send, answer)
        return Message.new_method_return(call, "o", [path])

    def press(self, shortcut: str) -> None:
        at = "/org/freedesktop/portal/desktop"
        body = ["/session/1", shortcut, 0, {}]
        self._send(Message.new_signal(at, SHORTCUTS, "Activated", "osta{sv}", body))

    def _send(self, message: Message) -> None:
        _ = self.bus.send(message)


@pytest.fixture
async def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A session bus of its own."""
    words = ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address=unix:dir={tmp_path}"]
    daemon = await asyncio.create_subprocess_exec(*words, stdout=PIPE, stderr=DEVNULL, preexec_fn=tied_to(os.getpid()))
    assert daemon.stdout is not None
    address = (await daemon.stdout.readline()).decode().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    yield address
    daemon.terminate()
    await daemon.wait()


@pytest.fixture
async def portal(session: str) -> AsyncIterator[Portal]:
    bus = await MessageBus(bus_address=session).connect()
    assert await bus.request_name("org.freedesktop.portal.Desktop") is RequestNameReply.PRIMARY_OWNER
    yield Portal(bus)
    bus.disconnect()


async def test_the_portal_is_asked_for_the_key_and_each_press_of_it_is_heard(portal: Portal) -> None:
    presses = Wayland().presses(KEY)
    async with asyncio.timeout(20):
        first = asyncio.ensure_future(anext(presses))
        await portal.bound.wait()
        portal.press("somebody-elses")
        portal.press("alarm")
        await first
        portal.press("alarm")
        await anext(presses)
    await presses.aclose()
    assert portal.asked["Register"] == [APP_ID, {}]
    (name, wanted), *others = portal.asked["BindShortcuts"][1]
    assert (name, wanted["preferred_trigger"].value, others) == ("alarm", "CTRL+F12", [])


async def test_a_declined_key_says_so(portal: Portal) -> None:
    portal.declines = True
    with pytest.raises(NoHotKey) as no:
        await anext(Wayland().presses(KEY))
    assert no.value.why is NoKey.DECLINED


@pytest.mark.usefixtures("session")
async def test_a_session_without_a_portal_gives_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoHotKey) as no:
        await anext(Wayland().presses(KEY))
    assert no.value.why is NoKey.UNSUPPORTED
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    with pytest.raises(NoHotKey) as none:
        await anext(Wayland().presses(KEY))
    assert none.value.why is NoKey.UNSUPPORTED


def test_windows_go_through_xwayland_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    there = Wayland()
    there.prepare()
    assert (there.past_the_manager, os.environ.pop("QT_QPA_PLATFORM")) == (True, "xcb")
    monkeypatch.delenv("DISPLAY")
    alone = Wayland()
    alone.prepare()
    assert (alone.past_the_manager, "QT_QPA_PLATFORM" in os.environ) == (False, False)
