"""From verdict to dossier: what reviewers read and sign, written through an allow-list."""

from factory.evidence.candidate import make_candidate

__all__ = ["make_candidate"]
