"""Settings from the environment."""

import subprocess
import sys
from datetime import timedelta

import pytest
from flask import Flask

import config
from ticketing.core import database

SECRET, ANOTHER = "s" * 32, "t" * 32
SAFE = {
    "TICKETING_ENV": "production",
    "SECRET_KEY": SECRET,
    "JWT_SECRET_KEY": ANOTHER,
}
SEVERAL = {
    "PROCESSES": "2",
    "DATABASE_URL": "mysql+pymysql://u@127.0.0.1/tickets",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}


def read(**environ):
    return config.from_environ({"TICKETING_ENV": "development", **environ})


@pytest.mark.parametrize("name", ["x" * 101, "a\r\nBcc: b", "\u2028"])
def test_service_name_is_one_line_of_at_most_100_characters(name):
    with pytest.raises(config.ConfigError, match="SERVICE_NAME .* 1 to 100 characters"):
        read(SERVICE_NAME=f"a{name}a")


def test_service_name_may_have_any_alphabet():
    assert read(SERVICE_NAME="Hilfe – 助け")["SERVICE_NAME"] == "Hilfe – 助け"


@pytest.mark.parametrize("environ", [SAFE, {**SAFE, **SEVERAL}])
def test_production_starts_with_safe_settings(environ):
    settings = config.from_environ(environ)

    assert settings["TICKETING_ENV"] == "production"
    assert settings["DEBUG"] is False
    assert settings["TESTING"] is False


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"SECRET_KEY": ""}, ["SECRET_KEY"]),
        ({"SECRET_KEY": "s" * 31}, ["SECRET_KEY"]),
        ({"SECRET_KEY": " " + "s" * 31}, ["SECRET_KEY"]),
        ({"SECRET_KEY": config.DEVELOPMENT_SECRET}, ["SECRET_KEY"]),
        ({"JWT_SECRET_KEY": "s" * 31}, ["JWT_SECRET_KEY"]),
        ({"JWT_SECRET_KEY": config.DEVELOPMENT_SECRET}, ["JWT_SECRET_KEY"]),
        ({"SECRET_KEY": "x", "JWT_SECRET_KEY": ""}, ["SECRET_KEY"]),
        ({"SECRET_KEY": "x", "JWT_SECRET_KEY": "x"}, ["SECRET_KEY", "JWT_SECRET_KEY"]),
        ({"FLASK_DEBUG": "1"}, ["FLASK_DEBUG"]),
        ({"CORS_ORIGINS": "*"}, ["CORS_ORIGINS"]),
        ({"CORS_ORIGINS": "https://a.example, *"}, ["CORS_ORIGINS"]),
        ({"ADMIN_REGISTRATION": "open"}, ["ADMIN_REGISTRATION"]),
        ({**SEVERAL, "DATABASE_URL": "sqlite:////x.db"}, ["DATABASE_URL"]),
        ({**SEVERAL, "DATABASE_URL": ""}, ["DATABASE_URL"]),
        ({**SEVERAL, "REDIS_URL": ""}, ["REDIS_URL"]),
        ({"PROCESSES": "2"}, ["DATABASE_URL", "REDIS_URL"]),
        ({"MAIL_URL": "smtp://mail"}, ["MAIL_FROM", "PUBLIC_URL"]),
        ({"MAIL_URL": "file:///mail", "PUBLIC_URL": "https://x.y"}, ["MAIL_FROM"]),
        (
            {"SECRET_KEY": "", "FLASK_DEBUG": "1", "CORS_ORIGINS": "*"},
            ["SECRET_KEY", "FLASK_DEBUG", "CORS_ORIGINS"],
        ),
    ],
)
def test_production_names_each_unsafe_setting_in_a_sentence(change, names):
    with pytest.raises(config.ConfigError) as refusal:
        config.from_environ({**SAFE, **change})

    sentences = str(refusal.value).splitlines()
    assert [sentence.split()[0] for sentence in sentences] == names
    assert all(sentence.endswith(".") for sentence in sentences)


def test_the_length_of_a_secret_is_measured_in_bytes():
    settings = config.from_environ({**SAFE, "SECRET_KEY": "é" * 16})

    assert settings["SECRET_KEY"] == "é" * 16


def test_errors_of_unsafe_settings_show_no_secret():
    secret = "hunter2-hunter2"

    with pytest.raises(config.ConfigError) as refusal:
        config.from_environ({**SAFE, "SECRET_KEY": secret})

    assert secret not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", "postgresql://u:hunter2@127.0.0.1/tickets"),
        ("DATABASE_URL", "mysql://u:hunter2@127.0.0.1:port/tickets"),
        ("DATABASE_URL", "mysql://u@127.0.0.1:hunter2/tickets"),
        ("REDIS_URL", "http://:hunter2@127.0.0.1"),
        ("REDIS_URL", "redis://127.0.0.1:hunter2"),
        ("MAIL_URL", "imap://u:hunter2@mail"),
        ("MAIL_URL", "smtp://u:hunter2@mail:port"),
        ("MAIL_URL", "smtp://u:hunter2@mail?hunter2"),
        ("MAIL_URL", "smtp://u:hunter2@mail/inbox"),
    ],
)
def test_errors_of_invalid_urls_show_no_password(name, url):
    with pytest.raises(config.ConfigError) as refusal:
        read(**{name: url})

    assert "hunter2" not in str(refusal.value)
    assert str(refusal.value).startswith(f"{name} cannot be what it is: ")


def test_development_starts_with_settings_that_production_refuses():
    settings = read(
        FLASK_DEBUG="1", CORS_ORIGINS="*", ADMIN_REGISTRATION="open", PROCESSES="2"
    )

    assert settings["DEBUG"] is True
    assert settings["CORS_ORIGINS"] == ["*"]
    assert len(settings["SECRET_KEY"].encode()) >= 32


@pytest.mark.parametrize("env", [{}, {"TICKETING_ENV": ""}, {"TICKETING_ENV": "  "}])
def test_the_environment_is_production_by_default(env):
    settings = config.from_environ({**SAFE, "TICKETING_ENV": "", **env})

    assert settings["TICKETING_ENV"] == "production"


@pytest.mark.parametrize(
    ("name", "production", "development"),
    [
        ("TOKEN_MINUTES", 480, 480),
        ("JWT_ACCESS_TOKEN_EXPIRES", timedelta(hours=8), timedelta(hours=8)),
        ("PROCESSES", 1, 1),
        ("REDIS_URL", "", ""),
        ("MAIL_URL", "none", f"file://{config.INSTANCE / 'mail'}"),
        ("MAIL_FROM", "", "ticketing@localhost"),
        ("MAIL_REPLY_TO", "", ""),
        ("MAIL_DELAY", 120, 120),
        ("INBOUND_MAIL_TOKEN", "", ""),
        ("SOCKETIO_ASYNC_MODE", "eventlet", "eventlet"),
        ("CORS_ORIGINS", [], []),
        ("TRUSTED_PROXIES", 0, 0),
        ("ADMIN_REGISTRATION", "closed", "open"),
        ("LOGIN_LIMIT", "10 per minute", "10 per minute"),
        ("SEARCH_LIMIT", "60 per minute", "60 per minute"),
        ("REGISTER_LIMIT", "10 per minute", "10 per minute"),
        ("SOCKET_EVENT_LIMIT", "20 per second", "20 per second"),
        ("SOCKETS_PER_USER", 10, 10),
        ("PUSHER_KEY", "ticketing", "ticketing"),
        ("PASSWORD_MIN_LENGTH", 12, 8),
        ("COMMON_PASSWORDS", "refused", "allowed"),
        ("BCRYPT_ROUNDS", 12, 12),
        ("DEBUG", False, False),
        ("HOST", "127.0.0.1", "127.0.0.1"),
        ("PORT", 8000, 8000),
    ],
)
def test_each_setting_has_its_default(name, production, development):
    assert config.from_environ(SAFE)[name] == production
    assert read()[name] == development


def test_the_default_database_is_a_sqlite_file():
    url = config.from_environ(SAFE)["SQLALCHEMY_DATABASE_URI"]

    assert url.startswith("sqlite:////")
    assert url.endswith(".db")


def test_the_secret_of_tokens_is_the_secret_key_by_default():
    settings = config.from_environ({**SAFE, "JWT_SECRET_KEY": ""})

    assert settings["JWT_SECRET_KEY"] == SECRET
    assert config.from_environ(SAFE)["JWT_SECRET_KEY"] == ANOTHER


@pytest.mark.parametrize(
    ("environ", "transports"),
    [
        ({}, ["websocket", "polling"]),
        ({"SOCKETIO_ASYNC_MODE": "eventlet"}, ["websocket", "polling"]),
        ({"SOCKETIO_ASYNC_MODE": "threading"}, ["websocket"]),
        ({"SOCKETIO_TRANSPORTS": "polling"}, ["polling"]),
        (
            {
                "SOCKETIO_ASYNC_MODE": "threading",
                "SOCKETIO_TRANSPORTS": " websocket , polling ",
            },
            ["websocket", "polling"],
        ),
    ],
)
def test_the_transports_follow_the_mode(environ, transports):
    assert read(**environ)["SOCKETIO_TRANSPORTS"] == transports


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("mysql://u:p@db/t", "mysql+pymysql://u:p@db/t"),
        ("mariadb://u:p@db/t", "mysql+pymysql://u:p@db/t"),
        ("mariadb+pymysql://u:p@db/t", "mysql+pymysql://u:p@db/t"),
        ("mysql+pymysql://u@db/t?charset=utf8mb4",) * 2,
        ("mysql+pymysql://u@db/t?charset=UTF8MB4",) * 2,
        ("sqlite:////tmp/t.db",) * 2,
    ],
)
def test_a_database_url_names_its_driver(given, url):
    assert read(DATABASE_URL=given)["SQLALCHEMY_DATABASE_URI"] == url


@pytest.mark.parametrize(
    ("name", "text", "key", "value"),
    [
        ("TOKEN_MINUTES", "5", "JWT_ACCESS_TOKEN_EXPIRES", timedelta(minutes=5)),
        ("REDIS_URL", "redis://r/1", "REDIS_URL", "redis://r/1"),
        ("REDIS_URL", "redis://r/1", "RATELIMIT_STORAGE_URI", "redis://r/1"),
        ("LOGIN_LIMIT", "3 per hour", "LOGIN_LIMIT", "3 per hour"),
        ("REDIS_URL", "rediss://r", "RATELIMIT_STORAGE_URI", "rediss://r"),
        ("REDIS_URL", "unix:///r.sock", "REDIS_URL", "unix:///r.sock"),
        (
            "REDIS_URL",
            "unix:///r.sock",
            "RATELIMIT_STORAGE_URI",
            "redis+unix:///r.sock",
        ),
        ("CORS_ORIGINS", " https://a ,*,", "CORS_ORIGINS", ["https://a", "*"]),
        ("CORS_ORIGINS", "HTTP://A.b:80", "CORS_ORIGINS", ["http://a.b"]),
        ("CORS_ORIGINS", "https://a.b:443", "CORS_ORIGINS", ["https://a.b"]),
        ("CORS_ORIGINS", "https://a.b:80", "CORS_ORIGINS", ["https://a.b:80"]),
        ("CORS_ORIGINS", "http://[::1]:80", "CORS_ORIGINS", ["http://[::1]"]),
        ("CORS_ORIGINS", "http://[::1]:81", "CORS_ORIGINS", ["http://[::1]:81"]),
        *(
            ("CORS_ORIGINS", origin, "CORS_ORIGINS", [origin])
            for origin in (
                *("capacitor://localhost", "ionic://localhost", "tauri://localhost"),
                *("http://localhost", "https://localhost:8100", "com.acme.app://x"),
            )
        ),
        ("TRUSTED_PROXIES", " 2 ", "TRUSTED_PROXIES", 2),
        ("PASSWORD_MIN_LENGTH", "72", "PASSWORD_MIN_LENGTH", 72),
        ("PORT", "80", "PORT", 80),
        ("PORT", "  ", "PORT", 8000),
    ],
)
def test_each_setting_is_read_from_the_environment(name, text, key, value):
    assert read(**{name: text})[key] == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TICKETING_ENV", "staging"),
        ("TOKEN_MINUTES", "0"),
        ("PUSHER_KEY", "a/b"),
        ("TOKEN_MINUTES", "8h"),
        ("TOKEN_MINUTES", "-1"),
        ("TOKEN_MINUTES", "9" * 30),
        ("PROCESSES", "0"),
        ("PROCESSES", "1.5"),
        ("SOCKETIO_ASYNC_MODE", "gevent"),
        ("SOCKETIO_TRANSPORTS", "websocket,flash"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "yes"),
        ("ADMIN_REGISTRATION", "maybe"),
        *(
            ("PUBLIC_URL", f"https://help.example.org{extra}")
            for extra in ("?", "#", "/?a=b", "/a b", '/"', "/<x>", "\t/a")
        ),
        ("LOGIN_LIMIT", "often"),
        ("LOGIN_LIMIT", "0 per minute"),
        ("LOGIN_LIMIT", "3 per minute, 0 per day"),
        ("SOCKET_EVENT_LIMIT", "20 per second; 5 per minute"),
        ("REGISTER_LIMIT", "10"),
        ("PASSWORD_MIN_LENGTH", "7"),
        ("PASSWORD_MIN_LENGTH", "73"),
        ("BCRYPT_ROUNDS", "3"),
        ("BCRYPT_ROUNDS", "31"),
        ("FLASK_DEBUG", "yes"),
        ("PORT", "65536"),
        ("DATABASE_URL", "mysql://u@db"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("REDIS_URL", "redis://127.0.0.1/tickets"),
        ("REDIS_URL", "unix://"),
        ("REDIS_URL", "unix://run/redis.sock"),
        ("REDIS_URL", "unix:/run/redis.sock"),
        ("REDIS_URL", "REDIS://127.0.0.1/0"),
        ("CORS_ORIGINS", "file://"),
        ("CORS_ORIGINS", "wss://help.example.org"),
        ("CORS_ORIGINS", "capacitor://"),
        ("CORS_ORIGINS", "capacitor://*"),
        ("DATABASE_URL", "postgresql://db/t"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "tickets.db"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite://tickets.db"),
        ("DATABASE_URL", "mysql://u@db:port/t"),
        ("DATABASE_URL", "mysql://u@a..b/t"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("REDIS_URL", "http://127.0.0.1:6379"),
        ("REDIS_URL", "redis://127.0.0.1:port"),
        ("CORS_ORIGINS", "help.example.org"),
        ("CORS_ORIGINS", "https://*"),
        ("CORS_ORIGINS", "https://*.example.org"),
        ("CORS_ORIGINS", "https://help.example.org/"),
        ("CORS_ORIGINS", "https://help.example.org/tickets"),
        ("CORS_ORIGINS", "https://user@help.example.org"),
        ("CORS_ORIGINS", "ftp://help.example.org"),
        ("CORS_ORIGINS", "https://.+"),
        ("CORS_ORIGINS", "null"),
    ],
)
def test_an_invalid_setting_is_named(name, text):
    with pytest.raises(config.ConfigError) as refusal:
        read(**{"SECRET_KEY": SECRET, name: text})

    (sentence,) = str(refusal.value).splitlines()
    assert sentence.startswith(f"{name} ") and sentence.endswith(".")


# Every parameter of pymysql.connect, and others: each changes what is stored or read,
# hides an error, opens a hole, or does nothing of what it says.
@pytest.mark.parametrize(
    ("parameter", "cure"),
    [
        ("charset=utf8", "charset must be utf8mb4"),
        ("charset=utf8mb3", "charset must be utf8mb4"),
        ("charset=latin1", "charset must be utf8mb4"),
        ("charset=utf8mb4&charset=utf8", "each once"),
        ("ssl_disabled=false", "leave it out"),
        ("ssl_disabled=0", "leave it out"),
        ("ssl_disabled=true&ssl_check_hostname=true", "switches off"),
        ("ssl_check_hostname=true", "needs ssl_ca=FILE"),
        ("ssl_check_hostname=maybe", "true or false"),
        ("ssl_ca=/nowhere.pem", "not there"),
        ("ssl_cert=/nowhere.pem", "not there"),
        ("connect_timeout=0", "seconds"),
        ("read_timeout=-1", "seconds"),
        ("write_timeout=soon", "seconds"),
        *(
            (f"{name}=1", "can only be charset, ")
            for name in (
                *("autocommit", "auth_plugin_map", "binary_prefix", "client_flag"),
                *("collation", "compress", "conv", "cursorclass", "db", "database"),
                *("defer_connect", "host", "init_command", "local_infile", "passwd"),
                *("password", "port", "read_default_file", "read_default_group"),
                *("sql_mode", "ssl", "ssl_verify_cert", "ssl_verify_identity"),
                *("use_unicode", "user", "hunter2"),
            )
        ),
    ],
)
def test_a_parameter_of_a_mysql_url_that_would_mislead_is_refused(parameter, cure):
    with pytest.raises(config.ConfigError) as refusal:
        read(DATABASE_URL=f"mysql://u:hunter2@db/t?{parameter}")

    (sentence,) = str(refusal.value).splitlines()
    assert sentence.startswith("DATABASE_URL cannot be what it is: ")
    assert cure in sentence
    assert "hunter2" not in sentence


@pytest.mark.parametrize(
    "parameters",
    [
        *("charset=utf8mb4", "charset=", "ssl_disabled=true"),
        "unix_socket=/run/mysqld.sock",
        *("connect_timeout=5", "read_timeout=30", "write_timeout=30"),
        "ssl_cipher=AES256-SHA",
        f"ssl_ca={config.__file__}&ssl_check_hostname=false",
    ],
)
def test_a_parameter_of_a_mysql_url_that_does_as_it_says_is_kept(parameters):
    url = f"mysql+pymysql://u@db/t?{parameters}"

    assert read(DATABASE_URL=url)["SQLALCHEMY_DATABASE_URI"] == url


@pytest.mark.parametrize(
    "parameter",
    ["mode=memory&uri=true", "timeout=1", "isolation_level=DEFERRED", "x=hunter2"],
)
def test_a_parameter_of_a_sqlite_url_is_refused(parameter):
    with pytest.raises(config.ConfigError, match="takes no parameters") as refusal:
        read(DATABASE_URL=f"sqlite:////tmp/t.db?{parameter}")

    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://r/1?socket_timeout=60",
        "redis://r/1?decode_responses=true",
        "redis://r/1?protocol=3",
        "redis://r/1?ssl_cert_reqs=none",
        "redis://r?db=one",
        "redis://r?db",
        "rediss://r?ssl_cert_reqs=maybe",
        "rediss://r?ssl_ca_certs=/nowhere.pem",
        "unix:///r.sock?socket_keepalive=true",
        "redis://:hunter2?more@r",
    ],
)
def test_a_parameter_of_a_redis_url_that_would_mislead_is_refused(url):
    with pytest.raises(config.ConfigError) as refusal:
        read(REDIS_URL=url)

    (sentence,) = str(refusal.value).splitlines()
    assert sentence.startswith("REDIS_URL cannot be what it is: ")
    assert "more" not in sentence


@pytest.mark.parametrize(
    "url",
    [
        *("redis://r", "redis://u:p@r:1/2", "redis://r?db=2", "unix:///r.sock?db=2"),
        *("unix://:p@/r.sock", "rediss://r?ssl_cert_reqs=none"),
        f"rediss://r/1?ssl_ca_certs={config.__file__}",
    ],
)
def test_the_url_of_redis_is_kept(url):
    assert read(REDIS_URL=url)["REDIS_URL"] == url


def test_all_invalid_settings_are_named_at_once():
    with pytest.raises(config.ConfigError) as refusal:
        config.from_environ({"PROCESSES": "0", "REDIS_URL": "x", "SECRET_KEY": "s"})

    names = [sentence.split()[0] for sentence in str(refusal.value).splitlines()]
    assert names == ["PROCESSES", "REDIS_URL", "SECRET_KEY"]


def test_an_unsafe_setting_is_named_once():
    several = {"PROCESSES": "2", "DATABASE_URL": "x", "REDIS_URL": "redis://r"}

    with pytest.raises(config.ConfigError) as refusal:
        config.from_environ({**SAFE, **several})

    (sentence,) = str(refusal.value).splitlines()
    assert sentence.startswith("DATABASE_URL cannot be")


@pytest.fixture
def keep(tmp_path):
    """Read settings that keep files in a directory, or a file, of the test's."""

    def keep(database="made/t.db", uploads="made/uploads"):
        return read(
            DATABASE_URL=f"sqlite:///{tmp_path / database}",
            UPLOAD_DIR=str(tmp_path / uploads),
        )

    return keep


def test_a_relative_directory_is_in_that_of_the_project(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    assert read(UPLOAD_DIR="files")["UPLOAD_DIR"] == str(config.PROJECT / "files")


def test_a_relative_database_is_in_the_directory_that_was_made_for_it(
    monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "INSTANCE", tmp_path / "instance")
    settings = read(DATABASE_URL="sqlite:///data/t.db")

    config.make_directories({**settings, "UPLOAD_DIR": str(tmp_path / "files")})
    app = Flask(__name__, instance_path=str(tmp_path / "instance"))
    app.config.from_mapping(settings)
    database.init_app(app)

    assert {path.name for path in tmp_path.iterdir()} == {"files", "instance"}
    assert (tmp_path / "instance" / "data").is_dir()


def test_configured_directories_are_created(keep, tmp_path):
    config.make_directories(keep())
    config.make_directories(keep())

    assert [path.name for path in tmp_path.iterdir()] == ["made"]
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["uploads"]


@pytest.mark.parametrize(
    ("places", "names"),
    [
        ({"database": "file/t.db"}, ["DATABASE_URL"]),
        ({"database": "."}, ["DATABASE_URL"]),
        ({"uploads": "file"}, ["UPLOAD_DIR"]),
        ({"uploads": "file/uploads"}, ["UPLOAD_DIR"]),
        ({"database": "file/t.db", "uploads": "file"}, ["DATABASE_URL", "UPLOAD_DIR"]),
    ],
)
def test_a_directory_that_is_not_writable_is_named(keep, tmp_path, places, names):
    (tmp_path / "file").touch()

    with pytest.raises(config.ConfigError) as refusal:
        config.make_directories(keep(**places))

    sentences = str(refusal.value).splitlines()
    assert [sentence.split()[0] for sentence in sentences] == names
    assert all(sentence.endswith(".") for sentence in sentences)


@pytest.mark.parametrize(
    "url",
    [
        *("none", "file:///var/mail", "smtp://mail", "smtp://[::1]:2525"),
        *("smtp://u:p%40@mail:587?tls=required", "smtps://u:p@mail.example.org"),
    ],
)
def test_mails_go_to_a_server_or_into_files(url):
    assert read(MAIL_URL=url)["MAIL_URL"] == url


@pytest.mark.parametrize(
    "url",
    [
        *("mail", "http://mail", "smtp://", "smtp:///x", "smtp://mail/x", "file://"),
        *("file:///", "file://host/x", "file:///x?y=z", "smtp://u@mail"),
        *("smtp://:p@mail", "smtp://mail?tls=no", "smtps://mail?tls=required"),
        *("smtp://mail?x=y", "smtp://mail:99999", "smtp://mail#x", "NONE"),
        *("smtp://ü..x", "smtp://u:p%C3%BC@mail"),
    ],
)
def test_other_urls_of_mails_are_refused(url):
    with pytest.raises(config.ConfigError, match="^MAIL_URL cannot be what it is: "):
        read(MAIL_URL=url)


def test_without_mails_production_needs_neither_sender_nor_address():
    assert config.from_environ({**SAFE, "MAIL_URL": "none"})["MAIL_FROM"] == ""


def test_the_default_sender_is_valid_in_a_process_of_its_own():
    code = "import config; config.from_environ({'TICKETING_ENV': 'development'})"

    subprocess.run([sys.executable, "-c", code], cwd=config.INSTANCE.parent, check=True)


def test_the_domain_of_addresses_is_ascii():
    settings = read(MAIL_FROM="hilfe@bücher.example", MAIL_REPLY_TO="a+{token}@Ü.org")

    assert settings["MAIL_FROM"] == "hilfe@xn--bcher-kva.example"
    assert settings["MAIL_REPLY_TO"] == "a+{token}@xn--tda.org"


@pytest.mark.parametrize(
    "address", ["support", "jose@", "josé@example.org", "a@b\r\nBcc: c@d", "A <a@b.c>"]
)
def test_a_sender_is_an_address(address):
    with pytest.raises(config.ConfigError, match="^MAIL_FROM cannot be "):
        read(MAIL_FROM=address)


@pytest.mark.parametrize(
    "address",
    [
        *("support@example.org", "support@{token}.org", "{token}", "{token}@"),
        *("{token}+{token}@example.org", f"{'x' * 30}+{{token}}@example.org"),
        "{token}@{token}.org",
    ],
)
def test_the_address_of_replies_has_room_for_one_token(address):
    with pytest.raises(config.ConfigError, match="^MAIL_REPLY_TO cannot be "):
        read(MAIL_REPLY_TO=address)


def test_a_directory_for_mails_must_be_writable(tmp_path):
    (tmp_path / "file").write_text("")
    settings = read(
        DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}",
        UPLOAD_DIR=str(tmp_path),
        MAIL_URL=f"file://{tmp_path}/file/mail",
    )

    with pytest.raises(config.ConfigError, match="^MAIL_URL must be where"):
        config.make_directories(settings)


@pytest.mark.parametrize("environment", config.ENVIRONMENTS)
def test_token_of_mail_servers_cannot_be_short_anywhere(environment):
    environ = {**SAFE, "TICKETING_ENV": environment}
    secret = "hunter2" * 4

    with pytest.raises(config.ConfigError) as refusal:
        config.from_environ({**environ, "INBOUND_MAIL_TOKEN": secret})

    assert str(refusal.value).startswith("INBOUND_MAIL_TOKEN cannot be what it is: ")
    assert secret not in str(refusal.value)
    long = {**environ, "INBOUND_MAIL_TOKEN": "é" * 16}
    assert config.from_environ(long)["INBOUND_MAIL_TOKEN"] == "é" * 16
