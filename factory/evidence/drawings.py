"""The plots of a dossier in one language, drawn from its own facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from factory.evidence.pictures import bars
from factory.evidence.plots import Point, Row, Series, forest, lines, matrix, privacy_map
from factory.words import Words

Json = Mapping[str, Any]
_MOST_MARGINALS = 12
_MOST_GROUPS = 4
_WHOLE = (0.0, 1.0)


def privacy_plots(facts: Json, say: Words) -> list[str]:
    """The ROC curve of the worst membership attack."""
    roc = facts["pictures"]["roc"]
    if not roc.get("fpr"):
        return []
    series = [Series(say("worst attack, with its 95% band"), roc["fpr"], roc["tpr"], roc.get("low"), roc.get("high"))]
    x_label, y_label = say("share of people never seen"), say("share of training people")
    return [lines(say("ROC of the worst attack"), series, x_label, y_label, _WHOLE, _WHOLE, diagonal=True, say=say)]


def tournament_plot(facts: Json, say: Words) -> list[str]:
    """Engines of the tournament by how well they are told from real rows, and attacked."""
    told = [s for s in facts["engine"]["scoreboard"] if s["c2st"] is not None and s["upper"] is not None]
    points = [Point(s["engine"], s["c2st"], s["upper"], own=s["won"]) for s in told]
    return [privacy_map(points, facts["policy"]["membership_auc"], say)] if points else []


def fidelity_plots(facts: Json, say: Words) -> list[str]:
    """Shares of the columns that fit least, rows a person, and dependence of columns."""
    drawn = [bars(name, rows, say) for name, rows in worst(facts)]
    for table, family in facts["pictures"]["children"].items():
        if family["bars"]:
            title = say("Rows of {child} for each row of {parent}", child=table, parent=family["parent"])
            drawn.append(bars(title, family["bars"], say))
    for table, found in facts["pictures"]["correlations"].items():
        title = say("Dependence of columns, synthetic less real: {table}", table=table)
        drawn.append(matrix(title, found["columns"], found["difference"], say))
    return drawn


def utility_plots(facts: Json, say: Words) -> list[str]:
    """ROC curves and calibration of the tasks, survival curves, estimates of regressions."""
    shown = facts["pictures"]
    return [
        *_tasks(shown["tasks"], say),
        *_survivals(shown["survivals"], say),
        *_effects(shown["effects"], say),
    ]


def worst(facts: Json) -> list[tuple[str, list[dict[str, Any]]]]:
    """Marginals of the columns that fit least, worst first."""
    scores = {
        f"{table}.{column}": score
        for table, quality in facts["quality"].items()
        for column, score in quality["columns"].items()
        if score is not None
    }
    names = sorted(
        (name for name, rows in facts["marginals"].items() if rows),
        key=lambda name: (scores.get(name, 1.0), name),
    )
    return [(name, facts["marginals"][name]) for name in names[:_MOST_MARGINALS]]


def _learned(say: Words) -> dict[str, str]:
    return {"trtr": say("learned from real rows"), "tstr": say("learned from synthetic rows")}


def _tasks(tasks: Json, say: Words) -> Iterator[str]:
    for name, task in tasks.items():
        curves = [Series(words, c["fpr"], c["tpr"]) for k, words in _learned(say).items() if (c := task["roc"].get(k))]
        if curves:
            title = say("ROC on real people: {task}", task=name)
            x_label, y_label = say("false positives"), say("true positives")
            yield lines(title, curves, x_label, y_label, _WHOLE, _WHOLE, True, say=say)
        points = [
            Series(words, [p["said"] for p in curve], [p["came"] for p in curve], markers=True)
            for key, words in _learned(say).items()
            if (curve := task["calibration"].get(key))
        ]
        if points:
            title = say("Calibration on real people: {task}", task=name)
            yield lines(title, points, say("said"), say("came true"), _WHOLE, _WHOLE, diagonal=True, say=say)


def _survivals(survivals: Json, say: Words) -> Iterator[str]:
    names = {"real": say("real"), "synthetic": say("synthetic"), "fresh": say("people held out")}
    for name, groups in survivals.items():
        for one in groups[:_MOST_GROUPS]:
            series = [Series(words, one["time"], one[key], steps=True) for key, words in names.items() if one.get(key)]
            if series and one.get("time"):
                title = say("Kaplan-Meier: {survival}", survival=name)
                if one["group"] != "all":
                    title = say("Kaplan-Meier: {survival}, {group}", survival=name, group=one["group"])
                yield lines(title, series, say("time"), say("free of the event"), y_range=_WHOLE, say=say)


def _effects(effects: Json, say: Words) -> Iterator[str]:
    for name, found in effects.items():
        rows = [Row(str(r["name"]), _triple(r.get("real")), _triple(r.get("synthetic"))) for r in found]
        rows = [row for row in rows if row.real or row.synthetic]
        if rows:
            yield forest(say("Estimates: {effect}", effect=name), rows, say)


def _triple(value: Any) -> tuple[float, float, float] | None:
    if not isinstance(value, list) or len(value) != 3 or any(v is None for v in value):
        return None
    return value[0], value[1], value[2]
