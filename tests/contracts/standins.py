"""The services that the hub's channels speak to, as their documentation describes them: none is the real one."""

import base64
import hashlib
import hmac
import json
import re
import time
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from integrations.sms_text import is_gsm
from tests.contracts.browser import Browser, padded
from tests.contracts.over_http import Answer, Call, HttpStandIn, wants

KEY = b"k" * 16 + b"e" * 16 + b"y" * 16
TOKEN = "Go-Create-an-API-token-0123456789"


def signed_by_the_hub(call: Call, key: bytes) -> bool:
    """As a receiver checks it: the time is near, and the proof is over time and body."""
    found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", call.headers.get("hub-signature", ""))
    if found is None or abs(time.time() - int(found[1])) > 300:
        return False
    proof = hmac.new(key, found[1].encode() + b"." + call.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(proof, found[2])


class Receiver(HttpStandIn):
    """A contact's webhook."""

    def judge(self, call: Call) -> Answer:
        wants(call.method == "POST" and call.target == "/alarm", 404, "another address")
        wants(signed_by_the_hub(call, KEY), 401, "not signed by the hub")
        said = call.json()
        wants(set(said) == {"id", "title", "text", "tag", "url", "drill", "sent_at"}, 422, "other fields")
        wants(call.headers.get("idempotency-key") == said["id"], 422, "another key than the notice's id")
        wants(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said["sent_at"]) is not None, 422, "sent_at")
        self.taken.append(said)
        return Answer(200, b"thanks")


class CallProvider(HttpStandIn):
    """Rings numbers and reads aloud."""

    def judge(self, call: Call) -> Answer:
        wants(call.method == "POST" and call.target == "/calls", 404, "another address")
        wants(signed_by_the_hub(call, KEY), 401, "not signed by the hub")
        said = call.json()
        wants(set(said) == {"to", "say", "language", "id"}, 422, "other fields")
        wants(re.fullmatch(r"\+[1-9]\d{7,14}", said["to"]) is not None, 422, "not E.164")
        self.taken.append(said)
        return Answer(201, json.dumps({"id": f"call-{len(self.taken)}"}).encode())


class Gateway(HttpStandIn):
    """GatewayAPI's POST /rest/mtsms, as its REST documentation has it."""

    refuses_with = 422
    known = frozenset({"sender", "message", "recipients", "userref", "validity_period", "encoding", "class"})

    def judge(self, call: Call) -> Answer:
        wants(call.method == "POST" and call.target == "/rest/mtsms", 404, "another address")
        right = "Basic " + base64.b64encode(f"{TOKEN}:".encode()).decode()
        wants(call.headers.get("authorization") == right, 401, "the token")
        wants(call.headers.get("content-type") == "application/json", 400, "the content type")
        said = call.json()
        wants(set(said) <= self.known and {"sender", "message", "recipients"} <= set(said), 422, "other fields")
        wants(re.fullmatch(r"[A-Za-z0-9 ]{1,11}|\d{1,15}", said["sender"]) is not None, 400, "the sender")
        (recipient,) = said["recipients"]
        wants(isinstance(recipient["msisdn"], int) and 10**7 <= recipient["msisdn"] < 10**15, 400, "the number")
        wants(said.get("encoding", "UTF8") in {"UTF8", "UCS2"}, 400, "the encoding")
        wants("encoding" in said or is_gsm(said["message"]), 400, "signs that GSM 03.38 has not")
        wants(isinstance(said.get("validity_period", 60), int), 422, "the validity period")
        self.taken.append(said)
        number = 421332670 + len(self.taken)
        return Answer(200, json.dumps({"ids": [number], "usage": {"countries": {"DK": 1}}}).encode())


class TeamsWorkflow(HttpStandIn):
    """The trigger of a Power Automate workflow that posts to a Teams channel."""

    def judge(self, call: Call) -> Answer:
        path, _, query = call.target.partition("?")
        wants(path == "/workflows/643e69f83c8944/triggers/manual/paths/invoke", 404, "another workflow")
        wants("sig=KODuebWbDGYFr0z0eu" in query.split("&"), 401, "the signature")
        (card,) = call.json()["attachments"]
        wants(card["contentType"] == "application/vnd.microsoft.card.adaptive", 400, "no adaptive card")
        self.taken.append(json.dumps(card["content"], ensure_ascii=False))
        return Answer(202)


class PushService(HttpStandIn):
    """A browser maker's push service, RFC 8030 and 8292, with one browser behind it that opens what it gets."""

    refuses_with = 410

    def __init__(self) -> None:
        super().__init__()
        self.browser = Browser()
        self.application_server_key = ""
        self.tokens: set[str] = set()
        self.topics: list[str] = []

    @property
    def subscription(self) -> str:
        return self.browser.subscription(f"{self.url}/push/v1/gAAAAABh")

    def judge(self, call: Call) -> Answer:
        wants(call.method == "POST" and call.target == "/push/v1/gAAAAABh", 404, "no such subscription")
        wants(call.headers.get("ttl", "").isdigit(), 400, "no TTL")
        wants(call.headers.get("urgency") in {"very-low", "low", "normal", "high"}, 400, "the urgency")
        wants(re.fullmatch(r"[A-Za-z0-9_-]{1,32}", call.headers.get("topic", "")) is not None, 400, "the topic")
        wants(call.headers.get("content-encoding") == "aes128gcm", 415, "the encoding")
        wants(len(call.body) <= 4096, 413, "more than 4096 bytes")
        self._check_vapid(call.headers.get("authorization", ""))
        self.topics.append(call.headers["topic"])
        self.taken.append(self.browser.opened(call.body))
        return Answer(201, headers=(("Location", f"{self.url}/message/{len(self.taken)}"),))

    def _check_vapid(self, authorization: str) -> None:
        found = re.fullmatch(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+),\s*k=([\w-]+)", authorization)
        wants(found is not None, 401, "no VAPID")
        assert found is not None
        head, claims, proof, key = found.groups()
        wants(key == self.application_server_key, 403, "another key than the one subscribed with")
        wants(json.loads(padded(head)).get("alg") == "ES256", 401, "the algorithm")
        signature = padded(proof)
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), padded(key))
        try:
            public.verify(encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            wants(False, 403, "the signature")
        said: dict[str, Any] = json.loads(padded(claims))
        wants(said.get("aud") == self.url, 403, "for another service")
        wants(time.time() < said.get("exp", 0) <= time.time() + 86400, 403, "expired, or for more than a day")
        wants(str(said.get("sub", "")).startswith(("mailto:", "https:")), 403, "nobody to write to")
        self.tokens.add(authorization)
