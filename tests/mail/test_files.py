"""Mails that are files: only their owner may read them, since links are secrets"""

import os
import stat

import pytest

import config


@pytest.fixture(autouse=True)
def lax():
    """Let everybody read new files, as umask says nearly everywhere."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize("starts", [True, False])
def test_only_its_owner_may_read_a_mail_and_enter_its_directory(
    app, settings_of_mail, open_ticket, work, tmp_path, starts
):
    if starts:
        places = {"DATABASE_URL": f"sqlite:///{tmp_path}/t.db", "UPLOAD_DIR": tmp_path}
        config.make_directories({**app.config, **places})
    open_ticket()

    work()

    [mail] = settings_of_mail.iterdir()
    assert stat.S_IMODE(mail.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings_of_mail.stat().st_mode) == 0o700
