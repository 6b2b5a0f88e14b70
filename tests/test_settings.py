from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.settings import Settings


def test_a_hub_that_nobody_told_anything_keeps_to_its_own_machine() -> None:
    assert Settings.from_environment({}) == Settings(
        data=Path("data"),
        database_url="sqlite+aiosqlite:///data/hub.db",
        redis_url=None,
        host="127.0.0.1",
        port=8000,
        public_url=None,
        log_format="text",
    )


def test_everything_can_be_told() -> None:
    environ = {
        "HUB_DATA": "/srv/hub",
        "HUB_DATABASE_URL": "postgresql+asyncpg://hub@db/hub",
        "HUB_REDIS_URL": "redis://127.0.0.1:6379/0",
        "HUB_HOST": "0.0.0.0",
        "HUB_PORT": "0",
        "HUB_METRICS_PORT": "8101",
        "HUB_PUBLIC_URL": "https://tryghed.example.dk/",
        "HUB_LOG_FORMAT": "json",
        "PATH": "/usr/bin",
    }
    assert Settings.from_environment(environ) == Settings(
        Path("/srv/hub"),
        "postgresql+asyncpg://hub@db/hub",
        "redis://127.0.0.1:6379/0",
        "0.0.0.0",
        0,
        "https://tryghed.example.dk",
        "json",
        metrics_port=8101,
    )


def test_an_empty_variable_is_an_unset_one() -> None:
    names = (
        "HUB_DATA",
        "HUB_DATABASE_URL",
        "HUB_REDIS_URL",
        "HUB_HOST",
        "HUB_PORT",
        "HUB_METRICS_PORT",
        "HUB_PUBLIC_URL",
        "HUB_LOG_FORMAT",
    )
    assert Settings.from_environment(dict.fromkeys(names, " ")) == Settings.from_environment({})


def test_the_database_is_in_the_data_folder() -> None:
    assert Settings.from_environment({"HUB_DATA": "/srv/hub"}).database_url == "sqlite+aiosqlite:////srv/hub/hub.db"


@pytest.mark.parametrize(
    ("variable", "value", "mend"),
    [
        ("HUB_PORT", "http", "a number from 1 to 65535"),
        ("HUB_PORT", "65536", "a number from 1 to 65535"),
        ("HUB_PORT", "-1", "a number from 1 to 65535"),
        ("HUB_PORT", "٨٠٠٠", "a number from 1 to 65535"),
        ("HUB_METRICS_PORT", "all", "a number from 1 to 65535"),
        ("HUB_PUBLIC_URL", "tryghed.example.dk", "https://tryghed.example.dk"),
        ("HUB_PUBLIC_URL", "https://tryghed.example.dk/hub", "https://tryghed.example.dk"),
        ("HUB_REDIS_URL", "localhost:6379", "redis://127.0.0.1:6379/0"),
        ("HUB_DATABASE_URL", "hub.db", "sqlite+aiosqlite:////"),
        ("HUB_LOG_FORMAT", "xml", "text or json"),
    ],
)
def test_a_wrong_value_names_its_variable_and_the_mend(variable: str, value: str, mend: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Settings.from_environment({variable: value})
    assert str(refusal.value).startswith(f"{variable}: ")
    assert mend in str(refusal.value)


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(Invalid, match=r"HUB_DATA: .* is a file: name a folder"):
        Settings.from_environment({"HUB_DATA": str(tmp_path / "data")})
