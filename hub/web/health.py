"""Is the hub alive, and can it do its job: for machines."""

from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from hub.errors import Unavailable
from hub.health.faults import faults, lesser
from hub.reach import store as reach
from hub.web.language import words
from hub.web.services import Services

router = APIRouter()


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/health/ready", responses={503: {"description": "What is wrong, and what to do about it"}})
async def ready(request: Request) -> Response:
    """The hub can store an alarm, escalate it and send it; else each fault in a sentence with what to do."""
    services: Services = request.app.state.services
    reading, say = await services.vigil.reading(), words(request)
    wrong = faults(reading, say)
    content: dict[str, Any] = {
        "status": "not ready" if wrong else "ready",
        "faults": [*wrong, *lesser(reading, say)],
    }
    return JSONResponse(content, 503 if wrong else 200)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """The same in numbers, for Prometheus: counts and seconds, nothing about anybody."""
    services: Services = request.app.state.services
    reading = await services.vigil.reading()
    measured = {
        "hub_ready": ("1 while the hub can do its job", int(not faults(reading, words(request)))),
        "hub_commit_seconds": ("How long the last write took or waits", reading.commit.total_seconds()),
        "hub_outbox_oldest_seconds": (
            "How long the oldest unsent notice is overdue",
            reading.oldest_unsent.total_seconds(),
        ),
        "hub_outbox_due": ("Notices that are due and not sent", reading.unsent),
        "hub_journal_lag_rows": ("Rows that the journal lacks at its end", reading.journal_lag),
        "hub_journals_unsigned": ("Journals that no checkpoint can be signed of", len(reading.unsigned)),
        "hub_chores_dead": ("Chores that have stopped", len(reading.dead_chores)),
        "hub_disk_free_bytes": ("Room on the disk under HUB_DATA", reading.disk_free or 0),
        "hub_sockets": ("Connected devices", len(services.sockets)),
    }
    if reading.certificate_left is not None:
        seconds = reading.certificate_left.total_seconds()
        measured["hub_certificate_left_seconds"] = ("Until the certificate ends", seconds)
    hints = services.others.hints
    if hints is not None:
        measured["hub_redis_connected"] = ("1 while other hubs' news come over Redis", int(hints.connected))
        measured["hub_workers"] = ("Workers heard of in the last ten seconds", hints.workers)
    if (low := await _low(services)) is not None:
        measured["hub_units_low_reach"] = ("Units where fewer than their minimum would hear an alarm", low)
    registry = CollectorRegistry()
    for name, (what, value) in measured.items():
        Gauge(name, what, registry=registry).set(value)
    text = generate_latest(registry) + generate_latest(services.telemetry.metrics.registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


async def _low(services: Services) -> int | None:
    try:
        async with services.database.read() as tx:
            return sum(low.told_at is not None for low in (await reach.lows(tx)).values())
    except Unavailable:  # hub_ready says so already
        return None
