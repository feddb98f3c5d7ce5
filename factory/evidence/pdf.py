"""The dossier on paper: the same page as on the screen, laid out by WeasyPrint without asking anybody for anything."""

from __future__ import annotations

import hashlib
import importlib
import logging
import unicodedata
from collections.abc import Mapping
from typing import Any, NoReturn

from factory.core.errors import FactoryError, NotReady
from factory.evidence.html import dossier_html
from factory.words import words

PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
"""Debian's names of the libraries WeasyPrint loads."""
FONTS = "fonts-noto-cjk"
_VARIANT = "pdf/ua-1"
"""ISO 14289-1: tagged, with title and language, so that a screen reader can read it."""
_FOOTER = """
html {{ font-size: 9.6pt }}
@page {{
  @bottom-left {{ content: "{candidate}"; font: 7pt "DejaVu Sans Mono", monospace; color: #46566a }}
  @bottom-right {{ content: counter(page) " / " counter(pages); font: 8pt "DejaVu Sans", sans-serif; color: #46566a }}
}}
"""
_LOG = logging.getLogger("weasyprint")


def pdf(facts: Mapping[str, Any], language: str, digest: str) -> bytes:
    """The dossier in a language as PDF/UA; `digest` is the candidate's, and stands in the footer of each page.

    The same facts, digest and installed fonts give the same bytes.

    Raises: NotReady where WeasyPrint, a library of it or a font for the language is not installed; KeyError for a
    language that is not one of `factory.words.LANGUAGES`.
    """
    page = dossier_html(facts, language)
    weasyprint = _weasyprint()
    said = words(language)("candidate {digest}", digest=digest)
    style = weasyprint.CSS(string=_FOOTER.format(candidate=said), url_fetcher=refuse)
    was, _LOG.level = _LOG.level, logging.CRITICAL
    try:
        document = weasyprint.HTML(string=page.decode("utf-8"), url_fetcher=refuse).render(
            stylesheets=[style], pdf_variant=_VARIANT, pdf_tags=True
        )
        name = hashlib.sha256(page + digest.encode()).digest()[:16]
        made: bytes = document.write_pdf(pdf_variant=_VARIANT, pdf_tags=True, pdf_identifier=name)
    finally:
        _LOG.level = was
    _check_fonts(document)
    return made


def refuse(url: str) -> NoReturn:
    """What WeasyPrint is given to fetch with: the page brings all that it shows, so nothing is fetched."""
    raise ValueError(f"a dossier fetches nothing, and this would: {url.partition(':')[0]}")


def _weasyprint() -> Any:
    fix = f"Install: pip install 'clinical-data-factory[pdf]', and on Debian: apt-get install {PACKAGES}"
    try:
        return importlib.import_module("weasyprint")
    except ImportError:
        raise NotReady("A PDF needs WeasyPrint, which is not installed.", fix) from None
    except OSError:  # what cffi raises where Pango or another shared library is not there
        raise NotReady("A PDF needs the library Pango, which is not installed.", fix) from None


def _check_fonts(document: Any) -> None:
    """Raise NotReady where letters were drawn as boxes: no installed font has them."""
    lacking = {code for font in document.fonts.values() for code in font.missing}
    if any(_chinese(code) for code in lacking):
        raise _no_font("No installed font has Chinese characters, so the PDF would show boxes.")
    if any(unicodedata.category(chr(code))[0] in "LNPS" for code in lacking):
        raise _no_font("No installed font has every character of this dossier, so the PDF would show boxes.")


def _chinese(code: int) -> bool:
    return unicodedata.name(chr(code), "").startswith("CJK ")


def _no_font(sentence: str) -> FactoryError:
    return NotReady(sentence, f"On Debian: apt-get install {FONTS} fonts-dejavu-core")
