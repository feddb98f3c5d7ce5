"""The text of a note whose encoding nobody said."""

from __future__ import annotations

import io

from factory.formats.encoding import encoding_of


def decode(data: bytes, name: str) -> str:
    """The text of a file, without a byte order mark. `name` is for the message. Raises: WrongEncoding."""
    return data.decode(encoding_of(lambda: io.BytesIO(data), name))
