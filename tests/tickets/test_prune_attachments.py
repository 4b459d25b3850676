"""flask attachments prune"""

import os
import time
from io import BytesIO
from pathlib import Path

import pytest


@pytest.fixture
def directory(app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


@pytest.fixture
def prune(app, directory):
    """Run the command; return its output."""

    def prune():
        result = app.test_cli_runner().invoke(args=["attachments", "prune"])
        assert result.exit_code == 0
        return result.output

    return prune


@pytest.fixture
def orphan(directory):
    """Store a file to which no ticket refers."""

    def orphan(letter, hours):
        path = directory / (2 * letter) / (32 * letter)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"It burns.")
        age(path, hours)
        return path

    return orphan


def age(path, hours):
    then = time.time() - 3600 * hours
    os.utime(path, (then, then))


def test_attachments_prune_deletes_only_old_files_that_no_ticket_uses(
    api, customer, ticket, directory, orphan, prune
):
    url = f"/api/tickets/{ticket.id}"
    api(customer).patch(url, data={"attachment": (BytesIO(b"Mine."), "log.txt")})
    (used,) = (path for path in directory.rglob("*") if path.is_file())
    age(used, hours=48)
    old = [orphan("a", hours=2), orphan("b", hours=48)]
    young = orphan("c", hours=0)

    said = prune()

    assert "2" in said
    assert [path.exists() for path in (*old, young, used)] == [False, False, True, True]
    assert api(customer).get(f"{url}/attachment", buffered=True).data == b"Mine."


def test_pruning_attachments_twice_deletes_nothing_more(orphan, prune):
    orphan("a", hours=2)
    prune()

    assert "0" in prune()


def test_a_file_that_vanishes_meanwhile_is_not_pruned(orphan, prune, monkeypatch):
    old = [orphan(letter, hours=48) for letter in "abc"]
    stat = Path.stat

    def stat_too_late(path, **options):
        if path == old[1]:
            path.unlink(missing_ok=True)
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", stat_too_late)

    assert "2" in prune()


def test_attachments_prune_works_without_an_attachment_directory(directory, prune):
    assert "0" in prune()
    assert not directory.exists()
