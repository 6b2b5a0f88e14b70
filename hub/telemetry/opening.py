"""What follows the alarms' courses in this process, as its settings ask for it."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from hub.clock import Clock
from hub.settings import Settings
from hub.storage.database import Database
from hub.telemetry.lines import line
from hub.telemetry.metrics import Metrics
from hub.telemetry.watch import Watch

if TYPE_CHECKING:
    from hub.telemetry.traces import Traces

_log = structlog.get_logger("hub")


@dataclass(frozen=True, slots=True)
class Telemetry:
    watch: Watch
    metrics: Metrics
    traces: "Traces | None"

    async def close(self) -> None:
        """Lets the collector have what is left."""
        if self.traces is not None:
            await asyncio.to_thread(self.traces.close)


def open_telemetry(settings: Settings, clock: Clock, database: Database) -> Telemetry:
    """Made before all others who listen to the database: so it hears of each commit before the fan-out."""
    metrics, traces = Metrics(), open_traces(settings.traces_url)
    rows, laps = [metrics.row], [metrics.lap]
    if settings.log_format == "json":
        rows.append(line)
    if traces is not None:
        laps.append(traces.lap)
    return Telemetry(Watch(database, clock, rows, laps), metrics, traces)


def open_traces(url: str | None) -> "Traces | None":
    """The way to the collector, if one is named and OpenTelemetry is installed; else the hub runs the same without."""
    if url is None:
        return None
    try:
        from hub.telemetry.traces import Traces  # noqa: PLC0415
    except ModuleNotFoundError:
        _log.warning("no traces: install requirements-telemetry.lock, or unset OTEL_EXPORTER_OTLP_ENDPOINT")
        return None
    return Traces(url)
