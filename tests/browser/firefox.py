"""A real Firefox, driven over WebDriver BiDi: no driver in between."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect

from clients.demo.child import tied_to

PROGRAM = "firefox-esr"
WITHIN = 60.0
PREFERENCES: Mapping[str, bool | int | str] = {
    "dom.push.testing.allowInsecureServerURL": True,
    "dom.push.connection.enabled": True,
    "dom.push.enabled": True,
    "dom.push.alwaysConnect": True,
    "permissions.default.desktop-notification": 1,
    # The browser's own windows: a machine without a desktop has nobody else to show a notification.
    "alerts.useSystemBackend": False,
    # Its recommendations for tests switch push off.
    "remote.prefs.recommended": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
}


class Firefox:
    """One browser; every command is answered, or raises what the browser said."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._numbers = count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self.complaints: list[str] = []

    async def listen(self) -> None:
        async for text in self._line:
            said = json.loads(text)
            if said.get("method") == "log.entryAdded" and said["params"]["level"] == "error":
                self.complaints.append(str(said["params"]["text"]))
            asked = self._asked.pop(said.get("id", 0), None)
            if asked is None:
                continue
            if said["type"] == "success":
                asked.set_result(said["result"])
            else:
                asked.set_exception(AssertionError(f"{said['error']}: {said['message']}"))

    async def does(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        await self._line.send(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(WITHIN):
            return await asked

    @asynccontextmanager
    async def page(self, url: str, cookies: Mapping[str, str]) -> AsyncIterator["Tab"]:
        """A page of its own, closed afterwards."""
        host = urlsplit(url).hostname or ""
        for name, value in cookies.items():
            cookie = {"name": name, "domain": host, "path": "/", "value": {"type": "string", "value": value}}
            await self.does("storage.setCookie", cookie=cookie)
        tab = Tab(self, (await self.does("browsingContext.create", type="tab"))["context"])
        try:
            await self.does("browsingContext.navigate", context=tab.name, url=url, wait="complete")
            yield tab
        finally:
            await self.does("browsingContext.close", context=tab.name)


class Tab:
    def __init__(self, firefox: Firefox, name: str) -> None:
        self._firefox = firefox
        self.name = name

    async def run(self, script: str) -> Any:
        """What the script's promise comes to, as JSON."""
        expression = f"(async () => JSON.stringify((await (async () => {{ {script} }})()) ?? null))()"
        ran = await self._firefox.does(
            "script.evaluate", expression=expression, target={"context": self.name}, awaitPromise=True
        )
        assert ran["type"] == "success", ran
        return json.loads(ran["result"]["value"])

    async def becomes(self, condition: str) -> None:
        """Waits, in the page itself, until the condition holds; the page says when something changed."""
        await self.run(
            f"""await new Promise((done) => {{
                const look = () => ({condition}) && (watch.disconnect(), done());
                const watch = new MutationObserver(look);
                watch.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
                look();
            }})"""
        )

    async def tap(self, selector: str) -> None:
        """A finger on the element, as the browser itself would feel it."""
        element = await self._firefox.does(
            "browsingContext.locateNodes", context=self.name, locator={"type": "css", "value": selector}
        )
        (node,) = element["nodes"]
        await self.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{ block: 'center' }})")
        origin = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        taps = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        finger = {"type": "pointer", "id": "finger", "parameters": {"pointerType": "mouse"}, "actions": taps}
        await self._firefox.does("input.performActions", context=self.name, actions=[finger])


@asynccontextmanager
async def firefox(folder: Path, push_server: str) -> AsyncIterator[Firefox]:
    """A browser with a profile of its own, whose push service is the one at this address."""
    profile = folder / "profile"
    profile.mkdir()
    given = {**PREFERENCES, "dom.push.serverURL": push_server}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in given.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    child = await asyncio.create_subprocess_exec(
        PROGRAM, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0",
        env={**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        preexec_fn=tied_to(os.getpid()),
    )  # fmt: skip
    assert child.stderr is not None
    try:
        async with asyncio.timeout(WITHIN):
            address = await _address(child.stderr)
        drained = asyncio.create_task(_drain(child.stderr))
        async with connect(f"{address}/session", max_size=None, ping_interval=None) as line:
            browser = Firefox(line)
            listening = asyncio.create_task(browser.listen())
            await browser.does("session.new", capabilities={})
            await browser.does("session.subscribe", events=["log.entryAdded"])
            yield browser
            listening.cancel()
        drained.cancel()
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _address(said: asyncio.StreamReader) -> str:
    heard = []
    async for line in said:
        heard.append(line.decode(errors="replace"))
        if found := re.search(r"listening on (ws://\S+)", heard[-1]):
            return found[1]
    raise AssertionError("Firefox did not start:\n" + "".join(heard))


async def _drain(said: asyncio.StreamReader) -> None:
    async for _ in said:
        pass
