"""The pages as HTTP: what they promise the browser, and where they send it."""

import httpx
import pytest

from tests.browser.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


def client(stage: Stage, **cookies: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=stage.hub.url, cookies=cookies)


async def test_a_page_allows_nothing_from_elsewhere(stage: Stage) -> None:
    async with client(stage, hub_session=await stage.session("lone")) as browser:
        for path in ("/login", "/", "/alarms", "/alarms/018f0000-0000-7000-8000-000000000000"):
            page = await browser.get(path)
            if path != "/login":
                assert page.status_code == 200
                assert "default-src 'self'" in page.headers["content-security-policy"]
                assert "unsafe" not in page.headers["content-security-policy"]
                assert page.headers["cache-control"] == "no-store"
                assert "http://" not in page.text
                assert "https://" not in page.text


async def test_strangers_are_sent_to_sign_in(stage: Stage) -> None:
    async with client(stage) as browser:
        assert (await browser.get("/")).headers["location"] == "/login?next=/"
        assert (await browser.get("/alarms/a%2Fb%22")).status_code in (303, 404)
        assert (await browser.get("/login")).status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://ond.example", "//ond.example", "/\\ond.example", "javascript:alert(1)", ""]
)
async def test_switching_language_never_leaves_the_hub(stage: Stage, elsewhere: str) -> None:
    async with client(stage) as browser:
        answer = await browser.get("/language/en", params={"next": elsewhere})
    assert answer.headers["location"] == "/"
    assert "hub_language=en" in answer.headers["set-cookie"]


async def test_danish_comes_first(stage: Stage) -> None:
    async with client(stage) as browser:
        assert '<html lang="da"' in (await browser.get("/login")).text
        assert '<html lang="en"' in (await browser.get("/login", headers={"Cookie": "hub_language=en"})).text
        assert '<html lang="da"' in (await browser.get("/login", headers={"Cookie": "hub_language=xx"})).text


async def test_files_are_kept_by_the_browser_under_a_name_that_changes_with_them(stage: Stage) -> None:
    async with client(stage) as browser:
        page = (await browser.get("/login")).text
        style = page.split('rel="stylesheet" href="')[1].split('"')[0]
        texts = page.split('<script defer src="')[1].split('"')[0]
        for path in (style, texts):
            answer = await browser.get(path)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]
        assert '"All clear": ' in (await browser.get(texts)).text
        assert (await browser.get(texts.replace("/da.", "/xx."))).status_code == 404
