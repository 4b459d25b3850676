"""GET /console/-/<version>/languages/<language>.json"""

import pytest

from ticketing.console import page
from ticketing.core.text import TRANSLATIONS, Language, read_catalog


def url(language, version=None):
    return f"/console/-/{version or page.version()}/languages/{language}.json"


@pytest.mark.parametrize("language", TRANSLATIONS, ids=str)
def test_the_texts_of_the_console_are_there_in_each_language(browser, language):
    response = browser.get(url(language))

    assert (response.status_code, response.mimetype) == (200, "application/json")
    texts = response.json
    forms = {type(text): text for text in texts.values()}
    assert len(texts) > 100
    assert set(forms) == {str, list}
    assert len(forms[list]) == read_catalog(language).num_plurals
    assert all(texts.values())


def test_a_text_is_found_by_the_english_one_or_its_singular(browser):
    texts = browser.get(url("de")).json

    assert texts["Sign out"] == "Abmelden"
    assert texts["{count} day"] == ["{count} Tag", "{count} Tage"]


def test_texts_that_only_the_service_has_are_left_out(browser):
    texts = browser.get(url("de")).json

    assert "There is no such ticket." not in texts


@pytest.mark.parametrize(
    "language", [Language.ENGLISH, "ja", "DE", "de-AT", "..", "%00"]
)
def test_there_is_no_other_language(browser, language):
    response = browser.get(url(language))

    assert (response.status_code, response.json["code"]) == (404, "not_found")


def test_only_the_texts_of_this_version_are_cached_for_good(browser):
    own, other = browser.get(url("de")), browser.get(url("de", "0"))

    assert own.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert other.headers["Cache-Control"] == "no-cache"
    assert own.data == other.data
    assert "Vary" not in own.headers


def test_texts_that_a_browser_has_are_not_sent_again(browser):
    etag = browser.get(url("de")).headers["ETag"]

    response = browser.get(url("de"), headers={"If-None-Match": etag})

    assert (response.status_code, response.data) == (304, b"")


def test_another_translation_is_another_version(monkeypatch, tmp_path):
    path = tmp_path / "ticketing.po"
    path.write_text("# another one")

    before = page.version.__wrapped__()
    monkeypatch.setattr(page, "catalog_path", lambda language: path)

    assert page.version.__wrapped__() != before
