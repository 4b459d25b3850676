"""What the users of closed accounts have left is erased."""

from pathlib import Path

import pytest

from people.conftest import CANARY
from ticketing.core.database import db


@pytest.fixture
def files(app):
    """Return the files of the service that have a text, in any case."""

    def files(text):
        with app.app_context():
            url = db.engine.url
        directories = [Path(app.config["UPLOAD_DIR"])]
        if url.get_backend_name() == "sqlite":
            directories.append(Path(url.database).parent)
        found = [path for each in directories for path in each.rglob("*")]
        wanted = text.lower().encode()
        return [
            path
            for path in found
            if path.is_file()
            and wanted in path.read_bytes().lower() + path.name.lower().encode()
        ]

    return files


def test_a_canary_is_found_in_no_table_and_no_file(
    leaver, leave, work, write_everywhere, stored, files, sends_mail
):
    write_everywhere(leaver)
    work()
    assert len(stored(CANARY)) > 5
    assert files(CANARY)

    leave(leaver)
    work()

    assert stored(CANARY) == []
    assert files(CANARY) == []


def test_the_index_of_search_keeps_no_word(
    api, leaver, make_ticket, leave, work, files
):
    ticket = make_ticket(leaver)
    url = f"/api/tickets/{ticket.id}/messages"
    for text in ("Quickxotic7", "Hello?"):
        api(leaver).post(url, json={"message": text})
    leave(leaver)

    work()

    assert files("uickxotic7") == []
