"""Backing up and restoring as the README says: everything is as it was."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import requests
import served
from sqlalchemy import MetaData, create_engine, make_url, select

README = (served.ROOT / "README.md").read_text()
TEXT = 'It\'s 100 % "on fire" 🔥; -- \\ \r\n\t`x` Ünïcödé 消防車'


# By server; Debian's MariaDB calls its own tools by MySQL's names as well.
TOOLS = {
    "sqlite": ["sqlite3"],
    "mariadb": ["mariadb", "mariadb-dump"],
    "mysql": ["mysql", "mysqldump"],
}


def server_of(url):
    """Return which database server a URL is of."""
    if url.drivername == "sqlite":
        return "sqlite"
    engine = create_engine(url)
    with engine.connect() as connection:
        found = "mariadb" if connection.dialect.is_mariadb else "mysql"
    engine.dispose()
    return found


@pytest.fixture
def process(serve):
    """A deployment of its own, in which something has happened."""
    with serve("eventlet") as process:
        yield process


@pytest.fixture
def url(process):
    return make_url(process.environ["DATABASE_URL"])


@pytest.fixture
def follow(process, url, tmp_path):
    """Run the script under a heading of the README, on this database and directory."""
    server = server_of(url)
    for tool in TOOLS[server]:
        if not shutil.which(tool):
            served.lacking(f"{tool} is not installed")
    (tmp_path / ".my.cnf").write_text(
        f"[client]\nhost={url.host}\nport={url.port or 3306}\nuser={url.username}\n"
        f'password="{url.password or ""}"\n'
    )
    values = {
        "DATABASE": url.database,
        "UPLOAD_DIR": process.environ["UPLOAD_DIR"],
        "BACKUP": str(tmp_path / "backup"),
    }

    def follow(heading):
        section = README.partition(f"### {heading}\n")[2]
        language = "sh" if server == "sqlite" else "bash"
        script, *others = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
        if server == "mysql" and heading == "Back up":
            script = re.sub("^mariadb-dump .*\n", others[0], script, flags=re.M)
        elif server == "mysql":
            script = re.sub("^mariadb ", "mysql ", script, flags=re.M)
        for name, value in values.items():
            script = re.sub(rf"\b{name}=\S+", f"{name}={value}", script, count=1)
        subprocess.run(
            ["bash", "-eu"],
            input=script,
            text=True,
            check=True,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        )

    return follow


@pytest.fixture
def wipe(process, url):
    """Lose everything."""

    def wipe():
        shutil.rmtree(process.environ["UPLOAD_DIR"])
        if url.drivername == "sqlite":
            for path in Path(url.database).parent.glob(f"{Path(url.database).name}*"):
                path.unlink()
            return
        engine = create_engine(url.set(database=None))
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE `{url.database}`")
            connection.exec_driver_sql(
                f"CREATE DATABASE `{url.database}` CHARACTER SET utf8mb4"
            )
        engine.dispose()

    return wipe


@pytest.fixture
def rows(url):
    """Return every row of every table."""

    def rows():
        engine, metadata = create_engine(url), MetaData()
        with engine.connect() as connection:
            metadata.reflect(connection)
            found = {
                name: sorted(map(repr, connection.execute(select(table))))
                for name, table in metadata.tables.items()
            }
        engine.dispose()
        return found

    return rows


def attach(process, who, ticket, content):
    return requests.patch(
        f"{process.url}/api/tickets/{ticket['id']}",
        headers={"Authorization": f"Bearer {who.token}"},
        files={"attachment": ("Ünïcödé.txt", content)},
        timeout=served.PATIENCE,
    ).json()


def seen_by(process, who, ticket):
    """Return all that someone is shown."""
    url = f"/tickets/{ticket['id']}"
    paths = ["/me", "/categories", "/tickets", url, f"{url}/comments", f"{url}/events"]
    paths += [f"{url}/messages?mark_read=false", "/messages/unread-count"]
    return {
        **{path: who.get(path) for path in paths},
        "file": who.request("GET", f"{url}/attachment").content,
    }


def test_all_that_was_lost_is_there_again(
    process, register, open_ticket, follow, wipe, rows
):
    carla = register(process, "Carla")
    ticket = open_ticket(process, carla)
    content = TEXT.encode() * 1000
    attach(process, carla, ticket, content)
    process.root.post(f"/tickets/{ticket['id']}/comments", {"content": TEXT})
    note = {"content": TEXT, "internal": True}
    process.root.post(f"/tickets/{ticket['id']}/comments", note)
    carla.say(ticket, TEXT)
    people = [carla, process.root]
    before, seen = rows(), [seen_by(process, who, ticket) for who in people]

    follow("Back up")
    carla.say(ticket, "What is said now is lost")
    process.stop()
    wipe()
    follow("Restore")
    process.start()

    assert rows() == before
    assert [seen_by(process, who, ticket) for who in people] == seen
    assert seen[0]["file"] == content
    again = open_ticket(process, carla)  # numbered after those that there were
    assert again["id"] > ticket["id"]
