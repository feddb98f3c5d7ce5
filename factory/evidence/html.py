"""The dossier as one HTML file a language that opens offline: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from factory.evidence import drawings, views
from factory.evidence.pictures import interval
from factory.evidence.thresholds import thresholds
from factory.words import LANGUAGES, NAMES, Words, words

_FOLDER = Path(__file__).parent / "templates"


def templates(folder: Path) -> Environment:
    """Templates of a folder: all that is put in is escaped, and a name that is not there is an error."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page_name(language: str) -> str:
    """File of the dossier in a language, beside the others."""
    return "dossier.html" if language == LANGUAGES[0] else f"dossier.{language}.html"


def dossier_html(facts: Mapping[str, Any], language: str = LANGUAGES[0]) -> bytes:
    """Render the dossier in a language. The same facts give the same bytes. Raises: KeyError for another language."""
    return rendered(facts, words(language))


def rendered(facts: Mapping[str, Any], say: Words) -> bytes:
    """The dossier in the language of `say`, which collects what it lacks."""
    environment = templates(_FOLDER / "dossier")
    tell = views.Teller(say)
    environment.globals.update(say=say, tell=tell)
    environment.filters.update(
        figure=views.figure,
        count=views.count,
        digest=views.digest,
        known=tell.known_word,
        listed=tell.listed,
        limit=views.limit,
    )
    page = environment.get_template("dossier.html.j2").render(
        facts=facts,
        languages=[(tag, NAMES[tag], page_name(tag)) for tag in LANGUAGES],
        verdict=views.VERDICTS[facts["verdict"]],
        regimes=views.regimes(facts),
        others=views.others(facts),
        judged=[(m, _safe([interval(m, tell.part(m, "title"), say)])[0]) for m in views.judged(facts)],
        diagnostics=[m for m in facts["measures"] if m["bearing"] == "diagnostic"],
        gates=views.gates(facts),
        known=views.known(facts),
        thresholds=thresholds(facts),
        methods=views.methods(facts),
        statement=views.statement(facts),
        names=views.NAMES,
        style=Markup((_FOLDER / "dossier" / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        plots={
            "privacy": _safe(drawings.privacy_plots(facts, say)),
            "tournament": _safe(drawings.tournament_plot(facts, say)),
            "fidelity": _safe(drawings.fidelity_plots(facts, say)),
            "utility": _safe(drawings.utility_plots(facts, say)),
        },
    )
    return page.strip().encode("utf-8") + b"\n"


def _safe(drawn: list[str]) -> list[Markup]:
    return [Markup(svg) for svg in drawn]  # noqa: S704 - every label in it is escaped
