"""A process that writes on a ticket: python writer.py USER_ID TICKET_ID

It reads a JSON list of ``[kind, fields]`` from standard input, once that is said, and
prints what came of each.
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

WRITE = {"message": send_message, "comment": add_comment}
SHOW = {"message": MessageSchema(), "comment": CommentSchema()}

user_id, ticket_id = map(int, sys.argv[1:])
app = create_app(config.from_environ(os.environ))
with app.app_context():
    get_user(user_id)  # the connection to the database is there
print("ready", flush=True)
written = []
for kind, fields in json.loads(sys.stdin.readline()):
    with app.app_context():
        created = WRITE[kind](get_user(user_id), ticket_id, **fields)
        written.append([created.is_new, SHOW[kind].dump(created.resource)])
print(json.dumps(written))
