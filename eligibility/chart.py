"""A picture of a batch: for each measure, how many people may ask, may not, or are to be verified."""

from __future__ import annotations

from pathlib import Path

from eligibility.batch import Summary
from eligibility.compiled import ELIGIBLE, NOT_ELIGIBLE, TO_VERIFY

# Told apart also by those who do not see red from green, and in print without colour.
STYLES = {
    ELIGIBLE: ("#0066cc", "", "ammissibile"),
    TO_VERIFY: ("#f2c14e", "//", "da verificare"),
    NOT_ELIGIBLE: ("#5c6f82", "..", "non ammissibile"),
}


def draw(summary: Summary, target: Path) -> None:
    """Write the picture (PNG, SVG or PDF, by the file's suffix). Needs matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 1.6 + 0.55 * len(summary.titles)), layout="constrained")
    axes = figure.add_subplot()
    measures = list(reversed(summary.titles))
    starts = [0.0] * len(measures)
    total = max(summary.good, 1)
    for verdict, (colour, hatch, label) in STYLES.items():
        shares = [100 * summary.verdicts[measure, verdict] / total for measure in measures]
        bars = axes.barh(
            range(len(measures)), shares, left=starts, color=colour, hatch=hatch, edgecolor="white", label=label
        )
        for bar, share in zip(bars, shares, strict=True):
            if share >= 4:
                axes.text(
                    bar.get_x() + share / 2, bar.get_y() + bar.get_height() / 2, f"{share:.0f}%",
                    ha="center", va="center", fontsize=9,
                    bbox={"facecolor": "white", "edgecolor": "none", "boxstyle": "round,pad=0.15"},
                )  # fmt: skip
        starts = [start + share for start, share in zip(starts, shares, strict=True)]
    axes.set_yticks(range(len(measures)), [summary.titles[measure] for measure in measures])
    axes.set_xlim(0, 100)
    axes.set_xlabel("quota delle persone (%)")
    day = summary.date.strftime("%d/%m/%Y") if summary.date else ""
    axes.set_title(f"{summary.good} persone, data {day}, regole {summary.ruleset}, righe scartate {summary.bad}")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(target)
