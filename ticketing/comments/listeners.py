"""What comments contribute to tickets."""

from ticketing.comments.service import last_public_comment
from ticketing.tickets.replies import tells_last_word

tells_last_word(last_public_comment)
