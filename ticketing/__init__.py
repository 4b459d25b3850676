"""A customer support ticketing service: REST, and live updates over Socket.IO."""

from collections.abc import Mapping

from flask import Flask

from ticketing import (
    accounts,
    audit,
    bulk,
    canned_responses,
    categories,
    chat,
    comments,
    console,
    files,
    history,
    inbound_mail,
    jobs,
    mail,
    moving,
    people,
    pusher,
    ratings,
    realtime,
    reports,
    rules,
    search,
    seed,
    service_levels,
    site,
    tags,
    tickets,
    views,
    webhooks,
)
from ticketing.core import database, offload
from ticketing.core.offload import Offload
from ticketing.ops import health, logs
from ticketing.web import blueprint, docs, errors, limits, middleware, openapi, requests
from ticketing.web.extensions import jwt

# In the order in which they stand on each other, for readers; any order works.
PARTS = (
    *(jobs, accounts, categories, tickets, ratings, files, history, comments, chat),
    *(search, tags, service_levels, rules, views, bulk, canned_responses, reports),
    *(webhooks, inbound_mail, mail, people, realtime, pusher, audit, site),
    *(console, moving),
)


def create_app(
    config: Mapping[str, object],
    run_in_thread: Offload | None = None,
    *,
    migrates: bool = True,
) -> Flask:
    """Build the application; the only place that knows every part of it.

    :param config: Flask configuration, as ``config.from_environ`` returns it.
    :param run_in_thread: calls a function in a thread, where an event loop must not be
        blocked; see ``core.offload``.
    :param migrates: whether commands are to find the migrations, which takes 11 MB.
    """
    app = Flask(__name__)
    app.config.from_mapping(config)
    logs.init_app(app)
    requests.init_app(app)
    database.init_app(app, migrates)
    jwt.init_app(app)
    limits.init_app(app)
    offload.init_app(app, run_in_thread)
    middleware.init_app(app)
    blueprint.init_app(app)
    errors.init_app(app)
    health.init_app(app)
    docs.init_app(app)
    for part in PARTS:
        part.init_app(app)
    seed.init_app(app)
    realtime.complete(app)
    pusher.complete(app)
    middleware.wrap(app)
    openapi.link_created(app)
    return app
