"""From raw to de-identified: identifiers removed, dates reduced, rare values generalised."""

from factory.deid.hospital import deidentify_hospital
from factory.deid.single import Deidentified, deidentify_frame, deidentify_table
from factory.deid.stage import deidentify

__all__ = ["Deidentified", "deidentify", "deidentify_frame", "deidentify_hospital", "deidentify_table"]
