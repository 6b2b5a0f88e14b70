"""Mailboxes as an operator sets them up, and a small run of `python -m tests.integrations.mailboxes`."""

from pathlib import Path

import pytest

from hub.clock import SystemClock
from hub.errors import Invalid
from hub.foreign.boxes import mailboxes
from hub.messaging.outside import Way
from hub.settings import Outside
from tests.integrations.mailboxes import run


async def test_two_hubs_lose_and_double_nothing(tmp_path: Path) -> None:
    found = await run(10, 3, tmp_path)
    assert found.written == 10
    assert found.good, found
    assert found.copies


def test_a_mailbox_that_is_set_up_wrong_says_which_setting_it_is(tmp_path: Path) -> None:
    url, token = "https://vans.example/box", "token-0123456789-abcdef"
    for given, says in (
        ({"HUB_VANS_URL": url}, "HUB_VANS_URL and HUB_VANS_TOKEN"),
        ({"HUB_POST_TOKEN": token}, "HUB_POST_URL and HUB_POST_TOKEN"),
        ({"HUB_VANS_URL": url, "HUB_VANS_TOKEN": token, "HUB_VANS_FOLDER": "x"}, "leave out one of them"),
        ({"HUB_VANS_URL": "http://vans.example", "HUB_VANS_TOKEN": token}, "HUB_VANS_URL or HUB_VANS_TOKEN"),
        ({"HUB_POST_URL": url, "HUB_POST_TOKEN": "short"}, "HUB_POST_URL or HUB_POST_TOKEN"),
    ):
        with pytest.raises(Invalid, match=says):
            mailboxes(Outside.from_environment(given), SystemClock())
    assert mailboxes(Outside.from_environment({}), SystemClock()) == {}
    both = {"HUB_VANS_FOLDER": str(tmp_path), "HUB_POST_URL": url, "HUB_POST_TOKEN": token}
    assert set(mailboxes(Outside.from_environment(both), SystemClock())) == {Way.MEDCOM, Way.POST}
