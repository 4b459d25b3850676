"""Whether the process is alive, what it stands on is, and what it has done."""

import redis
from flask import Flask, Response, current_app
from marshmallow import fields
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import text

from ticketing.ops import metrics
from ticketing.web.blueprint import Blueprint, register
from ticketing.core.database import db
from ticketing.core.errors import OUTAGES, NotFoundError, UnavailableError
from ticketing.web.schemas import ShownSchema

bp = Blueprint("health", __name__, description="For those who watch the service")

PATIENCE = 2  # seconds


def init_app(app: Flask) -> None:
    """Serve the health checks and metrics, outside ``/api``."""
    register(app, bp, prefix="")


class HealthSchema(ShownSchema):
    """How the process is."""

    examples = {"status": "ok"}

    status = fields.String()


@bp.get("/healthz", public=True)
@bp.response(200, HealthSchema)
def alive() -> dict[str, str]:
    """Answer, if anyone is there."""
    return {"status": "ok"}


@bp.get("/readyz", public=True)
@bp.response(200, HealthSchema)
def ready() -> dict[str, str]:
    """Answer ok if requests can be served, or name what is missing."""
    missing = [
        name
        for name, answers in (("database", _database), ("redis", redis_answers))
        if not answers()
    ]
    if missing:
        raise UnavailableError(f"No answer from: {', '.join(missing)}.")
    return {"status": "ok"}


@bp.get("/metrics", public=True, errors=[NotFoundError])
@bp.response(200, {"type": "string"}, content_type="text/plain")
def measure() -> Response:
    """Show what is counted, in Prometheus' format, to whoever may see it."""
    if not metrics.may_be_seen():
        raise NotFoundError("There is nothing at this path.")
    return Response(metrics.exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _database() -> bool:
    try:
        return db.session.scalar(text("SELECT 1")) == 1
    except OUTAGES:
        return False


def redis_answers() -> bool:
    """Whether Redis answers, where one is configured."""
    url = current_app.config["REDIS_URL"]
    patience = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    try:
        return not url or redis.from_url(url, **patience).ping()
    except redis.RedisError:
        return False
