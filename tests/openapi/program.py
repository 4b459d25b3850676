"""Use the service through the client that openapi-python-client generated.

python program.py URL TOKEN, with the package ``client`` on the path.
"""

import sys
from io import BytesIO

from client import AuthenticatedClient, models
from client.api.categories import categories_index
from client.api.chat import chat_send
from client.api.history import history_index
from client.api.tickets import tickets_add, tickets_download, tickets_index
from client.types import File

URL, TOKEN = sys.argv[1:]

me = AuthenticatedClient(URL, TOKEN, raise_on_unexpected_status=True)
category, *_ = categories_index.sync(client=me).data
opening = {
    "category_id": category.id,
    "subject": "Printer on fire",
    "description": "It burns.",
    "priority": models.Priority.HIGH,
}

ticket = tickets_add.sync(client=me, body=models.TicketOpen(**opening))
assert isinstance(ticket, models.Ticket), ticket
assert (ticket.subject, ticket.status) == ("Printer on fire", models.Status.OPEN)

file = File(BytesIO(b"It burns."), "printer.log", "text/plain")
form = models.TicketOpenForm(**opening, attachment=file)
with_file = tickets_add.sync(client=me, body=form)
assert with_file.attachment.name == "printer.log", with_file
download = tickets_download.sync(with_file.id, client=me)
assert download.payload.read() == b"It burns.", download

chat_send.sync(ticket.id, client=me, body=models.MessageSend(message="Hello?"))
opened, sent = history_index.sync(ticket.id, client=me).data
assert isinstance(opened, models.TicketCreatedEntry), opened
assert isinstance(sent, models.MessageSentEntry), sent
assert sent.payload.message == "Hello?"

page = tickets_index.sync(
    client=me, status=[models.Status.OPEN], sort=models.TicketSort.MOST_URGENT, limit=1
)
assert len(page.data) == 1 and isinstance(page.next_, str), page

refused = tickets_download.sync(ticket.id, client=me)
assert isinstance(refused, models.ApiError) and refused.code == "not_found", refused
