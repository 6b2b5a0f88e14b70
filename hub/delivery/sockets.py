"""The live sockets of one hub process: who is connected, and the fan-out that waits for none of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

_FINAL_TEXT = 0x81


@dataclass(frozen=True, slots=True)
class Envelope:
    """A frame ready for the wire and the people and screens it is for; `cursor` None is a hint that nobody replays."""

    institution: str
    cursor: int | None
    people: Collection[str]
    devices: Collection[str]
    frame: bytes


@dataclass(slots=True)
class Vital:
    """What a connected device last said of itself."""

    beat_at: datetime
    battery: float | None = None
    charging: bool | None = None
    sound: str | None = None
    visible: bool | None = None


class Connection(Protocol):
    """One live socket, as the fan-out sees it."""

    institution: str
    person: str | None
    device: str | None
    vital: Vital

    def push(self, envelopes: Sequence["Envelope"]) -> None:
        """Puts the frames on their way in one write; a connection that cannot take them closes itself."""

    def end(self, code: int, reason: str) -> None: ...


def text_frame(payload: bytes) -> bytes:
    """The bytes of one unmasked text frame (RFC 6455, 5.2), the same for every receiver."""
    size = len(payload)
    if size < 126:
        return bytes((_FINAL_TEXT, size)) + payload
    if size < 65536:
        return bytes((_FINAL_TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_FINAL_TEXT, 127)) + size.to_bytes(8, "big") + payload


class Sockets:
    """All connections of this process, by person and by device."""

    def __init__(self) -> None:
        self._people: dict[str, dict[str, set[Connection]]] = {}
        self._devices: dict[str, dict[str, set[Connection]]] = {}
        self._all: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._all))

    def add(self, connection: Connection) -> None:
        self._all.add(connection)
        for index, key in ((self._people, connection.person), (self._devices, connection.device)):
            if key is not None:
                index.setdefault(connection.institution, {}).setdefault(key, set()).add(connection)

    def remove(self, connection: Connection) -> None:
        self._all.discard(connection)
        for index, key in ((self._people, connection.person), (self._devices, connection.device)):
            if key is not None:
                here = index.get(connection.institution, {})
                rest = here.get(key, set())
                rest.discard(connection)
                if not rest:
                    here.pop(key, None)

    def of_person(self, institution: str, person: str) -> Collection[Connection]:
        return self._people.get(institution, {}).get(person, ())

    def of_device(self, institution: str, device: str) -> Collection[Connection]:
        return self._devices.get(institution, {}).get(device, ())

    def fan_out(self, envelopes: Sequence[Envelope]) -> None:
        """Writes every envelope to its connections without waiting for any; one write a connection."""
        if len(envelopes) == 1:
            for connection in self._receivers(envelopes[0]):
                connection.push(envelopes)
            return
        waiting: defaultdict[Connection, list[Envelope]] = defaultdict(list)
        for envelope in envelopes:
            for connection in self._receivers(envelope):
                waiting[connection].append(envelope)
        for connection, theirs in waiting.items():
            connection.push(theirs)

    def _receivers(self, envelope: Envelope) -> Iterable[Connection]:
        people = self._people.get(envelope.institution, {})
        found = [one for person in envelope.people if person in people for one in people[person]]
        devices = self._devices.get(envelope.institution, {})
        screens = [one for device in envelope.devices if device in devices for one in devices[device]]
        # A phone is both its person's and itself: nobody is written to twice.
        return dict.fromkeys(found + screens) if screens else found
