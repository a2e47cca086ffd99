"""clock.py: the scenario table (clock_rows) with etalond and its peers in clknetsim.

Every figure is the median over the seeds; a ratio is etalond's median over the best peer's. What a
peer did is kept in a cache, so that a run of etalond alone still has something to be compared with."""
import argparse
import concurrent.futures
import hashlib
import json
import math
import os
import re
import statistics
import sys

import clock_rows
import clock_run

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = ("rms_s", "max_s", "packets")


def arguments():
    """What the caller wants."""
    words = argparse.ArgumentParser(prog="clock.sh", description=__doc__.split("\n", 1)[0])
    words.add_argument("--rows", default="", metavar="REGEX", help="only rows whose name matches")
    words.add_argument("--list", action="store_true", help="print the names of the rows and leave")
    words.add_argument("--seeds", default="10", metavar="N|A-B", help="seeds 1 to N, or A to B (10)")
    words.add_argument("--jobs", type=int, default=os.cpu_count(), help="simulations at one time")
    words.add_argument("--etalond", default=f"{HERE}/../build/release/bin/etalond", metavar="PATH")
    words.add_argument("--chronyd", default=os.environ.get("CHRONYD"), metavar="PATH",
                       help="chronyd, as the servers and as a peer ($CHRONYD)")
    words.add_argument("--ntpd", default=os.environ.get("NTPD"), metavar="PATH",
                       help="ntpsec's ntpd, as a second peer ($NTPD)")
    words.add_argument("--only", default="", metavar="NAME[,NAME]",
                       help="run only these clients; figures of the others come from the cache")
    words.add_argument("--cache", "--chronyd-cache", default="", metavar="FILE",
                       help="where the figures of the peers are kept")
    words.add_argument("--directive", action="append", default=[], metavar="TEXT",
                       help="another line for etalond's configuration")
    words.add_argument("--stamps", type=int, default=1, choices=(0, 1, 2),
                       help="timestamps of user space, kernel, hardware (CLKNETSIM_TIMESTAMPING)")
    words.add_argument("--json", default="", metavar="FILE", help="every single figure, for other programs")
    return words.parse_args()


def refuse(text):
    """Ends with a reason."""
    sys.exit(f"clock: {text}")


def seeds_of(text):
    """The seeds that N or A-B stands for."""
    match = re.fullmatch(r"(?:(\d+)-)?(\d+)", text)
    first, last = (int(match[1] or 1), int(match[2])) if match else (1, 0)
    if not 1 <= first <= last:
        refuse(f"--seeds {text}: neither a number from 1 on nor a range A-B")
    return range(first, last + 1)


def program(path, name):
    """A path that a node with another working folder can start."""
    if not path:
        refuse(f"no path of {name} is given")
    if not os.access(path, os.X_OK):
        refuse(f"{path}: {name} cannot be started (uid {os.getuid()})")
    return os.path.abspath(path)


class Cache:
    """Figures by what they depend on, one JSON object a line; a line is added when a run ends."""

    def __init__(self, path):
        self.path, self.known = path, {}
        try:
            with open(path, encoding="ascii") as file:
                for line in file:
                    entry = json.loads(line)
                    self.known[entry["key"]] = entry["figures"]
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError) as error:
            refuse(f"{path}: not a cache of figures: {error}")

    def add(self, key, about, figures):
        """Remembers, and makes it last."""
        self.known[key] = figures
        if self.path:
            with open(self.path, "a", encoding="ascii") as file:
                file.write(json.dumps({"key": key, "about": about, "figures": figures}) + "\n")


def key_of(client, servers, row, seed, stamps):
    """All that decides a peer's figures, but the simulator."""
    text = json.dumps([client.name, client.version(), servers, row.network(), row.polls, seed, stamps,
                       clock_run.LIMIT_S, clock_run.SETTLED_S])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def run_all(todo, jobs, one):
    """Runs what is to do, reports progress on a terminal; an interrupt keeps what is there."""
    done = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(one, *what) for what in todo]
        try:
            for future in concurrent.futures.as_completed(waiting):
                if error := future.exception():
                    print(f"clock: {error}", file=sys.stderr)
                done += 1
                if sys.stderr.isatty():
                    print(f"\r{done} of {len(todo)} simulations", end="", file=sys.stderr)
        except KeyboardInterrupt:
            print("\nclock: interrupted, this is what there is", file=sys.stderr)
            pool.shutdown(cancel_futures=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return done == len(todo)


def seconds(value):
    """Three digits with a unit."""
    for unit, factor in (("s ", 1.0), ("ms", 1e3), ("us", 1e6)):
        if value * factor >= 1.0:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.0f} ns"


def medians(figures):
    """The median of each column, or none without figures."""
    return {column: statistics.median(run[column] for run in figures) for column in COLUMNS} if figures else None


def geometric(ratios):
    """The geometric mean."""
    return math.exp(statistics.fmean(map(math.log, ratios)))


def table(rows, names, results):
    """One line for each row: figures of all clients, ratios to the best peer, a mark above 1."""
    peers = [name for name in names if name != "etalond"]
    print(f"{'row':26}" + "".join(f" | {name + ' rms':>11} {'max':>8} {'sent':>6}" for name in names)
          + " | rms   max   sent    (etalond / better peer)")
    ratios = {}
    for row in rows:
        found = {name: medians(results.get((name, row.name), [])) for name in names}
        line = f"{row.name:26}"
        for name in names:
            have = found[name]
            line += (f" | {seconds(have['rms_s']):>11} {seconds(have['max_s']):>8} {have['packets']:6.0f}"
                     if have else f" | {'-':>11} {'-':>8} {'-':>6}")
        rivals = [found[name] for name in peers if found[name]]
        if found.get("etalond") and rivals:
            ratio = [found["etalond"][column] / min(rival[column] for rival in rivals) for column in COLUMNS[:2]]
            best = min(rivals, key=lambda rival: rival["rms_s"])
            ratio.append(found["etalond"]["packets"] / best["packets"])
            ratios[row.name] = ratio
            line += " |" + "".join(f" {value:.2f}{'*' if place < 2 and value > 1 else ' '}"
                                   for place, value in enumerate(ratio))
        print(line)
    summary(ratios)


def summary(ratios):
    """Geometric means of the ratios, and how many rows are above 1."""
    for title, wanted in (("all rows", lambda name: True), ("free poll", lambda name: not name.startswith("p6")),
                          ("p6", lambda name: name.startswith("p6"))):
        chosen = [ratio for name, ratio in ratios.items() if wanted(name)]
        if chosen:
            means = [geometric([ratio[place] for ratio in chosen]) for place in range(3)]
            above = [sum(ratio[place] > 1 for ratio in chosen) for place in range(2)]
            print(f"geometric mean, {title} ({len(chosen)}): rms {means[0]:.3f}, max {means[1]:.3f}, "
                  f"sent {means[2]:.3f}; above 1: rms {above[0]}, max {above[1]}")


def main():
    """Runs what the cache does not know, then prints."""
    wanted = arguments()
    rows = [row for row in clock_rows.ROWS if re.search(wanted.rows, row.name)]
    if wanted.list:
        print("\n".join(row.name for row in rows))
        return
    if os.getuid() == 0:
        refuse("daemons in a simulation must not run as root; clock.sh sees to that")
    simulator = os.environ.get("CLKNETSIM_PATH") or refuse("CLKNETSIM_PATH does not say where clknetsim is")
    program(f"{simulator}/clknetsim", "clknetsim")
    simulator = os.path.abspath(simulator)
    if not rows:
        refuse(f"--rows {wanted.rows}: no row has such a name")
    chronyd = clock_run.Daemon("chronyd", program(wanted.chronyd, "chronyd"))
    clients = [chronyd]
    if wanted.ntpd:
        clients.append(clock_run.Daemon("ntpd", program(wanted.ntpd, "ntpd")))
    clients.append(clock_run.Daemon("etalond", program(wanted.etalond, "etalond"), wanted.directive))
    only = [name for name in wanted.only.split(",") if name]
    for name in only:
        if name not in [client.name for client in clients]:
            refuse(f"--only {name}: there is no such client here")
    cache, results, todo = Cache(wanted.cache), {}, []
    servers = chronyd.version()
    for row in rows:
        for client in clients:
            for seed in seeds_of(wanted.seeds):
                key = key_of(client, servers, row, seed, wanted.stamps)
                if client.name != "etalond" and key in cache.known:
                    results.setdefault((client.name, row.name), []).append(cache.known[key])
                elif not only or client.name in only:
                    todo.append((client, row, seed, key))

    def one(client, row, seed, key):
        figures = clock_run.simulate(simulator, chronyd.path, client, row, seed, wanted.stamps)
        results.setdefault((client.name, row.name), []).append(figures)
        if client.name != "etalond":
            cache.add(key, [client.name, row.name, seed], figures)

    complete = run_all(todo, wanted.jobs, one)
    table(rows, [client.name for client in clients], results)
    if wanted.json:
        with open(wanted.json, "w", encoding="ascii") as file:
            json.dump([{"client": name, "row": row, "runs": runs} for (name, row), runs in results.items()],
                      file, indent=1)
    if not complete:
        sys.exit(1)


main()
