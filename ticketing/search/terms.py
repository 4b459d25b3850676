"""The terms that a search asks for, and where a text has them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ticketing.search.words import NEXT, Span, Word
from ticketing.search.words import encode, fold, fold_with_places, split

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
    :param open_words: the places of those that are only the beginning of a word.
    """

    words: tuple[Word, ...]
    open_words: frozenset[int] = frozenset()

    @property
    def is_open(self) -> bool:
        """Return whether the last word may go on."""
        return self.words[-1].is_single or len(self.words) - 1 in self.open_words

    @property
    def needs_pattern(self) -> bool:
        """Return whether a word other than the last one may go on."""
        return bool(self.open_words - {len(self.words) - 1})

    @property
    def written(self) -> str:
        """Return what the index of a text contains that has the term.

        If it ``needs_pattern``, that is a regular expression.
        """
        spelt = [" ".join(pieces) for pieces in self._pieces()]
        for place in self.open_words - {len(self.words) - 1}:
            spelt[place] += REST_OF_WORD
        return f" {' '.join(spelt)}{'' if self.is_open else ' '}"

    @property
    def indexed(self) -> list[str]:
        """Return the words to look up in the index; ``*`` ends the open ones."""
        found = []
        for place, pieces in enumerate(self._pieces()):
            is_last = place == len(self.words) - 1
            is_open = place in self.open_words or is_last and self.is_open
            found += [*pieces[:-1], pieces[-1] + "*" * is_open]
        return found

    def _pieces(self) -> list[list[str]]:
        last = self.words[-1]
        return [encode(word, word is last) for word in self.words]

    def find(self, words: Sequence[Word]) -> Iterator[Span]:
        """Yield where the words of a folded text have the term."""
        if len(self.words) == 1 and self.words[0].is_unspaced:
            yield from self._find_in_runs(words)
            return
        for place in range(len(words) - len(self.words) + 1):
            some = words[place : place + len(self.words)]
            if all(self._fits(nth, word) for nth, word in enumerate(some)):
                yield self._span(some)

    def _find_in_runs(self, words: Sequence[Word]) -> Iterator[Span]:
        wanted = self.words[0].text
        for word in words:
            place = word.text.find(wanted) if word.is_unspaced else -1
            while place >= 0:
                yield word.start + place, word.start + place + len(wanted)
                place = word.text.find(wanted, place + len(wanted))

    def _fits(self, nth: int, found: Word) -> bool:
        wanted = self.words[nth]
        if wanted.is_unspaced != found.is_unspaced:
            return False
        if nth in self.open_words:
            return found.text.startswith(wanted.text)
        if not wanted.is_unspaced or 0 < nth < len(self.words) - 1:
            return found.text == wanted.text
        if nth == 0:
            return found.text.endswith(wanted.text)
        return found.text.startswith(wanted.text)

    def _span(self, found: Sequence[Word]) -> Span:
        """Return the words found; of runs at the ends, only what was asked for."""
        start, end = found[0].start, found[-1].end
        if found[0].is_unspaced:
            start = found[0].end - len(self.words[0].text)
        if found[-1].is_unspaced:
            end = found[-1].start + len(self.words[-1].text)
        return start, end


def number_in(q: str) -> int | None:
    """Return the number of the ticket, if that is all that is asked for."""
    number = NUMBER.fullmatch(fold(q))
    return int(number[1]) if number else None


def terms_in(q: str) -> list[Term]:
    """Return the terms that are asked for, each of them once."""
    found = (_term(match[1] or match[2] or "") for match in TERM.finditer(fold(q)))
    return list({term.written: term for term in found if term}.values())


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
    if not words or len(words) == 1 and words[0].is_single:
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
