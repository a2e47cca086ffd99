"""summary.py RESULTS: medians of the runs and the ratio of the pairs.

Each line of RESULTS is "SERVER METRIC VALUE"; the n-th values of both servers are one pair. The
ratio is the median over the pairs, which a machine that changes its pace in between moves least.
Pairs in which somebody else used the cores are left out, if enough others are left."""
import statistics
import sys

STARVED_MAX_PERCENT = 5
PAIRS_MIN = 3
METRICS = {  # name: (text, decimals)
    "plateau": ("replies/s, closed loop", 0),
    "knee": ("requests/s with < 0.1 % loss", 0),
    "cpu": ("us CPU per request, closed loop", 2),
    "busy": ("% of its core, closed loop", 0),
    "starved": ("% of waiting for a core", 1),
    "p50": ("us latency p50 at the paced rate", 1),
    "p99": ("us latency p99 at the paced rate", 1),
    "ke": ("key establishments/s", 0),
    "ke_cpu": ("ms CPU per key establishment", 2),
    "ke_busy": ("% of its core, key establishments", 0),
    "ke_p99": ("ms key establishment p99", 2),
    "rss": ("MiB RSS of the serving process", 1),
    "pss": ("MiB of all its processes (PSS)", 1),
}


def read(path):
    """{server: {metric: [values]}}"""
    values = {}
    with open(path, encoding="ascii") as results:
        for line in results:
            server, metric, value = line.split()
            values.setdefault(server, {}).setdefault(metric, []).append(float(value))
    return values


def undisturbed(values):
    """The pairs to be used, and what to say about it."""
    count = min(len(metrics["plateau"]) for metrics in values.values())
    calm = [i for i in range(count)
            if all(metrics["starved"][i] <= STARVED_MAX_PERCENT for metrics in values.values())]
    if len(calm) >= min(PAIRS_MIN, count):
        return calm, f"{len(calm)} of {count} pairs (the others were disturbed)" if len(calm) < count else ""
    return list(range(count)), f"DISTURBED: others used these cores; only {len(calm)} of {count} pairs were calm"


def ratio(a, b):
    if not all(b):
        return ""
    ratios = [x / y for x, y in zip(a, b)]
    return f"{statistics.median(ratios):9.2f}   {min(ratios):6.2f} .. {max(ratios):.2f}"


values = read(sys.argv[1])
pairs, remark = undisturbed(values)
print(f"{'medians of ' + str(len(pairs)) + ' pairs':36}" + "".join(f"{server:>12}" for server in values)
      + f"{'ratio':>9}   {'from .. to':>14}")
for metric, (text, decimals) in METRICS.items():
    if not all(metric in metrics for metrics in values.values()):
        continue
    columns = [[metrics[metric][i] for i in pairs] for metrics in values.values()]
    row = f"{text:36}" + "".join(f"{statistics.median(column):12.{decimals}f}" for column in columns)
    compared = len(columns) == 2 and metric not in ("busy", "ke_busy", "starved")
    print(row + (ratio(*columns) if compared else ""))
if remark:
    print(remark)
