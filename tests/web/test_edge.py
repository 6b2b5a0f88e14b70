"""What passes the edge and what does not: credentials, origins, bodies, headers; every refusal a problem document."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from hub.web.credentials import own_origin, token_of
from tests.web.served import PASSWORD, SUN, Served, press, refusal, written

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALARM, NOBODYS = "{alarm}", "0190a1b2-0000-7000-8000-000000000000"
CALLS = [
    ("POST", "/api/alarms", {"id": NOBODYS, "kind": "alarm"}),
    ("GET", "/api/alarms", None),
    ("GET", f"/api/alarms/{ALARM}", None),
    ("POST", f"/api/alarms/{ALARM}/answers", {"answer": "coming", "as_of": 1}),
    ("POST", f"/api/alarms/{ALARM}/resolve", {"outcome": "test", "as_of": 1}),
    ("POST", f"/api/alarms/{ALARM}/withdraw", {"as_of": 1}),
    ("GET", "/api/reach?unit=nord", None),
    ("GET", "/api/duty", None),
    ("GET", "/api/devices", None),
    ("GET", "/api/journal/verify", None),
    ("GET", "/api/session", None),
    ("DELETE", "/api/session", None),
    ("GET", "/api/sessions", None),
]
ABOUT_AN_ALARM = [call for call in CALLS if ALARM in call[1]]


class TestCredentials:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer dev_" + "A" * 43},
            {"Authorization": "Bearer ses_" + "A" * 43},
            {"Authorization": "Bearer"},
            {"Authorization": "Basic YW5uYTp4"},
            {"Authorization": "Bearer \u00e6\u00f8\u00e5".encode("latin-1").decode("latin-1")},
            {"Cookie": "hub_session=ses_" + "A" * 43},
            {"Cookie": 'hub_session="\\303'},
        ],
        ids=[
            "none",
            "unknown device",
            "unknown session",
            "empty",
            "basic",
            "not ASCII",
            "unknown cookie",
            "odd cookie",
        ],
    )
    async def test_without_a_credential_that_holds_it_is_401_everywhere(
        self, served: Served, headers: dict[str, str]
    ) -> None:
        raw = [(name, value.encode("latin-1")) for name, value in headers.items()]
        async with served.http() as http:
            for method, path, body in CALLS:
                reply = await http.request(method, path.format(alarm=NOBODYS), json=body, headers=dict(raw))  # type: ignore[arg-type]
                assert (reply.status_code, refusal(reply)["code"]) == (401, "unauthenticated"), (method, path)
                assert reply.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize(("method", "path", "body"), ABOUT_AN_ALARM)
    async def test_another_institutions_alarm_is_not_there(
        self, served: Served, method: str, path: str, body: dict[str, object] | None
    ) -> None:
        alarm = await served.raised("telefon-anna")
        for device in ("m-telefon-leif", "m-telefon-anna", "m-knap"):
            async with served.http(device) as http:
                reply = await http.request(method, path.format(alarm=alarm["id"]), json=body)
            assert (reply.status_code, refusal(reply)["code"]) == (404, "not_found")
        async with served.http("telefon-bo") as http:
            assert (await http.get(f"/api/alarms/{alarm['id']}")).json()["version"] == 1

    @pytest.mark.parametrize(("method", "path", "body"), ABOUT_AN_ALARM)
    @pytest.mark.parametrize("which", [NOBODYS, "seven", "%00", "%ff", "..%2f..", "%F0%9F%9A%A8", "a" * 3000])
    async def test_an_alarm_that_there_is_not_is_404(
        self, served: Served, method: str, path: str, body: dict[str, object] | None, which: str
    ) -> None:
        async with served.http("telefon-leif") as http:
            reply = await http.request(method, path.format(alarm=which), json=body)
        assert (reply.status_code, refusal(reply)["code"]) == (404, "not_found")

    async def test_a_revoked_device_is_refused_at_once(self, served: Served) -> None:
        async with served.http("aflagt") as http:
            assert (await http.get("/api/alarms")).status_code == 200
            gone = written(served.folder, datetime.now(UTC), SUN, without="aflagt")
            await served.hub.command("setup", str(gone), "--tokens", str(served.folder / SUN))
            assert (await http.get("/api/alarms")).status_code == 401


class TestOrigin:
    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", "http://127.0.0.1", "file://", ""])
    async def test_a_page_of_somebody_elses_may_not_act_with_our_cookie(self, served: Served, origin: str) -> None:
        async with served.signed_in("anna") as browser:
            for method, path, body in (
                ("POST", "/api/alarms", press()),
                ("DELETE", "/api/session", None),
                ("POST", "/api/session", {"username": f"{SUN}/anna", "password": PASSWORD}),
            ):
                reply = await browser.request(method, path, json=body, headers={"Origin": origin})
                assert (reply.status_code, refusal(reply)["code"]) == (403, "forbidden")
            assert (await browser.get("/api/session", headers={"Origin": origin})).status_code == 200

    async def test_our_own_page_may(self, served: Served) -> None:
        async with served.signed_in("anna") as browser:
            assert (await browser.post("/api/alarms", json=press())).status_code == 201

    async def test_a_program_with_a_token_needs_no_origin_and_may_have_any(self, served: Served) -> None:
        async with served.http("telefon-anna") as http:
            assert (await http.post("/api/alarms", json=press())).status_code == 201
            reply = await http.post("/api/alarms", json=press(), headers={"Origin": "https://evil.example"})
            assert reply.status_code == 201

    @pytest.mark.parametrize(
        ("origin", "host", "public", "ours"),
        [
            ("https://hub.example", "10.0.0.1:8000", "https://hub.example", True),
            ("https://hub.example:8443", "10.0.0.1:8000", "https://hub.example", False),
            ("http://hub.example", "10.0.0.1:8000", "https://hub.example", False),
            ("http://10.0.0.1:8000", "10.0.0.1:8000", "https://hub.example", True),
            ("http://10.0.0.1:8000", None, None, False),
            ("ftp://10.0.0.1", "10.0.0.1", None, False),
            ("http://user@10.0.0.1", "10.0.0.1", None, False),
        ],
    )
    async def test_what_is_our_own(self, origin: str, host: str | None, public: str | None, ours: bool) -> None:
        assert own_origin(origin, host, public) is ours

    async def test_where_the_token_comes_from(self) -> None:
        assert token_of("Bearer  dev_x ", "hub_session=ses_y") == ("dev_x", False)
        assert token_of("Basic x", "hub_session=ses_y") == (None, False)
        assert token_of(None, "a=b; hub_session=ses_y") == ("ses_y", True)
        assert token_of(None, "hub_session=") == (None, False)


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "kind", "status", "code"),
        [
            (b'{"id":"1","id":"2"}', "application/json", 400, "not_json"),
            (b'{"kind":NaN}', "application/json", 400, "not_json"),
            (b'{"kind":1e400}', "application/json", 400, "not_json"),
            (b'{"kind":"\\ud800"}', "application/json", 400, "not_json"),
            (b'{"kind":"\\u0000"}', "application/json", 400, "not_json"),
            (b'{"kind":"\xe6"}', "application/json", 400, "not_json"),
            (b"[" * 20_000, "application/json", 400, "not_json"),
            (b'{"note":' * 900 + b"1" + b"}" * 900, "application/json", 400, "not_json"),
            (b"[]", "application/json", 400, "not_json"),
            (b"7", "application/json", 400, "not_json"),
            (b"not json", "application/json; charset=utf-8", 400, "not_json"),
            (b"{}", "text/plain", 415, "not_json"),
            (b"kind=alarm", "application/x-www-form-urlencoded", 415, "not_json"),
            (b"{}", "", 415, "not_json"),
            (b"", "application/json", 422, "invalid"),
            (b" " * (64 * 1024 + 1), "application/json", 413, "too_large"),
        ],
    )
    async def test_what_is_no_clean_json_object_goes_no_further(
        self, served: Served, body: bytes, kind: str, status: int, code: str
    ) -> None:
        async with served.http("telefon-anna") as http:
            reply = await http.post("/api/alarms", content=body, headers={"Content-Type": kind})
        assert (reply.status_code, refusal(reply)["code"]) == (status, code)

    async def test_a_body_of_the_largest_size_is_read(self, served: Served) -> None:
        padded = json.dumps(press()).encode().ljust(64 * 1024)
        async with served.http("telefon-anna") as http:
            reply = await http.post("/api/alarms", content=padded, headers={"Content-Type": "application/json"})
        assert reply.status_code == 201

    async def test_ten_mib_are_refused_by_their_announcement_alone(self, served: Served) -> None:
        head = await answered(served, f"Content-Length: {10 * 2**20}\r\n\r\n".encode())
        assert head.startswith(b"HTTP/1.1 413 ")

    async def test_an_endless_body_is_refused_as_soon_as_it_is_too_large(self, served: Served) -> None:
        chunk = b"1000\r\n" + b" " * 4096 + b"\r\n"
        head = await answered(served, b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 17)
        assert head.startswith(b"HTTP/1.1 413 ")

    async def test_ten_mib_from_a_client_that_does_not_listen_while_it_sends(self, served: Served) -> None:
        async with served.http("telefon-anna") as http:
            reply = await http.post("/api/alarms", content=b" " * (10 * 2**20))
        assert (reply.status_code, refusal(reply)["code"]) == (413, "too_large")

    async def test_a_body_that_breaks_off_raises_nothing(self, served: Served) -> None:
        pressed = press()
        body = json.dumps(pressed).encode()
        reader, writer = await asyncio.open_connection(served.hub.host, served.hub.port)
        writer.write(request_head(served) + f"Content-Length: {len(body) + 10}\r\n\r\n".encode() + body)
        writer.write_eof()
        await reader.read()
        writer.close()
        async with served.http("telefon-anna") as http:
            assert (await http.get(f"/api/alarms/{pressed['id']}")).status_code == 404


def request_head(served: Served) -> bytes:
    token = served.tokens["telefon-anna"]
    return (
        f"POST /api/alarms HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    ).encode()


async def answered(served: Served, rest: bytes) -> bytes:
    """The answer to a request of which no more than this is ever sent."""
    reader, writer = await asyncio.open_connection(served.hub.host, served.hub.port)
    writer.write(request_head(served) + rest)
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer


class TestEverywhere:
    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/nowhere", 404, "not_found"),
            ("GET", "/api/nowhere", 404, "not_found"),
            ("GET", "/live", 404, "not_found"),
            ("DELETE", "/api/alarms", 405, "method_not_allowed"),
            ("PUT", "/api/session", 405, "method_not_allowed"),
            ("PROPFIND", "/api/alarms", 405, "method_not_allowed"),
        ],
    )
    async def test_what_there_is_not_is_a_problem_document_too(
        self, served: Served, method: str, path: str, status: int, code: str
    ) -> None:
        async with served.http("telefon-anna") as http:
            reply = await http.request(method, path)
        assert (reply.status_code, refusal(reply)["code"]) == (status, code)
        assert (status == 405) == ("allow" in reply.headers)

    @pytest.mark.parametrize("path", ["/health/live", "/api/alarms", "/nowhere", "/openapi.json", "/login"])
    async def test_every_answer_is_guarded(self, served: Served, path: str) -> None:
        async with served.http() as http:
            headers = (await http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "server" not in headers
        if path.startswith("/api/"):
            assert headers["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        "noise", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET /\xff HTTP/1.1\r\n\r\n", b"NONSENSE\r\n\r\n", b"\0" * 100]
    )
    async def test_what_is_not_http_is_told_so_and_hung_up_on(self, served: Served, noise: bytes) -> None:
        reader, writer = await asyncio.open_connection(served.hub.host, served.hub.port)
        writer.write(noise)
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "bad_request"

    async def test_endless_headers_are_refused(self, served: Served) -> None:
        reader, writer = await asyncio.open_connection(served.hub.host, served.hub.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: hub\r\n" + b"X-Long: " + b"x" * 40_000)
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "head_too_large"
