import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address

import httpx
import pytest

from hub.ports import Never, NotNow
from integrations.addresses import is_loopback, is_outside
from integrations.endpoints import OutboundRules, check_operators_url, checked_url
from integrations.outbound import Courier, Reply, outbound_client
from integrations.replies import must_be_taken, reference, retry_after, said
from tests.contracts.authority import Authority
from tests.contracts.over_http import Answer, Call, HttpStandIn

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class Echo(HttpStandIn):
    """Tells which Host it was asked for, and keeps what it was sent."""

    def judge(self, call: Call) -> Answer:
        self.taken.append(call)
        return Answer(200, call.headers["host"].encode(), (("Set-Cookie", "track=me"), ("Content-Encoding", "gzip")))


async def home(_: str, __: int) -> Sequence[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize("text", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_world_is_outside(text: str) -> None:
    assert is_outside(ip_address(text))


@pytest.mark.parametrize("text", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_known_in_every_form(text: str) -> None:
    assert is_loopback(ip_address(text))
    assert not is_outside(ip_address(text))


async def test_tls_asks_for_the_certificate_of_the_name_and_not_of_the_address(made_authority: Authority) -> None:
    service = Echo(made_authority.server("push.example"))
    async with service.listening():
        rules = OutboundRules(ports=frozenset({service.port}), allow_loopback=True, tls=made_authority.trusted())
        courier = Courier(rules, home)
        reply = await courier.post(f"https://push.example:{service.port}/x", b"{}", {})
        assert reply.body == f"push.example:{service.port}".encode()
        with pytest.raises(NotNow):
            await courier.post(f"https://other.example:{service.port}/x", b"{}", {})
        assert len(service.taken) == 1
        await courier.close()


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(made_authority: Authority) -> None:
    service = Echo(made_authority.server("push.example"))
    async with service.listening():
        courier = Courier(OutboundRules(ports=frozenset({service.port}), allow_loopback=True), home)
        with pytest.raises(NotNow):
            await courier.post(f"https://push.example:{service.port}/x", b"{}", {})
        assert service.taken == []
        await courier.close()


async def test_the_client_itself_refuses_and_follows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    service = Echo()
    async with service.listening(), outbound_client(OutboundRules(allow_loopback=True)) as client:
        answer = await client.get(f"{service.url}/one")
        assert answer.text == f"127.0.0.1:{service.port}"
        await client.get(f"{service.url}/two")
        assert all("cookie" not in call.headers for call in service.taken)
        service.location = f"{service.url}/three"
        assert (await client.get(f"{service.url}/two")).status_code == 307
        assert len(service.taken) == 2
        for url in ("https://10.0.0.1/", "http://good.example/", f"http://me:word@127.0.0.1:{service.port}/"):
            with pytest.raises(Never):
                await client.get(url)


async def test_urls_and_tokens_stay_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    service = Echo()
    async with service.listening():
        courier = Courier(OutboundRules(allow_loopback=True))
        with caplog.at_level(logging.DEBUG):
            await courier.post(f"{service.url}/secret-path", b"", {"Authorization": "Basic secret"})
        assert "secret" not in caplog.text
        await courier.close()


def test_refusals_do_not_repeat_the_url() -> None:
    for url in (
        "https://10.0.0.1/secret",
        "ftp://a.example/secret",
        "https://u:secret@a.example/",
        "https://a b/secret",
    ):
        with pytest.raises(Never) as refusal:
            checked_url(url, OutboundRules())
        assert "secret" not in refusal.value.detail


def answered(status: int, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply("a.example", status, httpx.Headers(named), b"")


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_taken(status: int) -> None:
    must_be_taken(answered(status), NOW)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422])
def test_never(status: int) -> None:
    with pytest.raises(Never, match=str(status)):
        must_be_taken(answered(status), NOW)


@pytest.mark.parametrize("status", [100, 408, 425, 429, 500, 501, 502, 503, 504, 599, 999])
def test_not_now(status: int) -> None:
    with pytest.raises(NotNow, match=str(status)):
        must_be_taken(answered(status), NOW)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("999999999", 3600),
        ("Sun, 22 Nov 2026 03:02:00 GMT", 120),
        ("Sun, 22 Nov 2026 02:00:00 GMT", 0),
        ("Sat, 22 Nov 2036 03:02:00 GMT", 3600),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("\u0661", None),
        ("", None),
    ],
)
def test_the_time_to_wait(said: str, seconds: float | None) -> None:
    reply = Reply("a.example", 429, httpx.Headers([(b"retry-after", said.encode())]), b"")
    assert retry_after(reply, NOW) == seconds


def test_a_reference_is_one_that_can_be_shown() -> None:
    assert reference(421332671) == "421332671"
    assert reference("call-1") == "call-1"
    for odd in (None, True, "", "x" * 201, "a\nb", "\u2603", {"a": 1}, 1.5):
        assert reference(odd) is None


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 16000, b"\xff\xfe", b"1" * 16000])
def test_an_unreadable_answer_says_nothing(body: bytes) -> None:
    assert said(Reply("a.example", 200, httpx.Headers(), body)) is None


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"timeout": 6}, {"ports": frozenset()}, {"longest_answer": 0}])
def test_rules_refuse_to_be_born_wrong(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="outbound"):
        OutboundRules(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["", "nonsense", "http://a.example/", "https://10.0.0.1/", "https://u@a.example/"])
def test_an_operators_url_is_looked_at_before_the_first_alarm(url: str) -> None:
    with pytest.raises(ValueError, match="voice url"):
        check_operators_url(url, "voice url")
