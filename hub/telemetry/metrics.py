"""The numbers of alarms' courses, for Prometheus. A label is one of few words of our own, never anybody's."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector, start_http_server

from hub import __version__
from hub.alarms.events import FRAME_EVENTS
from hub.delivery.receipts import Stage
from hub.delivery.ways import LIVE
from hub.errors import Invalid
from hub.escalation.rules import CHANNELS
from hub.storage.journal import Entry
from hub.telemetry.course import BY_DEVICE, BY_HUB, ELSEWHERE, PUSH, Lap, Leg, pressed

# From half a millisecond, which is what an idle hub needs for a leg, to five minutes, when nobody waits any more.
_MACHINES = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_PEOPLE = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
_OUTSIDE = tuple(channel for channel in CHANNELS if channel != LIVE)
_LEGS = {
    Leg.PRESSED_TO_STORED: ("From the press to the disk, by this clock", "clock", (BY_DEVICE, BY_HUB), _MACHINES),
    Leg.STORED_TO_TOLD: (
        "From the disk to the sockets, or to a service outside that took it; a rule's own wait is in it",
        "channel",
        (*CHANNELS, ELSEWHERE),
        _MACHINES,
    ),
    Leg.TOLD_TO_SHOWN: ("Until a device said that its person can see it", "channel", (LIVE, PUSH), _MACHINES),
    Leg.SHOWN_TO_ANSWERED: ("Until that person's first answer", "channel", (LIVE, PUSH), _PEOPLE),
    Leg.CARRIED: ("What one attempt with a service outside took", "channel", _OUTSIDE, _MACHINES),
}
_OUTCOMES = ("sent", "delayed", "not_sent")
_EVENTS = FRAME_EVENTS | {stage.value: stage.value for stage in (Stage.RECEIVED, Stage.SHOWN)}


class Metrics:
    """What this process has counted since it began."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        Info("hub_program", "What runs", registry=self.registry).info({"version": __version__})
        # Each found once: a label that is looked up costs more than the count itself, at every row of every alarm.
        self._legs: dict[tuple[Leg, str], Histogram] = {}
        for leg, (what, label, ways, buckets) in _LEGS.items():
            made = Histogram(f"hub_alarm_{leg}_seconds", what, [label], buckets=buckets, registry=self.registry)
            # Prometheus sees a rise only in what stood there before.
            self._legs |= {(leg, way): made.labels(way) for way in ways}
        events = Counter("hub_alarm_events", "Alarms' events", ["event"], registry=self.registry)
        self._events = {name: events.labels(event) for name, event in _EVENTS.items()}
        self._parcels = Counter("hub_parcels", "Attempts outside", ["channel", "outcome"], registry=self.registry)
        for channel in _OUTSIDE:
            for outcome in _OUTCOMES:
                self._parcels.labels(channel, outcome)
        self._odd_clocks = Counter(
            "hub_presses_with_odd_clock", "Presses whose device cannot tell when they were", registry=self.registry
        )
        self._breaches = Counter("hub_csp_reports", "Pages that broke their policy", registry=self.registry)
        self._breaches_told = 0

    @contextmanager
    def told_at(self, host: str, port: int) -> Iterator[str]:
        """Tells the numbers to whoever asks at the URL that it gives, while the block lasts."""
        try:
            server, thread = start_http_server(port, host, self.registry)
        except OSError as error:
            raise Invalid(
                f"HUB_METRICS_PORT: nothing can listen on {host}:{port} ({error.strerror}): choose another port."
            ) from error
        try:
            yield f"http://{host}:{server.server_port}/metrics"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def row(self, entry: Entry) -> None:
        """Counts what was written of an alarm."""
        if (counted := self._events.get(entry.event)) is not None:
            counted.inc()
        if entry.event in _OUTCOMES and entry.facts["channel"] in _OUTSIDE:
            self._parcels.labels(entry.facts["channel"], entry.event).inc()
        if "pressed_at" in entry.facts and pressed(entry) is None:
            self._odd_clocks.inc()

    def policy_broken(self) -> int:
        """Counts a breach that a browser told of; how many there have been by now."""
        self._breaches.inc()
        self._breaches_told += 1
        return self._breaches_told

    def lap(self, lap: Lap) -> None:
        """Puts a lap among the others of its leg."""
        if (leg := self._legs.get((lap.leg, lap.way))) is not None:
            leg.observe(lap.seconds)
