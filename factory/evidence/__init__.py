"""From verdict to dossier: what reviewers read and sign, written through an allow-list."""
