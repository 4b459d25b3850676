"""The fields that resources share: what they take and what they refuse."""

import enum
from datetime import UTC, datetime

import pytest
from marshmallow import Schema, ValidationError, missing
from werkzeug.datastructures import FileStorage

from ticketing.web.fields import (
    Choice,
    Choices,
    EntityTags,
    File,
    Flag,
    FormText,
    Id,
    IdempotencyKey,
    Integer,
    OnlyIfTrue,
    Password,
    Seq,
    Text,
    Timestamp,
    UniqueText,
)


class Fruit(enum.StrEnum):
    APPLE = "apple"
    PEAR = "pear"


FILE = FileStorage(filename="a.txt")
LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("field", "given", "loaded"),
    [
        (Text(max_length=3), " a \n", "a"),
        (Text(max_length=3), "\U0001f525" * 3, "\U0001f525" * 3),
        (Text(max_length=3), "  abc  ", "abc"),
        (Text(max_length=3, allow_none=True), " ", None),
        (UniqueText(max_length=255), "ﬁ" * 127, "ﬁ" * 127),
        (Password(), "  a b ", "  a b "),
        (Integer(1, 100), 100, 100),
        (Integer(1, 100), FormText(" 7 "), 7),
        (Integer(1, 100), 7.0, 7),
        (Id(), LARGEST, LARGEST),
        (Id(), FormText(str(LARGEST)), LARGEST),
        (Seq(), 0, 0),
        (Flag(), True, True),
        (Flag(), FormText("false"), False),
        (Flag(), FormText("1"), True),
        (Choice(Fruit), " apple ", Fruit.APPLE),
        (Choices(Fruit), FormText("pear, apple"), [Fruit.PEAR, Fruit.APPLE]),
        (IdempotencyKey(), "x" * 8, "x" * 8),
        (IdempotencyKey(), "~" * 64, "~" * 64),
        (Choices(Fruit), FormText("pear , apple"), [Fruit.PEAR, Fruit.APPLE]),
        (EntityTags(), '"a", W/"b", "c"', {"a", "b", "c"}),
        (EntityTags(), "*", None),
        (File(), FILE, FILE),
        (File(), None, None),
        (File(), FormText(" "), None),
        (File(), "", None),
        (Text(max_length=3, allow_none=True), "\u200b", None),
        (Text(max_length=3), "\u200ba\u200d", "\u200ba\u200d"),
    ],
)
def test_a_field_takes_a_value(field, given, loaded):
    assert field.deserialize(given) == loaded


@pytest.mark.parametrize(
    ("field", "given"),
    [
        (Text(max_length=3), None),
        (Text(max_length=3), ""),
        (Text(max_length=3), " \t\n "),
        (Text(max_length=3), "\u200b"),
        (Text(max_length=3), "\ufeff \u2060"),
        (Text(max_length=3), "\u3164"),
        (Text(max_length=3), "\U000e0041"),
        (Text(max_length=3), "abcd"),
        (Text(max_length=3), 7),
        (Text(max_length=3), ["a"]),
        (Text(max_length=3), "a\0b"),
        (Text(max_length=3), "\ud800"),
        (UniqueText(max_length=255), "ﬁ" * 128),  # two letters each, once folded
        (Password(), ""),
        (Password(), None),
        (Password(), "\ud800"),
        (Password(), "a\0b"),
        (Integer(1, 100), 0),
        (Integer(1, 100), 101),
        (Integer(1, 100), 7.5),
        (Integer(1, 100), float("inf")),
        (Integer(1, 100), "7"),
        (Integer(1, 100), True),
        (Integer(1, 100), FormText("7.0")),
        (Integer(1, 100), FormText("٧")),
        (Integer(1, 100), FormText("1_0")),
        (Integer(1, 100), FormText("9" * 5000)),
        (Id(), 0),
        (Id(), LARGEST + 1),
        (Id(), FormText(str(LARGEST + 1))),
        (Seq(), -1),
        (Flag(), 1),
        (Flag(), "true"),
        (Flag(), None),
        (Flag(), FormText("yes")),
        (Choice(Fruit), "APPLE"),
        (Choice(Fruit), "Fruit.APPLE"),
        (Choice(Fruit), 1),
        (Choice(Fruit), ["apple"]),
        (Choice(Fruit), ""),
        (Choices(Fruit), FormText("apple,plum")),
        (Choices(Fruit), FormText("apple,")),
        (IdempotencyKey(), "x" * 7),
        (IdempotencyKey(), "x" * 65),
        (IdempotencyKey(), "newline\nkey"),
        (IdempotencyKey(), "naïve key"),
        (File(), "a.txt"),
        (File(), FormText("a.txt")),
    ],
)
def test_a_field_refuses_a_value(field, given):
    with pytest.raises(ValidationError):
        field.deserialize(given)


@pytest.mark.parametrize("given", [None, "", "  "])
def test_empty_text_is_missing(given):
    with pytest.raises(ValidationError) as refusal:
        Text(max_length=3, required=True).deserialize(given)

    assert refusal.value.messages == ["Required."]


def test_a_timestamp_has_microseconds_and_an_offset():
    schema = Schema.from_dict({"at": Timestamp()})()

    told = schema.dump({"at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)})

    assert told == {"at": "2026-01-02T03:04:05.000000+00:00"}


@pytest.mark.parametrize(("value", "told"), [(True, True), (False, missing)])
def test_only_if_true_leaves_out_false(value, told):
    assert OnlyIfTrue().serialize("internal", {"internal": value}) is told


def test_a_missing_timestamp_is_null():
    assert Timestamp().serialize("at", {"at": None}) is None
