"""What a push message says inside its encryption."""

import json
from typing import Any

from hub.ports import Notice

# RFC 8030, 7.2: a service takes at least 4096 bytes; RFC 8188 spends 86 on the header, 16 on the tag, 1 on the end.
LONGEST = 4096 - 86 - 16 - 1
# Notices are written once, in the hub's first language, whoever reads them.
LANGUAGE = "da"


def payload(notice: Notice) -> bytes:
    """The message for our own service worker, and in the same JSON the form that a browser shows without one."""
    whole = _encoded(notice, notice.title, notice.text)
    if len(whole) <= LONGEST:
        return whole
    fits, too_long = 0, len(notice.text)
    title = notice.title[:200]
    while too_long - fits > 1:
        half = (fits + too_long) // 2
        if len(_encoded(notice, title, notice.text[:half] + "…")) <= LONGEST:
            fits = half
        else:
            too_long = half
    return _encoded(notice, title, notice.text[:fits] + "…")


def _encoded(notice: Notice, title: str, body: str) -> bytes:
    message: dict[str, Any] = {"id": notice.id, "title": title, "body": body, **_facts(notice)}
    if notice.url is not None:
        # The Push API's declarative form wants a URL to go to. "mutable" still wakes the service worker first, which
        # then finds `data` in the event's notification instead of the event's own data: it sends the receipt.
        message["web_push"] = 8030
        message["mutable"] = True
        message["notification"] = {
            "title": title,
            "body": body,
            "navigate": notice.url,
            "tag": notice.tag,
            "lang": LANGUAGE,
            "silent": False,
            "requireInteraction": True,
            "actions": [{**action, "navigate": notice.url} for action in _actions(notice)],
            "data": {"id": notice.id, **_facts(notice)},
        }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace")


def _facts(notice: Notice) -> dict[str, Any]:
    return {
        "tag": notice.tag,
        "url": notice.url,
        "lang": LANGUAGE,
        "drill": notice.drill,
        "quiet": notice.quiet,
        "reply": notice.reply,
        "actions": _actions(notice),
        "unsent": notice.unsent,
    }


def _actions(notice: Notice) -> list[dict[str, str]]:
    return [{"action": word, "title": label} for word, label in notice.answers]
