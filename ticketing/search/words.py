"""The words of a text, in one notation that every database indexes alike.

A full-text engine has its own idea of a word: InnoDB leaves out short and common ones,
and none of them knows that Thai has no spaces. So a text is parted here, and indexed as
words of ``a`` to ``z`` and digits, which no engine changes: ``aaprinter aaon aafire``.
Two letters before each make it long enough for InnoDB, and no stop word.

Chinese, Japanese, Korean and Thai are written without spaces. A run of such characters
becomes its pairs and its last character, ``ABC`` becomes ``AB BC C``: any two or more
that stand together are found, and none across the end of a run.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from unicodedata import category, decomposition, normalize

FIRST, NEXT = "aa", "zzz"  # before a word, and before each further piece of a long one
PIECE_LENGTH = 80  # InnoDB indexes words of up to 84 characters
ESCAPE = "x"  # before the code point of a character that is not a plain one
PLAIN = frozenset("abcdefghijklmnopqrstuvwyz0123456789")
Span = tuple[int, int]  # from a character, up to another one that is not included

LATIN_GREEK_CYRILLIC = (
    r"A-Za-z\u00aa\u00ba\u00c0-\u02af\u0370-\u0482\u048a-\u052f\u1c80-\u1c8f"
    r"\u1d00-\u1dbf\u1e00-\u1fff\u2c60-\u2c7f\ua640-\ua66e\ua680-\ua69d\ua722-\ua7ff"
    r"\uab30-\uab6f\ufb00-\ufb06"
)
ACCENT = (
    r"\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u2de0-\u2dff"
    r"\ua66f-\ua672\ua674-\ua67d\ua69e\ua69f\ufe20-\ufe2f"
)
ACCENTS = re.compile(f"(?<=[{LATIN_GREEK_CYRILLIC}])[{ACCENT}]+")
# Han, kana, bopomofo, Hangul and Thai.
UNSPACED = (
    r"\u3005-\u3007\u3021-\u302f\u3031-\u3035\u303b\u303c\u3041-\u3096\u3099\u309a"
    r"\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf"
    r"\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
    r"\u1100-\u11ff\ua960-\ua97c\uac00-\ud7fb"
    r"\u0e01-\u0e3a\u0e40-\u0e4e"
)
RUN = re.compile(rf"(?P<unspaced>[{UNSPACED}]+)|[^{UNSPACED} ]+")
# What belongs to the character before it: the vowels and finals of Hangul spelt out,
# the voice marks of narrow kana. ``_belongs`` adds every mark.
JOINED = re.compile(rf"[{ACCENT}\u1160-\u11ff\ud7b0-\ud7fb\uff9e\uff9f]")


class Word(NamedTuple):
    """A word, or one character of a script without spaces.

    :param text: folded; see ``fold_for_search``.
    :param start: its place in the folded text.
    :param is_joined: whether another such character stands right before it.
    """

    text: str
    start: int
    is_unspaced: bool = False
    is_joined: bool = False

    @property
    def end(self) -> int:
        """The place after its last character."""
        return self.start + len(self.text)

    @property
    def is_single(self) -> bool:
        """Whether it is the first of some characters of a script without spaces."""
        return self.is_unspaced and not self.is_joined


class _Widths(dict[int, int]):
    """Map wide and narrow characters to plain ones, and drop variation selectors."""

    def __missing__(self, point: int) -> int | None:
        width, _, plain = decomposition(chr(point)).partition(" ")
        folded = int(plain, 16) if width in ("<wide>", "<narrow>") else point
        is_selector = 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF
        self[point] = None if is_selector else folded  # type: ignore[assignment]
        return self[point]


class _Separators(dict[int, int]):
    """Map whatever is no letter, number or mark to a space."""

    def __missing__(self, point: int) -> int:
        self[point] = point if category(chr(point))[0] in "LNM" else ord(" ")
        return self[point]


class _Codes(dict[int, str]):
    """Map each character to plain ones; no code begins another one."""

    def __missing__(self, point: int) -> str:
        plain = chr(point) in PLAIN
        self[point] = chr(point) if plain else f"{ESCAPE}{point:05x}"
        return self[point]


_widths, _separators, _codes = _Widths(), _Separators(), _Codes()


def fold_for_search(text: str) -> str:
    """Return the text without case, width, and accents of Latin, Greek and Cyrillic.

    Marks of other scripts stay: in those of India and Thailand they are vowels.
    """
    if text.isascii():
        return text.lower()
    lower = normalize("NFD", text.translate(_widths)).casefold()
    return normalize("NFC", ACCENTS.sub("", normalize("NFD", lower)))


def fold_with_places(text: str) -> tuple[str, list[Span]]:
    """Return the folded text, and the part of the text that each character stems from.

    One letter may become two, and a letter with its marks one.
    """
    parts: list[str] = []
    places: list[Span] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _belongs(text[end]):
            continue
        parts.append(_fold_part(text[start:end]))
        places += [(start, end)] * len(parts[-1])
        start = end
    return "".join(parts), places


def split(folded: str) -> Iterator[Word]:
    """Yield the words of a folded text."""
    for run in RUN.finditer(folded.translate(_separators)):
        text, start = run[0], run.start()
        if run["unspaced"]:
            for nth, character in enumerate(text):
                yield Word(character, start + nth, True, nth > 0)
            continue
        while text and not text.isascii() and category(text[0])[0] == "M":
            text, start = text[1:], start + 1
        if text:
            yield Word(text, start)


def encode(words: Sequence[Word]) -> list[list[str]]:
    """Return how the index has each of some words, in one piece or in several.

    A character is followed by the one that is joined to it, if there is one.
    """
    joined = [word.text if word.is_joined else "" for word in words[1:]]
    return [
        spell(word.text + following)
        for word, following in zip(words, [*joined, ""], strict=False)
    ]


def spell(text: str) -> list[str]:
    """Return the pieces of a folded word, only the last of them shorter than full."""
    code = text.translate(_codes)
    if len(code) < PIECE_LENGTH:
        return [FIRST + code]
    return [
        (NEXT if place else FIRST) + code[place : place + PIECE_LENGTH]
        for place in range(0, len(code) + 1, PIECE_LENGTH)
    ]


def index_of(text: str) -> str:
    """Return all words of a text as the index has them, each between two spaces."""
    pieces = chain.from_iterable(encode(list(split(fold_for_search(text)))))
    return f" {' '.join(pieces)} "


def _belongs(character: str) -> bool:
    if character.isascii():
        return False
    return category(character)[0] == "M" or bool(JOINED.match(character))


@lru_cache(4096)
def _fold_part(part: str) -> str:
    return fold_for_search(part)
