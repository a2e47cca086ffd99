"""Checks on what the compiler made: the archives of the folders and the programs.

Source rules can be circumvented by a macro or a library; symbols cannot."""

import re
import subprocess

from tree import FLOORS, PURE_FLOOR

# All that floors 0 to 3 may ask of libc and libm: pure, or pure but for errno.
# Of libm only what IEEE 754 defines to the last bit, so that simulations are bit-exact.
PURE_CALLS = set("""
    memchr memcmp memcpy memmove memset memmem mempcpy explicit_bzero
    strchr strrchr strcmp strncmp strcasecmp strncasecmp strlen strnlen
    strspn strcspn strpbrk strstr strtok_r
    snprintf vsnprintf strtol strtoul strtoll strtoull strtod bsearch
    inet_pton inet_ntop htonl htons ntohl ntohs
    isalnum isalpha isdigit isspace isxdigit isprint isupper islower tolower toupper
    __ctype_b_loc __ctype_tolower_loc __ctype_toupper_loc __errno_location
    ceil floor trunc round rint nearbyint lround llround lrint llrint fabs fmin fmax fmod sqrt
    ldexp scalbn frexp modf copysign nan
    _GLOBAL_OFFSET_TABLE_ __stack_chk_fail
""".split())
# Two exceptions: check_failed() reports our own bug and ends the process; SHA-512 in lanes asks which
# vectors the processor has, and gives the same digests with all of them.
CALLS_OF_OBJECT = {"check.c.o": {"abort", "fprintf", "__fprintf_chk", "stderr"},
                   "hash_lanes.c.o": {"__cpu_model", "__cpu_indicator_init"}}
CALLS_OF_FOLDER = {"crypto": re.compile(r"(nettle|EVP|SHA256|SHA512|SSL|TLS|BIO|X509|ERR|OPENSSL|CRYPTO|PEM|ASN1|OBJ|BN|OSSL|GENERAL_NAMES)_\w+|(d2i|i2d)_\w+")}
# Of libm: results differ in the last bit between versions, processors and constant folding.
INEXACT_CALLS = set("""
    exp exp2 exp10 expm1 log log2 log10 log1p pow cbrt hypot sin cos tan sincos asin acos atan atan2
    sinh cosh tanh asinh acosh atanh erf erfc tgamma lgamma
""".split())
LIBC_RANDOM = set("rand rand_r random random_r drand48 erand48 getrandom getentropy arc4random".split())
# The folders whose results a simulation with the same seed must give again, to the last bit.
REPEATABLE = ("base", "crypto", "wire", "clock", "config", "proto", "jobs", "sim")

# program -> its file: src/main/<file>.c
PROGRAMS = {"etalond": "etalond", "etalon": "etalon", "etalon-verify": "verify", "etalon-witness": "witness"}


def lines_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def archives(tree, floor_max):
    """(folder, path) of the archives that were built, up to a floor."""
    for folder, floor in FLOORS.items():
        path = tree.build / f"lib{folder}.a"
        if floor <= floor_max and path.exists():
            yield folder, path


def missing(tree, floor_max):
    """Complaints about folders with sources whose archive was not built."""
    complaints = []
    for folder, floor in FLOORS.items():
        has_source = any((tree.root / "src" / folder).glob("*.c"))
        if floor <= floor_max and has_source and not (tree.build / f"lib{folder}.a").exists():
            complaints.append(f"src/{folder}:1: {tree.build}/lib{folder}.a is not built: run `make` first")
    return complaints


def source(folder, obj):
    """src/<folder>/<file>.c of a member <file>.c.o"""
    return f"src/{folder}/{obj.removesuffix('.o')}"


def mutable_data(tree):
    """No writable object in the archives of floors 0 to 3 (relocated constants are not writable)."""
    complaints = missing(tree, PURE_FLOOR)
    for folder, path in archives(tree, PURE_FLOOR):
        obj = "?"
        for line in lines_of("objdump", "-t", str(path)):
            member = re.match(r"(\S+):\s+file format", line)
            if member:
                obj = member.group(1)
            entry = re.match(r"[0-9a-f]{8,16} (.{7}) (\S+)\s+([0-9a-f]{8,16}) (?:\.hidden )?(\S+)", line)
            if not entry or int(entry.group(3), 16) == 0:  # section symbols have no size
                continue
            section, name = entry.group(2), entry.group(4)
            if re.match(r"\.(data|bss|tbss|tdata)|\*COM\*", section) and not section.startswith(".data.rel.ro"):
                complaints.append(f"{source(folder, obj)}:1: {name} is mutable ({section}): make it const or hand it in")
    return complaints


def symbols_of(path):
    """(object, type, name) of an archive, or of one object file."""
    obj = path.name
    for line in lines_of("nm", str(path)):
        if line.endswith(".o:"):
            obj = line[:-1]
        entry = re.match(r"[0-9a-f ]{16} (\w) (\S+)", line)
        if entry:
            yield obj, entry.group(1), entry.group(2)


def allowed(folder, obj, name, own):
    if name in own or name in CALLS_OF_OBJECT.get(obj, ()):
        return True
    fortified = re.fullmatch(r"__(\w+)_chk", name)
    if name in PURE_CALLS or (fortified and fortified.group(1) in PURE_CALLS):
        return True
    pattern = CALLS_OF_FOLDER.get(folder)
    return bool(pattern and pattern.fullmatch(name))


def calls(tree):
    """Floors 0 to 3 call nothing but each other and what is pure."""
    complaints = missing(tree, PURE_FLOOR)
    symbols = [(folder, *s) for folder, path in archives(tree, PURE_FLOOR) for s in symbols_of(path)]
    own = {name for _, _, kind, name in symbols if kind in "TRDBVW"}
    for folder, obj, kind, name in symbols:
        if kind in "Uw" and not allowed(folder, obj, name, own):
            complaints.append(f"{source(folder, obj)}:1: {name} is not for floors 0 to {PURE_FLOOR}: hand in what it gives")
    return complaints


def repeatable(tree):
    """Simulated code uses neither inexact libm functions nor randomness of the system."""
    complaints = missing(tree, PURE_FLOOR)
    for folder, path in archives(tree, PURE_FLOOR + 1):
        for obj, kind, name in symbols_of(path):
            plain = re.sub(r"^__(\w+)_finite$", r"\1", name)
            if folder not in REPEATABLE or kind != "U":
                continue
            if plain in INEXACT_CALLS:
                complaints.append(f"{source(folder, obj)}:1: {name}() is not exact to the last bit: only what IEEE 754 defines is")
            elif plain in LIBC_RANDOM:
                complaints.append(f"{source(folder, obj)}:1: {name}() cannot be repeated: draw from struct entropy")
    return complaints


def prefixes(tree):
    """An exported symbol starts with the name of its file: ntp_packet_parse in ntp_packet.c."""
    complaints = missing(tree, PURE_FLOOR + 1)
    parts = [("main", p) for program in PROGRAMS for p in sorted(tree.build.glob(f"CMakeFiles/{program}.dir/src/main/*.o"))]
    for folder, path in [*archives(tree, PURE_FLOOR + 1), *parts]:
        for obj, kind, name in symbols_of(path):
            if name == "main":
                continue
            stem = obj.split(".")[0]
            if kind in "TDBRCV" and not re.match(rf"{stem}(_|$)", name):
                complaints.append(f"{source(folder, obj)}:1: {name} does not start with {stem}_: static, or another file")
    return complaints


def hardening(tree):
    """The programs are position-independent, bound at start, without executable stack."""
    complaints = []
    for program, file in PROGRAMS.items():
        path = tree.build / "bin" / program
        if not path.exists():
            complaints.append(f"src/main/{file}.c:1: {path} is not built: run `make` first")
            continue
        facts = "\n".join(lines_of("readelf", "-W", "-h", "-l", "-d", "--dyn-syms", "-n", str(path)))
        wanted = {
            "position-independent": r"Type:\s+DYN",
            "fully relocated and read-only at start (RELRO)": r"GNU_RELRO",
            "bound at start (BIND_NOW)": r"FLAGS.*\bNOW\b|\(BIND_NOW\)",
            "without executable stack": r"GNU_STACK\s+\S+ \S+ \S+ \S+ \S+ RW ",
            "with stack protector": r"__stack_chk_fail",
            "with fortified libc calls": r"__\w+_chk\b(?<!__stack_chk)",
        }
        for what, pattern in wanted.items():
            if not re.search(pattern, facts):
                complaints.append(f"src/main/{file}.c:1: {path.name} is not {what}: see cmake/flags.cmake")
        if re.search(r"LOAD\s+\S+ \S+ \S+ \S+ \S+ RWE", facts):
            complaints.append(f"src/main/{file}.c:1: {path.name} has a segment both writable and executable")
    return complaints
