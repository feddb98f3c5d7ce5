"""The `factory` command: one file a verb, heavy imports inside the verb."""
