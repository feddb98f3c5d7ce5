"""Formats data come in and go out by: tables read from where they lie, or written as somebody else reads them."""

from factory.formats.address import absolute
from factory.formats.source import Source, open_source

__all__ = ["Source", "absolute", "open_source"]
