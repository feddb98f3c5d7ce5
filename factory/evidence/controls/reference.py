"""The control catalogue in docs/controls.md, drawn from the controls so that it cannot fall behind them."""

from __future__ import annotations

from typing import get_args

from factory.contract.model import Regime
from factory.evidence.controls.judge import ALWAYS, CATALOGUE
from factory.evidence.controls.profiles import profile


def reference() -> str:
    """The catalogue as Markdown: the profiles, then every control."""
    lines = [
        "# The controls",
        "",
        "Each ends as pass, fail, not applicable, needs attestation or inconclusive; only a pass is a pass. A regime's",
        "verdict is the worst of its controls'. `factory/evidence/controls/` holds them, `expectations/profiles/` says",
        "which regime asks for which. Evidence, not a legal opinion.",
        "",
        "| regime | profile | read since | rests on | controls |",
        "|---|---|---|---|---|",
    ]
    for regime in get_args(Regime):
        made = profile(regime)
        asked = ", ".join(made.controls)
        lines.append(f"| {made.title} | `{regime}` {made.version} | {made.date} | {made.citation} | {asked} |")
    lines += [f"| every release | | | | {', '.join(ALWAYS)} |", ""]
    for control in CATALOGUE.values():
        lines += [f"## {control.id}: {control.title}", "", f"{control.citation}. Looks at: {control.checks}", ""]
        if control.policy:
            lines += [f"Threshold: `policy.{control.policy}` of the contract.", ""]
        if control.question:
            lines += [f"Asks a person: *{control.question}*", ""]
    return "\n".join(lines).rstrip() + "\n"
