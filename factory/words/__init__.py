"""What people read, in English, traditional and simplified Chinese: gettext catalogues, a file a domain."""

from factory.words.catalogue import LANGUAGES, Words, words

__all__ = ["LANGUAGES", "Words", "words"]
