"""Stand-ins that are spoken to over HTTP: each answers as the real service's documentation says it does."""

import asyncio
import json
import ssl
from abc import abstractmethod
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from tests.contracts.serving import RETRY_AFTER, SECRET, Mood, StandIn, never


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Objection(Exception):
    """What the real service would say no to."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def wants(condition: bool, status: int, reason: str) -> None:
    if not condition:
        raise Objection(status, reason)


class HttpStandIn(StandIn):
    """Reads whole requests, one connection after the other or kept open, and answers each as its mood is."""

    refuses_with = 404
    later_with = 429

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self.calls: list[Call] = []
        self.location: str | None = None
        """Where a redirecting answer points."""

    @abstractmethod
    def judge(self, call: Call) -> Answer:
        """What the real service would answer. Raises Objection if it would refuse; appends to `taken` otherwise."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mood is Mood.SILENT:
            await never()
        while True:
            call = await read_body(reader, await read_head(reader))
            self.calls.append(call)
            if self.mood is Mood.DROPS:
                writer.transport.abort()
                return
            if self.mood is Mood.NONSENSE:
                writer.write(b"\x00\xffSSH-2.0-" + SECRET.encode() + b"\r\n\r\n")
                return
            await self._reply(writer, self._answered(call))

    def _answered(self, call: Call) -> Answer:
        secret = SECRET.encode()
        if self.location is not None:
            return Answer(HTTPStatus.TEMPORARY_REDIRECT, secret, (("Location", self.location),))
        if self.mood is Mood.REFUSES:
            return Answer(self.refuses_with, secret)
        if self.mood is Mood.LATER:
            return Answer(self.later_with, secret, (("Retry-After", str(RETRY_AFTER)),))
        try:
            answer = self.judge(call)
        except Objection as objection:
            self.objections.append(str(objection))
            return Answer(objection.status, secret)
        if self.mood is Mood.GARBAGE:
            return Answer(answer.status, b"\xff\xfe{" + b"[" * 5000)
        return answer

    async def _reply(self, writer: asyncio.StreamWriter, answer: Answer) -> None:
        huge = self.mood is Mood.HUGE
        length = 10**9 if huge else len(answer.body)
        lines = [f"HTTP/1.1 {answer.status} Said", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
        await writer.drain()
        if huge:
            await self.talk_on(writer)
            writer.transport.abort()


async def read_head(reader: asyncio.StreamReader) -> Call:
    """The next request as far as its headers."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    return Call(method, target, headers, b"")


async def read_body(reader: asyncio.StreamReader, head: Call) -> Call:
    """The same request with the rest of it."""
    return replace(head, body=await reader.readexactly(int(head.headers.get("content-length", "0"))))
