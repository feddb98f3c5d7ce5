"""Whether a model learned from synthetic rows works on real people."""
