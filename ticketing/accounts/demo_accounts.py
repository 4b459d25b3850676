"""The demo accounts, with a password that is public."""

from typing import NamedTuple

from ticketing.accounts.models import Role


class DemoAccount(NamedTuple):
    """A demo account as it is created; its password may have been changed since."""

    name: str
    email: str
    role: Role
    password: str = "password"


ADMIN = DemoAccount("Admin User", "admin@example.com", Role.ADMIN)
CUSTOMER = DemoAccount("Customer User", "customer@example.com", Role.CUSTOMER)
DEMO_ACCOUNTS = (ADMIN, CUSTOMER)
