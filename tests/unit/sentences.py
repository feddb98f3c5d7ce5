"""Every sentence that sources and templates ask the catalogues for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[2] / "factory"
DOSSIER = ("checks", "gates", "evidence/*.py", "evidence/templates/dossier", "words/figures.py")
FIGURES = ("evidence/drawings.py", "evidence/pictures.py", "evidence/plots")


def asked() -> dict[str, set[str]]:
    """Messages of the dossier by the file that asks for them, paths relative to the package."""
    found: dict[str, set[str]] = {}
    for path in sorted({*files(ROOT, DOSSIER), *files(ROOT, FIGURES)}):
        messages = set(in_template(path) if path.suffix == ".j2" else in_source(path))
        if messages:
            found[path.relative_to(ROOT).as_posix()] = messages
    return found


def files(root: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    for pattern in patterns:
        for path in root.glob(pattern):
            if path.is_dir():
                yield from path.rglob("*.py")
                yield from path.rglob("*.j2")
            else:
                yield path


def in_source(path: Path) -> Iterator[str]:
    """First arguments of `Said(...)` and `say(...)`, where they are literals."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and _called(node.func) in ("Said", "say"):
            yield from literals(node.args[0])


def _called(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def in_template(path: Path) -> Iterator[str]:
    """First arguments of `say(...)` in a template, where they are literals."""
    tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "say" and isinstance(call.args[0], nodes.Const):
            yield str(call.args[0].value)
