"""The process entry points: ``python wsgi.py``, and ``wsgi:app`` for a WSGI server.

Eventlet is known here and in ``deploy/``, and nowhere else.
"""

import os
import sys
import warnings
from pathlib import Path

from dotenv import load_dotenv

HERE = Path(__file__).resolve().parent
load_dotenv(HERE / ".env")
IS_MAIN = __name__ == "__main__"
if IS_MAIN:
    os.environ.setdefault("TICKETING_ENV", "development")
    if os.environ.get("SOCKETIO_ASYNC_MODE", "eventlet") == "eventlet":
        warnings.filterwarnings("ignore", "\nEventlet is deprecated")
        import eventlet

        eventlet.monkey_patch()  # before anything else is imported, as gunicorn does

from flask import Flask  # noqa: E402

import config  # noqa: E402
from ticketing import create_app  # noqa: E402

# The status at which gunicorn gives up rather than start the worker again.
CANNOT_BOOT = 4


def configuration() -> dict[str, object]:
    """Return what the environment says, or exit with what is wrong with it."""
    try:
        return config.from_environ(os.environ)
    except config.ConfigError as error:
        print(error, file=sys.stderr)
        sys.exit(CANNOT_BOOT)


def build() -> Flask:
    """Return the application; on eventlet's loop, slow work runs in threads beside it.

    The flask command has no loop, whatever serves elsewhere.
    """
    settings = configuration()
    eventlet = sys.modules.get("eventlet")
    if not eventlet or not eventlet.patcher.is_monkey_patched("thread"):
        return create_app({**settings, "SOCKETIO_ASYNC_MODE": "threading"})
    from eventlet import tpool

    return create_app(settings, tpool.execute)


def serve() -> None:
    """Serve the demo: migrated, with something in it."""
    from flask_migrate import upgrade

    from ticketing import seed
    from ticketing.core.extensions import socketio

    with app.app_context():
        upgrade(directory=str(HERE / "migrations"))
        if app.config["TICKETING_ENV"] == "development":
            seed.plant_if_empty()
    host, port = app.config["HOST"], app.config["PORT"]
    print(f"Ticketing on http://{host}:{port}, documented at /docs", flush=True)
    socketio.run(app, host=host, port=port, allow_unsafe_werkzeug=True)


app = build()

if IS_MAIN:
    serve()
