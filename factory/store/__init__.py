"""Where the review room keeps what it knows: SQLAlchemy over SQLite or PostgreSQL, with migrations."""
