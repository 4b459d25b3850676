"""Bring the catalogs up to date with the code: ``python -m ticketing.languages``."""

from ticketing.languages.extraction import update

update()
