"""Options for runs that ask about something else than the engine: one that learns in a second, not a tournament."""

QUICK = ("--engine", "sdv-gaussian-copula")
