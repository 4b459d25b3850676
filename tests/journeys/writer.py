"""A process that writes on tickets.

It prints that it is ready; then, for each line of standard input, a JSON list of a
user's id, a ticket's and ``[kind, fields]`` pairs, it prints what came of each pair.
"""

import json
import os
import sys

import config
from ticketing import create_app
from ticketing.accounts.service import get_user
from ticketing.chat.schemas import MessageSchema
from ticketing.chat.service import send_message
from ticketing.comments.schemas import CommentSchema
from ticketing.comments.service import add_comment
from ticketing.core.database import db

WRITE = {"message": send_message, "comment": add_comment}
SHOW = {"message": MessageSchema(), "comment": CommentSchema()}

app = create_app(config.from_environ(os.environ))
with app.app_context():
    db.session.connection()  # from now on it is there
print("ready", flush=True)
for line in sys.stdin:
    user_id, ticket_id, things = json.loads(line)
    written = []
    for kind, fields in things:
        with app.app_context():
            created = WRITE[kind](get_user(user_id), ticket_id, **fields)
            written.append([created.is_new, SHOW[kind].dump(created.resource)])
    print(json.dumps(written), flush=True)
