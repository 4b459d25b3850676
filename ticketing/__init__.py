"""A customer support ticketing service: REST, and live updates over Socket.IO."""

from collections.abc import Mapping

from flask import Flask

from ticketing import accounts, categories, chat, comments, core, realtime, seed
from ticketing import tickets, timeline
from ticketing.core.offload import Offload


def create_app(config: Mapping[str, object], offload: Offload | None = None) -> Flask:
    """Build the application; the only place that knows every part of it.

    :param config: Flask configuration, as ``config.from_environ`` returns it.
    :param offload: runs slow work beside the loop, where there is one; see
        ``core.offload``.
    """
    app = Flask(__name__)
    app.config.from_mapping(config)
    core.init_app(app, offload)
    for part in (accounts, categories, tickets, timeline, comments, chat, realtime):
        part.init_app(app)
    seed.init_app(app)
    return app
