"""A database of the Laravel system, made by hand as its migrations make it."""

import os
import sqlite3
from pathlib import Path

import pymysql
from sqlalchemy import make_url

# The kinds of databases that tests can make.
SERVER = ["server"] if "mysql" in os.environ.get("TEST_DATABASE_URL", "") else []
KINDS = ["sqlite", *SERVER]
# Where there is a server, slow tests of SQLite alone need not run once more.
NEW_KINDS = SERVER or KINDS

# As PHP writes it, at the least cost.
PASSWORD = "password"
HASH = "$2y$04$zSFDkTfnQ/bZ5aEYQUqVHOsFLr80Tkw2SU1lqhGPGG58xc.R0z0X."

MYSQL = [
    """
    CREATE TABLE users (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      name VARCHAR(255) NOT NULL, email VARCHAR(255) NOT NULL,
      email_verified_at TIMESTAMP NULL, password VARCHAR(255) NOT NULL,
      role ENUM('admin', 'customer') NOT NULL DEFAULT 'customer',
      remember_token VARCHAR(100) NULL,
      created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL,
      UNIQUE KEY users_email_unique (email)
    )
    """,
    """
    CREATE TABLE categories (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      name VARCHAR(255) NOT NULL, slug VARCHAR(255) NOT NULL,
      description TEXT NULL,
      created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL,
      UNIQUE KEY categories_slug_unique (slug)
    )
    """,
    """
    CREATE TABLE tickets (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      user_id BIGINT UNSIGNED NOT NULL, category_id BIGINT UNSIGNED NOT NULL,
      assigned_to BIGINT UNSIGNED NULL,
      subject VARCHAR(255) NOT NULL, description TEXT NOT NULL,
      priority ENUM('low', 'medium', 'high', 'urgent') NOT NULL DEFAULT 'medium',
      status ENUM('open', 'in_progress', 'resolved', 'closed') NOT NULL DEFAULT 'open',
      attachment VARCHAR(255) NULL,
      created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL,
      FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
      FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE CASCADE,
      FOREIGN KEY (assigned_to) REFERENCES users (id) ON DELETE SET NULL
    )
    """,
    """
    CREATE TABLE comments (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      ticket_id BIGINT UNSIGNED NOT NULL, user_id BIGINT UNSIGNED NOT NULL,
      content TEXT NOT NULL,
      created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL,
      FOREIGN KEY (ticket_id) REFERENCES tickets (id) ON DELETE CASCADE,
      FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE messages (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      ticket_id BIGINT UNSIGNED NOT NULL, user_id BIGINT UNSIGNED NOT NULL,
      message TEXT NOT NULL, is_read TINYINT(1) NOT NULL DEFAULT 0,
      created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL,
      FOREIGN KEY (ticket_id) REFERENCES tickets (id) ON DELETE CASCADE,
      FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    )
    """,
]
# Without what keeps wrong values out.
SQLITE = """
CREATE TABLE users (
  id integer primary key autoincrement, name varchar, email varchar, password varchar,
  role varchar default 'customer', created_at datetime, updated_at datetime
);
CREATE TABLE categories (
  id integer primary key autoincrement, name varchar, slug varchar, description text,
  created_at datetime, updated_at datetime
);
CREATE TABLE tickets (
  id integer primary key autoincrement, user_id integer, category_id integer,
  assigned_to integer, subject varchar, description text, priority varchar,
  status varchar, attachment varchar, created_at datetime, updated_at datetime
);
CREATE TABLE comments (
  id integer primary key autoincrement, ticket_id integer, user_id integer,
  content text, internal tinyint(1), created_at datetime, updated_at datetime
);
CREATE TABLE messages (
  id integer primary key autoincrement, ticket_id integer, user_id integer,
  message text, is_read tinyint(1), created_at datetime, updated_at datetime
);
CREATE TABLE jobs (id integer primary key autoincrement, queue varchar, payload text);
"""


class LaravelDatabase:
    """An empty database of the Laravel system, on SQLite or MySQL."""

    def __init__(self, url: str) -> None:
        self.url = url
        parsed = make_url(url)
        self._on_sqlite = parsed.get_backend_name() == "sqlite"
        if self._on_sqlite:
            Path(parsed.database).unlink(missing_ok=True)
            self._connection = sqlite3.connect(parsed.database)
            self._connection.executescript(SQLITE)
            return
        self._connection = pymysql.connect(
            host=parsed.host,
            port=parsed.port or 3306,
            user=parsed.username,
            password=parsed.password or "",
            database=parsed.database,
            charset="utf8mb4",
        )
        for statement in MYSQL:
            self.run(statement)

    def run(self, statement: str, values: tuple = ()) -> None:
        """Execute a statement, and commit."""
        cursor = self._connection.cursor()
        cursor.execute(statement, values)
        self._connection.commit()

    def add(self, table: str, **values: object) -> None:
        """Insert a row; without times, it is of 1 May 2024."""
        noon = "2024-05-01 12:00:00"
        row = {"created_at": noon, "updated_at": noon, **values}
        places = ", ".join(["?" if self._on_sqlite else "%s"] * len(row))
        self.run(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})",
            (*row.values(),),
        )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
