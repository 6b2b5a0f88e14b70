import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.cli import COMMANDS, main
from tests.people.solgaarden import OPEN_SITE, SITE

ROSTER = "person,unit,from,to,duty\njette,syd,2026-11-24 07:00,2026-11-24 15:00,active\n"
RULES = """\
name = "Prøve"
[[kinds.alarm.steps]]
tell = ["on_duty:active"]
by = ["live"]
next_after = 20
[last_resort]
tell = ["role:manager", "contact:vagtcentral"]
by = ["live", "sms"]
next_after = 60
"""


class Hub:
    """The command line, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokens = folder / "tokens.json"

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, "utf-8")
        return str(self.folder / name)

    def run(self, *words: str, **settings: str) -> Result:
        own = {"HUB_DATA": str(self.folder / "data"), "COLUMNS": "200"}
        return CliRunner().invoke(main, words, env=own | settings)

    def says(self, *words: str, **settings: str) -> str:
        result = self.run(*words, **settings)
        assert result.exit_code == 0, result.output
        return result.output

    def refuses(self, *words: str, **settings: str) -> str:
        """What a refusal says: on the error output alone, with exit code 1 and without a traceback."""
        result = self.run(*words, **settings)
        assert result.exit_code == 1
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        assert not result.stdout
        return result.stderr

    def set_up(self, text: str = OPEN_SITE) -> str:
        return self.says("setup", self.write("site.toml", text), "--tokens", str(self.tokens))


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path)


def test_setup_creates_an_institution_and_tells_what_it_did(hub: Hub) -> None:
    said = hub.set_up(SITE)
    assert "Botilbud Solgården (solgaarden) is set up." in said
    assert "people: 3 new" in said
    assert "shifts: 2 new" in said
    assert "tokens: 3 new" in said
    tokens = json.loads(hub.tokens.read_text())
    assert set(tokens) == {"jettes-telefon", "panel-nord", "anlaeg"}
    assert hub.tokens.stat().st_mode & 0o777 == 0o600
    assert (hub.folder / "data" / "hub.db").exists()


def test_setup_again_keeps_the_tokens_it_told_before(hub: Hub) -> None:
    hub.set_up()
    before = hub.tokens.read_text()
    said = hub.set_up()
    assert "is up to date." in said
    assert "tokens" not in said
    assert hub.tokens.read_text() == before
    said = hub.set_up(OPEN_SITE.replace('id = "anlaeg"', 'id = "anlaeg-2"'))
    assert "devices: 1 new; 1 revoked, no longer in the file: anlaeg" in said
    after = json.loads(hub.tokens.read_text())
    assert set(after) == {"jettes-telefon", "panel-nord", "anlaeg-2"}
    assert after["panel-nord"] == json.loads(before)["panel-nord"]


def test_setup_without_new_devices_still_leaves_a_token_file(hub: Hub) -> None:
    hub.set_up()
    hub.tokens.unlink()
    hub.set_up()
    assert json.loads(hub.tokens.read_text()) == {}


def test_a_faulty_site_is_told_line_by_line_and_nothing_is_written(hub: Hub) -> None:
    site = hub.write("site.toml", OPEN_SITE.replace('"staff"', '"boss"').replace("x = 0.25", "x = 3"))
    lines = hub.refuses("setup", site, "--tokens", str(hub.tokens)).splitlines()
    assert [line.split(": ")[1] for line in lines] == ["place 1, x", "person 1, role"]
    assert all(line.startswith(f"{site}:") for line in lines)
    assert not hub.tokens.exists()
    assert not (hub.folder / "data").exists()


def test_a_site_file_that_is_not_there_is_named(hub: Hub) -> None:
    assert "nowhere.toml: cannot be read" in hub.refuses("setup", "nowhere.toml")


def test_tokens_that_could_not_be_kept_stop_the_set_up_before_it_begins(hub: Hub) -> None:
    site = hub.write("site.toml", OPEN_SITE)
    assert "cannot be used for tokens" in hub.refuses("setup", site, "--tokens", str(hub.folder / "no" / "t.json"))
    assert "not a token file" in hub.refuses("setup", site, "--tokens", site)
    assert not (hub.folder / "data").exists()


def test_rules_are_found_by_name_or_by_a_path_from_the_site_file(hub: Hub) -> None:
    hub.write("egne.toml", RULES)
    hub.set_up(OPEN_SITE.replace('"botilbud"', '"egne.toml"'))
    assert "Prøve" in hub.says("check-rules", "--site", "solgaarden")


def test_rules_that_are_not_there_are_named_with_their_line(hub: Hub) -> None:
    site = hub.write("site.toml", OPEN_SITE.replace('"botilbud"', '"botilbudd"'))
    said = hub.refuses("setup", site, "--tokens", str(hub.tokens))
    assert said.startswith(f"{site}:6: institution, rules: there are no rules ")
    assert 'did you mean "botilbud"?' in said
    site = hub.write("site.toml", OPEN_SITE.replace('"botilbud"', '"./egne.toml"'))
    assert "egne.toml is not there; mend the path" in hub.refuses("setup", site, "--tokens", str(hub.tokens))


def test_rules_with_a_fault_or_for_another_place_are_refused(hub: Hub) -> None:
    site = hub.write("site.toml", OPEN_SITE.replace('"botilbud"', '"egne.toml"'))
    rules = hub.write("egne.toml", RULES.replace("next_after = 20", "next_afer = 20"))
    assert f"{rules}:5: " in hub.refuses("setup", site, "--tokens", str(hub.tokens))
    hub.write("egne.toml", RULES.replace("contact:vagtcentral", "contact:politiet"))
    assert "contact:politiet: no contact has that id" in hub.refuses("setup", site, "--tokens", str(hub.tokens))
    assert not (hub.folder / "data").exists()


def test_what_may_not_be_meant_is_pointed_out(hub: Hub) -> None:
    hub.write("egne.toml", RULES)
    said = hub.set_up(
        OPEN_SITE.replace('"botilbud"', '"egne.toml"').replace('"manager"', '"admin"').replace("11-22T15", "12-22T15")
    )
    looked_at = [line for line in said.splitlines() if line.startswith("Look at this: ")]
    assert len(looked_at) == 2
    assert "on duty for 728 hours" in looked_at[0]
    assert "role:manager: nobody here has that role" in looked_at[1]


def test_a_roster_is_imported_and_imported_again(hub: Hub) -> None:
    hub.set_up()
    shifts = hub.write("shifts.csv", ROSTER)
    assert "1 shifts read; 1 new, 0 changed, 0 removed" in hub.says("roster", "import", shifts)
    assert "1 as they were" in hub.says("roster", "import", shifts, "--institution", "solgaarden")


def test_a_faulty_roster_is_told_line_by_line(hub: Hub) -> None:
    hub.set_up()
    shifts = hub.write("shifts.csv", ROSTER.replace("syd", "vest").replace("jette", "jete"))
    said = hub.refuses("roster", "import", shifts).splitlines()
    assert [line.removeprefix(f"{shifts}:").split(":")[:2] for line in said] == [["2", " person"], ["2", " unit"]]


@pytest.mark.parametrize("name", ["shifts.txt", "shifts.xlsx", "shifts"])
def test_a_roster_of_another_sort_is_refused_by_name(hub: Hub, name: str) -> None:
    hub.set_up()
    assert "only .csv, .ics, .json are taken" in hub.refuses("roster", "import", hub.write(name, ROSTER))


def test_a_hub_of_two_institutions_asks_which(hub: Hub) -> None:
    hub.set_up()
    hub.set_up(OPEN_SITE.replace('"solgaarden"', '"maanegaarden"'))
    shifts = hub.write("shifts.csv", ROSTER)
    said = hub.refuses("roster", "import", shifts)
    assert said == "Say which with --institution: this hub has maanegaarden, solgaarden.\n"
    assert "there is maanegaarden, solgaarden." in hub.refuses("roster", "import", shifts, "--institution", "x")
    hub.says("roster", "import", shifts, "--institution", "maanegaarden")


@pytest.mark.parametrize(
    "words",
    [
        ("roster", "import", "{csv}"),
        ("verify-journal",),
        ("backup", "backup.db"),
        ("simulate", "--unit", "nord"),
        ("check-rules", "--site", "solgaarden"),
    ],
)
def test_a_hub_that_was_never_set_up_says_so(hub: Hub, words: tuple[str, ...]) -> None:
    csv = hub.write("shifts.csv", ROSTER)
    assert 'run "hub setup site.toml" first' in hub.refuses(*(word.format(csv=csv) for word in words))
    assert not (hub.folder / "data").exists()


def test_a_journal_is_followed_and_the_first_altered_row_named(hub: Hub) -> None:
    for _ in range(3):
        hub.set_up()
    assert hub.says("verify-journal") == "solgaarden: 3 rows, whole\n"
    with sqlite3.connect(hub.folder / "data" / "hub.db") as connection:
        connection.execute("UPDATE journal SET facts = '{}' WHERE seq = 2")
    connection.close()
    result = hub.run("verify-journal", "--institution", "solgaarden")
    assert (result.exit_code, result.stdout) == (1, "solgaarden: row 2 was altered\n")


def test_the_shipped_rules_are_in_order(hub: Hub) -> None:
    said = hub.says("check-rules")
    assert "escalation_rules/botilbud.toml: " in said
    assert all(line.endswith("; nothing wrong") for line in said.splitlines())


def test_rule_files_are_all_checked_though_the_first_is_faulty(hub: Hub) -> None:
    faulty = hub.write("a.toml", RULES.replace("tell", "tel", 1))
    unreadable = hub.write("b.toml", "name = ")
    good = hub.write("c.toml", RULES)
    result = hub.run("check-rules", faulty, unreadable, good)
    assert result.exit_code == 1
    assert f"{faulty}:3: " in result.stderr
    assert f"{unreadable}:1: " in result.stderr
    assert f"{good}: Prøve" in result.stdout


def test_rules_are_checked_against_a_site(hub: Hub) -> None:
    hub.set_up()
    rules = hub.write("a.toml", RULES.replace("contact:vagtcentral", "person:lars"))
    hub.says("check-rules", rules)
    assert "person:lars: nobody here has that id" in hub.refuses("check-rules", rules, "--site", "solgaarden")


def test_a_simulation_shows_who_is_told_and_where_nobody_is(hub: Hub) -> None:
    hub.write("egne.toml", RULES)
    hub.set_up(OPEN_SITE.replace('"botilbud"', '"egne.toml"'))
    words = ("simulate", "--unit", "nord", "--at")
    day = hub.says(*words, "2026-11-22 10:00")
    assert "alarm in Afdeling Nord, 2026-11-22 10:00" in day
    assert "Jette Holm" in day
    assert "Every step finds somebody." in day
    raiser = hub.says(*words, "2026-11-22T09:00Z", "--by", "jette")
    assert "2026-11-22 10:00" in raiser
    assert "Jette Holm" not in raiser
    night = hub.says(*words, "2026-11-23 02:00")
    assert "NOBODY" in night
    assert "After 0 s, step 1 finds nobody by on_duty:active." in night
    assert "Karen Bro" in night
    assert "Vagtcentralen" in night
    drill = hub.says(*words, "2026-11-23 02:00", "--drill", "--kind", "assist")
    assert "assist (drill) in" in drill
    assert "Vagtcentralen" not in drill


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--unit", "nrod"), '--unit: "nrod" is not known here; there is nord, syd.'),
        (("--unit", "nord", "--kind", "brand"), '--kind: "brand" is not known'),
        (("--unit", "nord", "--by", "lars"), '--by: "lars" is not known'),
        (("--unit", "nord", "--at", "i nat"), '--at: "i nat" is no date and time'),
        (("--unit", "nord", "--at", "2026-03-29 02:30"), "--at: 2026-03-29 02:30 never comes"),
        (("--unit", "nord", "--institution", "x"), '--institution: "x" is not known here'),
    ],
)
def test_a_simulation_of_what_is_not_there_is_refused(hub: Hub, words: tuple[str, ...], says: str) -> None:
    hub.set_up()
    assert says in hub.refuses("simulate", *words)


def test_a_wrong_setting_is_named(hub: Hub) -> None:
    site = hub.write("site.toml", OPEN_SITE)
    words = ["setup", site, "--tokens", str(hub.tokens)]
    result = CliRunner().invoke(main, words, env={"HUB_PORT": "mange", "HUB_DATA": str(hub.folder / "data")})
    assert (result.exit_code, result.stderr[:10]) == (1, "HUB_PORT: ")


def test_a_file_that_is_no_database_is_said_not_to_be(hub: Hub) -> None:
    (hub.folder / "data").mkdir()
    (hub.folder / "data" / "hub.db").write_text("not a database " * 100)
    assert "is not a database the hub can open" in hub.refuses("verify-journal")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_the_whole_says_what_each_command_says_itself(hub: Hub, name: str) -> None:
    command = main.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert (command.help or "").split("\n\n")[0].replace("\n", " ") == COMMANDS[name][1]
    assert name in hub.says("--help")


def test_an_unknown_command_is_a_wrong_use(hub: Hub) -> None:
    assert hub.run("sevre").exit_code == 2


def test_help_answers_without_loading_the_hub() -> None:
    script = "import sys, hub.cli; sys.exit('sqlalchemy' in sys.modules or 'fastapi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
    done = subprocess.run([sys.executable, "-m", "hub", "--version"], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout[:4]) == (0, "hub,")


# What only some hubs need, or only some of what a hub does: a hub that was killed serves again without it.
AFTERWARDS = {
    "aiohttp", "alembic", "apprise", "arq", "asyncpg", "babel", "fhir", "opentelemetry.sdk", "ortools", "pywebpush",
    "redis", "requests", "typst", "xlsxwriter",
}  # fmt: skip


def test_a_hub_serves_before_it_has_loaded_what_no_press_waits_for() -> None:
    script = "import sys, hub.app, integrations.webpush; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert not AFTERWARDS & set(done.stdout.split())
