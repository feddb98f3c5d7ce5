"""Which plots a report has: one for each aggregate that is among the details, the worst first where there are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeGuard

from factory.evidence.pictures import bars
from factory.evidence.plots import Point, Row, Series, forest, lines, matrix, privacy_map

Json = dict[str, Any]
_MOST_MARGINALS = 12
_MOST_OF_A_KIND = 4
_WHOLE = (0.0, 1.0)


def figures(facts: Json) -> dict[str, list[str]]:
    """Plots by group (privacy, fidelity, utility) as SVG, drawn from `Assessment.as_json()`."""
    made: dict[str, list[str]] = {"privacy": _map(facts), "fidelity": [], "utility": []}
    for part in facts["details"]["parts"]:
        found = list(_dicts(facts["details"][part["name"]], (part["name"],)))
        for draw in _DRAWN:
            drawn = [svg for path, node in found if (svg := draw(path, node)) is not None]
            made[part["group"]] += drawn[:_MOST_OF_A_KIND]
    made["fidelity"] += _marginals(facts["details"]["marginals"])
    return made


def _dicts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Every object among the details with the keys that lead to it, in order."""
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from _dicts(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            if isinstance(inner, (dict, list)):
                yield from _dicts(inner, (*path, str(place)))


def _map(facts: Json) -> list[str]:
    own = _own_point(facts["measures"])
    points = [Point(f"{s['engine']} (tournament)", s["c2st"], s["upper"]) for s in facts["scoreboard"]]
    if own is not None:
        points.append(own)
    return [privacy_map(points, facts["policy"]["membership_auc"])] if points else []


def _own_point(measures: list[Json]) -> Point | None:
    """The worst of each: the membership attacks' upper ends, and the classifier's AUCs against real rows."""
    attacks = [m["high"] or m["value"] for m in measures if m["name"] == "membership_auc" and m["value"]]
    told = [m["value"] for m in measures if m["name"].startswith("c2st") and m["value"] and "auc" in m["title"].lower()]
    if not attacks or not told:
        return None
    return Point("this data set", max(0.5, *told), max(attacks), own=True)


def _roc(path: tuple[str, ...], node: Json) -> str | None:
    roc = node.get("roc")
    if not _is_curve(roc):
        return None
    if path[0] != "membership":
        series = [Series("classifier", roc["fpr"], roc["tpr"])]
        title, x_label, y_label = (
            f"Told from real rows: {path[-1]}",
            "share of real flagged",
            "share of synthetic flagged",
        )
    else:
        said = ", ".join(str(roc[key]) for key in ("attack", "table", "view", "where") if roc.get(key))
        series = [Series(said or "attack, with 95% band", roc["fpr"], roc["tpr"], roc.get("low"), roc.get("high"))]
        title = "ROC of the worst attack"
        x_label, y_label = "share of people never seen", "share of training people"
    return lines(title, series, x_label, y_label, _WHOLE, _WHOLE, diagonal=True)


def _shadow_roc(path: tuple[str, ...], node: Json) -> str | None:
    if path[0] != "shadow" or not {"attack", "false", "true"} <= set(node):
        return None
    series = [Series(str(node["attack"]), node["false"], node["true"])]
    title = f"ROC with shadow models: {path[-1]}"
    return lines(title, series, "share of worlds without", "share of worlds with", _WHOLE, _WHOLE, diagonal=True)


def _is_curve(value: Any) -> TypeGuard[Json]:
    return isinstance(value, dict) and isinstance(value.get("fpr"), list) and isinstance(value.get("tpr"), list)


def _task_roc(path: tuple[str, ...], node: Json) -> str | None:
    roc = node.get("roc")
    if not isinstance(roc, dict):
        return None
    said = {"trtr": "learned from real rows", "tstr": "learned from synthetic rows"}
    series = [Series(words, roc[k]["fpr"], roc[k]["tpr"]) for k, words in said.items() if _is_curve(roc.get(k))]
    if not series:
        return None
    return lines(f"ROC on real people: {path[-1]}", series, "false positives", "true positives", _WHOLE, _WHOLE, True)


def _calibration(path: tuple[str, ...], node: Json) -> str | None:
    series = []
    for key, words in (("trtr", "learned from real rows"), ("tstr", "learned from synthetic rows")):
        curve = node[key].get("curve") if isinstance(node.get(key), dict) else None
        if curve:
            series.append(Series(words, [p["said"] for p in curve], [p["came"] for p in curve], markers=True))
    if not series:
        return None
    name = next((word for word in reversed(path) if word != "calibration"), "")
    return lines(f"Calibration on real people: {name}", series, "said", "came true", _WHOLE, _WHOLE, diagonal=True)


def _correlation(path: tuple[str, ...], node: Json) -> str | None:
    labels, real, made = node.get("columns"), node.get("train"), node.get("synthetic")
    if not (_is_matrix(real) and _is_matrix(made) and isinstance(labels, list) and len(labels) == len(real or [])):
        return None
    gaps = [
        [None if a is None or b is None else b - a for a, b in zip(r, m, strict=True)]
        for r, m in zip(real or [], made or [], strict=True)
    ]
    return matrix(f"Dependence, synthetic less real: {path[-1]}", labels, gaps)


def _is_matrix(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(isinstance(row, list) for row in value)


def _children(path: tuple[str, ...], node: Json) -> str | None:
    found = node.get("children_per_parent")
    if not isinstance(found, dict):
        return None
    rows = [
        {"label": label, "real": real, "synthetic": made}
        for label, real, made in zip(found["children"], found["train"], found["synthetic"], strict=True)
        if real is not None and made is not None
    ]
    return bars(f"Rows of {path[-1]} for each of {node.get('parent', 'their parents')}", rows) if rows else None


def _survival(path: tuple[str, ...], node: Json) -> str | None:
    if not {"time", "real", "synthetic", "group"} <= set(node) or not node["time"]:
        return None
    said = {"real": "real", "synthetic": "synthetic", "fresh": "people held out"}
    series = [Series(words, node["time"], node[key], steps=True) for key, words in said.items() if node.get(key)]
    name = path[-3] if len(path) > 2 else path[-1]
    title = f"Kaplan-Meier: {name}" + ("" if node["group"] == "all" else f", {node['group']}")
    return lines(title, series, "time", "free of the event", y_range=_WHOLE)


def _trajectory(path: tuple[str, ...], node: Json) -> str | None:
    if len(path) < 2 or path[-2] != "trajectories_by_lab" or not node.get("time"):
        return None
    # Cells are tenths of the records: even steps across, whose times are written below.
    places = list(range(len(node["time"])))
    series = [
        Series("real, with 95% band", places, node["real"], node["low"], node["high"]),
        Series("synthetic", places, node["synthetic"], markers=True),
    ]
    words = [f"{time:.3g}" for time in node["time"]]
    return lines(f"Mean course: {path[-1]}", series, "time since the first record", "mean", x_words=words)


def _coefficients(path: tuple[str, ...], node: Json) -> str | None:
    """A forest plot of what a regression or Cox model finds."""
    found = [row for key in ("coefficients", "cox") for row in _list(node.get(key)) if "real" in row]
    rows = [Row(str(row.get("name", "")), _triple(row["real"]), _triple(row.get("synthetic"))) for row in found]
    rows = [row for row in rows if row.real or row.synthetic]
    return forest(f"Estimates: {path[-1]}", rows) if rows else None


def _list(value: Any) -> list[Json]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _triple(value: Any) -> tuple[float, float, float] | None:
    if not isinstance(value, list) or len(value) != 3 or any(v is None for v in value):
        return None
    return value[0], value[1], value[2]


def _marginals(found: dict[str, list[Json]]) -> list[str]:
    """Shares of the columns that differ most, by half the sum of absolute differences."""
    gaps = {name: sum(abs(row["real"] - row["synthetic"]) for row in rows) / 2 for name, rows in found.items() if rows}
    names = sorted(gaps, key=lambda name: (-gaps[name], name))[:_MOST_MARGINALS]
    return [bars(f"{name}: filled real, outlined synthetic", found[name]) for name in names]


_DRAWN: tuple[Callable[[tuple[str, ...], Json], str | None], ...] = (
    _roc,
    _shadow_roc,
    _task_roc,
    _calibration,
    _correlation,
    _children,
    _trajectory,
    _survival,
    _coefficients,
)
