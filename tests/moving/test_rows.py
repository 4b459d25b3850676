"""Reading the rows of any table, and their checksums"""

import pytest
from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, create_engine

from ticketing.core.database import db
from ticketing.moving.rows import Checksum, as_stored, read_batches

DOCUMENTS = Table(
    "documents",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("text", String),
    Column("document", JSON),
)


@pytest.fixture
def checksum_of():
    """Store rows as texts; return their checksum."""

    def checksum_of(*rows):
        stored, checksum = as_stored(DOCUMENTS), Checksum()
        engine = create_engine("sqlite://")
        with engine.begin() as connection:
            DOCUMENTS.create(connection)
            for number, (text, document) in enumerate(rows, 1):
                values = {"id": number, "text": text, "document": document}
                connection.execute(stored.insert(), values)
            for batch in read_batches(connection, stored):
                checksum.add(stored, batch)
        engine.dispose()
        return checksum

    return checksum_of


def test_a_checksum_ignores_the_order_of_json_keys_and_white_space(checksum_of):
    one = checksum_of(("a", '{"x": {"b": 1, "a": [1, 2.50]}, "ä": null}'))
    other = checksum_of(("a", '{"\\u00e4":null,"x":{"a":[1,2.5],"b":1}}'))

    assert one == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", None), ("a", "null")),
        (("a", "[1, 2]"), ("a", "[2, 1]")),
        (("a", "1"), ("a", '"1"')),
        (("a", "1"), ("a ", "1")),
        (("a", "1"), (None, "1")),
        (("", "1"), (None, "1")),
        (("a", "true"), ("a", "1")),
        (("josé", "1"), ("jose\u0301", "1")),
    ],
)
def test_a_checksum_depends_on_everything_else(checksum_of, one, other):
    assert checksum_of(one) != checksum_of(other)


def test_a_checksum_counts_equal_rows_each_time(checksum_of):
    row = ("a", "1")

    assert len({checksum_of(*[row] * times).total for times in (0, 1, 2, 3)}) == 4


def test_stored_values_of_every_table_are_plain():
    kinds = {
        column.type.python_type
        for table in db.metadata.sorted_tables
        for column in as_stored(table).columns
    }

    assert {kind.__name__ for kind in kinds} == {"int", "str", "bool", "datetime"}
