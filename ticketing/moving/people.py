"""Convert users and categories of the Laravel system."""

from datetime import datetime
from typing import Any

from ticketing.accounts.addresses import address_key, is_valid
from ticketing.accounts.models import Role
from ticketing.accounts.passwords import COST
from ticketing.accounts.schemas import MAX_EMAIL_LENGTH, MAX_NAME_LENGTH, LoginSchema
from ticketing.categories.slugs import slug_of
from ticketing.core.database import fold
from ticketing.moving.findings import Findings
from ticketing.moving.laravel import Record, text_of, times_of
from ticketing.web.schemas import shared

MAX_DESCRIPTION_BYTES = 65_535  # of MySQL's TEXT


class People:
    """Convert users; one whose email an earlier user has is left out."""

    def __init__(self, findings: Findings, now: datetime) -> None:
        self._findings, self._now = findings, now
        self._holders: dict[str, int] = {}
        self.ids: set[int] = set()

    def convert(self, row: Record) -> dict[str, Any] | None:
        """Return the columns of a user, ``None`` to leave it out."""
        email = text_of(row["email"])
        key = self._free_key(row["id"], email)
        if key is None:
            return None
        self._holders[key] = row["id"]
        self.ids.add(row["id"])
        name = self._name_of(row, email)
        created_at, updated_at = times_of(row, self._now)
        return {
            "id": row["id"],
            "name": name,
            "name_folded": fold(name),
            "email": email,
            "email_key": key,
            "email_folded": fold(email),
            "password": self._password_of(row),
            "role": self._role_of(row),
            "active": True,
            "email_confirmed": self._is_confirmed(row, email),
            "created_at": created_at,
            "updated_at": updated_at,
        }

    def _free_key(self, user_id: int, email: str) -> str | None:
        """Return the key of an email, unless nobody could log in with it."""
        key = address_key(email)
        unusable = shared(LoginSchema).validate({"email": email, "password": "-"})
        if unusable or len(key) > MAX_EMAIL_LENGTH:
            what = "users left out, with no email that one can log in with"
            self._findings.add(what, user_id)
            return None
        if key in self._holders:
            what = "users left out, whose email is another user's"
            self._findings.add(what, f"{user_id} ({email}, as {self._holders[key]})")
            return None
        return key

    def _role_of(self, row: Record) -> Role:
        name = text_of(row["role"]).casefold()
        if name in [*Role]:
            return Role(name)
        self._findings.add("users made customers, with an unknown role", row["id"])
        return Role.CUSTOMER

    def _name_of(self, row: Record, email: str) -> str:
        name = text_of(row["name"]) or email.partition("@")[0]
        if len(name) > MAX_NAME_LENGTH:
            self._findings.add("users whose name was shortened", row["id"])
        return name[:MAX_NAME_LENGTH]

    def _password_of(self, row: Record) -> str | None:
        password = text_of(row["password"])
        if COST.match(password):
            return password
        what = "users without a password that can be verified, who must set a new one"
        self._findings.add(what, row["id"])
        return None

    def _is_confirmed(self, row: Record, email: str) -> bool:
        if is_valid(email):
            return True
        what = "users who are mailed nothing, since their email is not valid"
        self._findings.add(what, row["id"])
        return False


class Categories:
    """Convert categories, and make their names and slugs unique."""

    def __init__(self, findings: Findings, now: datetime) -> None:
        self._findings, self._now = findings, now
        self._names: set[str] = set()
        self._slugs: set[str] = set()
        self.ids: set[int] = set()

    def convert(self, row: Record) -> dict[str, Any]:
        """Return the columns of a category."""
        name, slug = self._name_of(row), text_of(row.get("slug"))
        if slug != slug_of(slug) or slug in self._slugs:
            slug = slug_of(name, self._slugs)
        created_at, updated_at = times_of(row, self._now)
        self._names.add(fold(name))
        self._slugs.add(slug)
        self.ids.add(row["id"])
        description = text_of(row.get("description")).encode()[:MAX_DESCRIPTION_BYTES]
        return {
            "id": row["id"],
            "name": name,
            "name_key": fold(name),
            "slug": slug,
            "description": description.decode(errors="ignore") or None,
            "created_at": created_at,
            "updated_at": updated_at,
        }

    def make_substitute(self) -> dict[str, Any]:
        """Return the columns of a new category, for tickets that have none."""
        new_id = max(self.ids, default=0) + 1
        return self.convert({"id": new_id, "name": "Without category"})

    def _name_of(self, row: Record) -> str:
        wanted = text_of(row["name"])
        name = found = wanted[: MAX_NAME_LENGTH // 3] or f"Category {row['id']}"
        number = 1
        while fold(name) in self._names:
            number += 1
            name = f"{found} ({number})"
        if name != wanted:
            self._findings.add("categories whose name was changed", row["id"])
        return name
