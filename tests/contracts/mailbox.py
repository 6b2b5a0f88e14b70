"""A mail server that stands in for the institution's own."""

import asyncio
import base64
import email
import email.policy

from tests.contracts.serving import SECRET, Mood, StandIn, never

USER, PASSWORD = "hub@solgaarden.example", "not-a-real-password"


class Mailbox(StandIn):
    """Speaks as much SMTP as a submission takes: RFC 5321 with AUTH PLAIN, and asks for the right password."""

    def __init__(self) -> None:
        super().__init__()
        self.recipients: list[str] = []

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mood is Mood.SILENT:
            await never()
        if self.mood is Mood.NONSENSE:
            writer.write(b"\x00\xffHTTP/1.1 " + SECRET.encode() + b"\r\n")
            return
        writer.write(b"220 mail.example ESMTP\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                await self._take(reader, writer)
            elif verb == b"RCPT" and self.mood is Mood.DROPS:
                writer.transport.abort()
                return
            else:
                writer.write(self._reply(verb, line))
            if verb == b"QUIT":
                return

    def _reply(self, verb: bytes, line: bytes) -> bytes:
        secret = SECRET.encode()
        if verb == b"EHLO":
            return b"250-mail.example\r\n250 AUTH PLAIN\r\n"
        if verb == b"AUTH":
            right = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())
            return b"235 welcome\r\n" if line.split()[-1] == right else b"535 5.7.8 " + secret + b"\r\n"
        if verb == b"RCPT":
            if self.mood is Mood.REFUSES:
                return b"550 5.1.1 " + secret + b"\r\n"
            if self.mood is Mood.LATER:
                return b"450 4.2.1 " + secret + b"\r\n"
            self.recipients.append(line.decode().partition("<")[2].partition(">")[0])
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n"

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"354 go on\r\n")
        data = await reader.readuntil(b"\r\n.\r\n")
        self.taken.append(email.message_from_bytes(data[:-5], policy=email.policy.default))
        if self.mood is Mood.HUGE:
            writer.write(b"250 ")
            await self.talk_on(writer)
        else:
            writer.write(b"250 \xff\xfe\x00\r\n" if self.mood is Mood.GARBAGE else b"250 queued\r\n")
