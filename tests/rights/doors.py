"""Every way into the hub, from its own routes and frames, and what asking there looks like."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import urlencode

from fastapi import FastAPI

from hub.web.frames import ClientFrame

# What {id} names below an address. The longest that fits counts.
NAMED = {
    "/admin/contacts": "contact",
    "/admin/devices": "device",
    "/admin/devices/sessions": "person",
    "/admin/codes": "asked_code",
    "/admin/drills": "drill",
    "/admin/mailboxes": "mailbox",
    "/admin/people": "person",
    "/admin/practice": "area",
    "/admin/rules": "number",
    "/admin/units": "unit",
    "/alarms": "alarm",
    "/cases": "incident",
    "/cases/documents": "document",
    "/cases/records": "record",
    "/cases/register": "case",
    "/citizens": "citizen",
    "/citizens/reviews": "opening",
    "/citizens/risks": "risk",
    "/incidents": "incident",
    "/incidents/views": "view",
    "/messages": "conversation",
    "/messages/outside": "outside",
    "/planning": "run",
    "/roster/covers": "cover",
    "/roster/shifts": "shift",
}
# What other parts of addresses name, where it is no thing of its own name.
PARTS = {"number": "1", "party": "1", "paper": "employee", "report": "police", "language": "da"}
PARTS |= {"area": "omsorg", "path": "css/hub.css", "version": ""}
# Where a part of an address has another's name.
APART = {"/api/lone/{session}": "lone"}

PRESS = {"id": "00000000-0000-4000-8000-0000000000aa", "kind": "alarm", "place": "room-{unit}"}
ANSWER = {"answer": "coming", "as_of": 0}
CLEAR = {"as_of": 0, "outcome": "real"}
SAID = {"id": "00000000-0000-4000-8000-0000000000bb", "text": "x"}
SPOT = {"lat": 55.6, "lon": 12.5, "accuracy_m": 10}
# What is asked or sent, where an empty question would be refused before anybody looks who asks.
SAYS: Mapping[str, Mapping[str, Any]] = {
    "GET /api/reach": {"unit": "{unit}"},
    "GET /api/duty": {"unit": "{unit}"},
    "POST /api/alarms": PRESS,
    "POST /api/alarms/{alarm}/answers": ANSWER,
    "POST /api/alarms/{alarm}/resolve": CLEAR,
    "POST /api/alarms/{alarm}/withdraw": {"as_of": 0},
    "POST /api/alarms/{alarm}/position": SPOT,
    "POST /api/conversations/{conversation}/acknowledgements": {"number": 1},
    "POST /api/conversations/{conversation}/destroy": {"why": "mistake"},
    "POST /api/conversations/{conversation}/messages": SAID,
    "POST /api/conversations/{conversation}/parties": {"person": "{person}"},
    "POST /api/conversations/{conversation}/read": {"number": 1},
    "POST /api/covers": {"unit": "{unit}", "person": "{person}", "until": "2026-03-10T13:00:00Z"},
    "POST /api/units/{unit}/check-in": {"wanted": False},
    "POST /api/attendance": {"present": True},
    "POST /api/lone": {"id": "00000000-0000-4000-8000-0000000000cc", "minutes": 45},
    "POST /api/enrol": {"code": "{code_of_button}"},
    "POST /api/push/replies": {"token": "{reply}", "stage": "shown", "subscription": "{which}"},
    "POST /api/drills": {"unit": "{unit}", "kind": "nonsense"},
    "POST /api/lone/{session}/extend": {"minutes": 45},
    "POST /api/lone/{session}/position": SPOT,
    "POST /api/swaps": {"shift": "{shift}"},
    "POST /api/swaps/{swap}/refuse": {"why": "x"},
    "POST /admin/devices/{id}/revoke": {"reason": "lost"},
    "POST /cases/{id}/papers": {"sort": "violence", "what": "incident", "record": "{record}"},
    "POST /citizens/{id}/cases": {"why": "x"},
    "POST /citizens/{id}": {"name": "x", "home": "{unit}"},
    "POST /citizens/{id}/hold": {"why": "x"},
    "POST /citizens/{id}/moved": {"day": "2026-03-01"},
    "POST /citizens/{id}/numbers": {"number": "020270-1234"},
    "POST /citizens/{id}/numbers/take": {"lookup": "x"},
    "POST /alarms/{id}/citizens": {"citizen": "{citizen}", "reason": "calm"},
    "POST /citizens/reviews/{id}": {"verdict": "yes"},
    "POST /citizens/risks": {"about": "citizen:{citizen}", "text": "x", "todo": "x"},
    "POST /citizens/risks/{id}/end": {"why": "x"},
    "POST /incidents/{id}/citizens": {"citizen": "{citizen}"},
    "POST /incidents/{id}/correct": {"at": "2026-03-10 13:00", "unit": "", "outcome": "real"},
    "POST /incidents/{id}/reopen": {"why": "x"},
    "POST /incidents/{id}/hold": {"ground": "complaint", "why": "x"},
    "POST /incidents/{id}/hold/{number}/lift": {"why": "x"},
    "POST /incidents/{id}/join": {"other": "{incident}"},
    "POST /incidents/{id}/tasks": {"what": "x", "owner": "bo", "day": "2026-03-20"},
    "POST /incidents/{id}/tasks/{number}/owner": {"owner": "bo"},
    "POST /incidents/{id}/{paper}/archived": {"receipt": "x"},
    "FRAME raise": PRESS,
    "FRAME receipt": {"alarm": "{alarm}", "stage": "shown"},
    "FRAME answer": {"alarm": "{alarm}", **ANSWER},
    "FRAME resolve": {"alarm": "{alarm}", **CLEAR},
    "FRAME withdraw": {"alarm": "{alarm}", "as_of": 0},
    "POST /messages/{id}": {"text": "x"},
    "POST /messages/{id}/destroy": {"why": "mistake"},
    "POST /messages/{id}/archived": {"receipt": "x"},
    "POST /messages/{id}/hold": {"ground": "complaint", "why": "x"},
    "POST /messages/{id}/hold/{number}/lift": {"why": "x"},
    "POST /api/conversations/{conversation}/sharing": {"outside": "{outside}"},
    "POST /messages/{id}/sharing": {"outside": "{outside}"},
    "POST /messages/{id}/sharing/withdraw": {"basis": "{basis}"},
    "POST /messages/{id}/meeting": {"meets": "2026-03-20 10:00", "address": "https://video.example/x"},
    "POST /messages/{id}/join": {"to": "person:{person}"},
    "FRAME say": {"conversation": "{conversation}", **SAID},
    "FRAME read": {"conversation": "{conversation}", "number": 1},
    "FRAME acknowledge": {"conversation": "{conversation}", "number": 1},
    "FRAME proof": {"id": "{proof}"},
}
_CONVERTER = re.compile(r"\{(\w+):\w+\}")
_VERSION = re.compile(r"^/static/\w{12}/")


@dataclass(frozen=True, slots=True)
class Door:
    """One way in."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def says(self) -> Mapping[str, Any]:
        return SAYS.get(str(self), {})

    @property
    def names_something(self) -> bool:
        """Whether it matters what is asked about."""
        kinds = {self._kind(part) for part in self._parts()} - PARTS.keys()
        return bool(kinds) or any("{" in str(value) for value in self.says.values())

    def address(self, things: Mapping[str, str]) -> str:
        """Where it is asked about these things."""
        path, known = self.path, {**PARTS, **things}
        for part in self._parts():
            kind = self._kind(part)
            if kind not in known:
                raise LookupError(
                    f"{self}: make one for each place in tests/rights/places.py, as found[{kind!r}], "
                    "or write under PARTS in tests/rights/doors.py what may stand there"
                )
            path = path.replace("{" + part + "}", known[kind])
        return path

    def said(self, things: Mapping[str, str]) -> dict[str, Any]:
        return {name: value.format(**things) if isinstance(value, str) else value for name, value in self.says.items()}

    def _parts(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    def _kind(self, part: str) -> str:
        if part == "id":
            below = [root for root in NAMED if self.path.startswith(f"{root}/{{id}}")]
            if not below:
                raise LookupError(f"{self}: say in tests/rights/doors.py, under NAMED, what {{id}} names there")
            return NAMED[max(below, key=len)]
        for address, kind in APART.items():
            if self.path.startswith(address):
                return kind
        return part


def doors(app: FastAPI) -> list[Door]:
    """All of them, those that the framework makes included."""
    found = {Door(method, _plain(path)) for path, methods in _routes(app.routes) for method in methods}
    frames = get_args(get_args(ClientFrame)[0])
    found |= {Door("FRAME", get_args(frame.model_fields["type"].annotation)[0]) for frame in frames}
    return sorted(found, key=lambda door: (door.path.strip("/").split("/"), door.method))


def _routes(routes: Iterable[Any]) -> Iterator[tuple[str, Iterable[str]]]:
    for route in routes:
        if hasattr(route, "original_router"):
            yield from _routes(route.original_router.routes)
        else:
            yield route.path, route.methods - {"HEAD"}


def _plain(path: str) -> str:
    return _VERSION.sub("/static/{version}/", _CONVERTER.sub(r"{\1}", path))


def body(door: Door, things: Mapping[str, str]) -> tuple[str, bytes, str]:
    """The query, the content and its type."""
    said = door.said(things)
    if door.method in ("GET", "DELETE"):
        return urlencode(said), b"", ""
    if door.path.startswith(("/api/", "/csp-report")):
        return "", json.dumps(said).encode(), "application/json"
    return "", urlencode(said or {"form": "x"}).encode(), "application/x-www-form-urlencoded"
