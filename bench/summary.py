"""summary.py RESULTS: medians of the runs and the ratio of the pairs.

Each line of RESULTS is "SERVER METRIC VALUE"; the n-th values of both servers are one pair. The
ratio is the median over the pairs, which a machine that changes its pace in between moves least."""
import statistics
import sys

METRICS = {  # name: (text, decimals)
    "plateau": ("replies/s, closed loop", 0),
    "knee": ("requests/s with < 0.1 % loss", 0),
    "cpu": ("us CPU per request at the plateau", 2),
    "busy": ("% of its core used at the plateau", 0),
    "p50": ("us latency p50 at the paced rate", 1),
    "p99": ("us latency p99 at the paced rate", 1),
    "rss": ("MiB RSS of the serving process", 1),
    "pss": ("MiB of all its processes (PSS)", 1),
}

values = {}
with open(sys.argv[1], encoding="ascii") as results:
    for line in results:
        server, metric, value = line.split()
        values.setdefault(server, {}).setdefault(metric, []).append(float(value))

servers = list(values)
print(f"{'median of ' + str(len(values[servers[0]]['plateau'])) + ' runs':36}"
      + "".join(f"{server:>12}" for server in servers) + f"{'ratio':>9}   {'from .. to':>14}")
for metric, (text, decimals) in METRICS.items():
    columns = [values[server][metric] for server in servers]
    row = f"{text:36}" + "".join(f"{statistics.median(column):12.{decimals}f}" for column in columns)
    if len(columns) == 2 and all(columns[1]):
        ratios = [a / b for a, b in zip(*columns)]
        row += f"{statistics.median(ratios):9.2f}   {min(ratios):6.2f} .. {max(ratios):.2f}"
    print(row)
