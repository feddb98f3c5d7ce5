"""What people read, in English, traditional and simplified Chinese: gettext catalogues, a file a domain."""

from factory.words.catalogue import LANGUAGES, NAMES, Words, words
from factory.words.said import Said, retold, said_fields

__all__ = ["LANGUAGES", "NAMES", "Said", "Words", "retold", "said_fields", "words"]
