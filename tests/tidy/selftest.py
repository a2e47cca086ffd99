#!/usr/bin/env python3
"""Shows every tidy check a tree that breaks its rule, and expects the complaint.

One small tree keeps all rules; each case changes one thing in it. A check without a case, or one
that CMake does not run, fails too."""

import contextlib
import io
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import style
from objects import PROGRAMS
from tidy import CHECKS
from tree import FLOORS, Tree, code_of

HERE = pathlib.Path(__file__).resolve().parent

GOOD = {
    ".clang-format": "BasedOnStyle: LLVM\n",
    "ARCHITECTURE.md": "`base/` words, `wire/` formats, `jobs/` work\n",
    "src/base/word.h": "/* Words. */\n#pragma once\n\nint word_size(void);\n",
    "src/base/word.c": '/* Words. */\n#include "base/word.h"\n\n#include <string.h>\n\n'
                       'static const char *const names[] = {"a", "b"};\n\n'
                       "int word_size(void) { return (int)strlen(names[0]); }\n",
    "src/wire/note.h": "/* Notes. */\n#pragma once\n\nenum err { ERR_OK };\n"
                       "enum err note_parse(const char *text);\n",
    "src/wire/note.c": '/* Notes. */\n#include "wire/note.h"\n\n#include "base/word.h"\n\n'
                       "enum err note_parse(const char *text) {\n  (void)text;\n"
                       "  return (enum err)(word_size() - 1);\n}\n",
    "tests/unit/base/word.c": "/* Tests words. */\nint nothing;\n",
    "tests/unit/wire/note.c": "/* Tests notes. */\nint nothing;\n",
    "tests/fuzz/wire_note.c": "/* Fuzzes notes. */\nint f(void) { return note_parse(0); }\n",
    "tests/fuzz/corpus/wire_note/one": "1",
    "scripts/go": "#!/bin/sh\n# Goes.\necho go\n",
    "man/go.1": ".Dd January 1, 2026\n.Dt GO 1\n.Os\n.Sh NAME\n.Nm go\n.Nd goes\n",
}
PROGRAM = "#include <stdio.h>\n#include <string.h>\nint main(int c, char **v) {\n" \
          "  char b[9];\n  strcpy(b, v[c - 1]);\n  return puts(b);\n}\n"
HARD = ["-O2", "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong", "-fPIE", "-pie", "-Wl,-z,relro,-z,now"]
NOTE_H, NOTE_C = "src/wire/note.h", "src/wire/note.c"


def with_include(path, include):
    return {path: GOOD[path].replace("\n\n", f"\n\n#include {include}\n", 1)}


def with_code(path, code):
    return {path: GOOD[path] + code}


# check: [(files that are changed or added, what the complaint must match)]
CASES = {
    "floors": [
        ({"src/jobs/work.h": "/* W */\n#pragma once\n", **with_include(NOTE_C, '"jobs/work.h"')},
         r"^src/wire/note\.c:\d+: wire \(floor 1\) may not include jobs \(floor 3\)"),
        ({"src/clock/line.h": "/* L */\n#pragma once\n", **with_include(NOTE_H, '"clock/line.h"')},
         r"^src/wire/note\.h:\d+: wire and clock share floor 1"),
        ({"src/sim/w.h": "/* W */\n", "src/os/w.c": '/* W */\n#include "sim/w.h"\n'}, "os and sim share floor 4"),
        (with_include(NOTE_C, '"note.h"'), '"note.h" is no path from src/'),
        (with_include(NOTE_C, "<base/word.h>"), 'write "base/word.h", not <base/word.h>'),
    ],
    "cycles": [
        ({"src/wire/a.h": '/* A */\n#include "wire/note.h"\n', **with_include(NOTE_H, '"wire/a.h"')},
         r"include cycle: wire/a\.h -> wire/note\.h -> wire/a\.h"),
    ],
    "depth": [
        ({"src/wire/deep/a.c": "/* A */\n"}, r"^src/wire/deep/a\.c:1: depth"),
        ({"src/cellar/a.c": "/* A */\n"}, "cellar stands on no floor"),
        ({"src/wire/a.py": "# A\n"}, "only .c and .h"),
    ],
    "purity": [
        (with_include(NOTE_C, "<time.h>"), r"^src/wire/note\.c:\d+: <time\.h> is not for floors"),
        (with_include(NOTE_C, "<nettle/md5.h>"), "<nettle/md5.h> is not for"),
        (with_code(NOTE_C, 'void f(void) { asm("rdtsc"); }\n'), "asm is not pure"),
        (with_code(NOTE_C, "const char *s = __DATE__;\n"), "__DATE__ is not pure"),
    ],
    "opening": [
        ({NOTE_C: '#include "wire/note.h"\n'}, r"^src/wire/note\.c:1: open with a comment"),
        ({"scripts/go": "#!/bin/sh\necho go\n"}, r"^scripts/go:1: open with a comment"),
    ],
    "pragma_once": [({NOTE_H: "/* N */\n#ifndef N\n#define N\n#endif\n"}, r"^src/wire/note\.h:1: #pragma once")],
    "size": [
        (with_code(NOTE_C, "\n" * 600), r"^src/wire/note\.c:600: \d+ lines, at most 600"),
        (with_code(NOTE_C, "int f(int x) {\n" + "x++;\n" * 79 + "return x;\n}\n"), r"note\.c:\d+: f has 82 lines"),
    ],
    "markers": [
        ({"conf/a.conf": "# T" + "ODO: more\n"}, r"^conf/a\.conf:1: T.DO"),
        ({"conf/a.conf": "include {root}/conf/b.conf\n"}, r"^conf/a\.conf:1: names /.*/, which no other machine has"),
    ],
    "typedefs": [(with_code(NOTE_C, "typedef int number;\n"), r"^src/wire/note\.c:\d+: no typedefs")],
    "fuzzed": [
        (with_code(NOTE_H, "enum err other_parse(const char *text);\n"), r"note\.h:6: other_parse is called by no"),
        (with_code(NOTE_H, "enum err ntp_client_reply(const char *text);\n"), "ntp_client_reply is called by no"),
        ({"tests/fuzz/wire_note.c": "/* Calls note_parse(0) in a comment only. */\n"}, "note_parse is called by no"),
    ],
    "corpora": [
        ({"tests/fuzz/corpus/wire_note/one": None}, r"^tests/fuzz/wire_note\.c:1: .*is empty"),
        ({"tests/fuzz/corpus/wire_note/two": "2" * 2049}, "2049 bytes, at most 2048"),
        ({f"tests/fuzz/corpus/wire_note/n{i}": "" for i in range(100)}, "101 files, at most 100"),
        ({f"tests/fuzz/corpus/wire_note/{'0a' * 20}": ""}, "name it after what it shows"),
        ({"tests/fuzz/corpus/wire_gone/one": "1"}, r"corpus without tests/fuzz/wire_gone\.c"),
    ],
    "unit_sources": [
        ({"tests/unit/wire/gone.c": "/* G */\n"}, r"^tests/unit/wire/gone\.c:1: tests no src/wire/gone\.c"),
        ({"src/wire/fresh.c": "/* F */\n"}, r"^src/wire/fresh\.c:1: has no unit test"),
    ],
    "architecture": [
        ({"ARCHITECTURE.md": None}, "is missing"),
        ({"ARCHITECTURE.md": "base/ wire/\n" + "\n" * 200}, "201 lines, at most 200"),
        ({"ARCHITECTURE.md": "base/\n"}, "does not name the folder wire/"),
    ],
    "format": [(with_code(NOTE_C, "int  f( void );\n"), r"^src/wire/note\.c:\d+:\d+: run `make format`")],
    "headers": [(with_code(NOTE_H, "void note_f(size_t n);\n"), r"^src/wire/note\.h:1: does not compile alone: .*size_t")],
    "man_lint": [({"man/go.1": ".Dd January 1, 2026\n.Dt GO 1\n.Os\n.Sh NAME\n.Nm go\n.Nd goes\n.Xx\n"}, r"man/go\.1:7:2: .*Xx")],
    "scripts": [
        ({"scripts/go": "#!/bin/sh\n# G\nif true; then\n"}, "scripts/go.*: "),
        ({"scripts/go": "#!/bin/sh\n# G\ncd $1\nunused=1\n"}, "scripts/go:4:.*SC2034"),
        ({"tests/a.py": "def f(:\n"}, r"^tests/a\.py:1: "),
    ],
    "mutable_data": [
        (with_code(NOTE_C, "int note_count;\n"), r"^src/wire/note\.c:1: note_count is mutable \(\.bss"),
        (with_code(NOTE_C, "int note_count = 7;\n"), r"note_count is mutable \(\.data"),
        (with_code(NOTE_C, "int note_next(void) { static int n; return ++n; }\n"), r"n\.\d+ is mutable"),
        (with_code(NOTE_C, "_Thread_local int note_count;\n"), r"note_count is mutable \(\.tbss"),
        (with_code(NOTE_C, "const char *note_name = \"n\";\n"), r"note_name is mutable"),
    ],
    "calls": [
        (with_code(NOTE_C, f"{prototype};\nvoid note_f(void) {{ {call}; }}\n"),
         rf"^src/wire/note\.c:1: {re.match(r'[a-z_]+', call).group(0)} is not for floors")
        for prototype, call in [
            ("long time(long *)", "time(0)"), ("int clock_gettime(int, void *)", "clock_gettime(0, 0)"),
            ("int socket(int, int, int)", "socket(0, 0, 0)"), ("int open(const char *, int, ...)", "open(0, 0)"),
            ("long read(int, void *, unsigned long)", "read(0, 0, 0)"), ("void *malloc(unsigned long)", "malloc(1)"),
            ("char *getenv(const char *)", "getenv(0)"), ("int rand(void)", "rand()"),
            ("int printf(const char *, ...)", 'printf("%d", 1)'), ("void abort(void)", "abort()"),
            ("void nettle_x(void)", "nettle_x()")]
    ],
    "repeatable": [
        (with_code(NOTE_C, "double log(double);\ndouble note_f(double x) { return log(x); }\n"), r"note\.c:1: log\(\) is not exact"),
        ({"src/sim/dice.c": "/* D */\nint rand(void);\nint dice(void) { return rand(); }\n"}, r"^src/sim/dice\.c:1: rand\(\) cannot"),
    ],
    "prefixes": [
        (with_code(NOTE_C, "int other_f(void) { return 1; }\n"), r"^src/wire/note\.c:1: other_f does not start with note_"),
        ({"src/os/loop.c": "/* L */\nint noted;\n"}, r"^src/os/loop\.c:1: noted does not start with loop_"),
        ({"src/main/etalon_view.c": "/* V */\nint seen;\n"}, r"^src/main/etalon_view\.c:1: seen does not start with"),
    ],
    "hardening": [
        ({"flags": ["-no-pie", "-fno-PIE"]}, "etalond is not position-independent"),
        ({"flags": ["-Wl,-z,lazy"]}, "etalond is not bound at start"),
        ({"flags": ["-Wl,-z,execstack"]}, "etalond is not without executable stack"),
        ({"flags": ["-fno-stack-protector"]}, "etalond is not with stack protector"),
        ({"flags": ["-U_FORTIFY_SOURCE"]}, "etalond is not with fortified"),
        ({"flags": None}, r"^src/main/witness\.c:1: \S+/etalon-witness is not built"),
    ],
}
BUILT = {"mutable_data", "calls", "repeatable", "prefixes"}


def plant(root, changes):
    for name, text in {**GOOD, **changes}.items():
        path = root / name
        if text is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("{root}", str(root)))


def build_archives(root):
    build = root / "build"
    build.mkdir()
    for folder in FLOORS:
        objects = []
        target = build / ("CMakeFiles/etalon.dir/src/main" if folder == "main" else folder)
        target.mkdir(parents=True)
        for source in sorted((root / "src" / folder).glob("*.c")):
            objects.append(target / f"{source.name}.o")
            subprocess.run(["gcc", "-w", "-O1", "-fPIE", "-fno-builtin", f"-I{root}/src", "-c", source, "-o", objects[-1]], check=True)
        if objects:
            subprocess.run(["ar", "qc", build / f"lib{folder}.a", *objects], check=True)


def build_programs(root, flags):
    (root / "build/bin").mkdir(parents=True)
    for program in PROGRAMS:
        subprocess.run(["gcc", "-w", "-xc", "-", *HARD, *flags, "-o", root / "build/bin" / program], input=PROGRAM, text=True, check=True)


def complaints_of(check, changes):
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        root = pathlib.Path(folder).resolve()
        flags = changes.get("flags", [])
        plant(root, {name: text for name, text in changes.items() if name != "flags"})
        if check in BUILT:
            build_archives(root)
        if check == "hardening" and flags is not None:
            build_programs(root, flags)
        return CHECKS[check](Tree(root, root / "build"))


class Selftest(unittest.TestCase):
    def test_every_check_has_a_case_and_runs(self):
        self.assertEqual(sorted(CHECKS), sorted(CASES))
        lists = re.findall(r"set\(\w*checks\n(.*?)\)", (HERE / "CMakeLists.txt").read_text(), re.S)
        self.assertEqual(sorted(CHECKS), sorted(" ".join(lists).split()))

    def test_functions_are_measured(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.c"
            path.write_text("#define A(x) \\\n  do { x = 1; } while (0)\nstatic const int t[] = {1};\nstruct s { int a; };\n"
                            'int f(int (*g)(void),\n      int b) {\n  char c = \'}\', *d = "}";\n  /* } */\n  if (b) { c++; }\n}\n')
            self.assertEqual(list(style.functions_of(code_of(path))), [(6, "f", 5)])


def add(name, check, changes, pattern):
    def test(self):
        complaints = complaints_of(check, changes)
        if pattern is None:
            self.assertEqual(complaints, [])
        else:
            self.assertTrue(any(re.search(pattern, c) for c in complaints), f"no {pattern!r} among {complaints}")

    setattr(Selftest, name, test)


for check, cases in CASES.items():
    add(f"test_{check}_is_content", check, {}, None)
    for number, (changes, pattern) in enumerate(cases, 1):
        add(f"test_{check}_complains_{number}", check, changes, pattern)

if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))
