"""One simulation: servers (chronyd) and a client in clknetsim; how well the client kept time."""
import math
import os
import subprocess
import tempfile

SETTLED_S = 4000
LIMIT_S = 20000
WALL_LIMIT_S = 600

_running = set()  # simulators, so that an interrupt can end them


class Failure(Exception):
    """A simulation that did not come to its end."""


class Daemon:
    """A program that can be a client, and the configuration it needs."""

    def __init__(self, name, path, directives=(), preload=""):
        self.name, self.path, self.directives, self.preload = name, path, list(directives), preload

    def version(self):
        """Who it is, for the cache: peers by their version, etalond is never cached."""
        done = subprocess.run([self.path, "--version"], capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip().split("(+")[0].strip()

    def client(self, row, folder):
        """Its command line and its configuration as a client of the row's servers."""
        low, high = row.polls
        lines = [f"server 192.168.123.{server} iburst minpoll {low} maxpoll {high}"
                 for server in range(1, row.servers + 1)]
        config = f"{folder}/client.conf"
        if self.name == "ntpd":
            lines += [f"driftfile {folder}/drift", "restrict default"]
            command = [self.path, "-n", "-c", config]
        elif self.name == "chronyd":
            lines += ["cmdport 0", "bindcmdaddress /", f"pidfile {folder}/client.pid"]
            command = [self.path, "-d", "-f", config]
        else:
            lines += ["statussocket none"]
            command = [self.path, "--single", "-d", "-f", config]
        write(config, "\n".join(lines + self.directives) + "\n")
        return command


def write(path, text):
    """A file, whole."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def server(chronyd, number, folder):
    """A server that believes its own clock, whatever that does."""
    config = f"{folder}/server{number}.conf"
    write(config, "\n".join(["local stratum 1", "allow", "cmdport 0", "bindcmdaddress /",
                             f"pidfile {folder}/server{number}.pid"]) + "\n")
    return [chronyd, "-x", "-d", "-f", config]


def tail(path):
    """The end of a log, to say why."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return " | ".join(file.read().splitlines()[-3:])
    except OSError:
        return ""


def stop():
    """Ends the simulators that run; their nodes then end too."""
    for simulator in list(_running):
        simulator.terminate()


def start_nodes(simulator, commands, client, folder, settings):
    """Starts the servers and, last, the client, each as a node of its own."""
    nodes = []
    for number, command in enumerate(commands, 1):
        libraries = [f"{simulator}/clknetsim.so"]
        if number == len(commands) and client.preload:
            libraries.insert(0, client.preload)
        with open(f"{folder}/node{number}.log", "wb") as log:
            nodes.append(subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                env=dict(settings, CLKNETSIM_NODE=str(number), LD_PRELOAD=":".join(libraries))))
    return nodes


def end_nodes(nodes):
    """They end by themselves when the simulator is gone, or are told to."""
    for node in nodes:
        node.terminate()
    for node in nodes:
        try:
            node.wait(5)
        except subprocess.TimeoutExpired:
            node.kill()
            node.wait()


def run_simulator(simulator, nodes, folder, settings):
    """Runs clknetsim to its end; returns why it failed, or nothing."""
    with open(f"{folder}/simulator.log", "wb") as log:
        process = subprocess.Popen(
            [f"{simulator}/clknetsim", "-s", f"{folder}/socket", "-l", str(LIMIT_S),
             "-o", f"{folder}/offsets", "-p", f"{folder}/packets", f"{folder}/network", str(nodes)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env=settings)
    _running.add(process)
    try:
        code = process.wait(WALL_LIMIT_S)
        return f"clknetsim ended with {code}: {tail(f'{folder}/simulator.log')}" if code else ""
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return f"no end after {WALL_LIMIT_S} s"
    finally:
        _running.discard(process)


def simulate(simulator, chronyd, client, row, seed, stamps):
    """Runs the row; returns RMS and maximum error after SETTLED_S in seconds, and packets sent."""
    with tempfile.TemporaryDirectory(prefix="clock.") as folder:
        write(f"{folder}/network", row.network())
        settings = dict(
            os.environ, TZ="UTC", CLKNETSIM_SOCKET=f"{folder}/socket", CLKNETSIM_CONNECT_TIMEOUT="60",
            CLKNETSIM_RANDOM_SEED=str(seed), CLKNETSIM_TIMESTAMPING=str(stamps))
        commands = [server(chronyd, number, folder) for number in range(1, row.servers + 1)]
        commands.append(client.client(row, folder))
        nodes = start_nodes(simulator, commands, client, folder, settings)
        try:
            failure = run_simulator(simulator, len(commands), folder, settings)
        finally:
            end_nodes(nodes)
        if failure:
            raise Failure(f"{client.name}, {row.name}, seed {seed}: {failure}; "
                          f"the client's last words: {tail(f'{folder}/node{len(commands)}.log')}")
        try:
            return figures(folder, len(commands))
        except Failure as error:
            raise Failure(f"{client.name}, {row.name}, seed {seed}: {error}") from None


def figures(folder, client):
    """RMS and maximum of the client's error once a second, and the packets that it sent."""
    with open(f"{folder}/offsets", encoding="ascii") as log:
        errors = [float(line.split("\t")[client - 1]) for line in log][SETTLED_S:]
    if len(errors) < LIMIT_S - SETTLED_S - 1:
        raise Failure(f"the simulation stopped after {len(errors) + SETTLED_S} of {LIMIT_S} s")
    with open(f"{folder}/packets", encoding="ascii") as log:
        packets = sum(1 for line in log if int(line.split("\t")[1]) == client)
    if packets == 0:
        raise Failure("the client sent nothing")
    rms = math.sqrt(sum(error * error for error in errors) / len(errors))
    return {"rms_s": rms, "max_s": max(map(abs, errors)), "packets": packets}
