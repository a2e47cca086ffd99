#!/usr/bin/env python3
"""The tidy test: keeps the rules of ARCHITECTURE.md that a compiler does not know.

    tidy.py CHECK [--root DIR] [--build DIR]

Prints "file:line: what is wrong and what to do" for each complaint and exits 1 if there is one.
--build is a tree without sanitizers; the checks on objects and programs look into it.
selftest.py shows every check a tree that breaks its rule."""

import argparse
import sys

import coverage
import house
import objects
import style
import tools
from tree import Tree

CHECKS = {
    # the house
    "floors": house.floors,
    "cycles": house.cycles,
    "depth": house.depth,
    "purity": house.purity,
    # each file
    "opening": style.opening,
    "pragma_once": style.pragma_once,
    "size": style.size,
    "markers": style.markers,
    "typedefs": style.typedefs,
    # what the tests cover
    "fuzzed": coverage.fuzzed,
    "corpora": coverage.corpora,
    "unit_sources": coverage.unit_sources,
    "architecture": coverage.architecture,
    # by other programs
    "format": tools.clang_format,
    "headers": tools.headers,
    "man_lint": tools.man_lint,
    "scripts": tools.scripts,
    # on what was built
    "mutable_data": objects.mutable_data,
    "calls": objects.calls,
    "repeatable": objects.repeatable,
    "prefixes": objects.prefixes,
    "hardening": objects.hardening,
}


def main():
    parser = argparse.ArgumentParser(description="One tidy check.")
    parser.add_argument("check", choices=sorted(CHECKS))
    parser.add_argument("--root", default=".")
    parser.add_argument("--build", default="build/release")
    arguments = parser.parse_args()
    complaints = CHECKS[arguments.check](Tree(arguments.root, arguments.build))
    for complaint in complaints:
        print(complaint)
    if complaints:
        print(f"tidy {arguments.check}: {len(complaints)} complaint(s)")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
