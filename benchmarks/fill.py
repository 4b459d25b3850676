"""Fill a database in bulk: python -m benchmarks.fill --tickets N --messages M

The rows are as if the service had written them: numbers without gaps, an entry in the
history for each change, the sides of each conversation. Few customers open most of the
tickets, few tickets have most of the messages, nearly all are closed, and the messages
of tickets that are open at the same time are stored side by side.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import bcrypt
from sqlalchemy import Connection, create_engine, text

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "correct horse battery"
BATCH_SIZE = 2_000  # tickets that are open at the same time, and inserted together
MAX_MESSAGES = 2_000  # of one ticket
# Written as a comment on a table once a database is filled: a digest of the code that
# filled it and of the migrations that created its tables.
SOURCES = (Path(__file__), *sorted(ROOT.glob("migrations/versions/*.py")))
FILLED = hashlib.sha256(b"".join(file.read_bytes() for file in SOURCES)).hexdigest()

USERS = """
INSERT INTO users
  (id, name, name_folded, email, email_key, email_folded, password, role, active,
  created_at, updated_at)
SELECT seq, CONCAT(IF(seq <= :agents, 'Agent ', 'Customer '), seq),
  CONCAT(IF(seq <= :agents, 'agent ', 'customer '), seq),
  CONCAT('user', seq, '@example.org'), CONCAT('user', seq, '@example.org'),
  CONCAT('user', seq, '@example.org'),
  :password, IF(seq <= :agents, 'admin', 'customer'), TRUE,
  '2023-01-01', '2023-01-01'
FROM seq_1_to_{users}
"""

CATEGORIES = """
INSERT INTO categories (id, name, name_key, slug, description, created_at, updated_at)
SELECT seq, CONCAT('Category ', seq), CONCAT('category ', seq),
  CONCAT('category-', seq), 'What such tickets are about', '2023-01-01', '2023-01-01'
FROM seq_1_to_5
"""

# Random values, drawn once for each ticket; how often each user, category and number of
# messages is drawn follows a power law.
DRAWS = """
CREATE TABLE draws (
  id BIGINT PRIMARY KEY, user_id BIGINT, agent_id BIGINT, category_id BIGINT,
  priority SMALLINT, status VARCHAR(20), messages INT, readable INT,
  created_at DATETIME(6)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
"""

DRAW = """
INSERT INTO draws
SELECT id, user_id, IF(status = 'open', NULL, agent_id), category_id, priority, status,
  messages, messages - IF(status = 'closed', 0, LEAST(messages, FLOOR(unread * 4))),
  created_at
FROM (
  SELECT seq AS id,
    :agents + 1 + FLOOR(:customers * POW(RAND(1), 3)) AS user_id,
    1 + FLOOR(:agents * POW(RAND(2), 1.5)) AS agent_id,
    1 + FLOOR(5 * POW(RAND(3), 2)) AS category_id,
    ELT(1 + FLOOR(20 * RAND(4)),
      1,1,1,1,1, 2,2,2,2,2,2,2,2,2,2, 3,3,3,3, 4) AS priority,
    IF(RAND(5) < 0.98 * (1 - POW(seq / :tickets, 12)), 'closed',
      ELT(1 + FLOOR(3 * RAND(6)), 'open', 'in_progress', 'resolved')) AS status,
    LEAST(:most, FLOOR(0.5 + :mean / 3 / POW(1 - RAND(7), 2 / 3))) AS messages,
    RAND(8) AS unread,
    TIMESTAMP'2023-01-01 00:00:00' + INTERVAL FLOOR(seq / :tickets * 94000000) SECOND
      AS created_at
  FROM seq_1_to_{tickets}
) AS drawn
"""

TICKETS = """
INSERT INTO tickets
  (id, user_id, category_id, assigned_to, subject, description, priority, status,
   waiting_on, last_seq, last_staff_seq, last_activity_at, created_at, updated_at,
   waiting_since, due_at)
SELECT id, user_id, category_id, agent_id, CONCAT('Printer ', id, ' on fire'),
  REPEAT('It burns, and nobody knows why. ', 8), priority, status, 'support',
  1, 0, created_at, created_at, created_at, created_at,
  IF(status IN ('resolved', 'closed'), '9999-12-31', '9999-01-01')
FROM draws
"""

# In the order in which they were sent: the first of each ticket of the batch, then the
# second ones. The customer writes the first.
MESSAGES = """
INSERT INTO messages
  (ticket_id, user_id, side, message, client_id, is_read, read_at,
   created_at, updated_at)
SELECT id, IF(is_customers, user_id, COALESCE(agent_id, 1)),
  IF(is_customers, 'customer', 'support'),
  CONCAT('Message ', nth, IF(nth = 1, CONCAT(' of order', id), ''),
    IF(CRC32(CONCAT('refund', id, '/', nth)) % 5, '', ' refund'),
    IF(CRC32(CONCAT('invoice', id, '/', nth)) % 5, '', ' invoice'),
    IF(CRC32(CONCAT('phone', id, '/', nth)) % 50, '', ' 手机'),
    ': ', REPEAT('so it goes on. ', 1 + nth % 8)),
  NULL, nth <= readable, IF(nth <= readable, read_at, NULL), sent_at, sent_at
FROM (
  SELECT draws.*, seq AS nth,
    seq = 1 OR CRC32(CONCAT(id, '/', seq)) % 2 AS is_customers,
    created_at + INTERVAL seq * 10 MINUTE AS sent_at,
    created_at + INTERVAL (messages + 1) * 10 MINUTE AS read_at
  FROM draws STRAIGHT_JOIN seq_1_to_{most} ON seq <= messages
  WHERE id BETWEEN :first AND :last
) AS sent
ORDER BY nth, id
"""

# As ``ticketing.search.words.index_of`` writes them: their texts have no x.
WORDS = """
CONCAT(' aa', REGEXP_REPLACE(
  TRIM(TRAILING '. ' FROM REPLACE(LOWER({}), '手机', 'x0624bx0673a x0673a')),
  '[^a-z0-9]+', ' aa'), ' ')
"""

SEARCH_TEXTS = f"""
INSERT INTO search_texts (id, ticket_id, kind, source_id, internal, words)
SELECT id * 16777216 + 1, id, 'ticket', id, FALSE,
  {WORDS.format("CONCAT(subject, ' ', description)")}
FROM tickets WHERE id BETWEEN :first AND :last
"""

SEARCH_MESSAGES = f"""
INSERT INTO search_texts (id, ticket_id, kind, source_id, internal, words)
SELECT
  ticket_id * 16777216 + 1 + ROW_NUMBER() OVER (PARTITION BY ticket_id ORDER BY id),
  ticket_id, 'message', id, FALSE, {WORDS.format("message")}
FROM messages WHERE ticket_id BETWEEN :first AND :last ORDER BY 1
"""

PERSON = "JSON_OBJECT('id', {0}.id, 'name', {0}.name, 'role', {0}.role)"
ISO = "DATE_FORMAT({}, '%Y-%m-%dT%H:%i:%s.%f+00:00')"

MESSAGES_SENT = f"""
INSERT INTO ticket_events
  (ticket_id, stream, seq, name, actor_id, payload, created_at)
SELECT ticket_id, 'public',
  1 + ROW_NUMBER() OVER (PARTITION BY ticket_id ORDER BY messages.id),
  'message.sent', user_id,
  JSON_OBJECT('id', messages.id, 'ticket_id', ticket_id, 'user_id', user_id,
    'user', {PERSON.format("users")}, 'message', message, 'client_id', NULL,
    'is_read', FALSE, 'read_at', NULL,
    'created_at', {ISO.format("messages.created_at")},
    'updated_at', {ISO.format("messages.updated_at")}),
  messages.created_at
FROM messages STRAIGHT_JOIN users ON users.id = user_id
WHERE ticket_id BETWEEN :first AND :last
"""

MESSAGES_READ = f"""
INSERT INTO ticket_events
  (ticket_id, stream, seq, name, actor_id, payload, created_at)
SELECT ticket_id, 'public',
  1 + messages + ROW_NUMBER() OVER (PARTITION BY ticket_id ORDER BY written),
  'message.read', IF(written = 'customer', COALESCE(agent_id, 1), user_id),
  JSON_OBJECT('ticket_id', ticket_id, 'up_to', up_to,
    'side', IF(written = 'customer', 'support', 'customer'),
    'read_at', {ISO.format("read_at")}),
  read_at
FROM (
  SELECT ticket_id, side AS written, MAX(id) AS up_to, MAX(read_at) AS read_at
  FROM messages WHERE ticket_id BETWEEN :first AND :last AND is_read
  GROUP BY ticket_id, side
) AS marked JOIN draws ON draws.id = ticket_id
"""

TICKET = f"""
'id', tickets.id, 'subject', subject, 'description', tickets.description,
'priority', ELT(priority, 'low', 'medium', 'high', 'urgent'), 'status', {{status}},
'category_id', category_id,
'category', JSON_OBJECT('id', categories.id, 'name', categories.name, 'slug', slug,
  'description', categories.description,
  'created_at', {ISO.format("categories.created_at")},
  'updated_at', {ISO.format("categories.updated_at")}),
'user_id', user_id, 'user', {PERSON.format("users")}, 'assigned_to', {{assigned_to}},
'assignee', {{assignee}}, 'attachment', NULL, 'waiting_on', {{waiting_on}},
'created_at', {ISO.format("tickets.created_at")},
'updated_at', {ISO.format("tickets.updated_at")}
"""

TICKETS_CREATED = f"""
INSERT INTO ticket_events
  (ticket_id, stream, seq, name, actor_id, payload, created_at)
SELECT tickets.id, 'public', 1, 'ticket.created', user_id,
  JSON_OBJECT({TICKET.format(
    status="'open'", assigned_to="NULL", assignee="NULL", waiting_on="'support'"
  )}), tickets.created_at
FROM tickets STRAIGHT_JOIN users ON users.id = user_id
  STRAIGHT_JOIN categories ON categories.id = category_id
WHERE tickets.id BETWEEN :first AND :last
"""

# The numbers and times that follow from the entries.
SETTLE = """
UPDATE tickets JOIN draws USING (id)
  JOIN (
    SELECT ticket_id, COUNT(*) AS events, MAX(created_at) AS latest
    FROM ticket_events WHERE ticket_id BETWEEN :first AND :last GROUP BY ticket_id
  ) AS log ON log.ticket_id = id
SET last_seq = events + (tickets.status != 'open'),
  tickets.updated_at = IF(
    tickets.status = 'open', tickets.created_at, latest + INTERVAL 1 HOUR),
  last_activity_at = IF(tickets.status = 'open', latest, latest + INTERVAL 1 HOUR),
  waiting_on = COALESCE((
    SELECT IF(side = 'customer', 'support', 'customer') FROM messages
    WHERE ticket_id = tickets.id ORDER BY messages.id DESC LIMIT 1), 'support')
"""

# The first message since the last one of the side that is waited for, if there is one.
WAITING_SINCE = """
UPDATE tickets JOIN (
  SELECT messages.ticket_id, MIN(messages.created_at) AS first_reply
  FROM messages JOIN (
    SELECT ticket_id, MAX(messages.created_at) AS latest
    FROM messages JOIN tickets ON tickets.id = ticket_id AND waiting_on = side
    WHERE ticket_id BETWEEN :first AND :last GROUP BY ticket_id
  ) AS spoken ON spoken.ticket_id = messages.ticket_id AND created_at > latest
  GROUP BY messages.ticket_id
) AS unanswered ON ticket_id = tickets.id
SET waiting_since = first_reply
"""

# What reports count.
FACTS = """
UPDATE tickets LEFT JOIN (
    SELECT ticket_id, MIN(created_at) AS answered_at FROM messages
    WHERE side = 'support' AND ticket_id BETWEEN :first AND :last GROUP BY ticket_id
  ) AS answers ON answers.ticket_id = id
SET first_response_seconds = TIMESTAMPDIFF(SECOND, created_at, answered_at),
  resolved_at = IF(status IN ('resolved', 'closed'), updated_at, NULL),
  resolution_seconds = IF(status IN ('resolved', 'closed'),
    TIMESTAMPDIFF(SECOND, created_at, updated_at), NULL)
WHERE id BETWEEN :first AND :last
"""

TICKETS_UPDATED = f"""
INSERT INTO ticket_events
  (ticket_id, stream, seq, name, actor_id, payload, created_at)
SELECT tickets.id, 'public', last_seq, 'ticket.updated', assigned_to,
  JSON_OBJECT({TICKET.format(
    status="status", assigned_to="assigned_to", assignee=PERSON.format("agents"),
    waiting_on="waiting_on"
  )}, 'changes', JSON_OBJECT(
    'status', JSON_ARRAY('open', status),
    'assigned_to', JSON_ARRAY(NULL, assigned_to))), tickets.updated_at
FROM tickets STRAIGHT_JOIN users ON users.id = user_id
  STRAIGHT_JOIN users AS agents ON agents.id = assigned_to
  STRAIGHT_JOIN categories ON categories.id = category_id
WHERE tickets.id BETWEEN :first AND :last
"""

# Rows would be inserted all over these indexes, which do not fit into memory: they are
# dropped, and created at the end.
LATE_INDEXES = {"messages": "user_id", "ticket_events": "actor_id"}

BY_BATCH = (
    MESSAGES,
    TICKETS_CREATED,
    MESSAGES_SENT,
    MESSAGES_READ,
    SETTLE,
    WAITING_SINCE,
    FACTS,
    TICKETS_UPDATED,
    SEARCH_TEXTS,
    SEARCH_MESSAGES,
)


@dataclass(frozen=True)
class Size:
    """The size of a database: its tickets, and about how many messages it has."""

    tickets: int
    messages: int

    @property
    def agents(self) -> int:
        """The number of admins who answer the tickets."""
        return max(25, self.tickets // 400)

    @property
    def customers(self) -> int:
        """The number of customers who opened the tickets."""
        return max(20, self.tickets // 20)


def migrate(url: str) -> None:
    """Create the tables with ``flask db upgrade``."""
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "flask", "db", "upgrade"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "TICKETING_ENV": "development"},
        check=True,
        capture_output=True,
    )


def is_filled(url: str) -> bool:
    """Return whether a database was filled completely, by the present code."""
    engine = create_engine(url)
    comments = text(
        "SELECT table_comment FROM information_schema.tables "
        "WHERE table_schema = DATABASE() AND table_name = 'tickets'"
    )
    with engine.connect() as connection:
        filled = connection.scalar(comments) == FILLED
    engine.dispose()
    return filled


def fill(url: str, size: Size) -> None:
    """Fill an empty database."""
    migrate(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        _start(connection, size)
        for first in range(1, size.tickets + 1, BATCH_SIZE):
            batch = {"first": first, "last": first + BATCH_SIZE - 1}
            for statement in BY_BATCH:
                connection.execute(text(statement.format(most=MAX_MESSAGES)), batch)
            connection.commit()
        connection.execute(text("DROP TABLE draws"))
        for table, column in LATE_INDEXES.items():
            late = f"CREATE INDEX ix_{table}_{column} ON {table} ({column})"
            connection.execute(text(late))
        names = "users, categories, tickets, messages, ticket_events, search_texts"
        connection.execute(text(f"ANALYZE TABLE {names}"))
        connection.execute(text(f"ALTER TABLE tickets COMMENT '{FILLED}'"))
    engine.dispose()


def _start(connection: Connection, size: Size) -> None:
    # The references are right; checking them takes as long as the rest.
    for check in ("foreign_key_checks", "unique_checks"):
        connection.execute(text(f"SET SESSION {check} = 0"))
    for table, column in LATE_INDEXES.items():
        connection.execute(text(f"DROP INDEX ix_{table}_{column} ON {table}"))
    users = size.agents + size.customers
    password = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(12)).decode()
    connection.execute(
        text(USERS.format(users=users)), {"agents": size.agents, "password": password}
    )
    connection.execute(text(CATEGORIES))
    connection.execute(text(DRAWS))
    drawn = {
        "agents": size.agents,
        "customers": size.customers,
        "tickets": size.tickets,
        "mean": size.messages / size.tickets,
        "most": MAX_MESSAGES,
    }
    connection.execute(text(DRAW.format(tickets=size.tickets)), drawn)
    connection.execute(text(TICKETS))
    connection.commit()


def main() -> None:
    """Fill the database of ``DATABASE_URL``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fill")
    parser.add_argument("--tickets", type=int, required=True)
    parser.add_argument("--messages", type=int, required=True)
    size = Size(**vars(parser.parse_args()))
    begun = time.monotonic()
    fill(os.environ["DATABASE_URL"], size)
    print(f"Filled in {time.monotonic() - begun:.0f} s.")


if __name__ == "__main__":
    main()
