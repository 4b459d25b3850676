"""Health checks and metrics over HTTP, outside ``/api``."""

import redis
from flask import Flask, Response
from marshmallow import fields
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import text

from ticketing.core.database import db
from ticketing.core.errors import OUTAGES, NotFoundError, UnavailableError
from ticketing.core.redis import client_options
from ticketing.core.settings import setting
from ticketing.core.text import t
from ticketing.ops import metrics
from ticketing.web.blueprint import Blueprint, register
from ticketing.web.schemas import ResponseSchema

bp = Blueprint("health", __name__, description="Health checks and metrics")

REDIS_TIMEOUT_S = 2


def init_app(app: Flask) -> None:
    """Serve the health checks and metrics, outside ``/api``."""
    register(app, bp, prefix="")


class HealthSchema(ResponseSchema):
    """The state of the process."""

    examples = {"status": "ok"}

    status = fields.String()


@bp.get("/healthz", public=True)
@bp.response(200, HealthSchema)
def alive() -> dict[str, str]:
    """Answer ok while the process runs."""
    return {"status": "ok"}


@bp.get("/readyz", public=True)
@bp.response(200, HealthSchema)
def ready() -> dict[str, str]:
    """Answer ok if the database and Redis answer; otherwise name which does not."""
    missing = [
        name
        for name, answers in (("database", _database_answers), ("redis", redis_answers))
        if not answers()
    ]
    if missing:
        services = ", ".join(missing)
        raise UnavailableError(t("No answer from: {services}.", services=services))
    return {"status": "ok"}


@bp.get("/metrics", public=True, errors=[NotFoundError])
@bp.response(200, {"type": "string"}, content_type="text/plain")
def measure() -> Response:
    """Return the metrics in Prometheus' text format."""
    if not metrics.may_read_metrics():
        raise NotFoundError(t("There is nothing at this path."))
    return Response(metrics.exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _database_answers() -> bool:
    """Return whether the database answers."""
    try:
        return db.session.scalar(text("SELECT 1")) == 1
    except OUTAGES:
        return False


def redis_answers() -> bool:
    """Return whether Redis answers, or none is configured."""
    url = setting("REDIS_URL")
    if not url:
        return True
    try:
        with redis.from_url(url, **client_options(REDIS_TIMEOUT_S)) as client:
            return client.ping()
    except redis.RedisError:
        return False
