"""What the hub sends, as types: the source of the published interface."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.alarms.alarm import Said, State
from hub.alarms.outcome import FalseBecause, Outcome
from hub.delivery.reach import Level, Reason
from hub.lone.session import Event as LoneEvent
from hub.lone.session import State as LoneState
from hub.web.frames import SentPosition


class Shown(BaseModel):
    """Anything the hub sends; described for the published interface, built by hand on the alarm's path."""

    # No answer is held to it while the hub runs: whoever asks for the interface has it made then.
    model_config = ConfigDict(defer_build=True)


class AnswerShown(Shown):
    person: str
    name: str | None
    answer: Said
    at: AwareDatetime


class Deliveries(Shown):
    sent: int
    received: int
    shown: int
    failed: int


class CardShown(Shown):
    """What the unit has written that one does at this kind of alarm, and which version of it that is."""

    version: int
    text: str


class AlarmShown(Shown):
    """An alarm as the caller may see it."""

    id: str
    institution: str
    unit: str | None
    unit_name: str | None
    place: str | None = None
    place_name: str | None = None
    kind: str
    drill: bool
    state: State
    version: int
    step: int
    card: CardShown | None = None
    quiet: bool | None = None
    raised_by: str
    raised_by_name: str | None
    raised_at: AwareDatetime
    pressed_at: AwareDatetime | None = None
    escalates_at: AwareDatetime | None = None
    answers: list[AnswerShown]
    told: int
    deliveries: Deliveries
    note: str | None = None
    position: SentPosition | None = None
    linked_to: str | None = None
    lone: str | None = None
    outcome: Outcome | None = None
    false_because: FalseBecause | None = None
    resolved_by: str | None = None
    resolved_at: AwareDatetime | None = None
    resolved_note: str | None = None


class RaisedShown(AlarmShown):
    warnings: list[str] | None = None


class Happened(Shown):
    id: str
    name: str | None


class TimelineEntry(Shown):
    seq: int
    at: AwareDatetime
    event: str
    by: Happened | None
    facts: dict[str, Any]


class AlarmWithTimeline(AlarmShown):
    timeline: list[TimelineEntry]


class AlarmPage(Shown):
    alarms: list[AlarmShown]
    next: str | None = None


class LoneShown(Shown):
    """A lone worker's session; the position is shown to the person alone."""

    id: str
    person: str
    person_name: str | None
    unit: str | None
    unit_name: str | None
    place: str | None = None
    place_name: str | None = None
    purpose: str | None = None
    state: LoneState
    version: int
    minutes: float
    grace: float
    starts: AwareDatetime
    alive_at: AwareDatetime
    reminds_at: AwareDatetime
    ends_at: AwareDatetime
    alarms_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    alarm: str | None = None
    position: SentPosition | None = None


class LonePage(Shown):
    sessions: list[LoneShown]


class AcknowledgedBy(Shown):
    person: str
    name: str
    at: AwareDatetime


class AttachmentShown(Shown):
    """A file that goes with a message."""

    id: str
    name: str
    kind: str
    size: int


class MessageShown(Shown):
    """A message as one who may read it sees it."""

    number: int
    id: str
    author: str
    author_name: str
    at: AwareDatetime
    text: str
    urgent: bool
    mentions: list[str]
    attachments: list[AttachmentShown]
    acknowledged: list[AcknowledgedBy]
    replies_to: int | None = None
    amends: int | None = None
    meeting: dict[Literal["at", "url"], str] | None = None


class UrgentShown(Shown):
    """An urgent message that waits for the reader's word."""

    conversation: str
    message: MessageShown


class OnDutyShown(Shown):
    person: str
    name: str | None
    duty: str


class ProofAskedFrame(Shown):
    """To the person's own sockets: their shift has begun, and they are to hear and tap this; or they have."""

    type: Literal["proof"]
    id: str
    state: Literal["asked", "proven"]
    times: int


class ReachWarningFrame(Shown):
    """To a unit's screens, those on duty in it and its shift leads: too few would hear an alarm, or enough again."""

    type: Literal["warning"]
    code: Literal["reach_low", "reach_restored"]
    unit: str
    unit_name: str
    reachable: int
    minimum: int


class UnwellFrame(Shown):
    """To every screen: what keeps the hub from doing its job; nothing once it can again."""

    type: Literal["warning"]
    code: Literal["hub_unwell"]
    faults: list[str]


class SnapshotFrame(Shown):
    type: Literal["snapshot"]
    cursor: int
    alarms: list[AlarmShown]
    duty: dict[str, list[OnDutyShown]]
    unread: int
    unread_in: list[str]
    urgent: list[UrgentShown]
    lone: LoneShown | None
    proof: ProofAskedFrame | None
    warnings: list[ReachWarningFrame | UnwellFrame]


class AcceptedFrame(Shown):
    type: Literal["accepted"]
    id: str
    alarm: AlarmShown
    warnings: list[str] | None = None


class AlarmFrame(Shown):
    type: Literal["alarm"]
    cursor: int
    event: Literal["raised", "answered", "escalated", "resolved", "withdrawn"]
    alarm: AlarmShown


class HeardBy(Shown):
    person: str
    name: str | None
    stage: Literal["received", "shown"]


class HeardFrame(Shown):
    """To the raiser's own sockets: who has heard the alarm by now."""

    type: Literal["heard"]
    alarm: str
    deliveries: Deliveries
    by: list[HeardBy]


class ReachOf(Shown):
    """How one person on duty stands, why, and what to do about it."""

    person: str
    name: str | None
    duty: str
    reach: Level
    reason: Reason
    advice: str


class ReachFrame(Shown):
    type: Literal["reach"]
    unit: str
    reachable: int
    on_duty: int
    minimum: int
    people: list[str]
    who: list[ReachOf]


class LoneFrame(Shown):
    """To the person's own sockets: what became of their time alone."""

    type: Literal["lone"]
    event: LoneEvent
    session: LoneShown


class PositionFrame(Shown):
    """Where the raiser of an open alarm is by now."""

    type: Literal["position"]
    alarm: str
    position: SentPosition


class WarningFrame(Shown):
    """To a person's own sockets and the shift leads': a browser of theirs is lost to push."""

    type: Literal["warning"]
    code: Literal["push_lost"]
    person: str
    name: str | None


class RefusedFrame(Shown):
    type: Literal["refused"]
    code: str
    detail: str
    re: str | None = None
    alarm: AlarmShown | None = None
    lone: LoneShown | None = None
    retry_after: int | None = None


class ResyncFrame(Shown):
    type: Literal["resync"]


class ProblemShown(Shown):
    """RFC 9457, with a stable `code`; what has changed meanwhile comes with it."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    alarm: AlarmShown | None = None
    lone: LoneShown | None = None
    retry_after: int | None = None
