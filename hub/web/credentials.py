"""Who is asking: the token in a request, and whether the page it came from is ours."""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

COOKIE = "hub_session"
# A phone that a code made somebody's keeps its right beside this, for whoever signs in on it for a while.
DEVICE_COOKIE = "hub_device"


def token_of(authorization: str | None, cookie: str | None) -> tuple[str | None, bool]:
    """The bearer token, or else a cookie's, the session's first; and whether it was a cookie's."""
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        return (token.strip() or None, False) if scheme.lower() == "bearer" else (None, False)
    if cookie:
        try:
            jar = SimpleCookie(cookie)
        except CookieError:
            return None, False
        for name in (COOKIE, DEVICE_COOKIE):
            if name in jar and jar[name].value:
                return jar[name].value, True
    return None, False


def own_origin(origin: str, host: str | None, public_url: str | None) -> bool:
    """Whether a browser's Origin is the hub's own address."""
    if public_url is not None:
        ours = urlsplit(public_url)
        if origin == f"{ours.scheme}://{ours.netloc}":
            return True
    try:
        asked = urlsplit(origin)
    except ValueError:
        return False
    return asked.scheme in ("http", "https") and host is not None and asked.netloc == host
