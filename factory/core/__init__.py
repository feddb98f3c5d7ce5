"""What every room rests on: errors, whole files, digests, seeds, tables and the run folder."""
