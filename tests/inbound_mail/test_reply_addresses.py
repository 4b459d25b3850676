"""The addresses that replies go to: for one ticket and one user."""

import re

import pytest

from ticketing.inbound_mail.reply_addresses import find_reply_ids, reply_address


@pytest.fixture(autouse=True)
def in_app(app):
    with app.app_context():
        yield


def test_address_has_forty_letters_and_digits():
    address = reply_address(7, 3)

    assert re.fullmatch(r"support\+[a-z2-7]{40}@example\.com", address)
    assert [*find_reply_ids(address)] == [(7, 3)]


@pytest.mark.parametrize("ids", [(1, 1), (2**40 - 1, 1), (1, 2**40 - 1)])
def test_ids_are_read_back(ids):
    assert [*find_reply_ids(reply_address(*ids))] == [ids]


def test_each_ticket_and_user_has_its_own():
    addresses = {reply_address(n, m) for n in range(1, 9) for m in range(1, 9)}

    assert len({address[20:48] for address in addresses}) == 64


def test_all_genuine_ones_are_found_in_order():
    forged = f"support+{'a' * 40}@example.com"
    listed = ", ".join([reply_address(7, 3), forged, reply_address(8, 3)])

    assert [*find_reply_ids(listed)] == [(7, 3), (8, 3)]


def test_one_that_is_listed_again_is_found_once():
    address = reply_address(7, 3)

    assert [*find_reply_ids(f"{address}, {address.upper()}")] == [(7, 3)]


def test_dots_stand_for_themselves():
    address = reply_address(7, 3)

    assert [*find_reply_ids(address.replace("example.com", "examplexcom"))] == []


def test_without_the_setting_there_is_none(app, monkeypatch):
    address = reply_address(7, 3)
    monkeypatch.setitem(app.config, "MAIL_REPLY_TO", "")

    assert reply_address(7, 3) is None
    assert [*find_reply_ids(address)] == []
