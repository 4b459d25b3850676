"""Whether the process is alive, and whether what it stands on is."""

import redis
from flask import current_app
from marshmallow import fields
from sqlalchemy import text

from ticketing.core.api import Blueprint
from ticketing.core.database import db
from ticketing.core.errors import OUTAGES, UnavailableError
from ticketing.core.schemas import Schema

bp = Blueprint("health", __name__, description="For the load balancer")

PATIENCE = 2  # seconds


class HealthSchema(Schema):
    """How the process is."""

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
        for name, answers in (("database", _database), ("redis", _redis))
        if not answers()
    ]
    if missing:
        raise UnavailableError(f"No answer from: {', '.join(missing)}.")
    return {"status": "ok"}


def _database() -> bool:
    try:
        return db.session.scalar(text("SELECT 1")) == 1
    except OUTAGES:
        return False


def _redis() -> bool:
    url = current_app.config["REDIS_URL"]
    try:
        return not url or redis.from_url(url, socket_timeout=PATIENCE).ping()
    except redis.RedisError:
        return False
