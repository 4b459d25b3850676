"""The slug of a name."""

import pytest

from ticketing.categories.slugs import slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Technical Support", "technical-support"),
        ("  Bug -- Report!  ", "bug-report"),
        ("snake_case", "snake-case"),
        ("R&D / 2026", "r-d-2026"),
        ("Résumé", "resume"),
        ("Straße", "strasse"),
        ("Ｗｉｄｅ", "wide"),
        ("ﬁle", "file"),
        ("Счета и оплата", "счета-и-оплата"),
        ("お問い合わせ", "お問い合わせ"),
        ("문의", "문의"),
        ("عام", "عام"),
        ("Δώρα", "δωρα"),
        ("٣ أشياء", "٣-اشياء"),
        ("!!!", "category"),
        ("😀", "category"),
        ("___", "category"),
        ("\u0301", "category"),
        ("../../etc", "etc"),
        ("a?b#c%d", "a-b-c-d"),
    ],
)
def test_slug_of_keeps_letters_and_digits_and_drops_accents(name, slug):
    assert slug_of(name) == slug


@pytest.mark.parametrize(
    ("taken", "slug"),
    [
        ({"c"}, "c-2"),
        ({"c", "c-2"}, "c-3"),
        ({"c", "c-3"}, "c-2"),
        ({"c-2"}, "c"),
        ({"cat"}, "c"),
    ],
)
def test_slug_of_numbers_a_slug_that_is_taken(taken, slug):
    assert slug_of("C++", taken) == slug


@pytest.mark.parametrize("name", ["x" * 255, "ﷺ" * 255, "a " * 127, "ß" * 255])
def test_a_numbered_slug_of_a_long_name_fits_its_column(name):
    slug = slug_of(name, {slug_of(name)})

    assert len(slug) <= 255
    assert slug.endswith("-2")
    assert "--" not in slug
