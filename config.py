"""Settings: read from environment variables once, when the process starts."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from environs import Env, EnvValidationError, ValidationError
from limits import parse_many as parse_rates
from marshmallow.validate import Length, OneOf, Range, Regexp
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

PROJECT = Path(__file__).resolve().parent
INSTANCE = PROJECT / "instance"
ENVIRONMENTS = ("production", "development", "testing")
TRANSPORTS = ("websocket", "polling")
DEVELOPMENT_SECRET = "for development only, never in production"
SECRET_BYTES = 32
NEW_SECRET = 'python -c "import secrets; print(secrets.token_hex(32))"'
# Settings whose value may hold a password, which no message shows.
SECRETS = {
    *("DATABASE_URL", "SECRET_KEY", "JWT_SECRET_KEY", "REDIS_URL", "METRICS_TOKEN"),
    *("MAIL_URL", "INBOUND_MAIL_TOKEN"),
}
NO_MAIL = "none"  # a MAIL_URL
TOKEN = "{token}"  # what MAIL_REPLY_TO has for the token of a ticket and a recipient
LONGEST_TOKEN = "a" * 40

# A browser's, or that of an app around a web page, such as capacitor://localhost.
ORIGIN = re.compile(
    r"([a-z][a-z0-9+.-]*)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"
)
# Browsers leave these ports out of an origin.
DEFAULT_PORT = re.compile(r"(?<=\Ahttp://)(.+):80\Z|(?<=\Ahttps://)(.+):443\Z")
# Their pages have the origin "null", or they are protocols that no page comes by.
NOT_OF_PAGES = {"about", "blob", "data", "file", "ftp", "javascript", "ws", "wss"}

NAME = Regexp(
    r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,100}\Z",
    error="it takes 1 to 100 characters, none of them a control character",
)

# Accept domains of private networks, as accounts.addresses does.
SPECIAL_USE_DOMAIN_NAMES.clear()

Parameters = Mapping[str, Callable[[str], Any]]

SECONDS = Regexp(r"[1-9][0-9]{0,6}\Z", error="timeouts are in seconds, 1 or more")
BOOLEAN = OneOf(("true", "false"), error="ssl_check_hostname is true or false")


def existing_file(path: str) -> None:
    """Check that a file is there.

    :raises ValidationError: it is not.
    """
    if not Path(path).exists():
        raise ValidationError("it names a file that is not there")


# The parameters of a URL and how each is validated. PyMySQL takes many more, all as
# text. Some of them then do the opposite of what they say (ssl_disabled=false, and
# use_unicode), others break what the service relies on (charset, sql_mode, autocommit,
# init_command, read_default_file) or open a hole (local_infile).
MYSQL_PARAMETERS: Parameters = {
    "charset": Regexp(
        r"(?i)utf8mb4\Z",
        error="charset must be utf8mb4, since no other stores every character",
    ),
    "unix_socket": Length(min=1),
    "connect_timeout": SECONDS,
    "read_timeout": SECONDS,
    "write_timeout": SECONDS,
    "ssl_ca": existing_file,
    "ssl_capath": existing_file,
    "ssl_cert": existing_file,
    "ssl_key": existing_file,
    "ssl_cipher": Length(min=1),
    "ssl_check_hostname": BOOLEAN,
    "ssl_disabled": OneOf(
        ("true",),
        error="ssl_disabled can only be true, which switches TLS off; leave it out to "
        "use TLS where the server has it, or require TLS by ssl_ca=FILE",
    ),
}
REDIS_PARAMETERS: Parameters = {"db": Regexp(r"[0-9]{1,5}\Z", error="db is a number")}
REDISS_PARAMETERS: Parameters = {
    **REDIS_PARAMETERS,
    "ssl_ca_certs": existing_file,
    "ssl_certfile": existing_file,
    "ssl_keyfile": existing_file,
    "ssl_cert_reqs": OneOf(
        ("required", "none"), error="ssl_cert_reqs is required or none"
    ),
    "ssl_check_hostname": BOOLEAN,
}

# One JSON object a line on stderr, for gunicorn's own lines too.
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
    """The environment variables do not describe a service that may start."""


class Environment(Env):
    """A reader of settings from a mapping; a blank one is unset.

    It collects errors. A setting that cannot be read is ``None``.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self._given = environ
        for parser in (
            *(database_url, redis_url, origins, transports, public_url, rate),
            *(mail_url, mail_address, reply_pattern, long_secret),
        ):
            self.add_parser(parser.__name__, parser)

    def _get_value(self, env_key: str, default: Any) -> Any:
        # environs 15.2 reads os.environ here, and takes a blank value for a value.
        return self._given.get(env_key, "").strip() or default

    def integer(
        self, name: str, default: int, low: int, high: int | None = None
    ) -> int | None:
        """Return an integer in a range."""
        takes = f"it takes an integer from {low} {f'to {high}' if high else 'up'}"
        messages: Any = {"error_messages": {"invalid": takes, "too_large": takes}}
        return self.int(
            name, default, validate=Range(low, high, error=takes), **messages
        )

    def choice(self, name: str, default: str, *choices: str) -> str | None:
        """Return one of the given words."""
        error = "it takes one of {choices}"
        return self.str(name, default, validate=OneOf(choices, error=error))

    def problems(self) -> list[str]:
        """Return a sentence for each setting that could not be read."""
        try:
            self.seal()
        except EnvValidationError as error:
            messages: Any = error.error_messages
            return [self._sentence(name, why[0]) for name, why in messages.items()]
        return []

    def _sentence(self, name: str, why: str) -> str:
        found = "what it is" if name in SECRETS else repr(self._get_value(name, ""))
        return f"{name} cannot be {found}: {why}."


def read(env: Environment, environment: str) -> dict[str, Any]:
    """Read every setting.

    :param environment: one of ``ENVIRONMENTS``; some defaults depend on it.
    """
    production = environment == "production"
    mails = f"file://{INSTANCE / 'mail'}" if environment == "development" else NO_MAIL
    return {
        "DATABASE_URL": env.database_url(
            "DATABASE_URL", f"sqlite:///{INSTANCE / 'ticketing.db'}"
        ),
        "SECRET_KEY": env.str("SECRET_KEY", "" if production else DEVELOPMENT_SECRET),
        "JWT_SECRET_KEY": env.str("JWT_SECRET_KEY", ""),
        "TOKEN_MINUTES": env.integer("TOKEN_MINUTES", 480, 1, 525_600),
        "PROCESSES": env.integer("PROCESSES", 1, 1),
        "REDIS_URL": env.redis_url("REDIS_URL", ""),
        "WORKER": env.choice("WORKER", "inside", "inside", "separate"),
        "SOCKETIO_ASYNC_MODE": env.choice(
            "SOCKETIO_ASYNC_MODE", "eventlet", "eventlet", "threading"
        ),
        "SOCKETIO_TRANSPORTS": env.transports("SOCKETIO_TRANSPORTS", ""),
        "PUBLIC_URL": env.public_url("PUBLIC_URL", ""),
        "MAIL_URL": env.mail_url("MAIL_URL", mails),
        "MAIL_FROM": env.mail_address(
            "MAIL_FROM", "" if production else "ticketing@localhost"
        ),
        "MAIL_REPLY_TO": env.reply_pattern("MAIL_REPLY_TO", ""),
        "MAIL_DELAY": env.integer("MAIL_DELAY", 120, 0, 86_400),
        "INBOUND_MAIL_TOKEN": env.long_secret("INBOUND_MAIL_TOKEN", ""),
        "CORS_ORIGINS": env.origins("CORS_ORIGINS", ""),
        "TRUSTED_PROXIES": env.integer("TRUSTED_PROXIES", 0, 0, 10),
        "UPLOAD_DIR": str(PROJECT / env.str("UPLOAD_DIR", "instance/uploads")),
        "ADMIN_REGISTRATION": env.choice(
            "ADMIN_REGISTRATION", "closed" if production else "open", "open", "closed"
        ),
        "LOGIN_LIMIT": env.rate("LOGIN_LIMIT", "10 per minute"),
        "REGISTER_LIMIT": env.rate("REGISTER_LIMIT", "10 per minute"),
        "ACCOUNT_LIMIT": env.rate("ACCOUNT_LIMIT", "20 per minute"),
        "SEARCH_LIMIT": env.rate("SEARCH_LIMIT", "60 per minute"),
        "WEBHOOK_PRIVATE": env.choice(
            "WEBHOOK_PRIVATE",
            # In development, who receives is on the same machine.
            "allowed" if environment == "development" else "refused",
            *("allowed", "refused"),
        ),
        "SOCKET_EVENT_LIMIT": env.rate("SOCKET_EVENT_LIMIT", "20 per second"),
        "SOCKETS_PER_USER": env.integer("SOCKETS_PER_USER", 10, 1),
        "PUSHER_KEY": env.str(
            "PUSHER_KEY",
            "ticketing",
            validate=Regexp(r"[A-Za-z0-9_-]+\Z", error="it takes letters, digits, - _"),
        ),
        "ATTACHMENT_QUOTA": env.integer("ATTACHMENT_QUOTA", 1024**3, 1),
        "METRICS_TOKEN": env.str("METRICS_TOKEN", ""),
        "PASSWORD_MIN_LENGTH": env.integer(
            "PASSWORD_MIN_LENGTH", 12 if production else 8, 8, 72
        ),
        "COMMON_PASSWORDS": env.choice(
            "COMMON_PASSWORDS",
            "refused" if production else "allowed",
            *("allowed", "refused"),
        ),
        "BCRYPT_ROUNDS": env.integer(
            "BCRYPT_ROUNDS", 4 if environment == "testing" else 12, 4, 16
        ),
        "FLASK_DEBUG": env.choice("FLASK_DEBUG", "0", "0", "1"),
        "SERVICE_NAME": env.str("SERVICE_NAME", "Ticketing", validate=NAME),
        "HOST": env.str("HOST", "127.0.0.1"),
        "PORT": env.integer("PORT", 8000, 0, 65_535),
    }


def defaults(environment: str) -> dict[str, Any]:
    """Return every setting with its default."""
    return read(Environment({}), environment)


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
    """Return the configuration, and a sentence for each reason not to start with it.

    A setting that cannot be read gets its default, so that the rest can be examined.
    """
    environment = environ.get("TICKETING_ENV", "").strip() or "production"
    problems = []
    if environment not in ENVIRONMENTS:
        environment = "production"
        problems = [f"TICKETING_ENV takes one of {', '.join(ENVIRONMENTS)}."]
    env, settings = Environment(environ), defaults(environment)
    given = read(env, environment)
    settings |= {name: value for name, value in given.items() if value is not None}
    problems += env.problems()
    if environment == "production":
        named = {problem.split()[0] for problem in problems}
        problems += [why for why in unsafe(settings) if why.split()[0] not in named]
    if not settings["SOCKETIO_TRANSPORTS"]:
        # With threads, a client that polls would keep one of them waiting.
        threads = settings["SOCKETIO_ASYNC_MODE"] == "threading"
        settings["SOCKETIO_TRANSPORTS"] = ["websocket"] if threads else [*TRANSPORTS]
    settings["JWT_SECRET_KEY"] = settings["JWT_SECRET_KEY"] or settings["SECRET_KEY"]
    return _flask(environment, settings), problems


def listed(text: str) -> list[str]:
    """Split a comma separated list."""
    return [word.strip() for word in text.split(",") if word.strip()]


def transports(text: str) -> list[str]:
    """Read a list of Socket.IO's transports.

    :raises ValidationError: one is unknown.
    """
    found = listed(text)
    if not set(found) <= set(TRANSPORTS):
        raise ValidationError(
            f"it takes some of {', '.join(TRANSPORTS)}, comma separated"
        )
    return found


def origins(text: str) -> list[str]:
    """Read a list of origins, as a browser or an app sends them; ``*`` is every one.

    :raises ValidationError: one is neither.
    """
    found = [DEFAULT_PORT.sub(r"\1\2", origin.lower()) for origin in listed(text)]
    for origin in found:
        match = ORIGIN.fullmatch(origin)
        if origin != "*" and (not match or match[1] in NOT_OF_PAGES):
            raise ValidationError(
                "it takes origins such as https://help.example.org or "
                "capacitor://localhost, comma separated"
            )
    return found


def public_url(text: str) -> str:
    """Read the address under which people reach the service; without a final slash.

    :raises ValidationError: it is not an http or https URL, or has more than a path.
    """
    takes = "it takes an http or https URL, such as https://help.example.org"
    url, _ = _split(text, takes)
    # Also an empty query: what is appended would be a part of it.
    extra = re.search(r"[?#\s\"<>]", text) or url.username is not None
    if text and (url.scheme not in ("http", "https") or not url.hostname or extra):
        raise ValidationError(takes)
    return text.rstrip("/")


def rate(text: str) -> str:
    """Read a rate limit, such as ``10 per minute``.

    :raises ValidationError: it is none.
    """
    takes = 'it takes a rate, such as "10 per minute"'
    try:
        [allowed] = parse_rates(text)  # several are not offered
    except ValueError as error:
        raise ValidationError(takes) from error
    if not allowed.amount:
        raise ValidationError(f"nobody would get in; {takes}")
    return text


def database_url(text: str) -> str:
    """Read a database URL; the driver is PyMySQL wherever none is named.

    :raises ValidationError: it is none, or of a database that is not supported, or has
        a parameter that is not.
    """
    # SQLAlchemy's "mariadb" is another dialect, which is not supported.
    for scheme in ("mysql", "mariadb", "mariadb+pymysql"):
        if text.startswith(f"{scheme}://"):
            text = f"mysql+pymysql{text.removeprefix(scheme)}"
    try:
        url = make_url(text)
        (url.host or "").encode("idna")  # as it is for a look-up
    except (ArgumentError, ValueError):
        # From nothing: the error that was caught may quote the password.
        raise _not_a_database() from None
    if url.drivername == "sqlite":
        _check_sqlite(url)
    elif url.drivername == "mysql+pymysql":
        _check_mysql(url)
    else:
        raise _not_a_database()
    return text


def _not_a_database() -> ValidationError:
    return ValidationError("it takes a sqlite:/// or mysql+pymysql:// URL")


def _check_sqlite(url: URL) -> None:
    if url.host or not url.database:
        raise _not_a_database()
    if url.database == ":memory:":
        raise ValidationError(
            "SQLite must be in a file, since in memory all threads share a transaction"
        )
    if url.query:
        raise ValidationError("for SQLite it takes no parameters")


def _check_mysql(url: URL) -> None:
    if not url.database:
        raise ValidationError("it must name the database, after the host and a slash")
    _check_parameters(url.normalized_query, MYSQL_PARAMETERS)
    tls = {name for name in url.query if name.startswith("ssl_")}
    if "ssl_disabled" in tls and len(tls) > 1:
        raise ValidationError("ssl_disabled=true switches off the other ssl_ settings")
    verified = {"ssl_ca", "ssl_capath"} & tls
    if "ssl_check_hostname" in url.query and not verified:
        raise ValidationError("ssl_check_hostname needs ssl_ca=FILE, or checks nothing")


def _check_parameters(given: Mapping[str, Sequence[str]], known: Parameters) -> None:
    """Validate the parameters of a URL.

    :raises ValidationError: one is unknown, repeated or has a value it cannot have; the
        message never shows a name, which may be the end of a badly quoted password.
    """
    for name, values in given.items():
        if name not in known or len(values) != 1:
            raise ValidationError(
                f"its parameters can only be {', '.join(known)}, each once"
            )
        known[name](values[0])


def redis_url(text: str) -> str:
    """Read the URL of Redis, or nothing.

    :raises ValidationError: it is neither, or has a parameter that is not supported.
    """
    takes = "it takes a redis://, rediss:// or unix:// URL"
    if not text:
        return text
    url, given = _split(text, takes)
    # redis-py takes no other case, and no fewer slashes.
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValidationError(takes)
    if url.scheme == "unix":
        # redis ignores a host there, and connects to a path that is cut short.
        if url.hostname or not url.path.strip("/"):
            raise ValidationError(
                "unix:// takes an absolute path, as in unix:///run/redis.sock"
            )
    elif not re.fullmatch("/?[0-9]*", url.path):
        raise ValidationError("after the host it takes the number of a database")
    secure = url.scheme == "rediss"
    _check_parameters(given, REDISS_PARAMETERS if secure else REDIS_PARAMETERS)
    return text


def mail_url(text: str) -> str:
    """Read where mails are sent through, or written to, if anywhere.

    :raises ValidationError: it is not such a URL, or has a parameter that is not
        supported.
    """
    takes = "it takes an smtp://, smtps:// or file:/// URL, or none"
    if text == NO_MAIL:
        return text
    url, given = _split(text, takes)
    if url.scheme == "file":
        if url.netloc or not url.path.strip("/") or given or url.fragment:
            raise ValidationError("file:// takes an absolute path, as in file:///mail")
        return text
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ValidationError(takes)
    if url.path.strip("/") or url.fragment:
        raise ValidationError("after the host it takes a port")
    if bool(url.username) != bool(url.password):
        raise ValidationError("it takes a user with a password, or neither")
    if not unquote(f"{url.username}{url.password}").isascii():
        raise ValidationError("the user and the password can only be ASCII")
    if given and (url.scheme, given) != ("smtp", {"tls": ["required"]}):
        raise ValidationError("its parameters can only be tls=required, with smtp://")
    return text


def _split(text: str, takes: str) -> tuple[SplitResult, dict[str, list[str]]]:
    """Split a URL; return its parts, and its parameters.

    :raises ValidationError: it cannot be one; ``takes`` is the message.
    """
    try:
        url = urlsplit(text)
        (url.hostname or "").encode("idna")  # as it is for a look-up
        url.port  # noqa: B018  (it is read when it is asked for)
        given = parse_qs(url.query, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        # From nothing: the error that was caught may quote the password.
        raise ValidationError(takes) from None
    return url, given


def mail_address(text: str) -> str:
    """Read an email address, or nothing; the domain is returned in ASCII.

    :raises ValidationError: it is neither, or every mail server must know SMTPUTF8
        for it.
    """
    try:
        found = text and validate_email(
            text,
            strict=True,  # at most 64 characters before the @
            allow_smtputf8=False,
            check_deliverability=False,
            globally_deliverable=False,  # a private network's, such as help@localhost
        )
    except EmailNotValidError as error:
        takes = "it takes an address, such as support@example.org"
        raise ValidationError(takes) from error
    return f"{found.local_part}@{found.ascii_domain}" if found else ""


def reply_pattern(text: str) -> str:
    """Read the address that replies go to, ``TOKEN`` before the @, or nothing.

    :raises ValidationError: it is neither, or too long with a token.
    """
    takes = f"it takes an address such as support+{TOKEN}@example.org"
    local, _, domain = text.rpartition("@")
    if text and (local.count(TOKEN) != 1 or TOKEN in domain):
        raise ValidationError(takes)
    try:
        address = mail_address(text.replace(TOKEN, LONGEST_TOKEN))
    except ValidationError as error:
        raise ValidationError(takes) from error
    return f"{local}@{address.rpartition('@')[2]}" if text else text


def long_secret(text: str) -> str:
    """Read a secret that nobody can guess, or nothing.

    :raises ValidationError: it is too short.
    """
    if text and len(text.encode()) < SECRET_BYTES:
        raise ValidationError(
            f"it takes {SECRET_BYTES} bytes or more; {NEW_SECRET} makes one"
        )
    return text


def unsafe(settings: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each setting that production refuses.

    Without a ``JWT_SECRET_KEY``, the ``SECRET_KEY`` signs tokens too.
    """
    secrets = ["SECRET_KEY"] + ["JWT_SECRET_KEY"] * bool(settings["JWT_SECRET_KEY"])
    several = settings["PROCESSES"] > 1
    mails = settings["MAIL_URL"] != NO_MAIL
    reasons = {
        f"{name} must be a secret of at least {SECRET_BYTES} bytes in production, or "
        f"tokens can be forged; {NEW_SECRET} makes one.": (
            len(settings[name].encode()) < SECRET_BYTES
            or settings[name] == DEVELOPMENT_SECRET
        )
        for name in secrets
    } | {
        "FLASK_DEBUG must be 0 in production: it shows code to strangers; "
        "unset FLASK_DEBUG does it.": settings["FLASK_DEBUG"] == "1",
        "CORS_ORIGINS must name each origin in production, or every page of the web "
        "may call; CORS_ORIGINS=https://help.example.org names one.": (
            "*" in settings["CORS_ORIGINS"]
        ),
        "ADMIN_REGISTRATION must be closed in production, or anyone becomes admin; "
        "flask create-admin makes the first one.": (
            settings["ADMIN_REGISTRATION"] == "open"
        ),
        "DATABASE_URL must be MySQL or MariaDB with PROCESSES above 1, since SQLite "
        "serves one process; "
        "DATABASE_URL=mysql+pymysql://user:password@host/name?charset=utf8mb4 is.": (
            several and settings["DATABASE_URL"].startswith("sqlite")
        ),
        "REDIS_URL must be set with PROCESSES above 1, since they learn of each "
        "other's events through Redis; REDIS_URL=redis://127.0.0.1:6379/0 sets it.": (
            several and not settings["REDIS_URL"]
        ),
        "MAIL_FROM must be set with a MAIL_URL in production, since mails come from "
        "it; MAIL_FROM=support@example.org sets it.": (
            mails and not settings["MAIL_FROM"]
        ),
        "PUBLIC_URL must be set with a MAIL_URL in production, since links in mails "
        "begin with it; PUBLIC_URL=https://help.example.org sets it.": (
            mails and not settings["PUBLIC_URL"]
        ),
    }
    return [sentence for sentence, applies in reasons.items() if applies]


def make_directories(settings: Mapping[str, Any]) -> None:
    """Create the directories that the service keeps its files in.

    :raises ConfigError: one cannot be created, or written to; the message has one
        sentence for each, and names the setting.
    """
    problems = []
    for name, directory, file in _places(settings):
        try:
            # Links in mails are secrets.
            mode = 0o700 if name == "MAIL_URL" else 0o777
            directory.mkdir(mode, parents=True, exist_ok=True)
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
    """Return the settings that name a directory, or a file in one."""
    url = make_url(settings["DATABASE_URL"])
    if url.drivername == "sqlite":
        file = INSTANCE / (url.database or "")  # as Flask-SQLAlchemy reads it
        yield "DATABASE_URL", file.parent, file
    yield "UPLOAD_DIR", Path(settings["UPLOAD_DIR"]), None
    mails = urlsplit(settings["MAIL_URL"])
    if mails.scheme == "file":
        yield "MAIL_URL", Path(unquote(mails.path)), None


def _flask(env: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings, with those that extensions read under their own names."""
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
            "max_overflow": 0,  # its connections would be opened again for each peak
            "pool_timeout": 10,  # seconds
            "pool_recycle": 280,  # seconds: below the server's or a proxy's own limit
            "pool_pre_ping": True,
            "hide_parameters": True,  # errors, and so logs, would quote users' texts
        },
        # Flask would sign cookies with its own; see web/requests.py.
        "SIGNING_KEY": settings["SECRET_KEY"],
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=settings["TOKEN_MINUTES"]),
        "RATELIMIT_STORAGE_URI": storage or "memory://",
    }
