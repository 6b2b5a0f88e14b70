"""What goes over the line, and what can go wrong with it."""

from typing import Any, Literal, NotRequired, TypedDict
from urllib.parse import urlsplit, urlunsplit

from uuid_utils import uuid7

SUBPROTOCOL = "hub.v1"

Frame = dict[str, Any]
AnswerWord = Literal["coming", "arrived", "cannot"]
Stage = Literal["received", "shown"]
Outcome = Literal["real", "false", "test"]
FalseBecause = Literal["mistake", "fault", "misunderstanding", "tried"]


class GivenAnswer(TypedDict):
    """What one colleague said to an alarm."""

    person: str
    answer: AnswerWord
    at: str
    name: NotRequired[str]


class Alarm(TypedDict):
    """One alarm as the hub shows it; a newer hub may add fields."""

    id: str
    unit: str | None
    kind: str
    state: Literal["raised", "acknowledged", "resolved", "withdrawn"]
    version: int
    step: int
    raised_by: str
    raised_at: str
    answers: list[GivenAnswer]
    place: NotRequired[str | None]
    place_name: NotRequired[str | None]
    unit_name: NotRequired[str | None]
    raised_by_name: NotRequired[str]
    deliveries: NotRequired[dict[str, int]]
    told: NotRequired[int]
    drill: NotRequired[bool]
    note: NotRequired[str | None]
    linked_to: NotRequired[str]
    lone: NotRequired[str]
    outcome: NotRequired[Outcome]
    false_because: NotRequired[FalseBecause]
    escalates_at: NotRequired[str]
    resolved_at: NotRequired[str]


class Identity(TypedDict):
    """Whom a token stands for: a person, a device, or a person's device; no units means the whole institution."""

    institution: str
    person: str | None
    device: str | None
    units: list[str]


class OnDuty(TypedDict):
    """Somebody on duty, and whether they would hear an alarm."""

    person: str
    name: str
    reach: Literal["full", "partly", "not"]


class Reach(TypedDict):
    """Who would hear an alarm in a unit this second."""

    unit: str
    unit_name: str
    minimum: int
    people: list[OnDuty]


class HubLineError(Exception):
    """The hub could not be reached or would not; the text says what to do."""


class HubUnreachable(HubLineError):
    """Nobody answered in time at the hub's address."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"No hub answers at {url} ({why}). See that it runs (python -m hub serve) "
            "and that the address, the port and the network are right."
        )


class TokenRefused(HubLineError):
    """The hub answered, and does not accept the token."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(
            f"The hub at {url} refuses this device's token ({status}). It is mistyped, revoked or from "
            "another hub: take it from the file that `hub setup --tokens` wrote, or have a new one made."
        )


class NotAHub(HubLineError):
    """Something answered that does not speak the hub's language."""

    def __init__(self, url: str) -> None:
        super().__init__(f"What answers at {url} does not speak {SUBPROTOCOL}: give the address of a Tryghedshub.")


class LineClosed(HubLineError):
    """The line was ended by this program itself."""

    def __init__(self) -> None:
        super().__init__("This line is closed: do it inside `async with HubLine(...)`.")


class Refused(HubLineError):
    """The hub did not act, and says why; `alarm` is how the alarm stands now, if it told."""

    def __init__(self, code: str, detail: str, alarm: Alarm | None = None) -> None:
        super().__init__(f"{detail} [{code}]")
        self.code = code
        self.detail = detail
        self.alarm = alarm


def new_id() -> str:
    """An id for a new alarm, ordered by time: the device makes it, so a retry finds the same alarm."""
    return str(uuid7())


def live_address(url: str) -> str:
    """The live socket's address at the hub whose pages are at `url`."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"{url!r} is no hub address: write it like http://127.0.0.1:8000")
    return urlunsplit(("wss" if parts.scheme == "https" else "ws", parts.netloc, "/live", "", ""))
