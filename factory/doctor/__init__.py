"""The doctor: what is wrong with this machine, in a sentence each, and how to mend it. Asks no other machine."""

from factory.doctor.examine import examine
from factory.doctor.finding import Finding, Level, Machine, Purpose

__all__ = ["Finding", "Level", "Machine", "Purpose", "examine"]
