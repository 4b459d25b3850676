"""Let Alembic take the database and the models from the application."""

import logging
from logging.config import fileConfig

from alembic import context
from flask import current_app

fileConfig(str(context.config.config_file_name), disable_existing_loggers=False)
logger = logging.getLogger("alembic.env")
migrate = current_app.extensions["migrate"]
metadata = migrate.db.metadata
# Another database than the application's own, if a command names one.
engine = context.config.attributes.get("engine", migrate.db.engine)


def skip_empty(context, revision, directives):
    """Write no migration where there is nothing to migrate."""
    if directives[0].upgrade_ops.is_empty():
        directives[:] = []
        logger.info("No changes in schema detected.")


def include_object(found, name, *rest):
    """Leave out the full-text index, which on SQLite is in tables of its own."""
    return not name.startswith(("search_index", "ix_search_texts_words"))


def run_offline():
    """Print the statements, for someone else to run."""
    url = engine.url.render_as_string(hide_password=False)
    context.configure(url=url, target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online():
    """Run the statements."""
    autogenerates = getattr(context.config.cmd_opts, "autogenerate", False)
    options = {"process_revision_directives": skip_empty} if autogenerates else {}
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_object=include_object,
            **migrate.configure_args | options,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
