"""Logs and metrics."""

import contextlib
import functools
import logging
import sys
from collections.abc import Mapping
from typing import Literal, TextIO

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

EXPOSITION_TYPE = CONTENT_TYPE_LATEST
"""The content type of `Metrics.exposition`."""

_LATENCIES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 120)
_CLOSE_CODES = range(1000, 1016)  # Those that RFC 6455 and its registry give a meaning.


def set_up_logging(*, form: Literal["text", "json"], level: str) -> None:
    """Write log lines to standard error, for people or as JSON; those of libraries too, from warnings on."""
    renderer = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    before: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*before, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(_Patient(sys.stderr)),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=before))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


class _Patient:
    """A stream that goes on when it cannot be written to: a full disk must not stop what it only tells of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with contextlib.suppress(OSError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with contextlib.suppress(OSError):
            self._stream.flush()


class Metrics:
    """What the server counts, in a registry of its own, so that two servers in one process do not mix.

    The names are promises: antiphon_requests_total, antiphon_request_seconds, antiphon_first_byte_seconds,
    antiphon_websockets_open, antiphon_websockets_total, antiphon_jobs, antiphon_jobs_oldest_seconds,
    antiphon_jobs_ended_total, antiphon_webhook_attempts_total.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "antiphon_requests_total", "Requests answered.", ("route", "status", "code"), registry=self.registry
        )
        self._seconds = Histogram(
            "antiphon_request_seconds",
            "From a request's headers to the end of its answer.",
            ("route",),
            buckets=_LATENCIES,
            registry=self.registry,
        )
        self._first = Histogram(
            "antiphon_first_byte_seconds",
            "From a request's headers to the first byte of the body of its answer.",
            ("route",),
            buckets=_LATENCIES,
            registry=self.registry,
        )
        self._makers = Gauge(
            "antiphon_maker_ready",
            "Whether a maker would serve a request now.",
            ("maker",),
            registry=self.registry,
        )
        self._websockets = Gauge("antiphon_websockets_open", "Websockets open now.", registry=self.registry)
        self._closed = Counter(
            "antiphon_websockets_total",
            "Websockets that were open, by the code they were closed with.",
            ("route", "code"),
            registry=self.registry,
        )

        self._jobs = Gauge("antiphon_jobs", "Jobs that wait or run, by state.", ("state",), registry=self.registry)
        self._oldest = Gauge(
            "antiphon_jobs_oldest_seconds",
            "How long the job has waited for a worker that waits longest, of those whose account is not busy enough.",
            registry=self.registry,
        )
        self._ended = Counter(
            "antiphon_jobs_ended_total", "Jobs that this server ended.", ("kind", "state"), registry=self.registry
        )
        self._attempts = Counter(
            "antiphon_webhook_attempts_total",
            "Attempts to deliver a webhook: delivered, failed, or exhausted, which is the last that failed.",
            ("outcome",),
            registry=self.registry,
        )

        # Looking a child up by its labels costs more than counting on it. Labels are few: routes, statuses, codes.
        self._counter = functools.cache(self._requests.labels)
        self._timer = functools.cache(self._seconds.labels)
        self._first_timer = functools.cache(self._first.labels)

    def request(self, *, route: str, status: int, code: str, seconds: float, first: float | None) -> None:
        """Count a request; `code` is that of its error, `first` when its first byte left, None where none did."""
        self._counter(route, str(status), code).inc()
        self._timer(route).observe(seconds)
        if first is not None:
            self._first_timer(route).observe(first)

    def websocket_opened(self) -> None:
        """Count a websocket as open."""
        self._websockets.inc()

    def websocket_closed(self, *, route: str, code: int) -> None:
        """Count a websocket as closed. The codes that clients make up are one."""
        self._websockets.dec()
        self._closed.labels(route, str(code) if code in _CLOSE_CODES else "other").inc()

    def maker(self, name: str, *, ready: bool) -> None:
        """Say how a maker is."""
        self._makers.labels(name).set(float(ready))

    def backlog(self, jobs: Mapping[str, float], *, oldest: float) -> None:
        """Say how many jobs wait and run, by state, and for how many seconds the longest has waited for a worker."""
        for state, count in jobs.items():
            self._jobs.labels(state).set(count)
        self._oldest.set(oldest)

    def job_ended(self, kind: str, state: str) -> None:
        """Count a job as ended."""
        self._ended.labels(kind, state).inc()

    def webhook_tried(self, outcome: str) -> None:
        """Count an attempt to deliver a webhook."""
        self._attempts.labels(outcome).inc()

    def exposition(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self.registry)
