"""A case system, made up, as a process of its own: `python -m clients.standins --help`."""

import argparse
import asyncio
import json
import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qsl

from clients.standins import books
from clients.standins.fordeling import Fordeling, brought
from clients.standins.lora import Lora
from clients.standins.mischief import Mischief
from clients.standins.sagindeks import Sagindeks
from clients.standins.said import Answered, Asked, Object, Service
from clients.standins.serving import post, served

AT_ONCE = 8
# Between two receipts of a service that behaves, so that whoever watches sees each of them.
PACE = 1.0


def _fordeling(authorities: Sequence[str], mischief: Mischief) -> Service:
    return Fordeling(authorities, fate=mischief.fate)


def _sagindeks(authorities: Sequence[str], mischief: Mischief) -> Service:
    return Sagindeks(authorities, takes=lambda name: mischief.fate(name).accepted)


def _lora(authorities: Sequence[str], mischief: Mischief) -> Service:
    return Lora(authorities, takes=lambda name: mischief.fate(name).accepted)


KINDS = {"sf2900": _fordeling, "sf1470": _sagindeks, "oio_rest": _lora}
"""What it can be; those without receipts refuse at once what they would never take."""


class Bringing:
    """Brings receipts until the hub has them: late, twice, in any order, as mischief has it."""

    def __init__(self, url: str, credential: str, mischief: Mischief, log: books.Books) -> None:
        self._url, self._mischief, self._log = url, mischief, log
        self._headers = {"Authorization": f"Bearer {credential}", "Content-Type": "text/xml; charset=utf-8"}
        self._few = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def owes(self, one: Object) -> None:
        task = asyncio.create_task(self._bring(one))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring(self, one: Object) -> None:
        dice = self._mischief.dice(f"receipts of {one.transaction}")
        codes = list(self._mischief.fate(one.transaction).receipts)
        if self._mischief.on:
            codes += codes[:1] * (dice.random() < 0.2) + codes[-1:] * (dice.random() < 0.2)
            if dice.random() < 0.2:
                dice.shuffle(codes)
            await asyncio.sleep(dice.uniform(0.1, 2))
        for code in codes:
            await asyncio.sleep(0 if self._mischief.on else PACE)
            while True:
                async with self._few:
                    status = await post(self._url, brought(one, code), self._headers)
                if status in (200, 404):
                    break
                await asyncio.sleep(0.5)
        self._log.brought(one.transaction)


def given(asked: Asked, token: str, secret: str) -> Answered:
    """A token, for whoever has the secret."""
    form = dict(parse_qsl(asked.body.decode(errors="replace")))
    if form.get("grant_type") != "client_credentials" or not secrets.compare_digest(
        form.get("client_secret", "").encode(), secret.encode()
    ):
        return Answered(401)
    answer = {"access_token": token, "token_type": "Bearer", "expires_in": 300}
    return Answered(200, json.dumps(answer).encode(), (("Content-Type", "application/json"),))


def _bringing(asked: argparse.Namespace, mischief: Mischief, log: books.Books) -> Bringing | None:
    """What brings the receipts that are owed still, where it is told whom to bring them to."""
    if asked.receipts is None:
        return None
    bringing = Bringing(asked.receipts, asked.credential.read_text(encoding="utf-8").strip(), mischief, log)
    for one in books.owed(asked.books):
        bringing.owes(one)
    return bringing


async def run(asked: argparse.Namespace) -> None:
    """Serves until it is told to end."""
    log, mischief = books.Books(asked.books), Mischief(asked.mischief)
    service = KINDS[asked.kind](asked.authority, mischief)
    for one in books.asked(asked.books):
        service.judge(one)
    # Whoever comes after a restart must fetch a new one.
    token = service.token = secrets.token_urlsafe(24)
    secret = asked.secret.read_text(encoding="utf-8").strip()
    bringing = _bringing(asked, mischief, log)

    async def judge(request: Asked) -> Answered | None:
        if (busy := await mischief.keeps_waiting()) is not None:
            return busy
        if mischief.breaks_off():
            return None
        if request.path == "/token":
            return given(request, token, secret)
        answer, new = service.judge(request)
        if new is not None:
            log.took(new, request)
        if new is not None and bringing is not None:
            bringing.owes(new)
        elif new is None and (bringing is not None or answer.status != 200):
            log.noted(books.AGAIN if answer.status == 200 else f"{answer.status} {answer.body.decode()[:300]}")
        # It may have taken it without anybody hearing that.
        return None if mischief.breaks_off() else answer

    ended = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    async with served(judge, asked.port) as port:
        sys.stdout.write(f"Ready on http://127.0.0.1:{port}\n")
        sys.stdout.flush()
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m clients.standins", description=__doc__)
    parser.add_argument("--kind", choices=KINDS, default="sf2900")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--books", type=Path, required=True)
    parser.add_argument("--authority", action="append", required=True)
    parser.add_argument("--secret", type=Path, required=True, help="a file with the secret that tokens are given for")
    parser.add_argument("--receipts", help="where receipts are brought, if any are")
    parser.add_argument("--credential", type=Path, help="a file with the credential of receipts")
    parser.add_argument(
        "--mischief", type=int, help="a seed: answers late, twice, out of order, refuses and breaks off"
    )
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
