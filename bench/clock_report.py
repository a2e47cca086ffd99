"""The table of the clock benchmark: medians, ratios to the best peer, geometric means."""
import math
import statistics

COLUMNS = ("rms_s", "max_s", "packets")
GROUPS = (
    ("all rows", lambda name: True),
    ("free poll", lambda name: not name.startswith("p6")),
    ("p6", lambda name: name.startswith("p6")),
)


def seconds(value):
    """Three digits with a unit."""
    for unit, factor in (("s ", 1.0), ("ms", 1e3), ("us", 1e6)):
        if value * factor >= 1.0:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.0f} ns"


def medians(figures):
    """The median of each column, or nothing without figures."""
    if not figures:
        return None
    return {column: statistics.median(run[column] for run in figures) for column in COLUMNS}


def cells(have):
    """The columns of one client."""
    if not have:
        return f" | {'-':>11} {'-':>8} {'-':>6}"
    rms, worst = seconds(have["rms_s"]), seconds(have["max_s"])
    return f" | {rms:>11} {worst:>8} {have['packets']:6.0f}"


def ratios_of(etalond, rivals):
    """etalond's errors over the better peer's, each, and its packets over those of the peer with
    the least RMS."""
    ratio = [etalond[column] / min(rival[column] for rival in rivals) for column in COLUMNS[:2]]
    best = min(rivals, key=lambda rival: rival["rms_s"])
    return [*ratio, etalond["packets"] / best["packets"]]


def table(rows, names, results):
    """One line for each row: figures of all clients, ratios, a mark above 1. results: lists of
    figures by client and row."""
    heads = "".join(f" | {name + ' rms':>11} {'max':>8} {'sent':>6}" for name in names)
    print(f"{'row':26}{heads} | rms   max   sent    (etalond / better peer)")
    ratios = {}
    for row in rows:
        found = {name: medians(results.get((name, row.name))) for name in names}
        line = f"{row.name:26}" + "".join(cells(found[name]) for name in names)
        rivals = [found[name] for name in names if name != "etalond" and found[name]]
        if found["etalond"] and rivals:
            ratios[row.name] = ratios_of(found["etalond"], rivals)
            marks = ["*" if ratio > 1 else " " for ratio in ratios[row.name][:2]] + [""]
            line += " | " + " ".join(f"{x:.2f}{mark}" for x, mark in zip(ratios[row.name], marks))
        print(line)
    summary(ratios)


def summary(ratios):
    """Geometric means of the ratios, and how many rows are above 1."""
    for title, wanted in GROUPS:
        columns = list(zip(*(ratio for name, ratio in ratios.items() if wanted(name))))
        if not columns:
            continue
        rms, worst, sent = (math.exp(statistics.fmean(map(math.log, x))) for x in columns)
        above = [sum(ratio > 1 for ratio in column) for column in columns[:2]]
        print(f"geometric mean, {title} ({len(columns[0])}): rms {rms:.3f}, max {worst:.3f}, "
              f"sent {sent:.3f}; above 1: rms {above[0]}, max {above[1]}")
