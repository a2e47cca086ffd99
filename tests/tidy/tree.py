"""The source tree as the checks see it: floors, files, and C text without comments and strings."""

import fnmatch
import os
import pathlib
import re

# A folder of src/ and its floor. A folder includes folders of lower floors and itself.
FLOORS = {
    "base": 0,
    "crypto": 1, "wire": 1, "clock": 1,
    "ledger": 2, "quorum": 2, "config": 2, "proto": 2,
    "jobs": 3,
    "os": 4, "sim": 4,
    "main": 5,
}
PURE_FLOOR = 3  # up to here: no clock, no file, no socket, no allocation, no mutable global

# Generated or fetched: never looked at.
SKIPPED = {".git", "build", "__pycache__"}

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


class Tree:
    def __init__(self, root, build=None):
        self.root = pathlib.Path(root).resolve()
        self.build = pathlib.Path(build).resolve() if build else None

    def files(self, *patterns, under=None):
        """Files whose names match one of the patterns, sorted; under: folders to look in."""
        found = set()
        for start in under or ["."]:
            for folder, folders, names in os.walk(self.root / start):
                folders[:] = [f for f in folders if f not in SKIPPED]
                found.update(pathlib.Path(folder) / n for n in names if any(fnmatch.fnmatch(n, p) for p in patterns))
        return sorted(p for p in found if p.is_file())

    def c_files(self):
        return self.files("*.c", "*.h", under=["src", "tests", "bench", "include"])

    def sources(self):
        """The C files of src/."""
        return self.files("*.c", "*.h", under=["src"])

    def name(self, path):
        return str(path.relative_to(self.root))

    def folder(self, path):
        """The folder of src/ that holds the file."""
        return path.relative_to(self.root / "src").parts[0]

    def pure(self):
        """The C files of the pure floors."""
        return [p for p in self.sources() if FLOORS.get(self.folder(p), 99) <= PURE_FLOOR]

    def say(self, path, line, text):
        return f"{self.name(path)}:{line}: {text}"


def text_of(path):
    return path.read_text(encoding="utf-8", errors="replace")


def code_of(path):
    """C text with comments blanked and literals emptied; line numbers stay right."""

    def blank(match):
        token = match.group(0)
        if token[0] == "/":
            return re.sub(r"[^\n]", " ", token)
        return token[0] + " " * (len(token) - 2) + token[0]

    return TOKEN.sub(blank, text_of(path))


def line_at(text, position):
    return text.count("\n", 0, position) + 1


def includes_of(path):
    """(line, name, quoted) of every #include."""
    for number, line in enumerate(text_of(path).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if match:
            yield number, match.group(2), match.group(1) == '"'
