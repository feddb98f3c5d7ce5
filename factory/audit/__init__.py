"""An append-only log of every act, each entry a leaf of one Merkle tree (RFC 6962)."""

from factory.audit.log import Act, Entry, Outcome, append, read, repair, verify

__all__ = ["Act", "Entry", "Outcome", "append", "read", "repair", "verify"]
