"""flask jobs list, retry and prune."""

import json
from datetime import timedelta

import pytest

from ticketing.core.database import utcnow
from ticketing.jobs import service
from ticketing.jobs.models import State


@pytest.fixture
def flask(app):
    """Run a command; return its result."""

    def flask(*arguments):
        return app.test_cli_runner().invoke(args=arguments)

    return flask


@pytest.fixture
def various(fail, enqueue, work, watched):
    """Jobs called ``failed``, ``done``, ``waits`` and ``due``."""
    fail("failed")
    enqueue("done")
    work()
    enqueue("waits", due_at=utcnow() + timedelta(hours=1))
    enqueue("due")


def test_list_shows_the_jobs_that_are_not_done(various, flask, job):
    result = flask("jobs", "list")

    failed, waits, due = result.output.splitlines()
    assert failed == f"{job('failed').id}  failed  watched  -  1  Gone 410"
    assert waits.startswith(f"{job('waits').id}  due  watched  {utcnow().year}-")
    assert due.endswith("+00:00  0  -")


def test_list_shows_jobs_of_some_states_as_json(various, flask, job):
    result = flask("jobs", "list", "--state", "failed", "--state", "done", "--json")

    failed, done = map(json.loads, result.output.splitlines())
    assert failed == {
        "id": job("failed").id,
        "state": "failed",
        "kind": "watched",
        "due_at": None,
        "attempts": 1,
        "last_error": "Gone 410",
    }
    assert done["state"] == "done"


def test_list_shows_nothing_where_there_is_nothing(flask, app):
    result = flask("jobs", "list", "--json")

    assert (result.exit_code, result.output) == (0, "")


def test_retry_does_failed_jobs_again_by_their_ids(
    fail, flask, work, watched, job, app
):
    fail("a", "b")

    result = flask("jobs", "retry", str(job("a").id))
    work()

    assert result.output == "Retrying 1 job.\n"
    assert watched.done == ["a"]
    assert job("b").state is State.FAILED


def test_retry_does_all_that_failed_again(fail, flask, work, watched):
    fail("a", "b")

    result = flask("jobs", "retry", "--failed")
    work()

    assert result.output == "Retrying 2 jobs.\n"
    assert watched.done == ["a", "b"]


def test_retry_names_the_jobs_that_have_not_failed(various, flask, job):
    failed, done = job("failed").id, job("done").id

    result = flask("jobs", "retry", str(failed), str(done), "999999999")

    assert result.exit_code == 1
    assert "Retrying 1 job." in result.output
    assert f"These have not failed: {done}, 999999999." in result.output
    assert job("done").state is State.DONE


@pytest.mark.parametrize(
    "arguments",
    [
        ["retry"],
        ["retry", "--failed", "1"],
        ["retry", "0"],
        ["retry", "-1"],
        ["retry", "x"],
        ["retry", "1.5"],
        ["retry", str(2**63)],
        ["list", "--state", "lost"],
        ["list", "--state"],
        ["list", "1"],
        ["prune", "1"],
        ["delete"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_refused_in_a_sentence(arguments, flask):
    result = flask("jobs", *arguments)

    assert result.exit_code == 2
    assert "Error: " in result.output


def test_prune_deletes_what_was_done_a_week_ago(various, flask, time_machine):
    assert flask("jobs", "prune").output == "Pruned 0 jobs.\n"
    time_machine.move_to(utcnow() + service.KEPT)

    result = flask("jobs", "prune")

    assert result.output == "Pruned 1 job.\n"
    states = flask("jobs", "list", "--state", "done").output
    assert states == ""
    assert len(flask("jobs", "list").output.splitlines()) == 3
