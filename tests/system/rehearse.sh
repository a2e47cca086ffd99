#!/bin/bash
# etalon rehearse: three configurations come out in their order, with reasons and advice; the same
# whatever the number of processes; JSON and HTML are whole; what is wrong is refused with its place;
# an interruption shows what there is; a daemon's measurements are taken.
#   rehearse.sh BINDIR
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

conf=$here/../../conf
few=rewrite-second,operator-step,server-step
# Sanitizers make simulations some ten times slower: there each path is gone once, no more.
sanitized=no
grep -q __asan_init "$bin/etalon" && sanitized=yes

# CODE ARGUMENT...: runs etalon rehearse, checks its exit code, keeps its output
expect() {
    local wanted=$1 code
    shift
    "$bin/etalon" rehearse "$@" >"$work/out" 2>"$work/err"
    code=$?
    [ $code = "$wanted" ] || fail "rehearse $*: exit code $code, not $wanted: $(cat "$work/err")"
}
says() { grep -q -e "$1" "$work/out" || fail "standard output lacks: $1: $(head -c 3000 "$work/out")"; }
complains() { grep -q -e "$1" "$work/err" || fail "standard error lacks: $1: $(cat "$work/err")"; }

# --- the list
expect 0 --list
says '^rewrite-second .*(a place on the network path'
says 'from: RFC 7384 3.2.1'
says 'why not: PTP is not spoken'
expect 0 --list --json
python3 - "$work/out" <<'END' || fail "the list as JSON"
import json, sys
d = json.load(open(sys.argv[1]))
assert len(d["attacks"]) >= 42 and len({a["name"] for a in d["attacks"]}) == len(d["attacks"])
assert all(a["source"] and a["about"] and a["needs"] for a in d["attacks"])
assert all(u["reason"] and u["source"] for u in d["unsimulated"])
END

# --- three configurations, the worst first
# The daemon of the sample configurations, should one run here, is not asked.
for name in pool four hardened; do
    { cat "$conf/$name.conf"; echo 'statussocket none'; } >"$work/$name.conf"
done
[ $sanitized = yes ] && few=rewrite-second
for name in pool four hardened; do
    [ $name = four ] && [ $sanitized = yes ] && continue
    wanted=1
    [ $name = hardened ] && wanted=0
    expect $wanted -f "$work/$name.conf" --quick --attack $few --json --html "$work/$name.html"
    cp "$work/out" "$work/$name.json"
done
python3 - "$work" $few <<'END' || fail "the three configurations"
import json, os, sys, xml.etree.ElementTree as tree
names = [n for n in ("pool", "four", "hardened") if os.path.exists(f"{sys.argv[1]}/{n}.json")]
few = sys.argv[2].split(",")
d = {n: json.load(open(f"{sys.argv[1]}/{n}.json")) for n in names}
for name, r in d.items():
    assert sorted(a["name"] for a in r["attacks"]) == sorted(few) and not r["interrupted"] and not r["measured"]
    assert len(r["configuration_sha256"]) == 64 and r["seed"] == 1 and r["runs"] > len(few)
    for a in r["attacks"]:
        assert a["verdict"] in ("held", "bound-widened", "withdrew", "moved-within-bound", "moved",
                                "moved-undetected"), a
        assert (a["detected_s"] is None) == (a["detected_by"] is None)
        assert (a["beyond_s"] > 0) == a["verdict"].startswith("moved") or a["verdict"] == "moved-within-bound"
        assert a["beyond_s"] == 0 or a["excuse"], a  # a bound is broken only where nothing is promised
    for c in r["changes"]:
        assert c["directives"] and all(line[:2] in ("+ ", "- ") or line == "..." for line in c["directives"])
        assert c["after"]["attacks"] == c["before"]["attacks"]
        assert not c["helps"] or c["after"]["worst_error_s"] <= 1.3 * c["before"]["worst_error_s"]
    page = open(f"{sys.argv[1]}/{name}.html").read()
    root = tree.fromstring(page.replace("<!DOCTYPE html>", ""))
    assert "<script" not in page and "http://" not in page.replace("http://www.w3.org/", "")
    assert len(page) < 300_000 and root.find(".//{*}table") is not None
    moved = [a for a in r["attacks"] if a["verdict"].startswith("moved")]
    assert len(root.findall(".//{*}figure")) == len(moved)
verdict = {n: {a["name"]: a["verdict"] for a in r["attacks"]} for n, r in d.items()}
bad = {n: sum(v in ("moved", "moved-undetected") for v in verdict[n].values()) for n in d}
assert bad["pool"] > bad["hardened"] == 0, bad
assert verdict["hardened"]["rewrite-second"] == "withdrew", verdict["hardened"] # not fooled: starved
if "four" in d:
    assert bad["pool"] > bad["four"] > 0, bad
    assert verdict["pool"]["operator-step"].startswith("moved"), verdict["pool"]
    assert verdict["four"]["server-step"] == "held", verdict["four"]
assert d["pool"]["before"]["worst_error_s"] > 0.5 > d["hardened"]["before"]["worst_error_s"]
assert any("one operator" in w for w in d["pool"]["reasons"])
assert any("not authenticated" in w for w in d["pool"]["reasons"])
best = d["pool"]["advice"][0]
assert best["name"] == "replace-pool-nts" and "+ server NEW-1 iburst nts" in best["directives"]
assert best["after"]["worst_error_s"] < 0.1 * best["before"]["worst_error_s"]
END

# --- the same whatever the number of processes
for jobs in 1 3; do
    expect 0 -f "$work/pool.conf" --quick --attack server-step,spoof-second,replay --jobs $jobs
    cp "$work/out" "$work/jobs.$jobs"
done
cmp -s "$work/jobs.1" "$work/jobs.3" || fail "several processes find other things than one"

# --- as text
expect 1 -f "$work/pool.conf" --quick --attack rewrite-second
says '^rewrite-second .* moved, noticed'
says '^ 1\. four servers of four operators in place of the pool, all with nts'
says '^      + server NEW-4 iburst nts'
says 'worst error .* -> '
says 'Nothing is measured of the paths'

# --- what is wrong
printf 'server a.example\nservr b.example\n' >"$work/bad.conf"
expect 2 -f "$work/bad.conf"
complains "bad.conf:2:1: unknown directive \"servr\"; did you mean \"server\"?"
echo 'port 0' >"$work/none.conf"
expect 2 -f "$work/none.conf"
complains 'none.conf configures no source'
expect 2 -f "$work/missing.conf"
complains 'missing.conf:1:1: '
expect 2 -f "$work/pool.conf" --attack server-step,no-such
complains "there is no attack 'no-such'"
expect 2 -f "$work/pool.conf" --hours 3
complains "'3' is not 10 to 168"
expect 2 -f "$work/pool.conf" --seed x
complains "'x' is not a whole number"
expect 2 -f "$work/pool.conf" --jobs 0
complains '--jobs'
expect 4 -f "$work/pool.conf" --quick --attack starve --html /nowhere/report.html
complains '/nowhere/report.html: '

# --- interrupted: what there is
"$bin/etalon" rehearse -f "$work/pool.conf" --hours 168 --jobs 1 --json >"$work/out" 2>"$work/err" &
daemons+=($!)
sleep 3
kill -INT $!
wait $!
code=$?
[ $code = 1 ] || [ $code = 6 ] || fail "interrupted: exit code $code: $(cat "$work/err")"
python3 - "$work/out" <<'END' || fail "interrupted: $(head -c 300 "$work/out")"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["interrupted"] and len(d["attacks"]) < 42
END

# --- a daemon that runs tells of its paths
cat >"$work/live.conf" <<END
server 127.0.0.1 port 11230 iburst minpoll 0 maxpoll 8
statussocket $work/live.sock
END
cat >"$work/up.conf" <<END
local stratum 1 distance 0 bound 0.001
allow 127.0.0.1
port 11230
bindaddress 127.0.0.1
statussocket none
END
"$bin/etalond" --single -d -x -f "$work/up.conf" >"$work/up.log" 2>&1 &
daemons+=($!)
"$bin/etalond" --single -d -x -f "$work/live.conf" >"$work/live.log" 2>&1 &
daemons+=($!)
heard() { "$bin/etalon" sources -s "$work/live.sock" --json 2>/dev/null | grep -q '"samples":[1-9]'; }
until_true 150 heard || fail "the daemon hears nothing"
"$bin/etalon" rehearse -f "$work/live.conf" --quick --attack server-step --json >"$work/out" 2>"$work/err"
grep -q '"measured":true' "$work/out" || fail "the daemon's measurements were not taken"
says 'of 1 of 1 sources are those that the running daemon measures'
echo fine
