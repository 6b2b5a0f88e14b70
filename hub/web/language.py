"""The language that a request is answered in: the one chosen on the page, else the browser's, else Danish."""

from functools import cache

from starlette.requests import Request

from hub.web.pages import LANGUAGE_COOKIE
from hub.web.render import LANGUAGES, Texts, catalogue

_texts = cache(catalogue)


def chosen(request: Request) -> Texts:
    """The words of a page, which speaks as the person chose and not as their browser would."""
    language = request.cookies.get(LANGUAGE_COOKIE, "")
    return _texts(language if language in LANGUAGES else LANGUAGES[0])


def words(request: Request) -> Texts:
    """The words to answer this caller in."""
    wanted = [request.cookies.get(LANGUAGE_COOKIE, "")]
    wanted += [
        one.partition(";")[0].strip()[:2].lower() for one in request.headers.get("accept-language", "").split(",")
    ]
    return _texts(next((language for language in wanted if language in LANGUAGES), LANGUAGES[0]))
