"""The words of a text, and how they are written in the index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.search.terms import excerpt, find_terms, number_in, terms_in
from ticketing.search.words import fold_for_search, fold_with_places, index_of, split

# With marks, widths, and letters that become two.
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("aß\u0301ｶﾞ각\u1161é手ไ")))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("STRASSE Straße STRAẞE", "strasse strasse strasse"),
        ("Ünïcödé e\u0301", "unicode e"),
        ("İIıi", "iiıi"),
        ("ΆΛΦΑ ς ᾴ", "αλφα σ αι"),
        ("Ёлка Йод", "елка иод"),
        ("ＦＵＬＬ ｶﾞ", "full ガ"),
        ("हिन्दी", "हिन्दी"),
        ("น้ำ", "น้ำ"),
        ("שָׁ", "שָׁ"),
        ("ﬁne", "fine"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_case_width_and_accents_do_not_count(text, folded):
    assert fold_for_search(text) == folded


@given(TEXTS)
def test_each_folded_character_stems_from_a_part_of_the_text(text):
    folded, places = fold_with_places(text)

    assert folded == fold_for_search(text)
    assert len(places) == len(folded)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)


@given(TEXTS)
def test_what_is_folded_stays_as_it_is(text):
    assert [word.text for word in split(fold_for_search(fold_for_search(text)))] == [
        word.text for word in split(fold_for_search(text))
    ]


@given(TEXTS)
def test_the_index_has_nothing_that_an_engine_would_change(text):
    pieces = index_of(text).split(" ")

    assert all(piece.isascii() and piece.isalnum() for piece in pieces if piece)
    assert all(3 <= len(piece) <= 84 for piece in pieces if piece)
    assert index_of(text) == index_of(text).lower()


@given(TEXTS, st.integers(0, 99), st.integers(1, 99))
def test_a_text_has_each_of_its_words(text, start, length):
    words = list(split(fold_for_search(text)))[start : start + length]
    terms = terms_in('"' + " ".join(word.text for word in words) + '"')
    some = [word for word in words if not word.is_unspaced]

    for term in terms if len(some) == len(words) else []:
        assert term.written in index_of(text)
        assert find_terms(text, [term])


@pytest.mark.parametrize(
    ("q", "written", "indexed"),
    [
        ("Printer", [" aaprinter "], ["aaprinter"]),
        ("print*", [" aaprint"], ["aaprint*"]),
        ('"on fire"', [" aaon aafire "], ["aaon", "aafire"]),
        ("v1.2 v1-2", [" aav1 aa2 "], ["aav1", "aa2"]),
        ("box", [" aabox00078 "], ["aabox00078"]),
        ("手机", [" aax0624bx0673a "], ["aax0624bx0673a"]),
        ("a手", [" aaa aax0624b"], ["aaa", "aax0624b*"]),
        ("手a", [" aax0624b aaa "], ["aax0624b", "aaa"]),
        ('"a* b"', [" aaa[a-z0-9]*( zzz[a-z0-9]*)* aab "], ["aaa*", "aab"]),
        ("b" * 80, [f" aa{'b' * 80} zzz "], [f"aa{'b' * 80}", "zzz"]),
        ("手 * \" _", [], []),
    ],
)
def test_terms_are_looked_up_as_they_are_written(q, written, indexed):
    terms = terms_in(q)

    assert [term.written for term in terms] == written
    assert [word for term in terms for word in term.indexed] == indexed


@pytest.mark.parametrize(
    ("text", "q", "found"),
    [
        ("In der Straße", "strasse", ["Straße"]),
        ("In der Straße", "s*", ["Straße"]),
        ("cafe\u0301s café", "cafe", ["café"]),
        ("cafe\u0301 noir", "cafe", ["cafe\u0301"]),
        ("🔥🔥 fire", "fire", ["fire"]),
        ("我的手机壳", "手机", ["手机"]),
        ("ｶﾞｽ", "ガス", ["ｶﾞｽ"]),
        ("a b c", '"a b" "b c"', ["a b c"]),
        ("v1 - 2", "v1.2", ["v1 - 2"]),
        ("one", "one two", []),
    ],
)
def test_terms_are_found_where_they_stand_in_the_text(text, q, found):
    spans = find_terms(text, terms_in(q))

    assert [text[start:end] for start, end in spans] == found


PLACES = st.tuples(st.integers(0, 599), st.integers(1, 9))


@pytest.mark.slow
@given(st.text(max_size=600), st.lists(PLACES))
def test_an_excerpt_has_the_first_term_and_200_characters_at_most(text, places):
    spans = sorted((a, a + n) for a, n in places if a + n <= len(text))

    part, inside = excerpt(text, spans)

    assert part in text
    assert len(part) == min(len(text), 200)
    assert all(0 <= start < end <= len(part) for start, end in inside)
    if spans:
        (start, end), first = inside[0], spans[0]
        assert part[start:end] == text[first[0] : first[1]]


@pytest.mark.parametrize(
    ("q", "number"),
    [("#7", 7), ("＃７", 7), ("#0", None), ("7", None), ("#7 a", None), ("#07", None)],
)
def test_a_number_alone_stands_for_a_ticket(q, number):
    assert number_in(q) == number
