#!/bin/bash
# etalon sim: the list, a scenario by name and from a file, many seeds in parallel that give the same
# as one process, findings with their seed and exit code 1, refusals with file and line, a picture,
# JSON, and an interruption that prints what there is.
#   sim.sh BINDIR
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

# CODE ARGUMENT...: runs etalon sim, checks its exit code, keeps its output
expect() {
    local wanted=$1 code
    shift
    "$bin/etalon" sim "$@" >"$work/out" 2>"$work/err"
    code=$?
    [ $code = "$wanted" ] || fail "sim $*: exit code $code, not $wanted: $(cat "$work/err")"
}
says() { grep -q -e "$1" "$work/out" || fail "standard output lacks: $1: $(cat "$work/out")"; }
complains() { grep -q -e "$1" "$work/err" || fail "standard error lacks: $1: $(cat "$work/err")"; }

expect 0
says '^  falseticker-drift  *one of three runs away'
[ "$(grep -c '^  ' "$work/out")" -gt 30 ] || fail "the list is short"

# --- a file, and what it must come to
cat >"$work/brief.scenario" <<'END'
about    one of three goes wrong
needs    server
duration 40m
servers  3 iburst minpoll 4 maxpoll 4
at 20m   server 2 offset 200ms
expect   error 5ms after 10m
expect   falseticker 2
END
expect 0 "$work/brief.scenario"
says 'brief.*: one of three goes wrong'
says ' locked: .*falseticker'
says '^1 of 1 seeds'

# --- the same worlds, in one process and in several
expect 0 "$work/brief.scenario" --seed 3..10 --jobs 1
grep -oE '\b[0-9a-f]{16}\b' "$work/out" >"$work/one.hashes"
expect 0 "$work/brief.scenario" -e 3..10 -N 4
grep -oE '\b[0-9a-f]{16}\b' "$work/out" >"$work/many.hashes"
[ "$(wc -l <"$work/one.hashes")" = 8 ] || fail "not eight hashes"
cmp -s "$work/one.hashes" "$work/many.hashes" || fail "several processes give other worlds than one"
[ "$(sort -u "$work/one.hashes" | wc -l)" = 8 ] || fail "two seeds gave the same world"

# --- JSON
expect 0 "$work/brief.scenario" --seed 1..3 --json
python3 - "$work/out" <<'END' || fail "JSON: $(head -c 300 "$work/out")"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["scenario"] == "brief" and d["needs"] == "server" and d["done"] == d["seeds"] == 3
assert [r["seed"] for r in d["runs"]] == [1, 2, 3] and d["findings"] == 0
assert all(0 < r["rms_s"] <= r["max_s"] <= r["bound_s"] for r in d["runs"])
assert all(r["simulated_s"] == 2400 and r["cpu_s"] > 0 for r in d["runs"])
END

# --- findings: exit code 1, the seed, what and when
sed 's/error 5ms/error 1ns/' "$work/brief.scenario" >"$work/strict.scenario"
expect 1 "$work/strict.scenario" --seed 4..5
says 'seed 4, at 2400.000 s: largest error is .* expected at most 0.000000001 s'
says 'seed 5, at '
expect 1 "$work/strict.scenario" --json
says '"texts":\["2400.000 s: largest error'

# --- several nodes: the figures of each, the worst of them for the run, findings by name
sed '$a nodes 3 chain' "$work/brief.scenario" >"$work/chain.scenario"
expect 0 "$work/chain.scenario" --seed 1..2 --json
python3 - "$work/out" <<'END' || fail "JSON: $(head -c 300 "$work/out")"
import json, sys
for r in json.load(open(sys.argv[1]))["runs"]:
    assert len(r["nodes"]) == 3 and len({n["rms_s"] for n in r["nodes"]}) == 3
    for figure in "rms_s", "max_s", "bound_s", "outside_s":
        assert r[figure] == max(n[figure] for n in r["nodes"])
END
sed 's/error 5ms/error 1ns/' "$work/chain.scenario" >"$work/strict-chain.scenario"
expect 1 "$work/strict-chain.scenario" --seed 4
says 'seed 4, at 2400.000 s: node 3: largest error is .* expected at most 0.000000001 s'

# --- refusals
printf 'about x\nservers 3\nat 1h server first 5 offset 1s\n' >"$work/liars.scenario"
expect 2 "$work/liars.scenario"
complains 'liars.scenario:3:.*there is no server 5, only 3'
printf 'about x\nservers 3\nconfig maxbond 1\n' >"$work/config.scenario"
expect 2 "$work/config.scenario"
complains 'config.scenario:3:'
expect 2 no-such-scenario
complains "no scenario 'no-such-scenario'"
expect 2 "$work/missing.scenario"
complains 'missing.scenario'
expect 2 lan --seed 5..3
complains "seed: '5..3'"
expect 2 lan --jobs 0
complains "jobs: '0'"

# --- a picture, and what the daemon logs
expect 0 "$work/brief.scenario" --plot "$work/run.svg" --verbose
says 'W  192.0.2.2.*falseticker\|falseticker\|reachable'
python3 - "$work/run.svg" <<'END' || fail "the picture is not what it should be"
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
words = " ".join(t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text"))
assert "server 2 offset 200ms" in words and "server 2 is called a falseticker" in words
classes = [p.get("class") for p in root.iter("{http://www.w3.org/2000/svg}polyline")]
assert "bound" in classes and "error" in classes
END
expect 4 "$work/brief.scenario" --plot "$work/no/such/folder.svg"

# --- interrupted: what there is, and exit code 6
sed 's/40m/5h/' "$work/brief.scenario" >"$work/long.scenario"
python3 - "$bin/etalon" "$work/long.scenario" >"$work/out" <<'END' || fail "interrupted: $(cat "$work/out")"
import signal, subprocess, sys, time
p = subprocess.Popen([sys.argv[1], "sim", sys.argv[2], "--seed", "1..100000"],
                     stdout=subprocess.PIPE, text=True)
time.sleep(5)
p.send_signal(signal.SIGINT)
out, _ = p.communicate(timeout=20)
print(out)
sys.exit(0 if p.returncode == 6 else 1)
END
says ' of 100000 seeds, '
