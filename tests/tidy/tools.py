"""Checks that other programs make: clang-format, the compiler on each header, mandoc, shells."""

import os
import re
import subprocess

from style import scripts_of
from tree import text_of

HEADER_FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]


def run(*command, stdin=None):
    """(exit code, both outputs)"""
    utf8 = {**os.environ, "LC_ALL": "C.UTF-8"}  # shellcheck refuses other letters otherwise
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, errors="replace", env=utf8)
    except FileNotFoundError:
        return 127, f"{command[0]} is not installed: run scripts/setup test"
    return done.returncode, done.stdout + done.stderr


def relative(tree, output):
    """The first line of a tool's output that says something, with paths from the root."""
    lines = [l for l in output.splitlines() if re.search(r":\d+:|error|warning|missing|not installed", l)]
    return [l.replace(str(tree.root) + "/", "") for l in lines] or [output.strip()[:300]]


def clang_format(tree):
    """clang-format has nothing to change."""
    files = [str(p) for p in tree.c_files()]
    if not files:
        return []
    code, output = run("clang-format", "--dry-run", "-Werror", f"--style=file:{tree.root}/.clang-format", *files)
    if code == 0:
        return []
    return [l.split(": error:")[0] + ": run `make format` here" if ": error:" in l else l
            for l in relative(tree, output) if ": error:" in l or "not installed" in l] or [output]


def headers(tree):
    """Every header compiles alone."""
    complaints = []
    for path in tree.files("*.h", under=["src", "include"]):
        code, output = run(os.environ.get("CC", "gcc"), *HEADER_FLAGS, f"-I{tree.root}/src", f"-I{tree.root}/include",
                           "-xc", "-", stdin=f'#include "{path}"\n')
        if code:
            first = next((l for l in relative(tree, output) if "error:" in l), output)
            complaints.append(tree.say(path, 1, "does not compile alone: " + first))
    return complaints


def man_lint(tree):
    """mandoc has no warning for a man page."""
    complaints = []
    for path in tree.files("*.1", "*.5", "*.8", under=["man"]):
        code, output = run("mandoc", "-T", "lint", "-W", "warning", str(path))
        if code:
            complaints += [l.removeprefix("mandoc: ") for l in relative(tree, output)]
    return complaints


def shell_of(path):
    """sh or bash, as the file says itself in #! or, if it is only sourced, for shellcheck."""
    for line in text_of(path).splitlines()[:10]:
        match = re.match(r"#!.*\b(bash|sh)$|# shellcheck shell=(bash|sh)\b", line)
        if match:
            return match.group(1) or match.group(2)
    return "bash" if path.suffix == ".bash" else "sh" if path.suffix == ".sh" else None


def scripts(tree):
    """Shell scripts parse in the shell they name and please shellcheck; Python parses."""
    complaints = []
    for path in set(tree.files("*.sh", "*.bash") + scripts_of(tree)):
        shell = shell_of(path)
        if not shell:
            continue
        code, output = run(shell, "-n", str(path))
        if code == 0:
            # A sourced file sets what others use; they all run with set -u (SC2034, SC2154).
            sourced = ["-e", "SC2154"] if text_of(path).startswith("#!") else ["-e", "SC2154,SC2034"]
            code, output = run("shellcheck", "-S", "warning", "-f", "gcc", "-s", shell, *sourced, str(path))
        if code:
            complaints += [l if tree.name(path) in l else tree.say(path, 1, l) for l in relative(tree, output)]
    for path in tree.files("*.py"):
        try:
            compile(text_of(path), str(path), "exec")
        except SyntaxError as error:
            complaints.append(tree.say(path, error.lineno or 1, f"{error.msg}"))
    return sorted(complaints)
