"""The catalogs are complete, and agree with the code."""

import json
import string
import subprocess
from gettext import c2py
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from served import require_node

from ticketing.core.text import TRANSLATIONS, Language, catalog_path, read_catalog
from ticketing.languages.extraction import extract, update

WORDS = Path(__file__).parents[2] / "ticketing" / "console" / "words.js"
# Runs ``tn`` on forms that are their own number, for each count up to 1,000.
CHOOSE = """
const [words, language, forms] = process.argv.slice(1);
const catalog = { one: [...Array(Number(forms)).keys()].map(String) };
globalThis.fetch = async () => ({ ok: true, json: async () => catalog });
globalThis.localStorage = { setItem() {} };
globalThis.document = { documentElement: {} };
const { setLanguage, tn } = await import(words);
await setLanguage(language, "catalog.json");
const chosen = (count) => Number(tn("one", "other", { count }));
console.log(JSON.stringify([...Array(1001).keys()].map(chosen)));
"""


def placeholders(text):
    return {name for _, name, *_ in string.Formatter().parse(text) if name is not None}


def files_of(message):
    return {name for name, _ in message.locations}


@pytest.fixture(params=TRANSLATIONS, ids=str)
def catalog(request):
    """The catalog of a language."""
    return read_catalog(request.param)


@pytest.fixture
def messages(catalog):
    """The messages of a catalog, without its header."""
    return [message for message in catalog if message.id]


def test_every_text_of_the_code_is_in_the_catalog_and_no_other(messages):
    found = {message.id: files_of(message) for message in extract() if message.id}

    assert {message.id: files_of(message) for message in messages} == found


def test_a_catalog_has_nothing_obsolete_and_nothing_fuzzy(catalog, messages):
    assert not catalog.obsolete
    assert [message.id for message in messages if message.fuzzy] == []


def test_every_text_is_translated_in_all_forms(catalog, messages):
    missing = [
        message.id
        for message in messages
        if not message.string
        or message.pluralizable
        and [*map(bool, message.string)] != [True] * catalog.num_plurals
    ]

    assert missing == []


def test_a_translation_has_the_placeholders_of_its_text(messages):
    for message in messages:
        if message.pluralizable:
            # A form that is for one number only need not repeat it.
            own = [placeholders(form) - {"count"} for form in message.id]
            forms = [placeholders(form) for form in message.string]
            assert all(form - {"count"} in own for form in forms), message.id
            assert forms[-1] == placeholders(message.id[1]), message.id
        else:
            assert placeholders(message.string) == placeholders(message.id), message.id


def test_a_translation_ends_as_its_text_does(messages):
    ends = {".": ".", "?": "?؟", "…": "…"}
    for message in messages:
        if not message.pluralizable and message.id[-1] in ends:
            assert message.string[-1] in ends[message.id[-1]], message.id


@pytest.mark.parametrize("language", TRANSLATIONS, ids=str)
def test_the_console_chooses_the_same_plural_form_as_gettext(language):
    require_node()
    catalog = read_catalog(language)
    command = ["node", "--input-type=module", "-e", CHOOSE]
    command += [WORDS.as_uri(), language, str(catalog.num_plurals)]

    chosen = json.loads(subprocess.check_output(command, text=True))

    choose = c2py(catalog.plural_expr)
    assert chosen == [choose(count) for count in range(1001)]


def test_the_catalogs_are_as_the_command_writes_them(tmp_path, monkeypatch):
    written = {each: catalog_path(each).read_bytes() for each in TRANSLATIONS}
    for language, content in written.items():
        (tmp_path / f"{language}.po").write_bytes(content)
    for module in ("ticketing.core.text", "ticketing.languages.extraction"):
        monkeypatch.setattr(
            f"{module}.catalog_path", lambda language: tmp_path / f"{language}.po"
        )

    update()

    for language, content in written.items():
        assert (tmp_path / f"{language}.po").read_bytes() == content


@pytest.mark.slow
def test_the_command_adds_a_catalog_for_a_new_language(tmp_path, monkeypatch):
    path = tmp_path / "de" / "ticketing.po"
    module = "ticketing.languages.extraction"
    monkeypatch.setattr(f"{module}.catalog_path", lambda language: path)
    monkeypatch.setattr(f"{module}.TRANSLATIONS", [Language.GERMAN])

    update()

    with path.open("rb") as file:
        catalog = read_po(file)
    assert (str(catalog.locale), catalog.num_plurals) == ("de", 2)
    assert {message.id for message in catalog} == {message.id for message in extract()}
