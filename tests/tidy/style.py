"""What each file must look like: opening comment, #pragma once, sizes, no loose ends."""

import re

from tree import code_of, line_at, text_of

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 80
FUNCTION_LINES_WISH = 60  # longer ones are listed, and pass

# Written so that this file does not find itself.
MARKERS = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b")

SCRIPTS = ("*.py", "*.sh", "CMakeLists.txt", "*.cmake", "Makefile")


def opening(tree):
    """Every file says first what it is for."""
    complaints = []
    for path in tree.c_files():
        if not text_of(path).startswith(("/* ", "/*\n")):
            complaints.append(tree.say(path, 1, "open with a comment: purpose, invariant, source"))
    for path in tree.files(*SCRIPTS) + scripts_of(tree):
        lines = [l for l in text_of(path).splitlines() if not l.startswith("#!")]
        if not lines or not lines[0].startswith(("# ", '"""')):
            complaints.append(tree.say(path, 1, "open with a comment that says what this is for"))
    return sorted(set(complaints))


def scripts_of(tree):
    """Files without an ending that start with #!."""
    return [p for p in tree.files("*") if p.suffix == "" and p.read_bytes()[:2] == b"#!"]


def pragma_once(tree):
    """#pragma once comes first in every header, after the comment."""
    complaints = []
    for path in tree.files("*.h", under=["src", "tests", "bench", "include"]):
        lines = [l for l in code_of(path).splitlines() if l.strip()]
        if not lines or lines[0].strip() != "#pragma once":
            complaints.append(tree.say(path, 1, "#pragma once must be the first line of code"))
    return complaints


def functions_of(code):
    """(line, name, lines) of every function body; code has neither comments nor literals."""
    level, start, head = 0, 0, ""
    for match in re.finditer(r"[{};]|^[ \t]*#(?:[^\n\\]|\\.)*", code, re.S | re.M):
        token = match.group(0)
        if token == "{":
            if level == 0:
                head = code[start:match.start()]
                body = match.start()
            level += 1
        elif token == "}":
            level -= 1
            if level == 0:
                name = re.search(r"(\w+)\s*\([^{}]*\)\s*$", head, re.S)
                if name and "=" not in head:
                    first = line_at(code, body)
                    yield first, name.group(1), line_at(code, match.start()) - first + 1
        if level == 0:
            start = match.end()


def size(tree):
    """A file fits 600 lines, a function 80; the ones over 60 are named without failing."""
    complaints = []
    for path in tree.c_files() + tree.files(*SCRIPTS) + scripts_of(tree):
        count = len(text_of(path).splitlines())
        if count > FILE_LINES_MAX:
            complaints.append(tree.say(path, FILE_LINES_MAX, f"{count} lines, at most {FILE_LINES_MAX}: wants a second noun"))
    for path in tree.c_files():
        for line, name, lines in functions_of(code_of(path)):
            if lines > FUNCTION_LINES_MAX:
                complaints.append(tree.say(path, line, f"{name} has {lines} lines, at most {FUNCTION_LINES_MAX}"))
            elif lines > FUNCTION_LINES_WISH:
                print("note: " + tree.say(path, line, f"{name} has {lines} lines, wished are {FUNCTION_LINES_WISH}"))
    return complaints


def markers(tree):
    """Nothing is left for later in the text, and nothing names the folder of this checkout."""
    complaints = []
    here = str(tree.root) + "/" if len(tree.root.parts) > 2 else None  # "/src/" would be everywhere
    for path in tree.files("*"):
        if path.relative_to(tree.root).parts[:3] == ("tests", "fuzz", "corpus") or b"\0" in path.read_bytes():
            continue
        for number, line in enumerate(text_of(path).splitlines(), 1):
            match = MARKERS.search(line)
            if match:
                complaints.append(tree.say(path, number, f"{match.group(1)}: do it or drop it"))
            if here and here in line:
                complaints.append(tree.say(path, number, f"names {here}, which no other machine has"))
    return complaints


def typedefs(tree):
    """Structs are called struct."""
    complaints = []
    for path in tree.sources():
        code = code_of(path)
        for match in re.finditer(r"\btypedef\b", code):
            complaints.append(tree.say(path, line_at(code, match.start()), "no typedefs: plain structs and enums"))
    return complaints
