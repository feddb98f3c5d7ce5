"""Controls as code: each a small module with its citation, its check and, where only a person can say, its question."""
