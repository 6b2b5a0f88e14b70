"""What can go wrong, as classes whose text tells the reader what to do."""

from typing import Any, ClassVar


class HubError(Exception):
    """An expected refusal; its text is shown to the person or program that asked."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The hub could not do this"

    def __init__(self, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.more = more


class Unauthenticated(HubError):
    status = 401
    code = "unauthenticated"
    title = "Sign in first"


class Forbidden(HubError):
    status = 403
    code = "forbidden"
    title = "You do not have the right to do this"


class NotFound(HubError):
    status = 404
    code = "not_found"
    title = "There is no such thing here"


class Conflict(HubError):
    status = 409
    code = "conflict"
    title = "It has changed since you saw it"


class Invalid(HubError):
    status = 422
    code = "invalid"
    title = "Something in the request must be mended"


class TooManyTries(HubError):
    status = 429
    code = "too_many_tries"
    title = "Too many tries"


class Unavailable(HubError):
    status = 503
    code = "unavailable"
    title = "The hub cannot do this right now"


class FileProblem(HubError):
    """A file that a person wrote was refused whole; each problem names its place and the mend."""

    status = 422
    code = "file_problem"
    title = "The file must be mended"

    def __init__(self, name: str, problems: list[str]) -> None:
        super().__init__(f"{name}: " + "; ".join(problems), problems=problems)
        self.name = name
        self.problems = problems
