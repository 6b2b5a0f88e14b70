"""A roster in Planday, or in another system that speaks its scheduling interface."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from hub.clock import Clock
from hub.errors import FileProblem
from hub.ports import Never, NotNow, RosterRow, RosterTold
from integrations.outbound import Courier, Reply
from integrations.planday import absences
from integrations.replies import must_be_taken, said
from integrations.rosterfiles import refuse_too_many

PAGE = 50
# Whoever has a shift is expected to come until somebody else has it: also while it is for sale or to be swapped.
SOMEBODYS = {"Assigned", "Approved", "OnDuty", "ForSale", "PendingSwapAcceptance", "PendingApproval"}
NOBODYS = {"Open", "Draft"}
SHIFTS, RECORDS = "/scheduling/v1.0/shifts", "/absence/v1.0/absencerecords"
# What an absence counts as that nothing more is said of.
LEAVE = "leave"
# A token is renewed before it ends on the way.
EARLY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PlandaySettings:
    """The application that the customer has authorised, and which departments it is asked about."""

    client_id: str
    refresh_token: str = field(repr=False)
    departments: Sequence[str] = ()
    """Without any, all that the authorisation shows."""
    duties: Mapping[str, str] = field(default_factory=dict)
    """`{shift type: duty}`; a type that is not named is a shift awake."""
    absent: str = ""
    """What an absence counts as whose account is not named; without it none is asked for."""
    absences: Mapping[str, str] = field(default_factory=dict)
    """`{account: leave or sick}`."""
    api: str = "https://openapi.planday.com"
    sign_in: str = "https://id.planday.com/connect/token"

    def __post_init__(self) -> None:
        if not self.client_id or not self.refresh_token:
            raise ValueError("client_id and refresh_token: take both from the API access page of the portal")


@dataclass(frozen=True, slots=True)
class Spelt:
    """What the portal's numbers mean."""

    duties: Mapping[str, str] = field(default_factory=dict)
    absences: Mapping[str, str] = field(default_factory=dict)
    absent: str = LEAVE


def read(content: bytes, name: str, spelt: Spelt | None = None) -> RosterTold:
    """A file that holds what the interface answers: `{"data": [shift or absence, …]}`."""
    try:
        entries = json.loads(content)["data"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise FileProblem(name, [f'{name}:1: is not what Planday answers; it begins with {{"data": [']) from None
    return told(entries, name, spelt or Spelt())


def told(entries: Any, name: str, spelt: Spelt) -> RosterTold:
    """Shifts of somebody, and absences, as rows; what breaks the interface's own rules is named by its place."""
    if not isinstance(entries, list):
        raise FileProblem(name, [f'{name}: "data" is not a list of shifts'])
    refuse_too_many(len(entries), name, "shifts")
    rows: list[RosterRow] = []
    problems: list[str] = []
    passed_over = 0
    for number, shift in enumerate(entries, start=1):
        place = f"{name}:{number}"
        record = absences.is_record(shift)
        why = absences.wrong(shift) if record else _wrong(shift)
        if why is not None:
            problems.append(f"{place}: {why}")
        elif record:
            passed_over += shift["status"] == absences.DECLINED
            if shift["status"] == absences.APPROVED:
                rows += absences.rows(shift, place, spelt.absences, spelt.absent)
        elif shift["status"] in NOBODYS or shift.get("employeeId") is None or not shift.get("endDateTime"):
            passed_over += 1
        else:
            rows.append(_row(shift, place, spelt.duties))
    return RosterTold(rows, problems, passed_over=passed_over)


def _wrong(shift: Any) -> str | None:
    """What keeps a shift from being understood."""
    if not isinstance(shift, dict) or shift.get("id") is None:
        return "is no shift with an id"
    if shift.get("status") not in SOMEBODYS | NOBODYS:
        return f"status: {str(shift.get('status'))[:40]!r} is none that is known"
    if shift["status"] in SOMEBODYS and shift.get("employeeId") is not None and not shift.get("startDateTime"):
        return "startDateTime: is missing"
    return None


def _row(shift: Mapping[str, Any], place: str, duties: Mapping[str, str]) -> RosterRow:
    return RosterRow(
        place=place,
        person=str(shift["employeeId"]),
        unit=str(shift.get("departmentId", "")),
        starts=str(shift["startDateTime"]),
        ends=str(shift["endDateTime"]),
        duty=duties.get(str(shift.get("shiftTypeId", "")), ""),
        id=str(shift["id"]),
    )


class Planday:
    """Looks at the shifts of a portal, and who is away, page by page."""

    def __init__(self, name: str, settings: PlandaySettings, courier: Courier, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._courier = courier
        self._clock = clock
        self._token: str | None = None
        self._ends = clock.now()

    async def look(self, first: datetime, end: datetime, digest: str | None) -> RosterTold | None:
        """All shifts and absences between the two; None if they are what they were at `digest`."""
        entries = await self._shifts(first, end)
        if self._settings.absent:
            entries += await self._absences(first, end)
        heard = sha256(json.dumps([first.isoformat(), end.isoformat(), entries], sort_keys=True).encode()).hexdigest()
        if heard == digest:
            return None
        spelt = Spelt(self._settings.duties, self._settings.absences, self._settings.absent)
        found = told(entries, self._name, spelt)
        return RosterTold(found.rows, found.problems, whole=(first, end), passed_over=found.passed_over, digest=heard)

    async def close(self) -> None:
        await self._courier.close()

    async def _shifts(self, first: datetime, end: datetime) -> list[Any]:
        asked = _days(first, end, "from", "to")
        found: dict[Any, Any] = {}
        for department in self._settings.departments or ("",):
            one = {"departmentId": department} if department else {}
            found |= await self._all(SHIFTS, {**asked, **one}, "shifts")
        return list(found.values())

    async def _absences(self, first: datetime, end: datetime) -> list[Any]:
        query = _days(first, end, "startDate", "endDate") | {"statuses": absences.APPROVED}
        return list((await self._all(RECORDS, query, "absences")).values())

    async def _all(self, path: str, query: Mapping[str, str], what: str) -> dict[Any, Any]:
        """Every page, by the entries' own ids."""
        found: dict[Any, Any] = {}
        offset, total = 0, 1
        while offset < total:
            page = await self._page(path, {**query, "offset": str(offset), "limit": str(PAGE)})
            entries, now_total = _paged(page, self._name, what)
            if offset and now_total != total:
                raise NotNow("The roster changed between two of its pages: it is read again at the next look")
            refuse_too_many(now_total, self._name, what)
            found |= {one.get("id"): one for one in entries}
            offset, total = offset + PAGE, now_total
        return found

    async def _page(self, path: str, query: Mapping[str, str]) -> Reply:
        url = f"{self._settings.api}{path}?{urlencode(query)}"
        reply = await self._asked(url)
        if reply.status == 401:
            # It may have been taken back before its time; a new one is asked for once.
            self._token = None
            reply = await self._asked(url)
        if reply.status == 403 and path == RECORDS:
            raise Never(
                f"{reply.host} shows no absences: authorise the application for them in the portal, or take `absent` "
                "out of the source's file"
            )
        must_be_taken(reply, self._clock.now())
        return reply

    async def _asked(self, url: str) -> Reply:
        token = await self._signed_in()
        return await self._courier.fetch(
            url, {"Authorization": f"Bearer {token}", "X-ClientId": self._settings.client_id}
        )

    async def _signed_in(self) -> str:
        """A token that is good for a while yet."""
        if self._token is not None and self._clock.now() < self._ends:
            return self._token
        form = {
            "client_id": self._settings.client_id,
            "grant_type": "refresh_token",
            "refresh_token": self._settings.refresh_token,
        }
        reply = await self._courier.fetch(self._settings.sign_in, {"Accept": "application/json"}, form)
        if reply.status in (400, 401):
            raise Never(f"{reply.host} does not know the refresh token: authorise the application in the portal anew")
        must_be_taken(reply, self._clock.now())
        answer = said(reply)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise NotNow(f"{reply.host} gave no token")
        lasts = answer.get("expires_in")
        seconds = lasts if isinstance(lasts, int) and 0 < lasts <= 86_400 else 3600
        self._token, self._ends = token, self._clock.now() + timedelta(seconds=seconds) - EARLY
        return token


def _days(first: datetime, end: datetime, since: str, until: str) -> dict[str, str]:
    # Asked for by day, in the portal's own zone: a day more on both sides, of which what is too much is left out.
    return {since: f"{first - timedelta(days=1):%Y-%m-%d}", until: f"{end + timedelta(days=1):%Y-%m-%d}"}


def _paged(reply: Reply, name: str, what: str) -> tuple[list[Any], int]:
    answer = said(reply)
    if isinstance(answer, dict) and isinstance(answer.get("data"), list) and isinstance(answer.get("paging"), dict):
        total = answer["paging"].get("total")
        if isinstance(total, int) and total >= 0 and all(isinstance(one, dict) for one in answer["data"]):
            return answer["data"], total
    raise NotNow(f"{reply.host} answered with no page of {what} for {name}")
