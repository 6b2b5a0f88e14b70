"""Refusals as RFC 9457 problem documents, in words that name the field and the mend."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from starlette.responses import JSONResponse

from hub.errors import HubError


def problem(error: HubError) -> JSONResponse:
    """The problem document of an expected refusal."""
    headers = {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in error.more:
        headers["Retry-After"] = str(error.more["retry_after"])
    return document(error.status, error.code, error.title, error.detail, error.more, headers)


def document(
    status: int,
    code: str,
    title: str,
    detail: str,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    content = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **(more or {})}
    return JSONResponse(content, status, dict(headers or {}), media_type="application/problem+json")


def in_words(error: ValidationError) -> str:
    """Every fault of a request in one sentence each, the field first."""
    return "; ".join(_fault(one["loc"], one["type"], one["msg"]) for one in error.errors(include_url=False))


def fields_in_words(errors: Sequence[Mapping[str, Any]]) -> str:
    """The same for the web framework's own form of the faults."""
    return "; ".join(_fault(one["loc"], one["type"], one["msg"]) for one in errors)


def _fault(where: Sequence[Any], kind: str, message: str) -> str:
    field = ".".join(str(part) for part in where if part not in ("body", "query", "path")) or "the body"
    if kind == "extra_forbidden":
        return f"{field[:100]}: unknown field; leave it out"
    if kind == "missing":
        return f"{field}: must be there"
    return f"{field}: {message.removeprefix('Value error, ')}"
