"""Service levels: how soon tickets are to be answered and resolved."""
