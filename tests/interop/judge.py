"""judge.py [--true ADDRESS]... [--false ADDRESS]...: on the JSON of `etalon sources`.

Exit code 0 if every --true source agrees with the majority, every --false one was refused as a
falseticker, and one of the true ones is the reference.
Prints the offsets of the true ones, in seconds."""
import argparse
import json
import sys

TRUE = ("reference", "survivor", "outlier")

parser = argparse.ArgumentParser()
parser.add_argument("--true", action="append", default=[])
parser.add_argument("--false", action="append", default=[])
options = parser.parse_args()

sources = {source.get("address", source["name"]): source for source in json.load(sys.stdin)}
wrong = []
for address in options.true + options.false:
    verdict = sources[address]["verdict"] if address in sources else "unknown"
    wanted = TRUE if address in options.true else ("falseticker",)
    if verdict not in wanted:
        wrong.append(f"{address} is {verdict}")
if not any(sources[address]["verdict"] == "reference" for address in options.true if address in sources):
    wrong.append("none of the true sources is the reference")
if wrong:
    sys.exit("; ".join(wrong))
print(" ".join(str(sources[address]["offset_s"]) for address in options.true))
