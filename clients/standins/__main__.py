"""Fordelingskomponenten, made up, as a process of its own: `python -m clients.standins --help`."""

import argparse
import asyncio
import json
import secrets
import signal
import sys
from pathlib import Path
from urllib.parse import parse_qsl

from clients.standins import books
from clients.standins.fordeling import Fordeling, Object, brought
from clients.standins.mischief import Mischief
from clients.standins.said import Answered, Asked
from clients.standins.serving import post, served

AT_ONCE = 8
# Between two receipts of a service that behaves, so that whoever watches sees each of them.
PACE = 1.0


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


async def run(asked: argparse.Namespace) -> None:
    """Serves until it is told to end."""
    log, mischief = books.Books(asked.books), Mischief(asked.mischief)
    known = books.taken(asked.books)
    # Whoever comes after a restart must fetch a new one.
    token = secrets.token_urlsafe(24)
    service = Fordeling(asked.authority, token, fate=mischief.fate)
    service.taken |= {one.transaction: one for one in known}
    credential, secret = (file.read_text(encoding="utf-8").strip() for file in (asked.credential, asked.secret))
    bringing = Bringing(asked.receipts, credential, mischief, log)
    over = books.told(asked.books)
    for one in known:
        if one.transaction not in over:
            bringing.owes(one)

    async def judge(request: Asked) -> Answered | None:
        if (busy := await mischief.keeps_waiting()) is not None:
            return busy
        if mischief.breaks_off():
            return None
        if request.path == "/token":
            return given(request, token, secret)
        answer, new = service.judge(request)
        if new is not None:
            log.took(new)
            bringing.owes(new)
        else:
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
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--books", type=Path, required=True)
    parser.add_argument("--authority", action="append", required=True)
    parser.add_argument("--secret", type=Path, required=True, help="a file with the secret that tokens are given for")
    parser.add_argument("--receipts", required=True, help="where receipts are brought")
    parser.add_argument("--credential", type=Path, required=True, help="a file with the credential of receipts")
    parser.add_argument(
        "--mischief", type=int, help="a seed: answers late, twice, out of order, refuses and breaks off"
    )
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
