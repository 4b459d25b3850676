"""Accept-Language, by RFC 9110"""

import pytest

from ticketing.web.languages import accepted


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("es-419", "es"),
        ("zh-Hant-TW, fr-CA", "fr"),
        ("ar-EG,ar;q=0.9,en;q=0.8", "ar"),
        ("de, fr", "de"),
        ("fr;q=0.5, de;q=0.9", "de"),
        ("de;q=0.2, en;q=0.1", "de"),
        ("en-GB, de;q=0.9", "en"),
        ("pt, es;q=0.001", "es"),
        ("*", "en"),
        ("fr, *", "fr"),
        ("*;q=0.5, fr;q=0.2", "en"),
        ("*;q=0.1, fr;q=0.2", "fr"),
        ("de;q=0", "en"),
        ("de;q=0, *", "en"),
        ("en;q=0, *", "de"),
        ("en;q=0, fr;q=0.1", "fr"),
        ("en;q=0", "en"),
        ("de-AT;q=0, de", "de"),
        ("de-AT;q=0.9, de;q=0.1, fr;q=0.5", "de"),
        ("*;q=0", "en"),
        ("ja", "en"),
        ("english", "en"),
        ("de;q=2, fr", "fr"),
        ("de;q=x, fr;q=0.1", "fr"),
        ("d", "en"),
        (",;=-*", "en"),
        ("de;;q=0.1;x", "de"),
        ("\xff\0", "en"),
        ("x," * 5000, "en"),
    ],
)
def test_the_language_that_is_preferred(header, language):
    assert accepted(header) == language
