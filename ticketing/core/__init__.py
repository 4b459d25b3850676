"""The kernel: the database, transactions, events and errors. It knows no resource."""
