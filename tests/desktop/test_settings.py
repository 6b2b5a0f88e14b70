"""What a person or an administrator writes, types or forgets when a PC is enrolled."""

from pathlib import Path

import pytest

from clients.desktop.settings import Settings, SettingsProblem, read, write
from tests.desktop.place import Place, command
from tests.desktop.screen import Screen

WHOLE = 'hub = "https://tryghed.example.dk"\ntoken = "dev_x"\n'


def test_what_is_written_is_read_again_and_is_for_the_person_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "desktop.toml"
    settings = Settings("https://tryghed.example.dk", "dev_x", "Ctrl+Alt+H", "silent", 'st"ue', "en", sound=False)
    write(file, settings)
    write(file, settings)
    assert read(file) == settings
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir()] == ["desktop.toml"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('hub = "https://x.dk"', "token: is missing"),
        (WHOLE + "sound = 1", "sound: write true or false"),
        (WHOLE + "kind = 1", "kind: write a text"),
        (WHOLE + 'hot_key = "H"', "hot_key: 'H' is no key combination"),
        (WHOLE + 'language = "fr"', "language: there is no 'fr'"),
        (WHOLE + 'colour = "red"', "colour: there is no such setting"),
        (WHOLE.replace("https://", ""), "is no hub address"),
        ("hub = ", "desktop.toml"),
    ],
)
def test_what_is_wrong_is_named_with_its_mend(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "desktop.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsProblem) as problem:
        read(file)
    assert says in str(problem.value)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_pc_is_enrolled_by_an_address_that_is_good_once(place: Place, display: Screen, tmp_path: Path) -> None:
    env, address = display.environment(tmp_path), await place.invite()
    said = await command(env, "enrol", address, "--hot-key", "ctrl+alt+h", "--language", "en")
    assert said == "This computer is jonas at solgaarden; Ctrl+Alt+H raises 'alarm'.\n"
    used = await command(env, "enrol", address, code=1)
    assert "[code_gone]" in used


@pytest.mark.asyncio(loop_scope="session")
async def test_a_pc_with_a_token_starts_with_the_session(place: Place, display: Screen, tmp_path: Path) -> None:
    env = display.environment(tmp_path)
    assert "run `tryghedshub-desktop enrol` first" in await command(env, code=1)
    refused = await command(env, "enrol", place.hub.url, typed="dev_wrong\n", code=1)
    assert "refuses this device's token" in refused
    await command(env, "enrol", place.hub.url, typed=place.tokens["pc-jonas"] + "\n")
    assert (await command(env, "--install-autostart")).startswith("It starts with the session from now on: ")
    (entry,) = (tmp_path / "config" / "autostart").iterdir()
    assert "-m clients.desktop --settings" in entry.read_text(encoding="utf-8")
    assert (await command(env, "--remove-autostart")).startswith("It no longer starts by itself: ")
    assert not entry.exists()
