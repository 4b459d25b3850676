"""The rooms of a single process."""

from ticketing.realtime.engineio_patches import LockedManager
from ticketing.realtime.news import REACTIONS, News


class OneAtATime(LockedManager):
    """A manager of rooms for the only process there is."""

    def share(self, kind: str, news: News) -> None:
        """Have every process act on news, if they concern it; this is the only one."""
        reaction = REACTIONS[kind]
        if reaction.concerns(news):
            reaction.act(news)
