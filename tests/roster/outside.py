"""A made-up municipality's roster, and the outside systems that can tell it, each in its own form."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from hub.people.site import DutyState
from tests.contracts.over_http import Answer, Call, HttpStandIn, wants

ZONE = ZoneInfo("Europe/Copenhagen")
DUTIES = {DutyState.ACTIVE: "11", DutyState.SLEEPING: "12", DutyState.STANDBY: "13", DutyState.TELEPHONE: "14"}
DAY, EVENING, NIGHT = (time(7), time(15)), (time(15), time(23)), (time(23), time(7))
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift as everybody means it: by the clocks on the wall."""

    id: str
    person: str
    unit: str
    starts: datetime
    ends: datetime
    duty: DutyState = DutyState.ACTIVE
    zone: str = ZONE.key

    @property
    def meant(self) -> tuple[str, str, datetime, datetime, DutyState]:
        """What the hub must have made of it."""
        zone = ZoneInfo(self.zone)
        starts, ends = (at.replace(tzinfo=zone).astimezone(UTC) for at in (self.starts, self.ends))
        return self.person, self.unit, starts, ends, self.duty


def turns(people: int, units: int, first: date, days: int) -> list[Turn]:
    """Five shifts a week for everyone, day, evening and night in turn, some of the nights asleep."""
    made = []
    for number in range(people):
        begins, ends = (DAY, EVENING, NIGHT)[number % 3]
        duty = DutyState.SLEEPING if number % 9 == 2 else DutyState.ACTIVE
        for day in range(days):
            if (day + number) % 7 < 5:
                on = first + timedelta(days=day)
                until = on + timedelta(days=int(ends <= begins))
                starts, ended = datetime.combine(on, begins), datetime.combine(until, ends)
                made.append(Turn(f"v{number}-{day}", f"p{number}", f"u{number % units}", starts, ended, duty))
    return made


def delta(before: Sequence[Turn]) -> list[Turn]:
    """The roster after a week of phone calls: moved in time, to others, to other units, gone, and in another zone."""
    after: list[Turn] = []
    for number, turn in enumerate(before):
        match number % 20:
            case 7:
                continue
            case 5:
                after.append(replace(turn, person=f"p{(int(turn.person[1:]) + 1) % 20}"))
            case 10:
                after.append(replace(turn, starts=turn.starts + timedelta(hours=1)))
            case 15:
                after.append(replace(turn, unit="u0", duty=DutyState.STANDBY))
            case 19:
                after.append(replace(turn, zone="Europe/London"))
            case _:
                after.append(turn)
    return after


def site_toml(people: int, units: int) -> str:
    """The institution that these shifts are of."""
    head = '[institution]\nid = "region"\nname = "Region"\nmunicipality = "29189999"\n'
    head += f'timezone = "{ZONE.key}"\nrules = "botilbud"\n'
    tables = [f'[[unit]]\nid = "u{n}"\nname = "Enhed {n}"\n' for n in range(units)]
    tables += [
        f'[[person]]\nid = "p{n}"\nname = "Person {n}"\nrole = "staff"\nemail = "p{n}@region.example"\n'
        for n in range(people)
    ]
    return head + "\n".join(tables)


def csv_text(roster: Iterable[Turn]) -> str:
    lines = ["id,person,unit,from,to,duty"]
    lines += [f"{one.id},{one.person},{one.unit},{_written(one)},{one.duty}" for one in roster]
    return "\n".join(lines) + "\n"


def _written(one: Turn) -> str:
    if one.zone == ZONE.key:
        return f"{one.starts:%Y-%m-%d %H:%M},{one.ends:%Y-%m-%d %H:%M}"
    zone = ZoneInfo(one.zone)
    return ",".join(at.replace(tzinfo=zone).isoformat() for at in (one.starts, one.ends))


def ics_text(roster: Iterable[Turn]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//roster//DA"]
    for one in roster:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one.id}",
            f"DTSTART;TZID={one.zone}:{one.starts:%Y%m%dT%H%M%S}",
            f"DTEND;TZID={one.zone}:{one.ends:%Y%m%dT%H%M%S}",
            f"ATTENDEE;CN=Somebody:mailto:{one.person}@region.example",
            f"LOCATION:{one.unit}",
            f"CATEGORIES:{one.duty}",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def planday_shifts(roster: Iterable[Turn]) -> list[dict[str, Any]]:
    """The same as Planday's interface tells it: in the portal's own time, with numbers for people and departments."""
    return [
        {
            "id": number,
            "employeeId": int(one.person[1:]) + 1000,
            "departmentId": int(one.unit[1:]) + 10,
            "shiftTypeId": int(DUTIES[one.duty]),
            "date": f"{one.starts:%Y-%m-%d}",
            "startDateTime": f"{_at_home(one, one.starts):%Y-%m-%dT%H:%M}",
            "endDateTime": f"{_at_home(one, one.ends):%Y-%m-%dT%H:%M}",
            "status": ("Assigned", "Approved", "ForSale", "OnDuty", "PendingSwapAcceptance")[number % 5],
        }
        for number, one in ((_number(one.id), one) for one in roster)
    ]


def planday_absence(number: int, person: str, *days: str, **record: Any) -> dict[str, Any]:
    """A record of absence as the interface tells it, of days such as `2026-12-24` or `2026-12-24 08:00-12:00`."""
    registrations = []
    for day in days:
        on, _, hours = day.partition(" ")
        time = dict(zip(("start", "end"), hours.split("-"), strict=True)) if hours else None
        registrations.append({"date": on, "time": time, "account": {"id": 30 + number, "costs": []}})
    told = {"id": number, "employeeId": int(person[1:]) + 1000, "status": "Approved", "note": "Privat"}
    return told | {"absencePeriod": {}, "registrations": registrations} | record


def _number(key: str) -> int:
    person, _, day = key[1:].partition("-")
    return int(person) * 1000 + int(day)


def _at_home(one: Turn, wall: datetime) -> datetime:
    return wall.replace(tzinfo=ZoneInfo(one.zone)).astimezone(ZONE)


def planday_toml(url: str, people: int, units: int, every: int = 60, *, absences: bool = False) -> str:
    """A source file for the stand-in."""
    words = [f'[source]\nid = "planday"\nkind = "planday"\nevery = {every}\nclient_id = "{Planday.CLIENT}"']
    words += [f'refresh_token = "{Planday.REFRESH}"\napi = "{url}"\nsign_in = "{url}/connect/token"']
    words += ['absent = "leave"\n[absences]\n31 = "sick"' if absences else "", "[people]"]
    words += [f'{n + 1000} = "p{n}"' for n in range(people)]
    words += ["[units]", *(f'{n + 10} = "u{n}"' for n in range(units))]
    words += ["[duties]", *(f'{number} = "{duty}"' for duty, number in DUTIES.items())]
    return "\n".join(words)


class Planday(HttpStandIn):
    """Signs an application in by its refresh token, and answers with shifts page by page, as Planday documents it."""

    CLIENT = "6f1c1a3e-0000-4000-8000-000000000001"
    REFRESH = "a-refresh-token"

    def __init__(self) -> None:
        super().__init__()
        self.shifts: list[dict[str, Any]] = []
        self.absences: list[dict[str, Any]] | None = []
        """None where the application may not see them."""
        self.tokens = 0
        self.ended: set[str] = set()
        """Tokens that were taken back before their time."""

    def judge(self, call: Call) -> Answer:
        if call.target == "/connect/token":
            return self._sign_in(call)
        wants(call.method == "GET", 405, "shifts are asked for with GET")
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        wants(token == f"token-{self.tokens}" and token not in self.ended, 401, "no token, or one that has ended")
        wants(call.headers.get("x-clientid") == self.CLIENT, 401, "the header X-ClientId is missing")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(call.target).query).items()}
        path = urlsplit(call.target).path
        if path == "/absence/v1.0/absencerecords":
            return self._away(asked)
        wants(path == "/scheduling/v1.0/shifts", 404, "no such resource")
        _wants_dates(asked, "from", "to")
        found = [one for one in self.shifts if asked["from"] <= one["date"] <= asked["to"]]
        if "departmentId" in asked:
            found = [one for one in found if str(one["departmentId"]) == asked["departmentId"]]
        return self._page(asked, found)

    def _away(self, asked: dict[str, str]) -> Answer:
        wants(self.absences is not None, 403, "the application is not authorised for absences")
        _wants_dates(asked, "startDate", "endDate")
        wants(asked.get("statuses") in ("Approved", "Declined"), 400, "statuses is Approved or Declined")
        return self._page(asked, [one for one in self.absences or () if one["status"] == asked["statuses"]])

    def _page(self, asked: dict[str, str], found: Sequence[dict[str, Any]]) -> Answer:
        offset, limit = int(asked.get("offset", "0")), int(asked.get("limit", "50"))
        wants(0 < limit <= 50, 400, "limit is at most 50")
        self.taken.append(asked)
        page = {
            "paging": {"offset": offset, "limit": limit, "total": len(found)},
            "data": found[offset : offset + limit],
        }
        return _json(page)

    def _sign_in(self, call: Call) -> Answer:
        wants(call.headers.get("content-type") == "application/x-www-form-urlencoded", 400, "a form is wanted")
        form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
        known = {"client_id": self.CLIENT, "grant_type": "refresh_token", "refresh_token": self.REFRESH}
        wants(form == known, 400, "invalid_grant")
        self.tokens += 1
        return _json({"access_token": f"token-{self.tokens}", "expires_in": 3600, "token_type": "Bearer"})


def _wants_dates(asked: Mapping[str, str], *names: str) -> None:
    for name in names:
        wants(_DATE.fullmatch(asked.get(name, "")) is not None, 400, f"{name} is a date")


class Calendar(HttpStandIn):
    """Gives a calendar to whoever knows its address."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.text = text

    def judge(self, call: Call) -> Answer:
        wants(call.method == "GET" and call.target == "/secret.ics", 404, "no such calendar")
        self.taken.append(call)
        return Answer(200, self.text.encode(), (("Content-Type", "text/calendar; charset=utf-8"),))


def _json(body: Mapping[str, Any]) -> Answer:
    return Answer(200, json.dumps(body).encode(), (("Content-Type", "application/json"),))
