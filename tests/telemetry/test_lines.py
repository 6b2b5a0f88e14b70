"""The log of an alarm's course: which alarm in every line, and in none what anybody wrote or is called."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from structlog.contextvars import get_contextvars

from hub.ports import Notice
from loadtests.hubprocess import HubProcess
from tests.cluster.ward import BUTTON, PEOPLE, RULES, HeldGateway, looks, setting_of, tables
from tests.contracts.serving import Mood
from tests.scenarios.conftest import Begin
from tests.scenarios.outside import SmsGateway

WRITTEN = "Kaj Holm, 010190-1234, spark"


async def test_a_hubs_whole_log_of_an_alarm_names_it_in_every_line_and_nobody_in_any(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "site.toml").write_text("\n".join(tables(datetime.now(UTC))), encoding="utf-8")
    gateway = HeldGateway()
    gateway.mood = Mood.LATER
    async with gateway.listening():
        hub = HubProcess(tmp_path / "hub", settings={**setting_of(gateway), "HUB_LOG_FORMAT": "json"})
        tokens = await hub.setup(tmp_path / "site.toml")
        await hub.command("keys")
        shown: dict[str, Any] = {}
        alarm, said = str(uuid4()), hub.log.stat().st_size if hub.log.exists() else 0
        async with hub, httpx.AsyncClient(base_url=hub.url, trust_env=False) as http:
            press = {"id": alarm, "kind": "alarm", "note": WRITTEN}
            answer = await http.post("/api/alarms", json=press, headers={"Authorization": f"Bearer {tokens[BUTTON]}"})
            assert answer.status_code == 201, answer.text
            leif = {"Authorization": f"Bearer {tokens['leifs']}"}
            async for _ in looks():
                shown = (await http.get(f"/api/alarms/{alarm}", headers=leif)).json()
                if len([one for one in shown["timeline"] if one["event"] == "delayed"]) == len(PEOPLE):
                    break
            over = {"as_of": shown["version"], "outcome": "real", "note": WRITTEN}
            assert (await http.post(f"/api/alarms/{alarm}/resolve", json=over, headers=leif)).status_code == 200
    text = hub.log.read_text(encoding="utf-8")[said:]
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines] == ["alarm raised", *["notice delayed"] * len(PEOPLE), "alarm resolved"]
    assert {line["alarm"] for line in lines} == {alarm}
    private = ("kaj", "010190", "spark", "+45", "4520000", "leif", *PEOPLE)
    assert not [word for word in private if word in text.lower().replace(alarm, "")]


async def test_what_an_adapter_logs_carries_the_alarm_too(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[dict[str, Any]] = []

    async def send(_gateway: SmsGateway, _notice: Notice, _address: str) -> str:
        bound.append(get_contextvars())
        return "taken"

    monkeypatch.setattr(SmsGateway, "send", send)
    house = await begin("anna nord", "bo nord", sms=True)
    anna, bo = await house.connect("anna", "bo")
    alarms = [await anna.presses(), await anna.presses(place="room-syd")]
    for _ in alarms:
        house.hear("raised", anna, bo)
    await house.passes(6)
    assert [one["alarm"] for one in bound] == alarms
    assert "alarm" not in get_contextvars()
