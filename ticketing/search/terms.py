"""The terms that a search asks for, and where a text has them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ticketing.core.text import t
from ticketing.search.words import (
    NEXT,
    Span,
    Word,
    encode,
    fold_for_search,
    fold_with_places,
    split,
)

NO_WORD = t(
    "Must have a letter or a digit, or two of Chinese, Japanese, Korean or Thai."
)

QUOTES = '"\u201c\u201d\u201e\u201f'
# What stands between quotes, of which the last may be missing, or between spaces.
TERM = re.compile(rf"[{QUOTES}]([^{QUOTES}]*)[{QUOTES}]?|([^\s{QUOTES}]+)")
STAR = re.compile(r"\*+(?![^\W_])")  # it counts only where no word goes on
NUMBER = re.compile(r"#([1-9][0-9]{0,17})")
EXCERPT_LENGTH = 200
BEFORE_FIRST = 60  # characters of an excerpt
REST_OF_WORD = f"[a-z0-9]*( {NEXT}[a-z0-9]*)*"


@dataclass(frozen=True)
class Term:
    """A word, or several that stand together, one after another.

    :param words: at least one.
    :param open_words: the places of those after which a ``*`` stands.
    """

    words: tuple[Word, ...]
    open_words: frozenset[int]

    @property
    def needs_pattern(self) -> bool:
        """Whether a word other than the last one may go on."""
        return bool(self._open_inside)

    @property
    def written(self) -> str:
        """What the words of a text contain if it has the term, as the index has them.

        If it ``needs_pattern``, this is a regular expression.
        """
        spelt = [" ".join(pieces) for pieces in self._pieces]
        for place in self._open_inside:
            spelt[place] += REST_OF_WORD
        return f" {' '.join(spelt)}{'' if self._is_open else ' '}"

    @property
    def indexed(self) -> list[str]:
        """The words to look up in the index; ``*`` stands after open ones."""
        found = [pieces.copy() for pieces in self._pieces]
        for place in self._open_inside:
            found[place][-1] += "*"
        found[-1][-1] += "*" * self._is_open
        return [piece for pieces in found for piece in pieces]

    def find(self, words: Sequence[Word]) -> Iterator[Span]:
        """Yield where the words of a folded text have the term."""
        for place in range(len(words) - len(self.words) + 1):
            if not self._fits(0, words[place]):  # as nearly everywhere
                continue
            some = words[place : place + len(self.words)]
            if all(self._fits(nth, word) for nth, word in enumerate(some)):
                yield some[0].start, some[-1].end

    @property
    def _is_open(self) -> bool:
        """Whether the last word may go on."""
        return self.words[-1].is_single or len(self.words) - 1 in self.open_words

    @property
    def _open_inside(self) -> frozenset[int]:
        return self.open_words - {len(self.words) - 1}

    @property
    def _pieces(self) -> list[list[str]]:
        pieces = encode(self.words)
        # The pair before has the last character; in the text, others may follow it.
        return pieces[:-1] if self.words[-1].is_joined else pieces

    def _fits(self, nth: int, found: Word) -> bool:
        wanted = self.words[nth]
        if wanted.is_unspaced != found.is_unspaced:
            return False
        if nth and wanted.is_joined != found.is_joined:
            return False
        if nth in self.open_words:
            return found.text.startswith(wanted.text)
        return found.text == wanted.text


def number_in(q: str) -> int | None:
    """Return the number of the ticket, if that is all that is asked for."""
    number = NUMBER.fullmatch(fold_for_search(q))
    return int(number[1]) if number else None


def terms_in(q: str) -> list[Term]:
    """Return the terms that are asked for, each of them once."""
    matches = TERM.finditer(fold_for_search(q))
    found = (_term(match[1] or match[2] or "") for match in matches)
    return list({term.written: term for term in found if term}.values())


def has_terms(index: str, terms: Sequence[Term]) -> bool:
    """Return whether a text has all terms.

    :param index: its words, as ``index_of`` returns them.
    """
    return all(
        re.search(term.written, index) if term.needs_pattern else term.written in index
        for term in terms
    )


def find_terms(text: str, terms: Sequence[Term]) -> list[Span]:
    """Return where a text has the terms, in order; empty unless it has all of them.

    Those that overlap are joined.
    """
    folded, places = fold_with_places(text)
    words = list(split(folded))
    spans: list[Span] = []
    for term in terms:
        found = list(term.find(words))
        if not found:
            return []
        spans += [(places[start][0], places[end - 1][1]) for start, end in found]
    return _joined(sorted(spans))


def excerpt(text: str, spans: Sequence[Span]) -> tuple[str, list[Span]]:
    """Return the part of a text around the first span, and the spans inside of it.

    It has ``EXCERPT_LENGTH`` characters at most.
    """
    first = spans[0][0] if spans else 0
    start = max(0, min(first - BEFORE_FIRST, len(text) - EXCERPT_LENGTH))
    end = start + EXCERPT_LENGTH
    inside = [(a - start, min(b, end) - start) for a, b in spans if a < end]
    return text[start:end], inside


def _term(asked: str) -> Term | None:
    words: list[Word] = []
    open_words = set()
    *starred, rest = STAR.split(asked)
    for part in starred:
        own = list(split(part))
        words += own
        if own and own[-1].end == len(part) and not own[-1].is_unspaced:
            open_words.add(len(words) - 1)
    words += split(rest)
    if not words or len(words) == 1 and words[0].is_unspaced:
        return None
    return Term(tuple(words), frozenset(open_words))


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
