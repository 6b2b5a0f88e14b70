"""The measuring tools measure what they say."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from hub.escalation.rules import load
from hub.people.setup import parse
from loadtests.phases import FrameCount
from loadtests.picture import Scale, picture
from loadtests.report import Report, percentile
from loadtests.rounds import Sample
from loadtests.site import RULES, BigSite
from loadtests.swarm import client_frame, server_frame, split_frames

SIZES = st.sampled_from([0, 1, 125, 126, 300, 65535, 65536])


@given(st.lists(SIZES, max_size=5), st.data())
def test_frames_come_out_as_they_went_in_wherever_the_bytes_were_cut(sizes: list[int], data: st.DataObject) -> None:
    payloads = [bytes([number]) * size for number, size in enumerate(sizes, start=65)]
    wire = b"".join(map(server_frame, payloads))
    cut = data.draw(st.integers(0, len(wire)))
    first, rest = split_frames(wire[:cut])
    second, nothing = split_frames(rest + wire[cut:])
    assert first + second == payloads
    assert nothing == b""


def test_a_mask_of_zeros_leaves_the_bytes_as_they_are() -> None:
    assert client_frame(b"hej") == b"\x81\x83\0\0\0\0hej"
    assert client_frame(b"x" * 200)[:8] == b"\x81\xfe\x00\xc8\0\0\0\0"


def test_frames_are_counted_over_several_connections() -> None:
    count = FrameCount(b"raised")
    wire = server_frame(b"raised") + server_frame(b"resolved") + server_frame(b"raised again")
    for connection in (1, 2):
        count(connection, 0, wire[:5])
        count(connection, 0, wire[5:])
    assert count.count == 4
    assert count.reached(4)
    assert not count.reached(5)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = list(range(100, 0, -1))
    assert [percentile(values, part) for part in (50, 95, 99)] == [50, 95, 99]
    assert percentile([7], 99) == 7


def test_stored_is_proved_by_whatever_left_the_hub_first() -> None:
    assert Sample(accepted=9, first=5, last=8).stored == 5
    assert Sample(accepted=4, first=5, last=8).stored == 4


def test_a_report_says_which_budgets_were_kept() -> None:
    report = Report({"over": "socket"})
    report.samples("single", [Sample(3000, 1000, 2000)])
    report.figure("ratio", 2.0, "×", 2.5)
    report.figure("rate", 900, "/s", 1500, at_least=True)
    report.figure("size", 900, "KiB")
    assert [figure.kept for figure in report.figures] == [True, False, None]
    assert "NOT KEPT" in report.text()
    assert json.loads(json.dumps(report.json()))["us"]["single: press → shown, last"]["p50"] == 2.0


def test_the_site_to_measure_is_one_that_the_hub_takes() -> None:
    now = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    made = parse(BigSite(responders=3, idle=4, raisers=2).toml(now))
    assert made.remarks == ()
    assert len(made.devices) == 9
    assert {shift.person for shift in made.shifts if shift.starts <= now < shift.ends} == {"r0", "r1", "r2"}
    load(RULES.read_text(encoding="utf-8"), RULES.name)


async def test_a_short_run_against_a_real_hub_measures_every_part(tmp_path: Path) -> None:
    asked = "--devices 12 --responders 3 --raisers 4 --seconds 0.5 --rate 20 --saturate --idle 10 --json -"
    words = [sys.executable, "-m", "loadtests.latency", *asked.split(), "--data", str(tmp_path)]
    async with asyncio.timeout(120):
        for over in ("socket", "http"):
            child = await asyncio.create_subprocess_exec(*words, "--over", over, stdout=PIPE, stderr=PIPE)
            said, wrong = await child.communicate()
            assert child.returncode in {0, 1}, wrong.decode()
            report = json.loads(said)
            assert {"single: press → stored", "20/s: press → shown, last"} <= report["us"].keys()
            names = {figure["name"] for figure in report["figures"]}
            assert {"last shown p50 / reference", "alarms a second at saturation"} <= names


def test_a_picture_shows_every_row_and_every_budget() -> None:
    report = Report({"over": "a <b> & c"})
    report.samples("single", [Sample(3000, 1000, 2000), Sample(3_000_000, 1_000_000, 2_000_000)])
    report.figure("ratio", 2.0, "×", 2.5)
    report.figure("rate", 900, "/s", 1500, at_least=True)
    drawn = picture({"one hub": report.json(), "two hubs": report.json()})
    texts = [one.text for one in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    for words in ("one hub", "two hubs", "over a <b> & c", "single: press → stored", "1 µs / 1 ms / 1 ms"):
        assert words in texts
    assert (texts.count("kept"), texts.count("not kept")) == (2, 2)


def test_longer_is_further_to_the_right() -> None:
    scale = Scale(3, 2000)
    at = [scale.x(us) for us in (1, 3, 30, 2000, 10_000)]
    assert at == sorted(set(at))
