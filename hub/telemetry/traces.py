"""Alarms' courses as traces over OTLP; imported only where a collector is named and OpenTelemetry is installed."""

from uuid import UUID

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from hub import __version__
from hub.clock import micros
from hub.delivery.ways import LIVE
from hub.telemetry.course import BY_HUB, ELSEWHERE, Lap, Leg

# A collector that does not answer must not keep a hub from ending.
PATIENCE = 2.0
_NAMES = {
    (Leg.RAISED, BY_HUB): "raise",
    (Leg.PRESSED_TO_STORED, BY_HUB): "commit",
    (Leg.STORED_TO_TOLD, LIVE): "fan-out",
    (Leg.STORED_TO_TOLD, ELSEWHERE): "fan-out",
}
_BY_LEG = {Leg.TOLD_TO_SHOWN: "shown", Leg.SHOWN_TO_ANSWERED: "answer", Leg.CARRIED: "parcel"}


class _Ids(RandomIdGenerator):
    """Gives the next span the ids that were put here, if any were."""

    def __init__(self) -> None:
        self.given: tuple[int, int] | None = None

    def generate_trace_id(self) -> int:
        return self.given[0] if self.given else super().generate_trace_id()

    def generate_span_id(self) -> int:
        return self.given[1] if self.given else super().generate_span_id()


class Traces:
    """One trace an alarm, named for it: so hubs and workers write on the same one without asking each other."""

    def __init__(self, url: str) -> None:
        self._ids = _Ids()
        resource = Resource.create({"service.name": "tryghedshub", "service.version": __version__})
        self._provider = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False, id_generator=self._ids)
        exporter = OTLPSpanExporter(f"{url.rstrip('/')}/v1/traces", timeout=PATIENCE)
        # It collects in memory and sends from a thread of its own; what is too much is dropped.
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("hub", __version__)

    def lap(self, lap: Lap) -> None:
        """Makes a span of a lap that is part of the picture."""
        name = _NAMES.get((lap.leg, lap.way)) or _BY_LEG.get(lap.leg)
        ids = _ids_of(lap.alarm)
        if name is None or ids is None:
            return
        above = None
        if lap.leg is Leg.RAISED:
            self._ids.given = ids
        else:
            parent = SpanContext(*ids, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
            above = set_span_in_context(NonRecordingSpan(parent))
        about = {"alarm": lap.alarm, "institution": lap.institution, "way": lap.way}
        span = self._tracer.start_span(name, above, attributes=about, start_time=micros(lap.began) * 1_000)
        self._ids.given = None
        span.end(micros(max(lap.began, lap.ended)) * 1_000)

    def close(self) -> None:
        """Sends what is left; waits no longer than it must."""
        self._provider.shutdown()


def _ids_of(alarm: str) -> tuple[int, int] | None:
    """The trace and the root of an alarm; other notices, such as of low reach, have none."""
    try:
        number = UUID(alarm).int
    except ValueError:
        return None
    return number, number & (2**64 - 1) or 1
