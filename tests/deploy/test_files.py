"""The files under docs/deploy name only what there is: numbers of /metrics, the settings of a hub, and its commands."""

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client.parser import text_string_to_metric_families

from hub.cli import COMMANDS
from hub.settings import Settings
from tests.house_rules import ROOT
from tests.scenarios.conftest import Begin

DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
# Only where there is Redis, or a certificate to look at.
SOMETIMES = {"hub_redis_connected", "hub_workers", "hub_certificate_left_seconds"}
METRIC = re.compile(r"\b(?:hub|process)_[a-z_]+\b")
LABEL = re.compile(r'([a-z_]+)\s*(?:=~|!~|!=|=)\s*"')
SETTING = re.compile(r"\bHUB_[A-Z]+(?:_[A-Z]+)*\b")
DOCUMENTED = set(SETTING.findall((ROOT / "docs" / "operating.md").read_text("utf-8")))


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "alerts.yml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DEPLOY / "grafana.json").read_text("utf-8"))["panels"]
    return found


def asked() -> dict[str, str]:
    """Every query, by where it stands."""
    found = {rule["alert"]: rule["expr"] for rule in rules()}
    return found | {
        f"{one['title']} {target['refId']}": target["expr"] for one in panels() for target in one["targets"]
    }


async def test_alerts_and_panels_ask_only_for_numbers_and_labels_that_a_hub_has(begin: Begin) -> None:
    house = await begin("anna nord")
    text = (await house.http.get("/metrics")).text
    names, labels = set(SOMETIMES), {"job", "instance", "le"}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            names.add(one.name)
            labels |= set(one.labels)
    for where, query in asked().items():
        words = set(METRIC.findall(query)) - {"process_name"}
        assert words <= names, f"{where}: {words - names}"
        assert words or "up{" in query, f"{where} asks for nothing of ours"
        assert set(LABEL.findall(query)) <= labels, where
    code = (ROOT / "hub" / "web" / "health.py").read_text("utf-8")
    assert all(f'"{name}"' in code for name in SOMETIMES)


def test_every_alert_says_what_to_do_and_how_bad_it_is() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning"), rule
        assert set(rule["annotations"]) == {"summary", "do"}, rule
    assert len({rule["alert"] for rule in rules()}) == len(rules())


def test_panels_lie_beside_each_other_and_have_their_own_number() -> None:
    taken: set[tuple[int, int]] = set()
    for one in panels():
        at = one["gridPos"]
        here = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not here & taken, one["title"]
        assert at["x"] + at["w"] <= 24, one["title"]
        taken |= here
    assert len({one["id"] for one in panels()}) == len(panels())


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_that_there_is_with_settings_that_are_known(path: Path, tmp_path: Path) -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(path.read_text("utf-8"))
    assert set(unit.sections()) == {"Unit", "Service", "Install"}
    program, command = unit["Service"]["ExecStart"].split()
    assert program == "/opt/tryghedshub/.venv/bin/hub"
    assert command in COMMANDS
    assert set(SETTING.findall(path.read_text("utf-8"))) <= DOCUMENTED
    assert int(unit["Service"]["TimeoutStopSec"]) >= 10
    if shutil.which("systemd-analyze"):
        # It looks for the program and the user, which are here by other names.
        text = path.read_text("utf-8").replace(program, "/bin/true").replace("User=tryghedshub", "User=root")
        copy = tmp_path / path.name.replace("@.", "@8001.")
        copy.write_text(text, encoding="utf-8")
        done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
        assert not [line for line in (done.stdout + done.stderr).splitlines() if copy.name in line]


def test_compose_gives_the_hubs_settings_that_they_read() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"hub1", "hub2", "worker", "postgres", "valkey", "proxy"}
    for name in ("hub1", "hub2", "worker"):
        given = services[name]["environment"]
        assert set(given) <= DOCUMENTED, name
        filled = {key: value.replace("${POSTGRES_PASSWORD}", "secret") for key, value in given.items()}
        settings = Settings.from_environment(filled)
        assert settings.several
        assert services[name]["command"] == ["work"] if name == "worker" else "command" not in services[name]
        assert services[name]["volumes"] == services["hub1"]["volumes"], "all seal with the same key"
        assert set(services[name]["depends_on"]) <= set(services)
    volumes = {one.split(":")[0] for service in services.values() for one in service.get("volumes", ())}
    assert {one for one in volumes if not one.startswith(".")} == set(COMPOSE["volumes"])
    assert services["proxy"]["environment"]["HUBS"] == "hub1:8000 hub2:8000"
    assert not re.search(r"image: \S+\.\S+/", (DEPLOY / "compose.yaml").read_text("utf-8")), "no registry by name"


def test_the_image_starts_a_command_that_there_is() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert set(SETTING.findall(text)) <= DOCUMENTED
    assert json.loads(re.findall(r"^CMD (.*)$", text, re.MULTILINE)[0])[0] in COMMANDS


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("nginx.conf", ["proxy_buffering off;", "$http_upgrade", "proxy_set_header Host $host;", "non_idempotent"]),
        ("Caddyfile", ["flush_interval -1", "reverse_proxy", "lb_retry_match method GET POST"]),
    ],
)
def test_a_proxys_example_is_whole_and_keeps_lines_open(name: str, needs: list[str]) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    bare = re.sub(r"#.*", "", text)
    assert bare.count("{") == bare.count("}")
    assert [words for words in needs if words not in bare] == []


def test_nothing_else_lies_there_and_the_page_names_all() -> None:
    page = (ROOT / "docs" / "operating.md").read_text("utf-8")
    assert [path.name for path in sorted(DEPLOY.iterdir()) if f"deploy/{path.name}" not in page] == []
