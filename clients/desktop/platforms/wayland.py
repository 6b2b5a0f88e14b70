"""A Wayland session: the key comes from the desktop's portal, and windows go through Xwayland where there is one."""

import asyncio
import os
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

from dbus_fast import BusType, DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from clients.desktop.hotkey import HotKey, NoHotKey, NoKey

from .linux import Linux
from .port import APP_ID
from .x11 import focus

_PORTAL = "org.freedesktop.portal.Desktop"
_AT = "/org/freedesktop/portal/desktop"
_SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
_REQUEST = "org.freedesktop.portal.Request"
_NAME = "alarm"
_WORDS = {"Ctrl": "CTRL", "Alt": "ALT", "Shift": "SHIFT", "Super": "LOGO"}

_Answer = asyncio.Future[tuple[int, dict[str, Variant]]]


class Wayland(Linux):
    """Keys from the portal; Wayland itself lets no program keep a window on top, and Xwayland's windows may be."""

    def __init__(self) -> None:
        self.past_the_manager = bool(os.environ.get("DISPLAY"))

    def prepare(self) -> None:
        if self.past_the_manager:
            os.environ.setdefault("QT_QPA_PLATFORM", "xcb")

    def focus(self, window: int) -> None:
        if self.past_the_manager:
            focus(window)

    async def presses(self, key: HotKey) -> AsyncGenerator[None]:
        try:
            portal = await _Portal.reached()
        except (OSError, DBusError, EOFError):
            raise NoHotKey(NoKey.UNSUPPORTED) from None
        try:
            await portal.bind(key)
            while True:
                await portal.pressed()
                yield
        finally:
            portal.close()


class _Portal:
    """One conversation with the GlobalShortcuts portal."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._answers: dict[str, _Answer] = {}
        self._presses: asyncio.Queue[None] = asyncio.Queue()
        bus.add_message_handler(self._heard)

    @classmethod
    async def reached(cls) -> "_Portal":
        return cls(await MessageBus(bus_type=BusType.SESSION).connect())

    async def bind(self, key: HotKey) -> None:
        """Asks for the key; the person may be asked whether the program may have it."""
        for interface in (_REQUEST, _SHORTCUTS):
            await self._bus.call(_add_match(interface))
        # Programs outside a sandbox tell who they are; portals that do not ask know them by their session scope.
        await self._bus.call(_call("Register", "sa{sv}", [APP_ID, {}], of="org.freedesktop.host.portal.Registry"))
        made = await self._ask("CreateSession", "a{sv}", [], {"session_handle_token": Variant("s", _token())})
        session = str(made["session_handle"].value)
        wanted = {
            "description": Variant("s", "Tryghedsalarm"),
            "preferred_trigger": Variant("s", trigger(key)),
        }
        bound = await self._ask("BindShortcuts", "oa(sa{sv})sa{sv}", [session, [[_NAME, wanted]], ""], {})
        if not bound["shortcuts"].value:
            raise NoHotKey(NoKey.DECLINED)

    async def pressed(self) -> None:
        await self._presses.get()

    def close(self) -> None:
        self._bus.disconnect()

    async def _ask(self, verb: str, signature: str, body: list[Any], options: dict[str, Variant]) -> dict[str, Variant]:
        """One request: the portal answers it with a signal of its own, at an address that we choose."""
        token = _token()
        sender = str(self._bus.unique_name).removeprefix(":").replace(".", "_")
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._answers[f"{_AT}/request/{sender}/{token}"] = answer
        said = [*body, {"handle_token": Variant("s", token), **options}]
        reply = await self._bus.call(_call(verb, signature, said))
        if reply.message_type is MessageType.ERROR:
            raise NoHotKey(NoKey.UNSUPPORTED)
        code, results = await answer
        if code:
            raise NoHotKey(NoKey.DECLINED)
        return results

    def _heard(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.interface == _REQUEST and message.member == "Response":
            answer = self._answers.pop(message.path or "", None)
            if answer is not None and not answer.done():
                answer.set_result((message.body[0], message.body[1]))
        elif message.interface == _SHORTCUTS and message.member == "Activated" and message.body[1] == _NAME:
            self._presses.put_nowait(None)


def trigger(key: HotKey) -> str:
    """The combination as the portals' shortcuts specification writes it."""
    name = key.key.lower() if len(key.key) == 1 or key.key == "Space" else key.key
    return "+".join([*(word for one, word in _WORDS.items() if one in key.modifiers), name])


def _token() -> str:
    return f"hub_{uuid4().hex}"


def _call(verb: str, signature: str, body: list[Any], of: str = _SHORTCUTS) -> Message:
    return Message(destination=_PORTAL, path=_AT, interface=of, member=verb, signature=signature, body=body)


def _add_match(interface: str) -> Message:
    return Message(
        destination="org.freedesktop.DBus",
        path="/org/freedesktop/DBus",
        interface="org.freedesktop.DBus",
        member="AddMatch",
        signature="s",
        body=[f"type='signal',sender='{_PORTAL}',interface='{interface}'"],
    )
