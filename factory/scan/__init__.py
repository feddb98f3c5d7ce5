"""Scan any bytes for identifiers, by rules written apart from those that remove them."""

from factory.scan.report import FileRead, Finding, Place, ScanReport
from factory.scan.scanner import Options, scan

__all__ = ["FileRead", "Finding", "Options", "Place", "ScanReport", "scan"]
