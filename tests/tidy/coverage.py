"""What the tests and documents cover: a fuzz target for every parser, corpora, sizes."""

import re

from tree import code_of, line_at, text_of

# Functions that take bytes of a peer or an operator without being called *_parse or parse_*.
TAKES_FOREIGN_BYTES = {"ntp_client_reply", "ntp_server_reply"}
PARSER = re.compile(r"\benum err\s+((?:\w+_parse|parse_\w+|" + "|".join(sorted(TAKES_FOREIGN_BYTES)) + r"))\s*\(")

# Parsers that have no fuzz target of their own, and the fuzzed one that hands its input to them.
FUZZED_THROUGH = {"access_net_parse": "parse_text", "parse_file": "parse_text"}

# Parsers of base/ are the words that the fuzzed ones are made of.
UNFUZZED_FOLDERS = {"base"}

CORPUS_FILE_BYTES_MAX = 2048
CORPUS_FILES_MAX = 100
FOUND_BY_LIBFUZZER = re.compile(r"[0-9a-f]{40}|(crash|leak|timeout|oom)-[0-9a-f]{40}")
ARCHITECTURE_LINES_MAX = 200


def fuzzed(tree):
    """Every parser that a header offers is called by a fuzz target, tests/fuzz/<folder>_<...>.c."""
    targets = {p: code_of(p) for p in tree.files("*_*.c", under=["tests/fuzz"])}
    complaints = []
    for path in tree.files("*.h", under=["src"]):
        folder = tree.folder(path)
        code = code_of(path)
        for match in PARSER.finditer(code):
            call = re.compile(r"\b" + FUZZED_THROUGH.get(match.group(1), match.group(1)) + r"\s*\(")
            if folder in UNFUZZED_FOLDERS:
                continue
            if not any(p.name.startswith(folder + "_") and call.search(text) for p, text in targets.items()):
                complaints.append(tree.say(path, line_at(code, match.start()),
                                           f"{match.group(1)} is called by no tests/fuzz/{folder}_*.c"))
    return complaints


def corpora(tree):
    """Every fuzz target has a corpus of few, small, named files, and no corpus is without its target."""
    targets = {p.stem: p for p in tree.files("*_*.c", under=["tests/fuzz"])}
    corpus = tree.root / "tests/fuzz/corpus"
    complaints = []
    for stem, path in targets.items():
        if not any(p.is_file() for p in (corpus / stem).glob("*")):
            complaints.append(tree.say(path, 1, f"tests/fuzz/corpus/{stem}/ is empty: add inputs worth replaying"))
    for folder in sorted(p for p in corpus.glob("*") if p.is_dir()):
        count = len(list(folder.iterdir()))
        if count > CORPUS_FILES_MAX:
            complaints.append(tree.say(folder, 1, f"{count} files, at most {CORPUS_FILES_MAX}"))
        if folder.name not in targets:
            complaints.append(tree.say(folder, 1, f"corpus without tests/fuzz/{folder.name}.c"))
    for path in tree.files("*", under=["tests/fuzz/corpus"]):
        if path.stat().st_size > CORPUS_FILE_BYTES_MAX:
            complaints.append(tree.say(path, 1, f"{path.stat().st_size} bytes, at most {CORPUS_FILE_BYTES_MAX}"))
        if FOUND_BY_LIBFUZZER.fullmatch(path.name):
            complaints.append(tree.say(path, 1, "name it after what it shows, or drop it"))
    return complaints


def unit_sources(tree):
    """tests/unit/<folder>/<file>.c, or <file>_<part>.c, tests src/<folder>/<file>.c (or its header);
    every .c of the pure floors has such a test."""
    complaints = []
    tested = set()
    for path in tree.files("*.c", under=["tests/unit"]):
        parts = path.relative_to(tree.root / "tests/unit").parts
        subject = tree.root / "src" / "/".join(parts)
        while "_" in subject.stem and not subject.exists() and not subject.with_suffix(".h").exists():
            subject = subject.with_stem(subject.stem.rsplit("_", 1)[0])
        tested.add(subject)
        if not subject.exists() and not subject.with_suffix(".h").exists():
            complaints.append(tree.say(path, 1, f"tests no src/{'/'.join(parts)}"))
    for path in tree.pure():
        if path.suffix == ".c" and path not in tested:
            complaints.append(tree.say(path, 1, f"has no unit test tests/unit/{tree.folder(path)}/{path.name}"))
    return complaints


def architecture(tree):
    """ARCHITECTURE.md is there, is short, and names every folder of src/."""
    path = tree.root / "ARCHITECTURE.md"
    if not path.exists():
        return ["ARCHITECTURE.md:1: is missing"]
    text = text_of(path)
    complaints = []
    count = len(text.splitlines())
    if count > ARCHITECTURE_LINES_MAX:
        complaints.append(tree.say(path, ARCHITECTURE_LINES_MAX, f"{count} lines, at most {ARCHITECTURE_LINES_MAX}"))
    for folder in sorted({tree.folder(p) for p in tree.sources() if p.parent.parent.name == "src"}):
        if not re.search(rf"\b{folder}/", text):
            complaints.append(tree.say(path, 1, f"does not name the folder {folder}/"))
    return complaints
