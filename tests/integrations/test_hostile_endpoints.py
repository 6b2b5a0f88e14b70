"""Endpoints that somebody supplied in order to reach what stands inside: the hub connects to none of them.

A real listener on loopback counts every connection. The name server is ours, so that each name leads to it, at once or
after it has been asked before.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from hub.clock import SystemClock
from hub.ports import Never, Notice, NotNow
from integrations.endpoints import OutboundRules
from integrations.outbound import Courier
from integrations.webhook import WebhookChannel, WebhookSettings
from integrations.webpush import PushChannel
from tests.contracts.benches import push_settings
from tests.contracts.browser import Browser
from tests.contracts.standins import KEY

NOTICE = Notice(id="n", title="ALARM", text="", tag="t")

# {port} is the listener's. Every allowance that could let one through is made: the port is an allowed one.
ADDRESSES = [
    "127.0.0.1",
    "127.1.2.3",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a00:1]",
    "[64:ff9b:1::a00:1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fc00::1]",
    "[fd12:3456:789a::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[100::1]",
]
SPELLINGS = [
    "https://2130706433:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://127.0.1:{port}/",
    "https://127.0.0.1.:{port}/",
    "https://localhost:{port}/",
    "https://LOCALHOST.:{port}/",
    "https://intranet:{port}/",
    "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460:{port}/",
    "https://127\u30020\u30020\u30021:{port}/",
    "https://\uff11\uff12\uff17.0.0.1:{port}/",
    "https://vagt\u00f8st.example:{port}/",
    "https://xn--vagtst-fya.example:{port}/",
    "https://xn--.example:{port}/",
    "https://user:word@127.0.0.1:{port}/",
    "https://good.example@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@good.example/",
    "https://good.example:{port}@rebinds.example/",
    "https://127.0.0.1:{port}#@good.example/",
    "https:/127.0.0.1:{port}/",
    "https:///127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\r\nHost: good.example/",
    "http://127.0.0.1:{port}/",
    "http://good.example:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file://127.0.0.1:{port}/etc/passwd",
    "gopher://127.0.0.1:{port}/_POST",
    "ws://127.0.0.1:{port}/",
    "unix:///run/hub.sock",
    "data:text/plain,127.0.0.1:{port}",
    "https://inside.example:22/",
    "https://inside.example:8000/",
    "https://inside.example:0/",
    "https://inside.example:99999/",
]
NAMES: dict[str, list[list[str]]] = {
    "inside.example": [["127.0.0.1"]],
    "private.example": [["10.1.2.3"]],
    "sixth.example": [["::1"]],
    "mapped.example": [["::ffff:127.0.0.1"]],
    "metadata.example": [["169.254.169.254"]],
    "scoped.example": [["fe80::1%lo"]],
    # A good address first, for whoever looks only at that one and then tries the other.
    "mixed.example": [["93.184.216.34", "127.0.0.1"]],
    "mixed-in-six.example": [["2606:2800:220:1::1", "::1"]],
    # The first answer satisfies the check (where loopback is allowed); the next is where the attacker wants us.
    "rebinds.example": [["127.0.0.1"], ["10.0.0.1"], ["127.0.0.2"]],
    "nothing.example": [[]],
    "odd.example": [["not an address"]],
    "good.example": [["127.0.0.1"]],
}
HOSTILE = [
    *[f"https://{address}:{{port}}/" for address in ADDRESSES],
    *SPELLINGS,
    *[f"https://{name}:{{port}}/" for name in NAMES],
]


class NameServer:
    """Answers each question about a name with the next of its answers, and the last for ever."""

    def __init__(self) -> None:
        self.asked: dict[str, int] = {}

    async def __call__(self, host: str, _: int) -> Sequence[str]:
        answers = NAMES.get(host, [["127.0.0.1"]])
        turn = self.asked.get(host, 0)
        self.asked[host] = turn + 1
        return answers[min(turn, len(answers) - 1)]


class Inside:
    """What must not be reached: counts whoever comes."""

    def __init__(self) -> None:
        self.port = 0
        self.visits = 0

    async def visit(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        writer.close()


@pytest.fixture
async def inside() -> AsyncIterator[Inside]:
    made = Inside()
    fourth = await asyncio.start_server(made.visit, "127.0.0.1", 0)
    made.port = fourth.sockets[0].getsockname()[1]
    sixth = await asyncio.start_server(made.visit, "::1", made.port)
    yield made
    fourth.close()
    sixth.close()


@pytest.fixture
async def courier(inside: Inside) -> AsyncIterator[Courier]:
    made = Courier(OutboundRules(timeout=0.5, ports=frozenset({443, inside.port})), NameServer())
    yield made
    await made.close()


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("endpoint", HOSTILE)
async def test_none_is_connected_to_as_a_webhook(endpoint: str, inside: Inside, courier: Courier) -> None:
    channel = WebhookChannel(WebhookSettings(key=KEY), courier, SystemClock())
    with pytest.raises((Never, NotNow)) as refusal:
        await channel.send(NOTICE, endpoint.format(port=inside.port))
    assert inside.visits == 0
    # A name without an address may have one tomorrow.
    assert isinstance(refusal.value, Never) or "nothing.example" in endpoint


@pytest.mark.parametrize("endpoint", HOSTILE)
async def test_none_is_connected_to_as_a_push_service(endpoint: str, inside: Inside, courier: Courier) -> None:
    channel = PushChannel(push_settings(), courier, SystemClock())
    with pytest.raises(Never):
        await channel.send(NOTICE, Browser().subscription(endpoint.format(port=inside.port)))
    assert inside.visits == 0


@pytest.mark.parametrize("service", ["fcm.googleapis.com", "web.push.apple.com", "updates.push.services.mozilla.com"])
async def test_a_known_push_service_whose_name_leads_inside_is_not_connected_to(
    service: str, inside: Inside, courier: Courier
) -> None:
    channel = PushChannel(push_settings(), courier, SystemClock())
    with pytest.raises(Never, match="inside"):
        await channel.send(NOTICE, Browser().subscription(f"https://{service}:{inside.port}/fcm/send/x"))
    assert inside.visits == 0


async def test_a_name_is_looked_up_once_for_each_connection() -> None:
    """The check and the connection share one answer, so there is no second one to lie in."""
    honest, attacked = Inside(), Inside()
    first = await asyncio.start_server(honest.visit, "127.0.0.1", 0)
    port = first.sockets[0].getsockname()[1]
    second = await asyncio.start_server(attacked.visit, "127.0.0.2", port)
    names = NameServer()
    courier = Courier(OutboundRules(timeout=0.5, ports=frozenset({port}), allow_loopback=True), names)
    url = f"https://rebinds.example:{port}/"
    with pytest.raises(NotNow):
        await courier.post(url, b"", {})
    assert (honest.visits, attacked.visits, names.asked) == (1, 0, {"rebinds.example": 1})
    with pytest.raises(Never, match="inside"):
        # The next connection asks anew and checks anew.
        await courier.post(url, b"", {})
    assert (honest.visits, attacked.visits) == (1, 0)
    await courier.close()
    first.close()
    second.close()


async def test_the_listener_would_have_counted(inside: Inside) -> None:
    rules = OutboundRules(timeout=0.5, ports=frozenset({inside.port}), allow_loopback=True)
    courier = Courier(rules, NameServer())
    with pytest.raises(NotNow):
        await courier.post(f"https://inside.example:{inside.port}/", b"", {})
    with pytest.raises(NotNow):
        await courier.post(f"http://[::1]:{inside.port}/", b"", {})
    assert inside.visits == 2
    await courier.close()
