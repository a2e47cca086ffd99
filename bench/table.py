"""The scenario table in our own simulator: RMS and maximum of the true error, and requests sent, medians
over seeds, beside what chronyd reached on the same networks in clknetsim (bench/clock.sh; chrony 4.8,
medians of ten seeds). See README.md; `table.py ETALON [SEEDS [REGEX]]`. Exits with 1 if the geometric mean
of RMS or maximum is above half of chronyd's, or anything was found."""
import json
import math
import pathlib
import re
import subprocess
import sys

SCENARIOS = pathlib.Path(__file__).resolve().parent.parent / "scenarios" / "table"
BAR = 0.5
# RMS and maximum in microseconds, requests sent: bench/clock.sh, ten seeds.
CHRONYD = {
    "lan-1": (5.76, 18.6, 327), "lan-3": (5.81, 16.2, 981), "lan-5": (6.18, 15.3, 1633),
    "wan-1ms-1": (250, 391, 46), "wan-1ms-3": (296, 484, 140), "wan-1ms-5": (277, 444, 233),
    "wan-10ms-1": (1870, 3210, 46), "wan-10ms-3": (1760, 2690, 140), "wan-10ms-5": (1200, 2130, 234),
    "wan-1ms-restless-1": (992, 2170, 46), "wan-1ms-restless-5": (1250, 2440, 247),
    "wan-10ms-restless-1": (2500, 3910, 46), "wan-10ms-restless-5": (2790, 4530, 240),
    "wander-1e-7-1": (159, 611, 292), "asymmetry-1": (138, 295, 46), "asymmetry-5": (178, 347, 234),
    "server-step-1": (42300, 55500, 76), "server-step-3": (134, 241, 166), "server-step-5": (121, 231, 262),
    "falseticker-50ms-1-of-5": (296, 502, 234), "falseticker-50ms-2-of-5": (271, 462, 232),
    "falseticker-3ms-2-of-5": (1440, 1580, 238), "drifter-1-of-1": (8050, 15000, 46),
    "drifter-1-of-3": (923, 2110, 138), "drifter-1-of-5": (606, 1210, 230), "drifter-2-of-5": (1220, 2790, 230),
    "frequency-step-1": (2940, 7980, 54), "frequency-step-5": (3300, 8720, 254),
    "loss-1": (285, 566, 60), "loss-5": (278, 522, 256),
    "p6-lan-1": (6.01, 19, 313), "p6-lan-5": (5.78, 15, 1565), "p6-wan-1ms-1": (92.6, 245, 313),
    "p6-wan-1ms-5": (51.8, 132, 1565), "p6-wan-10ms-1": (933, 2120, 313), "p6-wan-10ms-5": (420, 929, 1565),
    "p6-wan-1ms-restless-1": (222, 611, 313), "p6-wan-1ms-restless-5": (221, 501, 1565),
    "p6-frequency-step-1": (59.8, 689, 313), "p6-frequency-step-5": (77.2, 717, 1565),
    "p6-drifter-1-of-5": (877, 2020, 1565), "p6-drifter-2-of-5": (1880, 4150, 1565),
    "p6-falseticker-3ms-2-of-5": (1220, 1320, 1565),
}


def median(values):
    return sorted(values)[len(values) // 2]


def main():
    etalon = sys.argv[1]
    seeds = sys.argv[2] if len(sys.argv) > 2 else "5"
    wanted = re.compile(sys.argv[3] if len(sys.argv) > 3 else ".")
    ratios, findings = [], 0
    print(f"{'row':26} {'rms us':>9} {'max us':>9} {'sent':>6} | {'chronyd':>8} {'max':>8} {'sent':>5} | rms    max    sent")
    for name, peer in CHRONYD.items():
        if not wanted.search(name):
            continue
        done = subprocess.run([etalon, "sim", str(SCENARIOS / f"table-{name}.scenario"), "--seed", f"1..{seeds}",
                               "--json"], capture_output=True, text=True, check=False)
        runs = json.loads(done.stdout)["runs"]
        ours = (median([run["rms_s"] for run in runs]) * 1e6,
                median([run["max_s"] for run in runs]) * 1e6, median([run["requests"] for run in runs]))
        findings += sum(run["findings"] if isinstance(run["findings"], int) else len(run["findings"]) for run in runs)
        ratio = [mine / theirs for mine, theirs in zip(ours, peer)]
        ratios.append(ratio)
        marks = ["*" if value > 1 else " " for value in ratio[:2]]
        print(f"{name:26} {ours[0]:9.2f} {ours[1]:9.1f} {ours[2]:6} | {peer[0]:8} {peer[1]:8} {peer[2]:5} | "
              f"{ratio[0]:.3f}{marks[0]} {ratio[1]:.3f}{marks[1]} {ratio[2]:.2f}", flush=True)
    means = [math.exp(sum(math.log(ratio[k]) for ratio in ratios) / len(ratios)) for k in range(3)]
    print(f"geometric mean: rms {means[0]:.3f}, max {means[1]:.3f}, sent {means[2]:.2f}; "
          f"above 1: rms {sum(r[0] > 1 for r in ratios)}, max {sum(r[1] > 1 for r in ratios)}; findings {findings}")
    sys.exit(1 if findings or max(means[:2]) > BAR else 0)


main()
