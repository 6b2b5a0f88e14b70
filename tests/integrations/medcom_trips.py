"""Generated threads through our own mailbox and back: `python -m tests.integrations.medcom_trips [COUNT]`.

Every trip writes a message (new, answered or sent on), wraps it, and lays it into a mailbox together with copies of it
and of others. They are taken out in any order, received and acknowledged. Then each thread is put together again and
must hold what was written: texts with their line breaks, attachments byte by byte, order and answers.
"""

import random
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from hub.messaging.sending import Sending, State
from integrations.medcom import codes as c
from integrations.medcom.acknowledging import to_bundle as acknowledgement_bundle
from integrations.medcom.care import Attachment, Author, CareMessage, Citizen, Said, Turn, forward, in_order, new, reply
from integrations.medcom.envelope import Kind, from_xml, to_xml, wrap
from integrations.medcom.receiving import receive
from integrations.medcom.reliable import Known
from integrations.medcom.writing import to_bundle, to_json
from tests.integrations.medcom_messages import OTHERS, OURS, THEIRS, WHEN

SIGNS = "aå éÆøß–•\u00a0😀<&>\"'\\\n\r\n\t{}$%0"
MOST_WAITING = 12


@dataclass
class Trips:
    """One side that writes and another that receives; what was written is remembered beside it."""

    chance: random.Random
    mailbox: list[bytes] = field(default_factory=list)
    written: dict[str, list[CareMessage]] = field(default_factory=dict)
    received: dict[str, list[CareMessage]] = field(default_factory=dict)
    by_bundle: dict[str, Known] = field(default_factory=dict)
    by_header: dict[str, Known] = field(default_factory=dict)
    sent: dict[str, Sending] = field(default_factory=dict)
    repeated: int = 0
    now: datetime = WHEN

    def new_id(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    def trip(self) -> None:
        """One message more is on its way, and perhaps the mailbox is emptied."""
        self.now += timedelta(seconds=self.chance.randint(1, 5000))
        message = self._message()
        self.written.setdefault(message.thread, []).append(message)
        document = to_json(to_bundle(message))
        self.sent[message.header] = Sending(message.header).went(self.now)
        for _ in range(1 + (self.chance.random() < 0.2) + (self.chance.random() < 0.05)):
            wrapped = wrap(
                Kind.CARE,
                document,
                sender=message.sender.gln,
                receiver=message.receiver.gln,
                key=self.new_id(),
                now=self.now,
            )
            self.mailbox.append(to_xml(wrapped))
        if len(self.mailbox) >= MOST_WAITING:
            self.empty()

    def empty(self) -> None:
        """Takes everything out, in any order."""
        self.chance.shuffle(self.mailbox)
        while self.mailbox:
            self._arrived(self.mailbox.pop())

    def _arrived(self, content: bytes) -> None:
        document = from_xml(content).document
        came = receive(document, self.by_bundle.get, self.by_header.get, now=self.now, new_id=self.new_id)
        assert came.reply is not None
        if came.shown is None:
            self.repeated += 1
        else:
            self.received.setdefault(came.shown.thread, []).append(came.shown)
        if came.remember is not None:
            self.by_bundle[came.remember.bundle] = self.by_header[came.remember.header] = came.remember
        reply = to_json(acknowledgement_bundle(came.reply))
        back = receive(reply, self.by_bundle.get, self.by_header.get, now=self.now, new_id=self.new_id).answers
        assert back is not None
        self.sent[back.answers] = self.sent[back.answers].answered(back.answers, back.code, back.issues)

    def _message(self) -> CareMessage:
        threads = [known for known in self.written.values() if len(known) < 8]
        what = self.chance.random()
        if threads and what < 0.5:
            return reply(self._said(), self.chance.choice(threads[-20:]), now=self.now, new_id=self.new_id)
        if threads and what < 0.6:
            told = self.chance.choice(threads[-20:])[-1]
            houses = self.chance.sample([OURS, THEIRS, OTHERS], 2)
            return forward(
                self._said(),
                told,
                sender=houses[0],
                receiver=houses[1],
                now=self.now,
                new_id=self.new_id,
                for_whom="Vagten",
            )
        category = self.chance.choice(sorted(c.CATEGORY_CODES))
        return new(
            self._said(),
            sender=OURS,
            receiver=THEIRS,
            citizen=Citizen(f"{self.chance.randrange(10**10):010}", self._word(), (self._word(),)),
            now=self.now,
            new_id=self.new_id,
            category=category,
            topic=self._word() if category == c.WITH_TOPIC or self.chance.random() < 0.3 else "",
            priority="asap" if category == c.WITH_PRIORITY else "",
        )

    def _said(self) -> Said:
        attachments = tuple(
            Attachment(self.new_id(), self._word(), "image/png", self.chance.randbytes(self.chance.randint(0, 400)))
            for _ in range(self.chance.choice((0, 0, 0, 1, 2)))
        )
        author = Author(self._word(), self._word(), self._word(), f"+45{self.chance.randrange(10**8):08}")
        return Said(author, "x" + self._some(400) + "x", attachments)

    def _word(self) -> str:
        return "N" + "".join(self.chance.choices("abæøå", k=6))

    def _some(self, most: int) -> str:
        return "".join(self.chance.choices(SIGNS, k=self.chance.randint(0, most)))

    def differences(self) -> list[str]:
        """What came out otherwise than it was written."""
        found = [thread for thread in self.written if thread not in self.received]
        for thread, messages in self.received.items():
            if _plain(in_order(messages)) != _plain(in_order(self.written[thread])):
                found.append(thread)
            if len({one.header for one in messages}) != len(messages):
                found.append(f"{thread} twice")
        return found + [header for header, one in self.sent.items() if one.state is not State.TAKEN]


def _plain(turns: tuple[Turn, ...]) -> list[object]:
    return list(turns)


def run(count: int, seed: int = 1) -> Trips:
    """So many trips, each of one message."""
    trips = Trips(random.Random(seed))
    for _ in range(count):
        trips.trip()
    trips.empty()
    return trips


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    trips = run(count)
    wrong = trips.differences()
    answers = sum(len(messages) - 1 for messages in trips.written.values())
    copies = f"{answers} answers, {trips.repeated} copies"
    sys.stdout.write(f"{count} messages in {len(trips.written)} threads, {copies}: {len(wrong)} wrong\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
