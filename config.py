"""Settings: read from the environment once, when the process starts."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import urlsplit

from limits import parse as parse_rate
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

INSTANCE = Path(__file__).resolve().parent / "instance"
DEVELOPMENT_SECRET = "for development only, never in production"
SECRET_BYTES = 32
ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
NEW_SECRET = 'python -c "import secrets; print(secrets.token_hex(32))"'

# Everything on stderr, a JSON object a line; gunicorn's own lines too.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "propagate": True},
        "alembic": {"level": "WARNING"},
        "engineio.server": {"level": "ERROR"},  # unset, it adds a handler of its own
        "socketio.server": {"level": "ERROR"},
        "flask-limiter": {"level": "WARNING"},  # whose key may be an email
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(levelname)s %(name)s %(message)s",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": True,
        }
    },
}


class ConfigError(Exception):
    """The environment does not describe a service that may start; it says why."""


@dataclass(frozen=True)
class Setting:
    """One environment variable.

    :param read: turns its text into a value; its ``ValueError`` says what it takes.
    :param default: its text when it is unset; by environment, where they differ.
    :param secret: whether its text may hold a password, which no message shows.
    """

    name: str
    read: Callable[[str], Any]
    default: str | Mapping[str, str]
    secret: bool = False

    def value(self, environ: Mapping[str, str], env: str) -> Any:
        """Return the value, read from ``environ`` or by default.

        :raises ConfigError: the text is none that the setting takes.
        """
        default = self.default if isinstance(self.default, str) else self.default[env]
        text = environ.get(self.name, "").strip() or default
        try:
            return self.read(text)
        except ValueError as error:
            found = "what it is" if self.secret else repr(text)
            raise ConfigError(f"{self.name} cannot be {found}: {error}.") from error


def integer(lowest: int, highest: int | None = None) -> Callable[[str], int]:
    """Return a reader of integers in a range.

    It raises ``ValueError`` for everything else.
    """

    def read(text: str) -> int:
        bounds = f"from {lowest}" + (f" to {highest}" if highest else " up")
        if not text.isdecimal():
            raise ValueError(f"it takes an integer {bounds}")
        if int(text) < lowest or highest is not None and int(text) > highest:
            raise ValueError(f"it takes an integer {bounds}")
        return int(text)

    return read


def choice(*choices: str) -> Callable[[str], str]:
    """Return a reader of one of the given words.

    It raises ``ValueError`` for everything else.
    """

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"it takes one of {', '.join(choices)}")
        return text

    return read


def words(*allowed: str) -> Callable[[str], list[str]]:
    """Return a reader of a comma separated list of the allowed words.

    It raises ``ValueError`` for every other word.
    """

    def read(text: str) -> list[str]:
        found = listed(text)
        if not set(found) <= set(allowed):
            raise ValueError(f"it takes some of {', '.join(allowed)}, comma separated")
        return found

    return read


def listed(text: str) -> list[str]:
    """Return what a text lists, separated by commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def origins(text: str) -> list[str]:
    """Read a list of origins, as a browser writes them, or of ``*``, for every one.

    :raises ValueError: one is neither.
    """
    found = [origin.lower() for origin in listed(text)]
    if not all(origin == "*" or ORIGIN.fullmatch(origin) for origin in found):
        raise ValueError(
            "it takes origins such as https://help.example.org, comma separated"
        )
    return found


def rate(text: str) -> str:
    """Read a rate limit, such as ``10 per minute``.

    :raises ValueError: it is none.
    """
    takes = 'it takes a rate, such as "10 per minute"'
    try:
        allowed = parse_rate(text).amount
    except ValueError as error:
        raise ValueError(takes) from error
    if not allowed:
        raise ValueError(f"nobody would get in; {takes}")
    return text


def database(text: str) -> str:
    """Read a database URL; PyMySQL is the driver wherever none is named.

    :raises ValueError: it is none, or of a database that is not supported.
    """
    # What SQLAlchemy calls mariadb is another dialect, which is not served.
    for scheme in ("mysql", "mariadb", "mariadb+pymysql"):
        if text.startswith(f"{scheme}://"):
            text = f"mysql+pymysql{text.removeprefix(scheme)}"
    try:
        url = make_url(text)
        (url.host or "").encode("idna")  # as it is for a look-up
    except (ArgumentError, ValueError):
        url = None
    drivers = ("sqlite", "mysql+pymysql")
    nowhere = url and url.drivername == "sqlite" and (url.host or not url.database)
    if not url or url.drivername not in drivers or nowhere:
        # From nothing: the error that was caught may quote the password.
        raise ValueError("it takes a sqlite:/// or mysql+pymysql:// URL") from None
    return text


def redis(text: str) -> str:
    """Read the URL of Redis, or nothing.

    :raises ValueError: it is neither.
    """
    takes = "it takes a redis://, rediss:// or unix:// URL"
    try:
        url = urlsplit(text)
        url.port  # noqa: B018  (it is read when it is asked for)
    except ValueError:
        raise ValueError(takes) from None
    if text and url.scheme not in ("redis", "rediss", "unix"):
        raise ValueError(takes)
    return text


ENVIRONMENTS = ("production", "development", "testing")

SETTINGS = (
    Setting(
        "DATABASE_URL", database, f"sqlite:///{INSTANCE / 'ticketing.db'}", secret=True
    ),
    Setting(
        "SECRET_KEY",
        str,
        {
            "production": "",
            "development": DEVELOPMENT_SECRET,
            "testing": DEVELOPMENT_SECRET,
        },
    ),
    Setting("JWT_SECRET_KEY", str, ""),
    Setting("TOKEN_MINUTES", integer(1, 525_600), "480"),
    Setting("PROCESSES", integer(1), "1"),
    Setting("REDIS_URL", redis, "", secret=True),
    Setting("SOCKETIO_ASYNC_MODE", choice("eventlet", "threading"), "eventlet"),
    Setting("SOCKETIO_TRANSPORTS", words("websocket", "polling"), ""),
    Setting("CORS_ORIGINS", origins, ""),
    Setting("TRUSTED_PROXIES", integer(0, 10), "0"),
    Setting("UPLOAD_DIR", str, str(INSTANCE / "uploads")),
    Setting(
        "ADMIN_REGISTRATION",
        choice("open", "closed"),
        {"production": "closed", "development": "open", "testing": "open"},
    ),
    Setting("LOGIN_LIMIT", rate, "10 per minute"),
    Setting("REGISTER_LIMIT", rate, "10 per minute"),
    Setting("ACCOUNT_LIMIT", rate, "20 per minute"),
    Setting("SOCKET_EVENT_LIMIT", rate, "20 per second"),
    Setting("SOCKETS_PER_USER", integer(1), "10"),
    Setting("ATTACHMENT_QUOTA", integer(1), str(1024**3)),
    Setting("METRICS_TOKEN", str, "", secret=True),
    Setting(
        "PASSWORD_MIN_LENGTH",
        integer(8, 72),
        {"production": "12", "development": "8", "testing": "8"},
    ),
    Setting(
        "COMMON_PASSWORDS",
        choice("allowed", "refused"),
        {"production": "refused", "development": "allowed", "testing": "allowed"},
    ),
    Setting(
        "BCRYPT_ROUNDS",
        integer(4, 16),
        {"production": "12", "development": "12", "testing": "4"},
    ),
    Setting("FLASK_DEBUG", choice("0", "1"), "0"),
    Setting("HOST", str, "127.0.0.1"),
    Setting("PORT", integer(0, 65_535), "8000"),
)


def from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the Flask configuration described by environment variables.

    :param environ: usually ``os.environ``; ``TICKETING_ENV`` is production unless set.
    :raises ConfigError: settings cannot be read, or are unsafe in production; the
        message has one sentence for each, and names it.
    """
    settings, problems = examine(environ)
    if problems:
        raise ConfigError("\n".join(problems))
    return settings


def examine(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return the configuration, and everything that forbids to start with it.

    What cannot be read has its default, so that the rest can be examined too.
    """
    env, problems = _environment(environ)
    settings: dict[str, Any] = {}
    for setting in SETTINGS:
        try:
            settings[setting.name] = setting.value(environ, env)
        except ConfigError as error:
            problems.append(str(error))
            settings[setting.name] = setting.value({}, env)
    if not settings["SOCKETIO_TRANSPORTS"]:
        threads = settings["SOCKETIO_ASYNC_MODE"] == "threading"
        settings["SOCKETIO_TRANSPORTS"] = ["websocket"] + ["polling"] * (not threads)
    if env == "production":
        problems += _besides(problems, unsafe(settings))
    settings["JWT_SECRET_KEY"] = settings["JWT_SECRET_KEY"] or settings["SECRET_KEY"]
    return _flask(env, settings), problems


def _environment(environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the environment, production wherever it is none, and what is wrong."""
    env = environ.get("TICKETING_ENV", "").strip() or "production"
    if env in ENVIRONMENTS:
        return env, []
    return "production", [f"TICKETING_ENV takes one of {', '.join(ENVIRONMENTS)}."]


def _besides(problems: list[str], others: list[str]) -> list[str]:
    """Return the others, but for those of a setting that has one already."""
    named = {problem.split()[0] for problem in problems}
    return [problem for problem in others if problem.split()[0] not in named]


def unsafe(settings: Mapping[str, Any]) -> list[str]:
    """Return what forbids these settings in production, a sentence each.

    Without a ``JWT_SECRET_KEY``, the ``SECRET_KEY`` signs tokens too.
    """
    secrets = ["SECRET_KEY"] + ["JWT_SECRET_KEY"] * bool(settings["JWT_SECRET_KEY"])
    problems = [
        f"{name} must be a secret of at least {SECRET_BYTES} bytes in production, or "
        f"tokens can be forged; {NEW_SECRET} makes one."
        for name in secrets
        if len(settings[name].encode()) < SECRET_BYTES
        or settings[name] == DEVELOPMENT_SECRET
    ]
    if settings["FLASK_DEBUG"] == "1":
        problems.append(
            "FLASK_DEBUG must be 0 in production: it shows code to strangers; "
            "unset FLASK_DEBUG does it."
        )
    if "*" in settings["CORS_ORIGINS"]:
        problems.append(
            "CORS_ORIGINS must name each origin in production, or every page of the "
            "web may call; CORS_ORIGINS=https://help.example.org names one."
        )
    if settings["ADMIN_REGISTRATION"] == "open":
        problems.append(
            "ADMIN_REGISTRATION must be closed in production, or anyone becomes admin; "
            "flask create-admin makes the first one."
        )
    return problems + _unshared(settings)


def _unshared(settings: Mapping[str, Any]) -> list[str]:
    """Return what several processes cannot have in common, a sentence each."""
    problems = []
    if settings["PROCESSES"] > 1 and settings["DATABASE_URL"].startswith("sqlite"):
        problems.append(
            "DATABASE_URL must be MySQL or MariaDB with PROCESSES above 1, since "
            "SQLite serves one process; "
            "DATABASE_URL=mysql+pymysql://user:password@host/name?charset=utf8mb4 is."
        )
    if settings["PROCESSES"] > 1 and not settings["REDIS_URL"]:
        problems.append(
            "REDIS_URL must be set with PROCESSES above 1, since through Redis they "
            "hear of each other's events; REDIS_URL=redis://127.0.0.1:6379/0 sets it."
        )
    return problems


def make_directories(settings: Mapping[str, Any]) -> None:
    """Make the directories that the service keeps its files in.

    :raises ConfigError: one cannot be made, or not be written to; the message has one
        sentence for each, and names the setting.
    """
    problems = []
    for name, directory, file in _places(settings):
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=directory):
                pass
            if file and file.exists():
                file.open("r+b").close()
        except OSError as error:
            problems.append(
                f"{name} must be where the service may write, but {file or directory} "
                f"is not: {error.strerror}."
            )
    if problems:
        raise ConfigError("\n".join(problems))


def _places(settings: Mapping[str, Any]) -> Iterator[tuple[str, Path, Path | None]]:
    """Return which settings name a directory, or a file in one."""
    url = make_url(settings["DATABASE_URL"])
    path = url.database or ""
    if url.drivername == "sqlite" and not path.startswith((":memory:", "file:")):
        file = INSTANCE / path  # as Flask-SQLAlchemy has it, where it is relative
        yield "DATABASE_URL", file.parent, file
    yield "UPLOAD_DIR", Path(settings["UPLOAD_DIR"]), None


def _flask(env: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings, with those that extensions know by names of their own."""
    url = settings["REDIS_URL"]
    storage = f"redis+{url}" if url.startswith("unix:") else url
    return {
        **settings,
        "TICKETING_ENV": env,
        "TESTING": env == "testing",
        "LOGGING": LOGGING if env == "production" else None,
        "DEBUG": settings["FLASK_DEBUG"] == "1",
        "SQLALCHEMY_DATABASE_URI": settings["DATABASE_URL"],
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 40,
            "max_overflow": 0,  # it would be connected anew for each peak
            "pool_timeout": 10,  # seconds
            "pool_recycle": 280,  # seconds: below the server's or a proxy's own limit
            "pool_pre_ping": True,
            "hide_parameters": True,  # in errors, and so in logs: they hold texts
        },
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=settings["TOKEN_MINUTES"]),
        "SOCKETIO_MESSAGE_QUEUE": url or None,
        "RATELIMIT_STORAGE_URI": storage or "memory://",
    }
