"""The house: which folder may see which, and what the pure floors may not even include."""

import re

from tree import FLOORS, PURE_FLOOR, code_of, includes_of, line_at

# System headers that hold no clock, file, socket, process or allocation, or whose few such
# functions the check "calls" finds in the objects.
PURE_HEADERS = {
    "arpa/inet.h", "ctype.h", "endian.h", "errno.h", "float.h", "inttypes.h", "limits.h", "math.h",
    "netinet/in.h", "stdalign.h", "stdarg.h", "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h",
    "stdio.h", "stdlib.h", "string.h", "strings.h",
}
PURE_LIBRARIES = {"crypto": ("nettle/", "openssl/")}

# What nm cannot show: instructions and values that differ from run to run.
IMPURE_WORDS = re.compile(r"\b(asm|__asm__|__rdtsc|__builtin_ia32_rdtscp?|__DATE__|__TIME__|__TIMESTAMP__|_Thread_local|__thread)\b")


def floors(tree):
    """A folder includes itself and folders of lower floors, by paths from src/."""
    complaints = []
    for path in tree.sources():
        own = tree.folder(path)
        for line, name, quoted in includes_of(path):
            say = lambda text: complaints.append(tree.say(path, line, text))
            if not quoted:
                if (tree.root / "src" / name).exists():
                    say(f'write "{name}", not <{name}>')
                continue
            other = name.split("/")[0]
            if "/" not in name or ".." in name or not (tree.root / "src" / name).exists():
                say(f'"{name}" is no path from src/')
            elif own == other or own not in FLOORS or other not in FLOORS:
                continue
            elif FLOORS[other] == FLOORS[own]:
                say(f"{own} and {other} share floor {FLOORS[own]} and may not see each other")
            elif FLOORS[other] > FLOORS[own]:
                say(f"{own} (floor {FLOORS[own]}) may not include {other} (floor {FLOORS[other]})")
    return complaints


def cycles(tree):
    """No file includes itself over others."""
    graph = {tree.name(p)[4:]: [n for _, n, quoted in includes_of(p) if quoted] for p in tree.sources()}
    complaints, done = [], set()

    def visit(name, trail):
        if name in trail:
            ring = trail[trail.index(name):] + [name]
            complaints.append(f"src/{name}:1: include cycle: " + " -> ".join(ring))
        elif name not in done:
            for other in graph.get(name, []):
                visit(other, trail + [name])
            done.add(name)

    for name in sorted(graph):
        visit(name, [])
    return complaints


def depth(tree):
    """Everything in src/ is src/<folder of the floor table>/<file>.[ch]."""
    complaints = []
    for path in tree.files("*", under=["src"]):
        parts = path.relative_to(tree.root / "src").parts
        if len(parts) != 2:
            complaints.append(tree.say(path, 1, "depth is src/<folder>/<file>, neither less nor more"))
        elif parts[0] not in FLOORS:
            complaints.append(tree.say(path, 1, f"{parts[0]} stands on no floor: see FLOORS in tests/tidy/tree.py"))
        elif path.suffix not in (".c", ".h"):
            complaints.append(tree.say(path, 1, "only .c and .h live in src/"))
    return complaints


def purity(tree):
    """Floors 0 to 3 include no header of clocks, files, sockets; no assembler, no build date."""
    complaints = []
    for path in tree.pure():
        library = PURE_LIBRARIES.get(tree.folder(path))
        for line, name, quoted in includes_of(path):
            if quoted or name in PURE_HEADERS or (library and name.startswith(library)):
                continue
            complaints.append(tree.say(path, line, f"<{name}> is not for floors 0 to {PURE_FLOOR}: hand in what it gives"))
        code = code_of(path)
        for match in IMPURE_WORDS.finditer(code):
            complaints.append(tree.say(path, line_at(code, match.start()), f"{match.group(1)} is not pure"))
    return complaints
