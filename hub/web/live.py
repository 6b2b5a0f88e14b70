"""The live socket's meaning: hello and catching up, and what each frame from a client does."""

from asyncio import Future, ensure_future, wait
from collections.abc import Callable
from heapq import merge
from typing import Any

import structlog
from pydantic import ValidationError
from websockets.http11 import Request

from hub.alarms import events
from hub.alarms.audience import encode
from hub.alarms.past import Past, Pasts
from hub.delivery.reach import device_reach
from hub.delivery.receipts import Stage
from hub.delivery.sockets import Vital, text_frame
from hub.errors import Forbidden, HubError, Invalid, NotFound, Unauthenticated
from hub.people.access import Principal
from hub.people.store import principal
from hub.reach.chores import standing_warnings
from hub.storage.database import Reader
from hub.web.credentials import own_origin, token_of
from hub.web.frames import (
    CLIENT_FRAME,
    AcknowledgeFrame,
    AnswerFrame,
    BeatFrame,
    HelloFrame,
    ProofFrame,
    RaiseFrame,
    ReadFrame,
    ReceiptFrame,
    ResolveFrame,
    SayFrame,
    WithdrawFrame,
)
from hub.web.live_messages import messages_missed, messages_waiting
from hub.web.problems import in_words
from hub.web.services import Services
from hub.web.socket import Admitted, LiveSocket
from hub.web.strictjson import loads

# Refused frames in a row after which the sender is plainly not speaking the protocol.
MOST_REFUSALS = 20

_log = structlog.get_logger("hub.live")


class Live:
    """The session behind every live socket of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pasts = Pasts(services.clock, services.alarms)
        self._does: dict[type, Callable[[LiveSocket, Any], None]] = {
            BeatFrame: self._beat,
            RaiseFrame: self._raise,
            ReceiptFrame: self._receipt,
            AnswerFrame: self._answer,
            ResolveFrame: self._resolve,
            WithdrawFrame: self._withdraw,
            ProofFrame: self._proof,
            SayFrame: self._say,
            ReadFrame: self._read,
            AcknowledgeFrame: self._acknowledge,
        }

    async def admit(self, request: Request) -> Admitted:
        if request.path.partition("?")[0] != "/live":
            raise NotFound("The live socket is at /live.")
        headers = request.headers
        token, from_cookie = token_of(headers.get("Authorization"), headers.get("Cookie"))
        if token is None:
            raise Unauthenticated("Send Authorization: Bearer with the device's token, or sign in first.")
        origin = headers.get("Origin")
        if from_cookie and origin and not own_origin(origin, headers.get("Host"), self._services.settings.public_url):
            raise Forbidden("This page does not belong to the hub: open the hub itself and try again.")
        async with self._services.database.read() as tx:
            return Admitted(token, await principal(tx, token, self._services.clock.now()))

    def opened(self, wire: LiveSocket) -> None:
        wire.vital = Vital(self._services.clock.now())

    def closed(self, wire: LiveSocket) -> None:
        self._services.sockets.remove(wire)
        self._services.reach.look()

    def said(self, wire: LiveSocket, text: bytes) -> None:
        """Acts on one frame; whatever is not acted on is answered with `refused`."""
        re: Any = None
        try:
            value = loads(text)
            re = _about(value)
            frame = CLIENT_FRAME.validate_python(value)
            if isinstance(frame, HelloFrame):
                self._hello(wire, frame)
            elif not wire.greeted:
                raise Invalid("say hello first")
            else:
                self._does[type(frame)](wire, frame)
            wire.refusals = 0
        except ValidationError as error:
            self._not_acted_on(wire, Invalid(in_words(error)), re)
        except HubError as error:
            self._not_acted_on(wire, error, re)

    def _not_acted_on(self, wire: LiveSocket, error: HubError, re: Any) -> None:
        self._refuse(wire, error, re)
        wire.refusals += 1
        if wire.refusals >= MOST_REFUSALS:
            wire.end(1008, "too many refused frames in a row")

    def _hello(self, wire: LiveSocket, frame: HelloFrame) -> None:
        if wire.greeted:
            raise Invalid("hello was said already")
        wire.greet()
        wire.vital.beat_at = self._services.clock.now()
        wire.hold()
        self._services.sockets.add(wire)
        self._services.reach.look()
        wire.own(self._catch_up(wire, frame.cursor))

    async def _catch_up(self, wire: LiveSocket, cursor: int | None) -> None:
        by = wire.principal
        async with self._services.database.read() as tx:
            past = await self._pasts.get(tx, by.institution, cursor)
            self._services.others.follow(by.institution, past.newest)
            resumes = cursor is not None and past.resumes(cursor)
            from_here = cursor if resumes and cursor is not None else past.newest
            frames = [{"type": "resync"}] if cursor is not None and not resumes else []
            frames.append(await self._snapshot(tx, by, past, from_here))
            messages = await messages_missed(tx, self._services, by, from_here, past.newest)
        ready = [text_frame(encode(frame)) for frame in frames]
        missed = merge(past.missed(by, from_here), messages)
        await wire.deliver([*ready, *(frame for _, frame in missed)])
        await self._services.others.passed(by.institution, past.newest)
        wire.release(past.newest)

    async def _snapshot(self, tx: Reader, by: Principal, past: Past, cursor: int) -> dict[str, Any]:
        services = self._services
        site = past.setting.site
        duty = await services.duties.get(tx, by.institution, services.clock.now())
        on_duty: dict[str, list[dict[str, Any]]] = {unit: [] for unit in site.units}
        for one in duty.on_duty:
            name = events.name_of(site, one.person)
            on_duty.setdefault(one.unit, []).append({"person": one.person, "name": name, "duty": str(one.duty)})
        return {
            "type": "snapshot",
            "cursor": cursor,
            "alarms": past.open(by),
            "duty": on_duty,
            **await messages_waiting(tx, services, by),
            "lone": await services.lone.running(tx, by),
            "proof": await services.proofs.missing(tx, by),
            "warnings": [*services.vigil.standing, *await standing_warnings(tx, services.reach, by)],
        }

    def _beat(self, wire: LiveSocket, frame: BeatFrame) -> None:
        before = wire.vital
        wire.vital = Vital(self._services.clock.now(), frame.battery, frame.charging, frame.sound, frame.visible)
        if (
            device_reach("", before, wire.vital.beat_at).reason
            != device_reach("", wire.vital, wire.vital.beat_at).reason
        ):
            self._services.reach.look()

    def _raise(self, wire: LiveSocket, frame: RaiseFrame) -> None:
        done = self._services.alarms.raise_alarm(wire.token, frame.trigger())

        def then(future: "Future[Any]") -> None:
            if (raised := self._result(wire, future, frame.id)) is not None:
                # Its own id as it wrote it: some write a UUID in capitals, and wait for just that.
                accepted = {"type": "accepted", "id": frame.id, "alarm": raised.alarm}
                if raised.warnings:
                    accepted["warnings"] = list(raised.warnings)
                wire.send(encode(accepted))

        wire.busy(done, then)

    def _receipt(self, wire: LiveSocket, frame: ReceiptFrame) -> None:
        done = self._services.alarms.receipt(wire.token, frame.alarm, Stage(frame.stage))
        wire.busy(done, lambda future: self._result(wire, future, frame.alarm))

    def _answer(self, wire: LiveSocket, frame: AnswerFrame) -> None:
        done = self._services.alarms.answer(wire.token, frame.alarm, frame.answer, frame.as_of)
        wire.busy(done, lambda future: self._result(wire, future, frame.alarm))

    def _resolve(self, wire: LiveSocket, frame: ResolveFrame) -> None:
        done = self._services.alarms.resolve(wire.token, frame.alarm, frame.as_of, frame.said())
        wire.busy(done, lambda future: self._result(wire, future, frame.alarm))

    def _proof(self, wire: LiveSocket, frame: ProofFrame) -> None:
        done = self._services.proofs.prove(wire.token, frame.id)
        wire.busy(done, lambda future: self._result(wire, future, frame.id))

    def _say(self, wire: LiveSocket, frame: SayFrame) -> None:
        done = self._services.messages.say(wire.token, wire.institution, frame.conversation, frame.saying())
        wire.busy(done, lambda future: self._result(wire, future, frame.id))

    def _read(self, wire: LiveSocket, frame: ReadFrame) -> None:
        done = self._services.messages.read(wire.token, wire.institution, frame.conversation, frame.number)
        wire.busy(done, lambda future: self._result(wire, future, frame.conversation))

    def _acknowledge(self, wire: LiveSocket, frame: AcknowledgeFrame) -> None:
        done = self._services.messages.acknowledge(wire.token, wire.institution, frame.conversation, frame.number)
        wire.busy(done, lambda future: self._result(wire, future, frame.conversation))

    def _withdraw(self, wire: LiveSocket, frame: WithdrawFrame) -> None:
        async def withdraw() -> None:
            done = ensure_future(self._services.alarms.withdraw(wire.token, frame.alarm, frame.as_of, frame.pin))
            await wait((done,))
            self._result(wire, done, frame.alarm)

        wire.own(withdraw())

    def _result(self, wire: LiveSocket, future: "Future[Any]", re: str) -> Any:
        """The future's result, or None after its refusal has been sent."""
        error = future.exception()
        if error is None:
            return future.result()
        if not isinstance(error, HubError):
            _log.error("an action failed", exc_info=error, alarm=re)
            error = HubError("The hub failed at this; the operator can read why in its log. Send it again.")
        self._refuse(wire, error, re)
        return None

    def _refuse(self, wire: LiveSocket, error: HubError, re: Any) -> None:
        refused = {"type": "refused", "code": error.code, "detail": error.detail, **error.more}
        if re is not None:
            refused["re"] = re
        wire.send(encode(refused))


def _about(value: Any) -> Any:
    """What a frame concerns, so that its refusal can say so."""
    if isinstance(value, dict):
        for key in ("alarm", "id", "type"):
            if isinstance(value.get(key), str):
                return value[key][:200]
    return None
