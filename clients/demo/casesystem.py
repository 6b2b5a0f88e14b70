"""A made-up case system behind the demonstration: the way to it, and an incident that goes there."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx

from . import site
from .child import DidNotStart, free_port
from .hubchild import HubChild
from .standinchild import Receipts, StandInChild

MUNICIPALITY = "29189999"
# The leader has his password, and may write and sign.
LEADER = "henrik"


@asynccontextmanager
async def case_system(hub: HubChild) -> AsyncIterator[None]:
    """Sets the way up while the hub does not run yet, and runs the case system while the block lasts."""
    port, secret = free_port(), hub.data / "secret"
    for file, content in ((secret, secrets.token_urlsafe(24)), (way := hub.data / "way.toml", "")):
        file.touch(mode=0o600)
        file.write_text(content, encoding="utf-8")
    told = {
        "target": "sf2900",
        "municipality": MUNICIPALITY,
        "url": f"http://127.0.0.1:{port}/afsend",
        "system": "ba537e12-8b0c-44b1-9de7-f75803a4e091",
        "token_url": f"http://127.0.0.1:{port}/token",
        "client_id": "tryghedshub",
        "client_secret": secret.read_text(encoding="utf-8"),
    }
    way.write_text("\n".join(f'{key} = "{value}"' for key, value in told.items()), encoding="utf-8")
    credential = (await hub.command("cases", "connect", str(way))).strip().splitlines()[-1]
    way.unlink()
    receipts = Receipts(f"http://127.0.0.1:{hub.port}/api/cases/receipts", credential)
    async with StandInChild(hub.data, port, MUNICIPALITY, receipts):
        yield


async def hands_one_over(url: str, password: str, now: datetime) -> None:
    """Lets the leader choose where incidents go, write one down and sign it: its receipts are then seen on /cases."""
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}) as http:
        signed_in = await http.post("/api/session", json={"username": LEADER, "password": password})
        signed_in.raise_for_status()
        why = {"form": "practice", "target": "sf2900", "why": "Demonstration"}
        await _sent(http, "/admin/practice/arbejdsmiljoe", why)
        what = {
            "happened": "En stol blev skubbet hårdt ind i bordet. Ingen kom til skade.",
            "at": f"{now.astimezone(site.ZONE):%Y-%m-%d %H:%M}",
            "unit": site.UNITS[0][0],
            "outcome": "real",
            "asked-kinds": "1",
            "kinds": "near_miss",
        }
        written = await _sent(http, "/incidents/new", what)
        await _sent(http, f"{written.partition('?')[0]}/sign", {"form": "sign"})


async def _sent(http: httpx.AsyncClient, path: str, form: dict[str, str]) -> str:
    """Sends a form as a browser would; where it leads."""
    answer = await http.post(path, data=form)
    if answer.status_code != 303:
        raise DidNotStart(f"{path} was answered with {answer.status_code}: the demonstration's incident is not there.")
    return str(answer.headers["location"])
