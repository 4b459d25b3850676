"""What lets browsers install the page."""

import json
import struct

import pytest
import served

expect = pytest.importorskip("playwright.sync_api").expect

URL = "/console/manifest.webmanifest"


@pytest.fixture(scope="module")
def demonstrated(tmp_path_factory):
    """Run ``python wsgi.py``."""
    with served.serving_demo(tmp_path_factory.mktemp("demo")) as process:
        yield process


@pytest.fixture
def icons(anyone):
    """Return the icons, and the content of the file of each."""
    icons = json.loads(anyone.get(URL).data)["icons"]
    return [(icon, anyone.get(icon["src"], buffered=True)) for icon in icons]


def size_of(png):
    """Return the width and the height of a PNG."""
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("name", ["Ticketing", 'Hilfe – 助け "<$name>"'])
def test_it_says_what_is_installed(app, anyone, monkeypatch, name):
    monkeypatch.setitem(app.config, "SERVICE_NAME", name)

    response = anyone.get(URL)

    manifest = json.loads(response.data)
    assert response.mimetype == "application/manifest+json"
    assert response.headers["Cache-Control"] == "no-cache"
    assert manifest["name"] == name
    assert {manifest[key] for key in ("id", "start_url", "scope")} == {"/console/"}
    assert manifest["display"] == "standalone"
    assert {"theme_color", "background_color"} < set(manifest)


def test_its_icons_are_there_in_their_sizes(icons):
    for icon, response in icons:
        assert (response.status_code, response.mimetype) == (200, icon["type"])
        if icon["sizes"] != "any":
            width, height = size_of(response.data)
            assert icon["sizes"] == f"{width}x{height}"
    given = {(icon["sizes"], icon["purpose"]) for icon, _ in icons}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} < given


def test_the_page_has_an_icon_for_apple_and_colors_for_both_schemes(anyone):
    html = anyone.get("/console/").text

    assert 'rel="apple-touch-icon"' in html
    assert html.count('<meta name="theme-color"') == 2
    for scheme in ("light", "dark"):
        assert f'media="(prefers-color-scheme: {scheme})"' in html


@pytest.mark.slow
def test_chromium_finds_nothing_wrong_with_it(demonstrated, browse):
    page = browse(f"{demonstrated.url}/console/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    browser = page.context.new_cdp_session(page)
    manifest = browser.send("Page.getAppManifest")
    errors = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]

    assert manifest["url"].endswith(URL) and manifest["errors"] == []
    assert {error["errorId"] for error in errors} <= {"in-incognito"}
