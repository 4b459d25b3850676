"""Use cases of a forgotten password, and of the first one of an invited user.

They do not reveal who has an account: a request does the same for every email, and a
later job decides whether a link is mailed.
"""

from ticketing.accounts import credentials, links, tokens
from ticketing.accounts.events import PasswordForgotten, PasswordResetMade
from ticketing.accounts.models import Purpose, Token
from ticketing.accounts.passwords import hash_password
from ticketing.accounts.service import find_user, lock_for_change
from ticketing.core.transaction import publish, transaction
from ticketing.jobs.kinds import job_kind
from ticketing.jobs.models import Job

FORGOTTEN = "forgotten_password"


@transaction()
def forget_password(email: str) -> None:
    """Mail a link to set a new password, if a user has the email."""
    user = find_user(email)
    publish(PasswordForgotten(user.id if user else None))


@job_kind(FORGOTTEN)
def answer_forgotten(job: Job) -> None:
    """Create the link, if there is an active user who has not had too many."""
    if job.data["user_id"] is not None:
        _make_reset(job.data["user_id"])


def reset_password(token: str, password: str) -> None:
    """Set the password of the user of a link, and revoke all of their tokens.

    The email is confirmed afterwards, because the link was mailed to it. That of an
    invited user was confirmed before.

    :param password: one that ``check_strength`` has accepted.
    :raises InvalidError: the token is not that of a valid link.
    """
    links.find(token, *links.FOR_PASSWORDS)  # before hashing, which is slow
    _reset(token, hash_password(password))


@transaction()
def _make_reset(user_id: int) -> None:
    user = lock_for_change(user_id)
    purpose = Purpose.PASSWORD_RESET
    if user and user.active and links.is_below_limit(user.id, purpose):
        publish(PasswordResetMade(links.create(user, purpose).id))


@transaction()
def _reset(token: str, hashed: str) -> None:
    user = links.use(token, *links.FOR_PASSWORDS)
    credentials.change_password(user, hashed)
    credentials.confirm_email(user)
    tokens.revoke(Token.user_id == user.id)
