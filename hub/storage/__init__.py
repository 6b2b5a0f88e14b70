"""Database, journal and outbox: what is written down, and proof that nothing was changed."""
