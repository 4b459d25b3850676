"""How times are said."""

import json
import subprocess

import pytest
from served import ROOT, require_node

SCRIPT = """
const [words, expression] = process.argv.slice(1);
Date.now = () => Date.parse("2026-12-24T12:00:00Z");
globalThis.document = { documentElement: {} };
const { ago, day, setLanguage } = await import(words);
await setLanguage("en", "", "Asia/Tokyo");
console.log(JSON.stringify(eval(expression)));
"""


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ('ago("2026-12-24T11:59:30Z")', "just now"),
        ('ago("2026-12-24T11:55:00Z")', "5 minutes ago"),
        ('ago("2026-12-23T10:00:00Z")', "1 day ago"),
        ('ago("2026-12-22T13:00:00Z")', "1 day ago"),  # not "yesterday"
        ('ago("2026-10-20T12:00:00Z")', "2 months ago"),
        ('ago("2024-12-24T12:00:00Z")', "2 years ago"),
        ('day("2026-12-24T16:00:00Z")', "2026-12-25"),
        ('day("2026-01-02T03:00:00Z")', "2026-01-02"),
    ],
)
def test_times_are_said_in_words(expression, words):
    require_node()
    module = ROOT / "ticketing" / "console" / "words.js"
    script = [SCRIPT, module.as_uri(), expression]

    said = subprocess.check_output(["node", "--input-type=module", "-e", *script])

    assert json.loads(said) == words
