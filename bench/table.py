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
    "lan-1": (5.85, 19.4, 327), "lan-3": (5.74, 16.9, 981), "lan-5": (6.17, 16.3, 1633),
    "wan-1ms-1": (337, 598, 46), "wan-1ms-3": (243, 464, 140), "wan-1ms-5": (279, 456, 233),
    "wan-10ms-1": (1280, 2970, 46), "wan-10ms-3": (1210, 2650, 140), "wan-10ms-5": (1050, 1720, 234),
    "wan-1ms-restless-1": (943, 2060, 46), "wan-1ms-restless-5": (1200, 2360, 247),
    "wan-10ms-restless-1": (2670, 5400, 46), "wan-10ms-restless-5": (2330, 5530, 240),
    "wander-1e-7-1": (194, 772, 292), "asymmetry-1": (190, 392, 46), "asymmetry-5": (182, 433, 234),
    "server-step-1": (42300, 55700, 76), "server-step-3": (134, 277, 166), "server-step-5": (154, 302, 262),
    "falseticker-50ms-1-of-5": (288, 502, 234), "falseticker-50ms-2-of-5": (229, 361, 232),
    "falseticker-3ms-2-of-5": (1190, 1590, 238), "drifter-1-of-1": (8060, 14600, 46),
    "drifter-1-of-3": (893, 2120, 138), "drifter-1-of-5": (593, 1370, 230), "drifter-2-of-5": (1050, 2330, 230),
    "frequency-step-1": (3150, 8470, 54), "frequency-step-5": (3800, 10200, 254),
    "loss-1": (285, 582, 60), "loss-5": (395, 604, 256),
    "p6-lan-1": (5.46, 18.5, 313), "p6-lan-5": (5.97, 16.1, 1565), "p6-wan-1ms-1": (102, 286, 313),
    "p6-wan-1ms-5": (45.8, 124, 1565), "p6-wan-10ms-1": (1020, 2520, 313), "p6-wan-10ms-5": (435, 900, 1565),
    "p6-wan-1ms-restless-1": (231, 615, 313), "p6-wan-1ms-restless-5": (208, 463, 1565),
    "p6-frequency-step-1": (64.7, 717, 313), "p6-frequency-step-5": (76.6, 784, 1565),
    "p6-drifter-1-of-5": (941, 1990, 1565), "p6-drifter-2-of-5": (1900, 4110, 1565),
    "p6-falseticker-3ms-2-of-5": (1220, 1340, 1565),
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
