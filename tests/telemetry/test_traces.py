"""Traces for a collector: real OTLP over HTTP to one on this machine, and nothing at all without."""

import logging
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from hub.settings import Settings
from loadtests.hubprocess import free_port
from tests.contracts.over_http import Answer, Call, HttpStandIn
from tests.scenarios import world
from tests.scenarios.conftest import Begin
from tests.scenarios.world import PEOPLE


class Collector(HttpStandIn):
    """Takes spans as a collector does."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []
        self.raw = b""
        self.spans: list[Span] = []

    def judge(self, call: Call) -> Answer:
        self.paths.append(call.target)
        self.raw += call.body
        for resource in ExportTraceServiceRequest.FromString(call.body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans
        return Answer(200, b"")


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Names a collector to the hubs of all houses that begin from now on."""
    return lambda url: monkeypatch.setattr(world, "Settings", partial(Settings, traces_url=url))


async def test_an_alarm_is_one_trace_from_the_press_to_the_parcel(begin: Begin, traced: Callable[[str], None]) -> None:
    collector = Collector()
    async with collector.listening():
        traced(collector.url)
        house = await begin("anna nord", "bo nord", sms=True)
        anna, bo = await house.connect("anna", "bo")
        alarm = await anna.presses(note="Spark fra 010190-1234")
        house.hear("raised", anna, bo)
        await house.passes(6)
        await bo.confirms(alarm)
        await bo.says("coming", alarm)
        house.hear("answered", anna, bo)
        assert house.services.telemetry.traces is not None
        await house.services.telemetry.close()
    assert set(collector.paths) == {"/v1/traces"}
    found = {span.name: span for span in collector.spans}
    assert set(found) == {"raise", "commit", "fan-out", "parcel", "shown", "answer"}
    number = UUID(alarm).int
    assert {span.trace_id for span in collector.spans} == {number.to_bytes(16, "big")}
    root = found.pop("raise")
    assert root.parent_span_id == b""
    assert {span.parent_span_id for span in found.values()} == {root.span_id}
    assert found["parcel"].start_time_unix_nano - root.start_time_unix_nano == 5_000_000_000
    said = collector.raw.lower()
    assert not [word for word in (*PEOPLE, "spark", "010190", "+45") if word.encode() in said]


async def test_a_collector_that_is_gone_costs_nobody_an_alarm(
    begin: Begin, traced: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    traced(f"http://127.0.0.1:{free_port()}")
    with caplog.at_level(logging.CRITICAL + 1, "opentelemetry"):
        house = await begin("anna nord", "bo nord")
        anna, bo = await house.connect("anna", "bo")
        await anna.presses()
        house.hear("raised", anna, bo)
        assert house.services.telemetry.traces is not None
        await house.services.telemetry.close()


def test_without_a_collector_nothing_of_it_is_imported() -> None:
    asks = (
        "import sys, hub.app, hub.worker; from hub.telemetry.opening import open_traces as traces; "
        "assert traces(None) is None; sys.exit(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", asks], check=True)


def test_a_collector_without_the_extra_is_said_and_the_hub_runs() -> None:
    asks = (
        "import sys; sys.modules['opentelemetry.exporter.otlp.proto.http.trace_exporter'] = None\n"
        "from hub.telemetry.opening import open_traces\n"
        "sys.exit(open_traces('http://127.0.0.1:4318') is not None)"
    )
    said = subprocess.run([sys.executable, "-c", asks], check=True, capture_output=True, text=True)
    assert "install requirements-telemetry.lock" in said.stdout + said.stderr
