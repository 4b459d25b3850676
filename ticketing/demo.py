"""Demo tickets, for an empty database when ``python wsgi.py`` starts."""

from sqlalchemy import select

from ticketing import seed
from ticketing.accounts.demo_accounts import ADMIN, CUSTOMER, DemoAccount
from ticketing.accounts.models import User
from ticketing.canned_responses.service import add_canned_response
from ticketing.categories.models import Category
from ticketing.chat.service import read_messages, send_message
from ticketing.comments.service import add_comment
from ticketing.core.database import db
from ticketing.core.transaction import transaction
from ticketing.ratings.service import rate_ticket
from ticketing.tags.service import set_tags
from ticketing.tickets.models import Priority, Status
from ticketing.tickets.service import edit_ticket, open_ticket
from ticketing.views.service import add_view


def create_demo_if_empty() -> None:
    """Create the seed and the demo tickets of its users, if there are no users."""
    if db.session.scalar(select(User.id).limit(1)) is None:
        seed.create_seed()
        create_demo()


@transaction()
def create_demo() -> None:
    """Create tickets in every status, by the use cases of the service."""
    admin, customer = _user(ADMIN), _user(CUSTOMER)
    _closed(admin, customer)
    _resolved_and_rated(admin, customer)
    _waiting_for_the_customer(admin, customer)
    _in_progress(admin, customer)
    _unanswered(admin, customer)
    _for_all_admins(admin)


def _user(account: DemoAccount) -> User:
    return db.session.scalars(select(User).where(User.email == account.email)).one()


def _open(
    customer: User, category: str, priority: Priority, subject: str, description: str
) -> int:
    """Open a ticket; return its id."""
    named = select(Category.id).where(Category.name == category)
    opened = open_ticket(
        customer,
        category_id=db.session.scalars(named).one(),
        priority=priority,
        subject=subject,
        description=description,
    )
    return opened.resource.id


def _take(admin: User, ticket_id: int) -> None:
    edit_ticket(admin, ticket_id, assigned_to=admin.id, status=Status.IN_PROGRESS)


def _say(user: User, ticket_id: int, message: str) -> int:
    """Send a message; return its id."""
    return send_message(user, ticket_id, message).resource.id


def _closed(admin: User, customer: User) -> None:
    ticket_id = _open(
        *(customer, "Technical Support", Priority.MEDIUM),
        "The mail with the new password never arrives",
        "I asked for a new password three times this morning. Nothing comes, and it is "
        "not in the spam folder either.",
    )
    _take(admin, ticket_id)
    _say(
        *(admin, ticket_id),
        "The address in your account has a typing error: exmaple instead of example. "
        "I have corrected it, so please try once more.",
    )
    read_messages(customer, ticket_id, _say(customer, ticket_id, "It came. Thank you!"))
    edit_ticket(admin, ticket_id, status=Status.CLOSED)


def _resolved_and_rated(admin: User, customer: User) -> None:
    ticket_id = _open(
        *(customer, "Billing", Priority.LOW),
        "New address for our invoices",
        "We have moved. From next month on, please send invoices to 12 Harbour Street.",
    )
    _take(admin, ticket_id)
    answer = _say(
        *(admin, ticket_id),
        "Done: the next invoice has the new address. I sent the last one again, too.",
    )
    read_messages(customer, ticket_id, answer)
    edit_ticket(admin, ticket_id, status=Status.RESOLVED)
    rate_ticket(customer, ticket_id, 5, "Answered within the hour.")


def _waiting_for_the_customer(admin: User, customer: User) -> None:
    ticket_id = _open(
        *(customer, "General Inquiry", Priority.MEDIUM),
        "How do I add my colleagues?",
        "There are four of us, and we would like to see each other's requests.",
    )
    _take(admin, ticket_id)
    _say(
        *(admin, ticket_id),
        "Which addresses do they write from? Then I can tell whether they have "
        "accounts already.",
    )


def _in_progress(admin: User, customer: User) -> None:
    ticket_id = _open(
        *(customer, "Bug Report", Priority.HIGH),
        "The export stops after 1,000 rows",
        "Reports → Export as CSV. Our list has 4,212 rows, but the file ends at row "
        "1,000, without a message.",
    )
    _take(admin, ticket_id)
    set_tags(admin, ticket_id, ["export"])
    asked = _say(admin, ticket_id, "Does it also stop when you choose a single month?")
    read_messages(customer, ticket_id, asked)
    reply = _say(
        customer, ticket_id, "No, a single month is complete. It has 900 rows."
    )
    read_messages(admin, ticket_id, reply)
    add_comment(
        *(admin, ticket_id),
        "It is the page size of the report, not the export. A fix is under way.",
        internal=True,
    )
    add_comment(
        *(admin, ticket_id),
        "We have found the cause. Until it is fixed, please export month by month.",
    )
    _say(customer, ticket_id, "Good to know. Will it be fixed before the quarter ends?")


def _unanswered(admin: User, customer: User) -> None:
    refund = _open(
        *(customer, "Billing", Priority.HIGH),
        "Charged twice in March",
        "Our card was charged on 1 March and again on 3 March, 49.00 each time. Please "
        "refund one of them.",
    )
    set_tags(admin, refund, ["refund"])
    _open(
        *(customer, "Feature Request", Priority.LOW),
        "Could I answer by mail?",
        "I often read your answers on the phone, where it would be easier to reply "
        "right away.",
    )
    outage = _open(
        *(customer, "Technical Support", Priority.URGENT),
        "Nobody in our office can sign in",
        "Since nine o'clock the page says “Too many requests” to all twenty of us. We "
        "cannot work.",
    )
    set_tags(admin, outage, ["sign-in"])
    _say(customer, outage, "Is anyone looking into this? We are still locked out.")


def _for_all_admins(admin: User) -> None:
    add_canned_response(
        admin,
        title="Ask for the browser",
        shortcut="browser",
        text="Hello {{customer.name}}, which browser is it, and in which version?",
        shared=True,
    )
    add_canned_response(
        admin,
        title="Solved",
        shortcut="solved",
        text="I am glad that it works. If it happens again, just write here.\n\n"
        "{{agent.name}}",
        shared=True,
    )
    query = {"status": "open,in_progress", "tag": "refund"}
    add_view(admin, name="Refunds", query=query, shared=True)
