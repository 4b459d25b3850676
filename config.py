"""Settings: read from the environment once, when the process starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from limits import parse as parse_rate

INSTANCE = Path(__file__).resolve().parent / "instance"
DEVELOPMENT_SECRET = "for development only, never in production"
SECRET_BYTES = 32
NEW_SECRET = 'python -c "import secrets; print(secrets.token_hex(32))"'


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
    """Return a reader of integers in a range."""

    def read(text: str) -> int:
        bounds = f"from {lowest}" + (f" to {highest}" if highest else " up")
        if not text.isdecimal():
            raise ValueError(f"it takes an integer {bounds}")
        if int(text) < lowest or highest is not None and int(text) > highest:
            raise ValueError(f"it takes an integer {bounds}")
        return int(text)

    return read


def choice(*choices: str) -> Callable[[str], str]:
    """Return a reader of one of the given words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"it takes one of {', '.join(choices)}")
        return text

    return read


def words(*allowed: str) -> Callable[[str], list[str]]:
    """Return a reader of a comma separated list, of any words or of those allowed."""

    def read(text: str) -> list[str]:
        found = [word.strip() for word in text.split(",") if word.strip()]
        if allowed and not set(found) <= set(allowed):
            raise ValueError(f"it takes some of {', '.join(allowed)}, comma separated")
        return found

    return read


def rate(text: str) -> str:
    """Read a rate limit, such as ``10 per minute``."""
    try:
        parse_rate(text)
    except ValueError as error:
        raise ValueError('it takes a rate, such as "10 per minute"') from error
    return text


def database(text: str) -> str:
    """Read a database URL; PyMySQL is the driver wherever none is named."""
    for scheme in ("mysql", "mariadb"):
        if text.startswith(f"{scheme}://"):
            return f"{scheme}+pymysql{text.removeprefix(scheme)}"
    if not text.startswith(("sqlite:///", "mysql+pymysql://", "mariadb+pymysql://")):
        raise ValueError("it takes a sqlite:/// or mysql+pymysql:// URL")
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
    Setting("REDIS_URL", str, ""),
    Setting("SOCKETIO_ASYNC_MODE", choice("eventlet", "threading"), "eventlet"),
    Setting("SOCKETIO_TRANSPORTS", words("websocket", "polling"), ""),
    Setting("CORS_ORIGINS", words(), ""),
    Setting("TRUSTED_PROXIES", integer(0, 10), "0"),
    Setting("UPLOAD_DIR", str, str(INSTANCE / "uploads")),
    Setting(
        "ADMIN_REGISTRATION",
        choice("open", "closed"),
        {"production": "closed", "development": "open", "testing": "open"},
    ),
    Setting("LOGIN_LIMIT", rate, "10 per minute"),
    Setting("REGISTER_LIMIT", rate, "10 per minute"),
    Setting(
        "PASSWORD_MIN_LENGTH",
        integer(8, 72),
        {"production": "12", "development": "8", "testing": "8"},
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
    :raises ConfigError: a setting cannot be read, or is unsafe in production; the
        message has one sentence for each, and names it.
    """
    env = environ.get("TICKETING_ENV", "").strip() or "production"
    if env not in ENVIRONMENTS:
        raise ConfigError(f"TICKETING_ENV takes one of {', '.join(ENVIRONMENTS)}.")
    settings = {setting.name: setting.value(environ, env) for setting in SETTINGS}
    settings["JWT_SECRET_KEY"] = settings["JWT_SECRET_KEY"] or settings["SECRET_KEY"]
    if not settings["SOCKETIO_TRANSPORTS"]:
        threads = settings["SOCKETIO_ASYNC_MODE"] == "threading"
        settings["SOCKETIO_TRANSPORTS"] = ["websocket"] + ["polling"] * (not threads)
    problems = unsafe(settings) if env == "production" else []
    if problems:
        raise ConfigError("\n".join(problems))
    return _flask(env, settings)


def unsafe(settings: Mapping[str, Any]) -> list[str]:
    """Return what forbids these settings in production, a sentence each."""
    problems = [
        f"{name} must be a secret of at least {SECRET_BYTES} bytes in production; "
        f"{NEW_SECRET} makes one."
        for name in ("SECRET_KEY", "JWT_SECRET_KEY")
        if len(settings[name].encode()) < SECRET_BYTES
        or settings[name] == DEVELOPMENT_SECRET
    ]
    if settings["FLASK_DEBUG"] == "1":
        problems.append(
            "FLASK_DEBUG must be 0 in production: it shows code to strangers."
        )
    if "*" in settings["CORS_ORIGINS"]:
        problems.append(
            "CORS_ORIGINS must name each origin in production, such as "
            "https://help.example.org; * would admit every page of the web."
        )
    if settings["ADMIN_REGISTRATION"] == "open":
        problems.append(
            "ADMIN_REGISTRATION must be closed in production, or anyone becomes admin; "
            "flask create-admin makes the first one."
        )
    if settings["PROCESSES"] > 1 and settings["DATABASE_URL"].startswith("sqlite"):
        problems.append(
            "DATABASE_URL must be MySQL or MariaDB with PROCESSES above 1: "
            "SQLite serves one process."
        )
    if settings["PROCESSES"] > 1 and not settings["REDIS_URL"]:
        problems.append(
            "REDIS_URL must be set with PROCESSES above 1: "
            "through Redis, they hear of each other's events."
        )
    return problems


def _flask(env: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings, with those that extensions know by names of their own."""
    redis = settings["REDIS_URL"]
    return {
        **settings,
        "TICKETING_ENV": env,
        "TESTING": env == "testing",
        "DEBUG": settings["FLASK_DEBUG"] == "1",
        "SQLALCHEMY_DATABASE_URI": settings["DATABASE_URL"],
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 20,
            "max_overflow": 20,
            "pool_timeout": 10,  # seconds
            "pool_recycle": 280,  # seconds: below the server's or a proxy's own limit
            "pool_pre_ping": True,
        },
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=settings["TOKEN_MINUTES"]),
        "SOCKETIO_MESSAGE_QUEUE": redis or None,
        "RATELIMIT_STORAGE_URI": redis or "memory://",
    }
