"""The report of an evaluation: tables in Markdown, a picture of the confusions, one of the calibration."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bot.evaluation_result import Result

BANDS = (0.0, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 1.001)
FALLBACK = "nlu_fallback"


def write(result: Result, folder: Path) -> Path:
    """Write ``report.md``, ``confusion.png`` and ``calibration.png`` into `folder`.

    :returns: path of the Markdown file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    confusion_picture(result, folder / "confusion.png")
    calibration_picture(result, folder / "calibration.png")
    path = folder / "report.md"
    path.write_text(markdown(result), encoding="utf-8")
    return path


def markdown(result: Result) -> str:
    """The figures as Markdown, without any message's text."""
    summary = result.summary()
    intent, facts = summary["intent"], summary["facts"]
    lines = [
        "# Understanding, measured",
        "",
        f"Intents: {intent['n']} messages, accuracy {intent['accuracy']:.3f}, macro-F1 {intent['macro_f1']:.3f}, "
        f"right among the first three {top_three(result):.3f}, expected calibration error {calibration_error(result):.3f}.",
        f"Facts: {facts['n']} expected, precision {facts['precision']:.3f}, recall {facts['recall']:.3f}.",
        "",
        "![Confusions](confusion.png)",
        "",
        "## Intents",
        "",
        "| intent | n | precision | recall | F1 |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {row['n']} | {row['precision']:.2f} | {row['recall']:.2f} | {row['f1']:.2f} |"
        for name, row in result.per_intent().items()
    ]
    lines += ["", "## Facts", "", "| fact | expected | precision | recall |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {count.expected} | {count.precision:.2f} | {count.recall:.2f} |"
        for name, count in sorted(result.by_fact.items())
    ]
    lines += ["", "## Calibration", "", "| confidence | messages | right |", "|---|---|---|"]
    lines += [f"| {low:.2f} to {min(high, 1):.2f} | {n} | {right:.2f} |" for low, high, n, right in bands(result) if n]
    return "\n".join(lines) + "\n"


def top_three(result: Result) -> float:
    """Share of the messages whose intent is among the first three offered."""
    lines = result.intents
    hits = sum(any(entry["intent"] == line.intent for entry in line.got["ranking"]) for line in lines)
    return hits / len(lines) if lines else 0.0


def _judged(result: Result) -> list[tuple[float, bool]]:
    """Confidence of the likeliest intent, and whether it was right. Fallback is judged by what it would have said."""
    return [
        (line.got["ranking"][0]["confidence"], line.got["ranking"][0]["intent"] == line.intent)
        for line in result.intents
        if line.got["ranking"]
    ]


def bands(result: Result) -> list[tuple[float, float, int, float]]:
    """Bands of confidence: from, to, messages, share that was right."""
    judged = _judged(result)
    table = []
    for low, high in zip(BANDS, BANDS[1:], strict=False):
        inside = [right for confidence, right in judged if low <= confidence < high]
        table.append((low, high, len(inside), sum(inside) / len(inside) if inside else 0.0))
    return table


def calibration_error(result: Result) -> float:
    """Mean distance between confidence and share of right answers, over ten equal bands."""
    judged = _judged(result)
    if not judged:
        return 0.0
    confidences = np.array([confidence for confidence, _ in judged])
    rights = np.array([right for _, right in judged], dtype=float)
    band = np.minimum((confidences * 10).astype(int), 9)
    gaps = [
        abs(confidences[band == i].mean() - rights[band == i].mean()) * (band == i).sum() for i in set(band.tolist())
    ]
    return float(sum(gaps) / len(judged))


def confusion_picture(result: Result, path: Path) -> None:
    """Expected intents down, given ones across; errors in colour."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    expected = sorted({line.intent for line in result.intents if line.intent})
    given = [*sorted({*expected, *(str(line.got["intent"]) for line in result.intents)} - {FALLBACK}), FALLBACK]
    counts = np.zeros((len(expected), len(given)))
    for line in result.intents:
        counts[expected.index(line.intent), given.index(str(line.got["intent"]))] += 1
    figure, axes = pyplot.subplots(figsize=(13, 12))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(given)), given, rotation=90)
    axes.set_yticks(range(len(expected)), expected)
    axes.set_xlabel("given")
    axes.set_ylabel("expected")
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, int(counts[row, column]), ha="center", va="center", fontsize=7, color=colour)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def calibration_picture(result: Result, path: Path) -> None:
    """Confidence against the share that was right; a calibrated model lies on the diagonal."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    judged = _judged(result)
    figure, axes = pyplot.subplots(figsize=(5, 5))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    points = []
    for low, high, n, right in bands(result):
        if n:
            mean = float(np.mean([c for c, _ in judged if low <= c < high]))
            points.append((mean, right, n))
    if points:
        axes.scatter([p[0] for p in points], [p[1] for p in points], s=[10 + 3 * p[2] for p in points], alpha=0.6)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share right")
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
