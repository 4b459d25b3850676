"""Prometheus metrics, served at ``/metrics``.

Labels are routes and statuses, never paths or ids, so that the number of series does
not grow with what clients send.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from ipaddress import ip_address

from flask import request
from prometheus_client import (
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from ticketing.core.auth import has_service_token
from ticketing.core.database import db
from ticketing.core.errors import OUTAGES
from ticketing.core.extension_points import ExtensionPoint

disable_created_metrics()  # they would double the number of series
REQUESTS = Counter(
    "ticketing_requests", "Requests answered", ["method", "route", "status"]
)
SECONDS = Histogram(
    "ticketing_request_seconds", "From a request to its answer", ["method", "route"]
)
POOL = Gauge("ticketing_pool_in_use", "Connections to the database in use")
# Called before the metrics are written, to update gauges.
MEASURES = ExtensionPoint[Callable[[], None]]("measures")
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded")


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    requests, took = _series(method, route, status)
    requests.inc()
    took.observe(seconds)


@cache  # labels() takes longer than inc() and observe()
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, status), SECONDS.labels(method, route)


def exposition() -> bytes:
    """Return every metric in Prometheus' text format."""
    POOL.set(db.engine.pool.checkedout())  # type: ignore[attr-defined]
    with suppress(*OUTAGES):  # the others are there without the database, too
        for measure in MEASURES.contributions():
            measure()
    return generate_latest()


def may_read_metrics() -> bool:
    """Return whether the caller has ``METRICS_TOKEN`` or is on this machine."""
    if has_service_token("METRICS_TOKEN"):
        return True
    return _is_direct() and _is_loopback(request.remote_addr or "")


def _is_direct() -> bool:
    """Return whether no proxy forwarded the request.

    Behind a proxy on this machine, every caller has a loopback address.
    """
    return not any(name in request.headers for name in FORWARDED)


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
