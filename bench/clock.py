"""clock.py: the scenario table (clock_rows) with etalond and its peers in clknetsim.

Every figure is the median over the seeds; a ratio is etalond's median over the best peer's. What
a peer did is kept in a cache, so that etalond alone still has something to be compared with."""
import argparse
import concurrent.futures
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile

import clock_report
import clock_rows
import clock_run

HERE = os.path.dirname(os.path.abspath(__file__))


def arguments():
    """What the caller wants."""
    words = argparse.ArgumentParser(prog="clock.sh", description=__doc__.split("\n", 1)[0])
    words.add_argument("--rows", default="", metavar="REGEX", help="only rows whose name matches")
    words.add_argument("--list", action="store_true", help="print the names of the rows and leave")
    words.add_argument("--seeds", default="10", metavar="N|A-B",
                       help="seeds 1 to N, or A to B (10)")
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
    words.add_argument("--json", default="", metavar="FILE",
                       help="every single figure, for other programs")
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


def compiled(folder):
    """The library that ntpd needs besides clknetsim's."""
    library = f"{folder}/clock_ntpd.so"
    compiler = [os.environ.get("CC", "cc"), "-std=c17", "-O2", "-shared", "-fPIC"]
    done = subprocess.run([*compiler, "-o", library, f"{HERE}/clock_ntpd.c", "-ldl"], check=False)
    return library if done.returncode == 0 else refuse("clock_ntpd.c does not compile")


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


def key_of(name, versions, row, seed, stamps):
    """All that decides a peer's figures, but the simulator. chronyd is also the servers."""
    text = json.dumps([name, versions[name], versions["chronyd"], row.network(), row.polls, seed,
                       stamps, clock_run.LIMIT_S, clock_run.SETTLED_S])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def run_all(todo, jobs, one):
    """Runs what is to do, reports progress on a terminal; an interrupt keeps what is there."""
    done = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(one, *what) for what in todo]
        try:
            for future in concurrent.futures.as_completed(waiting):
                error = future.exception()
                if error:
                    print(f"clock: {error}", file=sys.stderr)
                done += not error
                if sys.stderr.isatty():
                    print(f"\r{done} of {len(todo)} simulations", end="", file=sys.stderr)
        except KeyboardInterrupt:
            print("\nclock: interrupted, this is what there is", file=sys.stderr)
            pool.shutdown(wait=False, cancel_futures=True)
            clock_run.stop()
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return done == len(todo)


def clients_of(wanted, folder):
    """The daemons that take part, chronyd first."""
    clients = [clock_run.Daemon("chronyd", program(wanted.chronyd, "chronyd"))]
    if wanted.ntpd:
        path = program(wanted.ntpd, "ntpd")
        clients.append(clock_run.Daemon("ntpd", path, preload=compiled(folder)))
    path = program(wanted.etalond, "etalond")
    clients.append(clock_run.Daemon("etalond", path, wanted.directive))
    return clients


def measure(wanted, rows, clients, simulator):
    """Runs what the cache does not know. Returns figures by client and row, and whether all ran."""
    names = [client.name for client in clients]
    only = wanted.only.split(",") if wanted.only else names
    if strangers := set(only) - set(names):
        refuse(f"--only {wanted.only}: {', '.join(strangers)} does not take part")
    cache, results, todo = Cache(wanted.cache), {}, []
    versions = {client.name: client.version() for client in clients}
    for row, client, seed in itertools.product(rows, clients, seeds_of(wanted.seeds)):
        key = key_of(client.name, versions, row, seed, wanted.stamps)
        if client.name != "etalond" and key in cache.known:
            results.setdefault((client.name, row.name), []).append(cache.known[key])
        elif client.name in only:
            todo.append((client, row, seed, key))

    def one(client, row, seed, key):
        figures = clock_run.simulate(simulator, clients[0].path, client, row, seed, wanted.stamps)
        results.setdefault((client.name, row.name), []).append(figures)
        if client.name != "etalond":
            cache.add(key, [client.name, row.name, seed], figures)

    return results, run_all(todo, wanted.jobs, one)


def main():
    """Checks what is there, measures, prints."""
    wanted = arguments()
    try:
        rows = [row for row in clock_rows.ROWS if re.search(wanted.rows, row.name)]
    except re.error as error:
        refuse(f"--rows {wanted.rows}: {error}")
    if not rows:
        refuse(f"--rows {wanted.rows}: no row has such a name")
    if wanted.list:
        print("\n".join(row.name for row in rows))
        return
    if os.getuid() == 0:
        refuse("daemons in a simulation must not run as root; clock.sh sees to that")
    simulator = os.environ.get("CLKNETSIM_PATH") or refuse("CLKNETSIM_PATH is not set")
    simulator = os.path.dirname(program(f"{simulator}/clknetsim", "clknetsim"))
    with tempfile.TemporaryDirectory(prefix="clock.") as folder:
        clients = clients_of(wanted, folder)
        results, complete = measure(wanted, rows, clients, simulator)
    clock_report.table(rows, [client.name for client in clients], results)
    if wanted.json:
        with open(wanted.json, "w", encoding="ascii") as file:
            json.dump([{"client": name, "row": row, "runs": runs}
                       for (name, row), runs in results.items()], file, indent=1)
    if not complete:
        sys.exit(1)


main()
