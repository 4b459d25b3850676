"""The tickets of the demo, which ``python wsgi.py`` puts into an empty database."""

import pytest
import served

from ticketing import demo
from ticketing.tickets.models import Status


@pytest.fixture
def fill(app):
    """Fill the database, if it is empty."""

    def fill():
        with app.app_context():
            demo.create_demo_if_empty()

    return fill


@pytest.fixture
def log_in(anyone):
    """Log in to an account of the demo; return a function that reads from the API."""

    def log_in(email):
        body = {"email": email, "password": "password"}
        token = anyone.post("/api/login", json=body).json["token"]
        headers = {"Authorization": f"Bearer {token}"}
        return lambda path: anyone.get(f"/api{path}", headers=headers).json

    return log_in


def test_an_empty_database_gets_tickets_in_every_status(fill, log_in):
    fill()

    tickets = log_in("admin@example.com")("/tickets")["data"]
    assert {ticket["status"] for ticket in tickets} == set(Status)
    assert 6 <= len(tickets) <= 8
    assert "urgent" in {t["priority"] for t in tickets if t["status"] == "open"}
    waiting = {t["waiting_on"] for t in tickets if t["status"] == "in_progress"}
    assert waiting == {"support", "customer"}
    (rated,) = [ticket for ticket in tickets if ticket["rating"]]
    assert rated["status"] == "resolved"


def test_the_conversation_has_both_sides_and_a_note_that_its_customer_does_not_see(
    fill, log_in
):
    fill()

    admin, customer = log_in("admin@example.com"), log_in("customer@example.com")
    (ticket,) = admin("/tickets?status=in_progress&waiting_on=support")["data"]
    url = f"/tickets/{ticket['id']}"
    messages = admin(f"{url}/messages")["data"]
    names = {message["user"]["name"] for message in messages}
    assert names == {"Admin User", "Customer User"}
    comments = admin(f"{url}/comments")["data"]
    public = [comment for comment in comments if not comment["internal"]]
    assert [comment["internal"] for comment in comments] == [True, False]
    assert customer(f"{url}/comments")["data"] == public


def test_each_side_has_something_to_read(fill, log_in):
    fill()

    for email in ("admin@example.com", "customer@example.com"):
        assert log_in(email)("/messages/unread-count")["unread_count"] > 0


def test_there_are_tags_canned_responses_and_a_shared_view(fill, log_in):
    fill()

    get = log_in("admin@example.com")
    assert len(get("/tags")["data"]) == 3
    assert len(get("/canned-responses")["data"]) == 2
    (view,) = [view for view in get("/views")["data"] if view["id"]]
    assert (view["name"], view["shared"], view["count"]) == ("Refunds", True, 1)


def test_reports_count_the_demo_as_its_log_does(app, fill):
    fill()

    result = app.test_cli_runner().invoke(args=["reports", "verify"])

    assert result.exit_code == 0, result.output


def test_it_is_created_once(fill, log_in):
    fill()
    before = log_in("admin@example.com")("/tickets")

    fill()

    assert log_in("admin@example.com")("/tickets") == before


def test_a_database_with_users_stays_as_it_is(fill, make_user, api):
    somebody = make_user("Carla")

    fill()

    assert api(somebody).get("/api/tickets").json["data"] == []
    assert api(somebody).get("/api/categories").json["data"] == []


def test_the_seed_has_no_tickets(app, log_in):
    app.test_cli_runner().invoke(args=["seed"])

    assert log_in("admin@example.com")("/tickets")["data"] == []


@pytest.fixture(scope="module")
def demonstrated(tmp_path_factory):
    """Run ``python wsgi.py`` on an empty database."""
    with served.serving_demo(tmp_path_factory.mktemp("demo")) as process:
        yield process


@pytest.mark.slow
def test_it_says_where_the_console_is(demonstrated):
    line = f"Ticketing on {demonstrated.url}, its API documented at "

    assert line in demonstrated.log.read_text()


@pytest.mark.slow
def test_the_first_look_of_a_customer_shows_their_requests(demonstrated, browse):
    page = browse(demonstrated.url)

    page.get_by_role("button", name="Sign in as Customer User").click()

    page.get_by_role("heading", name="Your requests").wait_for()
    page.get_by_role("link", name="The export stops after 1,000 rows").wait_for()
    assert page.get_by_role("main").get_by_role("listitem").count() == 6
    page.get_by_role("link", name="Closed", exact=True).click()
    page.get_by_role("link", name="The mail with the new password").wait_for()


@pytest.mark.slow
def test_the_first_look_of_an_admin_shows_what_needs_an_answer(demonstrated, browse):
    page = browse(demonstrated.url)

    page.get_by_role("button", name="Sign in as Admin User").click()

    pages = page.get_by_role("navigation")
    pages.get_by_role("link", name="Needs answer 4").wait_for()
    pages.get_by_role("link", name="Refunds 1").wait_for()


@pytest.mark.slow
def test_production_gets_no_demo(tmp_path):
    settings = served.production(f"sqlite:///{tmp_path / 't.db'}", "eventlet")
    command = [*served.PYTHON, "wsgi.py"]
    process = served.Process(command, settings, tmp_path, served.free_port())

    with served.running(process):
        body = {"email": "admin@example.com", "password": "password"}
        refused = served.Caller(process.url).request("POST", "/login", body)

    assert refused.status_code == 401
