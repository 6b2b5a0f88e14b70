"""How the hub writes its log: sentences for a person, or one JSON object a line for a collector."""

import logging
import sys
from typing import TextIO, cast

import structlog


class Lasting:
    """A stream for lines that are lost where they cannot be written, and never cost the one who wrote them anything.

    A chore that fell because a disk is full must be able to say so and run again, though the log lies on that disk.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost = 0

    def write(self, text: str) -> int:
        try:
            if self.lost:
                self._stream.write(f"{self.lost} lines of this log could not be written.\n")
                self._stream.flush()
                self.lost = 0
            return self._stream.write(text)
        except OSError:
            self.lost += 1
            return 0

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            self.lost += 1


def configure(log_format: str) -> None:
    """Sends the hub's own log, and warnings of the libraries it stands on, to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if log_format == "json":
        last: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        # Plain, because the richer one shows every variable, and so the tokens of those who were asking.
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, Lasting(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last], foreign_pre_chain=shared
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
