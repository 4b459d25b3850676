"""A customer support ticketing service: REST, and live updates over Socket.IO."""

from collections.abc import Mapping

from flask import Flask

from ticketing import accounts, categories, chat, comments, core, operations
from ticketing import realtime, seed, tickets, timeline
from ticketing.core.offload import Offload

# In the order in which they stand on each other.
PARTS = (accounts, categories, tickets, timeline, comments, chat, realtime, operations)


def create_app(
    config: Mapping[str, object],
    offload: Offload | None = None,
    *,
    migrates: bool = True,
) -> Flask:
    """Build the application; the only place that knows every part of it.

    :param config: Flask configuration, as ``config.from_environ`` returns it.
    :param offload: runs slow work beside the loop, where there is one; see
        ``core.offload``.
    :param migrates: whether commands are to find the migrations, which takes 11 MB.
    """
    app = Flask(__name__)
    app.config.from_mapping(config)
    core.init_app(app, offload, migrates)
    for part in PARTS:
        part.init_app(app)
    seed.init_app(app)
    core.complete_document(app)
    return app
