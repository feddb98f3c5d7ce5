"""What a licensee does with a bundle: prove it, then take the tables out."""

from factory.catalog.client import load, pull

__all__ = ["load", "pull"]
