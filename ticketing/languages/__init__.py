"""The catalogs of texts in other languages than English, and what keeps them.

``python -m ticketing.languages`` brings them up to date with the code; ``core.text``
reads them.
"""
