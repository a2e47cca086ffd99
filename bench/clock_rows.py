"""The scenario table of the clock benchmark, and the simulated network of each row.

Every client starts 10 ms and 5 ppm off. Jitter is exponential, drawn anew for each packet and each
direction; the oscillator's frequency walks at random. Nodes 1 to n are servers, the next is the
client. Events come at EVENT_S, when all has settled; drifting servers begin at DRIFT_S."""
import dataclasses

EVENT_S = 8000
DRIFT_S = 5000
ROUTE_S = 4000
LOST = -1e3  # a negative delay is a lost packet


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table. Liars are the last of the servers."""

    name: str
    servers: int
    jitter_s: float = 1e-3
    wander: float = 1e-9
    polls: tuple = (6, 10)
    base_s: float = 1e-3
    offset_s: tuple = ()  # of the last servers, from the start
    step_s: tuple = ()  # of the last servers, at EVENT_S
    drift: tuple = ()  # of the last servers, from DRIFT_S on
    asymmetry_s: float = 0.0  # more delay towards the client, EVENT_S for ROUTE_S seconds
    client_step: float = 0.0  # of the client's frequency, at EVENT_S
    loss: float = 0.0

    def of_server(self, values, server):
        """What values, given for the last servers, say about this one (from 1)."""
        place = server - 1 - (self.servers - len(values))
        return values[place] if place >= 0 else 0.0

    def delay(self, asymmetry_s):
        """A generator of the delay of packets in one direction."""
        terms = [f"{self.base_s:g}", f"(* {self.jitter_s:g} (exponential))"]
        if asymmetry_s:
            middle = EVENT_S + ROUTE_S / 2
            terms.append(f"(* {asymmetry_s:g} (equal {ROUTE_S / 2:g} time {middle:g}))")
        if self.loss:
            terms.append(f"(* {LOST:g} (equal {self.loss / 2:g} (uniform) {self.loss / 2:g}))")
        return f"(+ {' '.join(terms)})"

    def network(self):
        """The configuration for clknetsim. Its generators draw from states of their own, so that
        the oscillator and the k-th packet on a path are the same for all clients with that seed."""
        client = self.servers + 1
        once = f"(equal 0.5 (sum 1) {EVENT_S})"
        drifting = f"(min 1 (sum (equal 0.5 (sum 1) {DRIFT_S})))"
        frequency = ["5e-6", f"(sum (* {self.wander:g} (normal)))"]
        if self.client_step:
            frequency.append(f"(sum (* {self.client_step:g} {once}))")
        lines = [f"node{client}_offset = 0.01", f"node{client}_freq = (+ {' '.join(frequency)})"]
        for server in range(1, client):
            lines.append(f"node{client}_delay{server} = {self.delay(0.0)}")
            lines.append(f"node{server}_delay{client} = {self.delay(self.asymmetry_s)}")
            if value := self.of_server(self.offset_s, server):
                lines.append(f"node{server}_offset = {value:g}")
            if value := self.of_server(self.step_s, server):
                lines.append(f"node{server}_step = (* {value:g} {once})")
            if value := self.of_server(self.drift, server):
                lines.append(f"node{server}_freq = (* {value:g} {drifting})")
        return "\n".join(lines) + "\n"


def family(name, counts, **world):
    """The same world with several numbers of servers."""
    return [Row(f"{name} -{servers}", servers, **world) for servers in counts]


LAN = {"jitter_s": 10e-6, "base_s": 100e-6}
P6 = {"polls": (6, 6)}
FAR = {"jitter_s": 10e-3, "base_s": 10e-3}
WIDE = {"base_s": 5e-3}  # root distances in which a liar can hide
CALM = {"jitter_s": 100e-6, "base_s": 5e-3}  # what happens stands out of the jitter
RESTLESS = {"wander": 1e-8}


def drifters(name, liars, servers, **world):
    """Liars who drift by 1 us/s."""
    return [Row(f"{name} {liars} of {servers}", servers, drift=(1e-6,) * liars, **WIDE, **world)]


ROWS = [
    *family("LAN 10us", (1, 3, 5), polls=(4, 6), **LAN),
    *family("WAN 1ms w1e-9", (1, 3, 5)),
    *family("WAN 10ms w1e-9", (1, 3, 5), **FAR),
    *family("WAN 1ms w1e-8", (1, 5), **RESTLESS),
    *family("WAN 10ms w1e-8", (1, 5), **FAR, **RESTLESS),
    *family("wander 1e-7 jitter 100us", (1,), jitter_s=100e-6, wander=1e-7),
    *family("asymmetry +20ms", (1, 5), asymmetry_s=20e-3, **CALM),
    Row("server step +50ms -1", 1, step_s=(50e-3,), **CALM),
    Row("server step +50ms -3", 3, step_s=(50e-3,), **CALM),
    Row("server step +50ms -5", 5, step_s=(50e-3,), **CALM),
    Row("falseticker +50ms 1 of 5", 5, offset_s=(50e-3,)),
    Row("falseticker +50ms 2 of 5", 5, offset_s=(50e-3,) * 2),
    Row("falseticker +3ms 2 of 5", 5, offset_s=(3e-3,) * 2, **WIDE),
    *drifters("drifter 1us/s", 1, 1),
    *drifters("drifter 1us/s", 1, 3),
    *drifters("drifter 1us/s", 1, 5),
    *drifters("drifter 1us/s", 2, 5),
    *family("frequency step 5ppm", (1, 5), client_step=5e-6, **CALM),
    *family("loss 30%", (1, 5), loss=0.3),
    *family("p6 LAN 10us", (1, 5), **LAN, **P6),
    *family("p6 WAN 1ms w1e-9", (1, 5), **P6),
    *family("p6 WAN 10ms w1e-9", (1, 5), **FAR, **P6),
    *family("p6 WAN 1ms w1e-8", (1, 5), **RESTLESS, **P6),
    *family("p6 frequency step 5ppm", (1, 5), client_step=5e-6, **CALM, **P6),
    *drifters("p6 drifter 1us/s", 1, 5, **P6),
    *drifters("p6 drifter 1us/s", 2, 5, **P6),
    Row("p6 falseticker +3ms 2 of 5", 5, offset_s=(3e-3,) * 2, **WIDE, **P6),
]
