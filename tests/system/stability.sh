#!/bin/bash
# etalon stability: published results for the test data of NIST SP 1065, files of every shape, gaps and
# other wrong input with the place named, the picture, and a million points in little time.
#   stability.sh BINDIR
# shellcheck source=tests/system/lib.sh
. "$(dirname "$0")/lib.sh"

# CODE ARGUMENT...: runs etalon stability, checks its exit code, keeps its output
expect() {
    local wanted=$1 code
    shift
    "$bin/etalon" stability "$@" >"$work/out" 2>"$work/err"
    code=$?
    [ $code = "$wanted" ] || fail "stability $*: exit code $code, not $wanted: $(cat "$work/err")"
}

# children_s: seconds of the processor's time that what we have started has taken.
children_s() {
    awk -v hz="$(getconf CLK_TCK)" '{ print int(($16 + $17) / hz) }' "/proc/$$/stat"
}

says() { grep -q -e "$1" "$work/out" || fail "standard output lacks: $1"; }
complains() { grep -q -e "$1" "$work/err" || fail "standard error lacks: $1: $(cat "$work/err")"; }

# EXPRESSION: standard output is JSON d, of which value(NAME, TAU) is a row; the expression is true
json() {
    python3 - "$work/out" "$1" <<'END' || fail "JSON: $1"
import json, sys
d = json.load(open(sys.argv[1]))
def value(name, tau):
    rows = next(s["rows"] for s in d["statistics"] if s["name"] == name)
    return next(r for r in rows if abs(r["tau_s"] - tau) < 1e-9 * tau)
def near(a, b, tolerance=5e-7):
    return abs(a / b - 1) < tolerance
sys.exit(0 if eval(sys.argv[2]) else 1)
END
}

# --- the 1000 points of SP 1065 section 12.4, as frequency and as phase
python3 - "$work" <<'END'
import random, sys
n, f = 1234567890, []
for _ in range(1000):
    f.append(n / 2147483647)
    n = n * 16807 % 2147483647
with open(sys.argv[1] + "/frequency", "w") as out:
    out.write("# the set of 1000\n\n" + "".join("%.12f\n" % y for y in f))
x, phase = 0, [0]
for y in f:
    x += y
    phase.append(x)
with open(sys.argv[1] + "/phase", "w") as out:
    out.write("".join("%d; %.9f # %d\n" % (1000 + 16 * i, x * 16e6, i)
              for i, x in enumerate(phase)))
random.seed(1)
with open(sys.argv[1] + "/million", "w") as out:
    x = 0
    for _ in range(1000000):
        x += random.gauss(0, 1e-9)
        out.write("%.12e\n" % x)
END
expect 0 -y -Z all -A 1,10,100 -j "$work/frequency"
json 'd["points"] == 1001 and d["tau0_s"] == 1 and len(d["statistics"]) == 8'
json 'near(value("adev", 10)["deviation"], 9.965736e-02)'
json 'near(value("oadev", 100)["deviation"], 3.241343e-02)'
json 'near(value("mdev", 10)["deviation"], 6.172376e-02)'
json 'near(value("tdev", 100)["deviation"], 1.253382)'
json 'near(value("hdev", 10)["deviation"], 1.052754e-01)'
json 'near(value("ohdev", 100)["deviation"], 3.237638e-02)'
json 'value("oadev", 1)["noise"] == "white FM" and value("oadev", 1)["terms"] == 999'
expect 0 --frequency --statistics oadev --confidence 0.683 --json "$work/frequency"
json 'near(value("oadev", 128)["low"], 2.3045e-02, 3e-4)'
json 'near(value("oadev", 128)["high"], 3.7027e-02, 3e-4)'
expect 0 -Z oadev,tdev,mtie -u us -j -A 16,160 - <"$work/phase"
json 'd["tau0_s"] == 16 and near(value("oadev", 160)["deviation"], 9.159953e-02)'
json 'near(value("tdev", 160)["deviation"], 16 * 3.563623e-01)'
json '"low" not in value("mtie", 16)'
expect 0 -Z oadev -u us -0 1 -M 2 -j "$work/phase"
json 'd["tau0_s"] == 1'
expect 0 -A decade "$work/frequency"
says '^oadev: overlapping Allan deviation$'
says '^ *tau/s  *terms  *edf  *deviation  *low  *high  noise$'
says '^ *400  '
if grep -q '^adev' "$work/out"; then fail "adev without being asked for"; fi
expect 0 -A all -Z tie -y -j "$work/frequency"
json 'len(d["statistics"][0]["rows"]) == 1000'
printf '1\n2\n4\n' >"$work/three"
expect 0 -j "$work/three"
json 'near(value("oadev", 1)["deviation"], 0.5 ** 0.5) and "low" not in value("oadev", 1)'
printf '5 1\n5 2\n' >"$work/still"
printf '0\n0\n0\n0\n0\n' >"$work/zero"
expect 0 "$work/zero"

# --- what is wrong is named, with its place
wrong() {
    local pattern=$1
    shift
    expect 2 "$@"
    complains "$pattern"
    [ ! -s "$work/out" ] || fail "stability $*: standard output is not empty"
}
wrong 'nowhere: No such file' "$work/nowhere"
wrong 'Is a directory' "$work"
printf '1\n2\nx3\n' >"$work/bad"
wrong "bad:3: 'x3' is no number" "$work/bad"
printf '1\n2\nnan\n4\n' >"$work/bad"
wrong "bad:3: 'nan' is no measurement, and a gap" "$work/bad"
printf '# head\n1 5\n2 6\n3\n' >"$work/bad"
wrong 'bad:4: there is no column 2' "$work/bad"
printf '1\n\033[31m\n3\n' >"$work/bad"
wrong 'bad:2: what stands here is no number' "$work/bad"
printf '1\n2\0\n3\n' >"$work/bad"
wrong 'bad:2: a zero byte' "$work/bad"
printf '0 1\n1 2\n2 3\n5 4\n6 5\n' >"$work/bad"
wrong 'bad:4: a gap: 3 s since the value before, where others follow in 1 s' "$work/bad"
expect 0 -0 1 "$work/bad"
printf '0 1\n1 2\n1 3\n2 4\n' >"$work/bad"
wrong 'bad:3: the time is 0 s after' "$work/bad"
wrong '2 values; at least 3' "$work/still"
: >"$work/empty"
wrong 'empty: 0 values' "$work/empty"
wrong 'standard input:1:' - <<<hello
for options in '-x -y' '-y -u ns' '-x -u ppm' '-u Hz' '-0 0' '-0 x' '-0 nan' '-B 1' '-B 0.4' '-M 0' \
    '-M 1.5' '-Z adev,bdev' '-Z adev,,mdev' '-A sometimes' '-A 0.5' '-A 1.5' '-A 9999' '-A 1,,2'; do
    # shellcheck disable=SC2086 # the words are meant to be split
    wrong '^etalon: stability: ' $options "$work/frequency"
done
expect 2
expect 2 a b
wrong '10000 values' -A all "$work/million"

# --- the picture: one SVG document, whose curves are those asked for
expect 0 -y -Z oadev,mtie -G "$work/picture.svg" "$work/frequency"
python3 - "$work/picture.svg" <<'END' || fail "the picture"
import sys, xml.etree.ElementTree as tree
svg = "{http://www.w3.org/2000/svg}"
root = tree.parse(sys.argv[1]).getroot()
curves = {g.get("class"): p.get("points").split() for g in root.iter(svg + "g") for p in g.iter(svg + "polyline")}
assert root.tag == svg + "svg" and set(curves) == {"oadev", "mtie"}, curves.keys()
assert len(curves["oadev"]) == 9 and len(curves["mtie"]) == 10
width, height = float(root.get("width")), float(root.get("height"))
for point in curves["oadev"] + curves["mtie"]:
    x, y = map(float, point.split(","))
    assert 0 <= x <= width and 0 <= y <= height
assert not [e for e in root.iter() if any("href" in a for a in e.attrib)]
END
expect 0 -Z oadev -G "$work/zero.svg" "$work/zero"
python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/zero.svg" ||
    fail "the picture of nothing"
expect 4 -G "$work/nowhere/picture.svg" "$work/zero"
complains 'nowhere/picture.svg: '

# --- a million points; the limit is on our own time, and leaves room for sanitizers
before=$(children_s)
expect 0 -Z all "$work/million"
took=$(($(children_s) - before))
[ $took -le 20 ] || fail "a million points took $took s"
says '^ *262144 '

# --- every option stands in the man page and in the completions
"$bin/etalon" help stability >"$work/out" || fail "help stability"
options=$(sed -n 's/^  -., --\([a-z0-9-]*\).*/\1/p' "$work/out")
[ "$(wc -w <<<"$options")" -ge 10 ] || fail "help stability names only: $options"
for option in $options; do
    grep -q "Fl -$option\b" "$here/../../man/etalon.1" || fail "etalon(1) lacks --$option"
    for shell in etalon.bash _etalon; do
        grep -q -e "--$option\b" "$here/../../completions/$shell" || fail "$shell lacks --$option"
    done
    grep -q -e "-l $option\b" "$here/../../completions/etalon.fish" || fail "fish lacks --$option"
done
echo "etalon stability gives the published results"
