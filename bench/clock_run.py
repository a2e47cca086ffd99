"""One simulation: servers (chronyd) and one client in clknetsim; what became of the client's clock."""
import math
import os
import subprocess
import tempfile

SETTLED_S = 4000
LIMIT_S = 20000
WALL_LIMIT_S = 900


class Failure(Exception):
    """A simulation that did not come to its end."""


class Daemon:
    """A program that can be a client, and the configuration it needs."""

    def __init__(self, name, path, directives=()):
        self.name, self.path, self.directives = name, path, list(directives)

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


def simulate(simulator, chronyd, client, row, seed, stamps):
    """Runs the row; returns RMS and maximum error after SETTLED_S in seconds, and packets sent."""
    with tempfile.TemporaryDirectory(prefix="clock.") as folder:
        write(f"{folder}/network", row.network())
        settings = dict(os.environ, CLKNETSIM_SOCKET=f"{folder}/socket", CLKNETSIM_RANDOM_SEED=str(seed),
                        CLKNETSIM_CONNECT_TIMEOUT="60", CLKNETSIM_TIMESTAMPING=str(stamps), TZ="UTC")
        commands = [server(chronyd, number, folder) for number in range(1, row.servers + 1)]
        commands.append(client.client(row, folder))
        nodes = []
        try:
            for number, command in enumerate(commands, 1):
                with open(f"{folder}/node{number}.log", "wb") as log:
                    nodes.append(subprocess.Popen(
                        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                        env=dict(settings, CLKNETSIM_NODE=str(number), LD_PRELOAD=f"{simulator}/clknetsim.so")))
            done = subprocess.run([f"{simulator}/clknetsim", "-s", f"{folder}/socket", "-l", str(LIMIT_S),
                                   "-o", f"{folder}/offsets", "-p", f"{folder}/packets", f"{folder}/network",
                                   str(len(commands))], capture_output=True, text=True, cwd=folder,
                                  env=settings, timeout=WALL_LIMIT_S, check=False)
            if done.returncode:
                raise Failure(f"{client.name}, {row.name}, seed {seed}: {done.stderr.strip()[-200:]}; "
                              f"the client's last words: {tail(f'{folder}/node{len(commands)}.log')}")
        except subprocess.TimeoutExpired:
            raise Failure(f"{client.name}, {row.name}, seed {seed}: no end after {WALL_LIMIT_S} s") from None
        finally:
            for node in nodes:
                node.terminate()
            for node in nodes:
                try:
                    node.wait(5)
                except subprocess.TimeoutExpired:
                    node.kill()
                    node.wait()
        return figures(folder, len(commands))


def figures(folder, client):
    """RMS and maximum of the client's error once a second, and the packets that it sent."""
    with open(f"{folder}/offsets", encoding="ascii") as log:
        errors = [float(line.split("\t")[client - 1]) for line in log][SETTLED_S:]
    if len(errors) < LIMIT_S - SETTLED_S - 1:
        raise Failure(f"the simulation stopped after {len(errors) + SETTLED_S} of {LIMIT_S} s")
    with open(f"{folder}/packets", encoding="ascii") as log:
        packets = sum(1 for line in log if int(line.split("\t")[1]) == client)
    rms = math.sqrt(sum(error * error for error in errors) / len(errors))
    return {"rms_s": rms, "max_s": max(map(abs, errors)), "packets": packets}
