"""The page under /console/, and its files."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

import pytest

from ticketing.console import page
from ticketing.web.middleware import SECURITY

IMMUTABLE = "public, max-age=31536000, immutable"
BROWSERS = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def file(anyone):
    """Return the response to a request of a file of the page."""

    def file(name, version=None, **options):
        path = f"/console/-/{version or page.version()}/{name}"
        return anyone.get(path, buffered=True, **options)

    return file


def policy_of(response):
    """Return the directives of a response's policy, as lists of words."""
    directives = response.headers["Content-Security-Policy"].split(";")
    return {name: values for name, *values in map(str.split, directives)}


@pytest.mark.parametrize(
    "path",
    [
        *("", "sign-in", "tickets/7?tab=closed", "queue/needs_answer/7", "nowhere"),
        *("set-password#token", "a/b/c/d", "%2e%2e/config.py", "-", "-/x"),
    ],
)
@pytest.mark.parametrize("method", ["get", "head"])
def test_every_path_is_the_page(anyone, path, method):
    response = getattr(anyone, method)(f"/console/{path}")

    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert response.headers["Cache-Control"] == "no-cache"
    assert ('<div id="app">' in response.text) == (method == "get")


def test_a_path_without_a_slash_is_the_page_too(anyone):
    assert anyone.get("/console").status_code == 200


def test_browsers_come_to_it(anyone):
    response = anyone.get("/", headers={"Accept": BROWSERS})

    assert response.headers["Location"] == "/console/"


def test_nothing_can_be_posted_to_it(anyone):
    assert anyone.post("/console/").status_code == 405


def test_the_policy_lets_run_the_import_map_and_no_other_script_of_the_page(anyone):
    response = anyone.get("/console/")

    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", response.text, re.DOTALL)
    inline = [text for attributes, text in scripts if "src=" not in attributes]
    digests = [b64encode(sha256(text.encode()).digest()).decode() for text in inline]
    policy = policy_of(response)
    assert policy["script-src"] == ["'self'", *[f"'sha256-{d}'" for d in digests]]
    assert len(inline) == 1
    assert policy["default-src"] == ["'none'"]
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert policy["trusted-types"] == ["service-worker"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_its_import_map_and_its_links_name_files_that_are_there(anyone, file):
    html = anyone.get("/console/").text

    imports = json.loads(re.search(r'"importmap">(.*?)<', html)[1])["imports"]
    linked = re.findall(r'(?:href|src)="(/console/-/[^"]+)"', html)
    assert len(linked) > len(imports)
    for path in {*imports.values(), *linked}:
        assert anyone.get(path, buffered=True).status_code == 200, path


def test_everything_else_has_the_policy_of_everything_else(anyone, file):
    others = ["/api/config", "/api/nowhere", "/healthz", "/static/ticketing.js"]

    responses = [anyone.get(path, buffered=True) for path in others]

    for response in [*responses, file("app.js"), file("nowhere.js")]:
        assert response.headers["Content-Security-Policy"] == (
            SECURITY["Content-Security-Policy"]
        )


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("app.js", "text/javascript"),
        ("screens/sign_in.js", "text/javascript"),
        ("vendor/preact.js", "text/javascript"),
        ("ticketing.js", "text/javascript"),
        ("console.css", "text/css"),
        ("icon.svg", "image/svg+xml"),
        ("icons/192.png", "image/png"),
        ("vendor/licenses/htm.txt", "text/plain"),
    ],
)
def test_a_file_has_its_type_and_may_be_kept_for_good(file, name, media_type):
    response = file(name)

    assert (response.status_code, response.mimetype) == (200, media_type)
    assert response.headers["Cache-Control"] == IMMUTABLE


def test_a_file_of_another_version_is_served_but_not_kept(file):
    for version in ("0123456789abcdef", "offline"):
        response = file("app.js", version)

        assert response.data == file("app.js").data
        assert response.headers["Cache-Control"] == "no-cache"


def test_a_file_that_has_not_changed_is_not_sent_again(file):
    tag = file("app.js", "other").headers["ETag"]

    # nginx weakens the tag of what it compresses.
    response = file("app.js", "other", headers={"If-None-Match": f"W/{tag}"})

    assert (response.status_code, response.data) == (304, b"")


def test_the_version_is_that_of_what_is_shown_offline_too(monkeypatch):
    before = page.version()
    monkeypatch.setattr(page, "OFFLINE", "console.html")  # another content

    assert page.version.__wrapped__() != before


def test_the_version_is_that_of_the_contents(monkeypatch, tmp_path):
    changed = tmp_path / "app.js"
    changed.write_text("")
    before, files = page.version(), page.files()
    monkeypatch.setattr(page, "files", lambda: files | {"app.js": changed})

    after = page.version.__wrapped__()

    assert after != before == page.version()


@pytest.mark.parametrize(
    "name",
    [
        *("nowhere.js", "page.py", "__init__.py", "console.html", "vendor/README.md"),
        *("../page.py", "..%2Fpage.py", "%2e%2e/page.py", "screens/../../page.py"),
        *("..\\page.py", "app.js/", "app.js%00", "app"),
    ],
)
def test_what_is_no_file_of_the_page_is_not_there(file, name):
    response = file(name)

    assert (response.status_code, response.json["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", '"><img src=x>', "$name $$ ${assets}", "Ä & '"],
)
def test_the_name_of_the_service_is_text(app, anyone, monkeypatch, name):
    monkeypatch.setitem(app.config, "SERVICE_NAME", name)

    for path in ("/console/", "/console/offline.html"):
        response = anyone.get(path)

        title = re.search(r"<title[^>]*>(.*?)</title>", response.text)[1]
        assert unescape(title).endswith(name)
        assert not set('<>"') & set(title)
        assert response.text.count("<script") == response.text.count("</script>")
        assert "<img" not in response.text and "alert(1)</script>" not in response.text
