"""GET /"""

import pytest

BROWSERS = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept",
    [BROWSERS, "text/html", "TEXT/HTML", "text/html;charset=utf-8", "*/*, text/html"],
)
@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("path", ["/", "/?from=mail"])
def test_browsers_are_redirected_to_the_console(anyone, accept, method, path):
    response = getattr(anyone, method)(
        path, headers={"Accept": accept, "Host": "evil.example"}
    )

    assert response.status_code == 302
    assert response.headers["Location"] == "/console/"
    assert response.headers["Vary"] == "Accept"
    assert response.data == b""


def test_the_page_that_browsers_are_redirected_to_exists(anyone):
    response = anyone.get("/", headers={"Accept": BROWSERS}, follow_redirects=True)

    assert (response.status_code, response.mimetype) == (200, "text/html")


@pytest.mark.parametrize(
    "accept",
    ["*/*", None, "", "application/json", "text/*", "text/html;q=0", "text/htmlx", ","],
)
def test_the_root_is_not_found_by_clients_that_do_not_name_html(anyone, accept):
    response = anyone.get("/", headers=accept and {"Accept": accept})

    assert response.status_code == 404
    assert response.json == {
        "message": "There is nothing at this path.",
        "code": "not_found",
    }
    assert response.vary.as_set() == {"accept", "accept-language"}


def test_nothing_can_be_posted_to_the_root(anyone):
    response = anyone.post("/", headers={"Accept": BROWSERS})

    assert (response.status_code, response.json["code"]) == (405, "method_not_allowed")
