#!/bin/sh
# The etalon command as scripts see it: exit codes, JSON, usage errors, what queries make of servers
# that behave badly, and what it shows of a running daemon.
#   cli.sh BINDIR
set -u

bin=$1
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) || exit 1
pids=
failures=0

leave() {
    for pid in $pids; do kill "$pid" 2>/dev/null; done
    for pid in $pids; do wait "$pid" 2>/dev/null; done
    rm -rf "$dir"
}
trap leave EXIT
trap 'exit 1' INT TERM HUP

fail() {
    echo "FAILED: $*" >&2
    sed 's/^/    out: /' "$dir/out" >&2
    sed 's/^/    err: /' "$dir/err" >&2
    failures=$((failures + 1))
}

# TENTHS COMMAND...: waits for the command to succeed, up to four times that long (see lib.sh)
until_true() {
    left=$((4 * $1))
    shift
    while ! "$@" >/dev/null 2>&1; do
        [ $left -gt 0 ] || return 1
        left=$((left - 1))
        sleep 0.1
    done
}

# CODE ARGUMENT...: runs etalon, checks its exit code, keeps its output
expect() {
    wanted=$1
    shift
    "$bin/etalon" "$@" >"$dir/out" 2>"$dir/err"
    code=$?
    [ $code = "$wanted" ] || fail "etalon $*: exit code $code, not $wanted"
}

says() { grep -q -e "$1" "$dir/out" || fail "standard output lacks: $1"; }
complains() { grep -q -e "$1" "$dir/err" || fail "standard error lacks: $1"; }
silent() { [ ! -s "$dir/out" ] || fail "standard output is not empty"; }

# EXPRESSION: standard output is JSON, and the Python expression over it (d) is true
json() {
    python3 - "$dir/out" "$1" <<'END' 2>>"$dir/err" || fail "JSON: $1"
import json, sys
try:
    d = json.load(open(sys.argv[1]))
    sys.exit(0 if eval(sys.argv[2]) else 1)
except (ValueError, KeyError, IndexError, TypeError) as error:
    sys.exit(repr(error))
END
}

json_lines() {
    while read -r line; do
        echo "$line" | python3 -m json.tool >"$dir/line" 2>>"$dir/err" || fail "JSON: $line"
    done <"$dir/out"
}

# --- the command line
expect 2
complains 'no command given'
for wrong in nonsense --bogus 'status extra' 'status --port 1' query 'query a b' 'query -4 -6 a' \
    'query -p 0 a' 'query -p 65536 a' 'query -p 1x a' 'query -c 0 a' 'query -c 1001 a' \
    'query -c -1 a' 'query -v 5 a' 'query -t 0 a' 'query -t nan a' 'query -t 1e9 a' \
    'query [::1' 'query [::1]x' 'query a:' 'query a:0' 'query a:99999' 'query :1' 'watch -i 0' \
    roughtime 'roughtime frobnicate' 'roughtime keygen' 'roughtime keygen a b' 'roughtime query' \
    'roughtime query a:1' 'roughtime query a:1 AAAA' 'roughtime query -l /nonexistent' \
    'roughtime query a AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' 'roughtime verify' \
    'roughtime verify /nonexistent' 'roughtime verify -T a' 'roughtime delegate -o x' \
    'roughtime delegate -k /nonexistent -o x' 'roughtime delegate -k a -o b -d 0' \
    'roughtime delegate -k a -o b c' 'roughtime query -D -l x' \
    export 'export -L / -F 1 -U 2' 'export -L /nonexistent -F 1 -U 2 -o x' 'export -T' prove \
    'prove 1' 'prove x -L /' 'prove -1 -L /' 'prove 1 -L /nonexistent' 'prove 1 2' \
    'options -s x' 'version x' 'help nonsense' 'status --socket' 'status -s' \
    'status -f /nonexistent/etalon.conf'; do
    # shellcheck disable=SC2086 # the words are meant to be split
    expect 2 $wrong
    silent
    complains '^etalon: '
done
expect 2 status -s ''
expect 2 status -s "$(printf '%0300d' 0)"
printf 'port 1\nfrobnicate 3\n' >"$dir/bad.conf"
expect 2 status -f "$dir/bad.conf"
complains 'bad.conf:2:'

for command in status sources selection query watch roughtime export prove options help version; do
    expect 0 help $command
    says "Usage: etalon $command"
    expect 0 $command --help
    expect 0 help
    says "^  $command"
done
# Every option that help knows stands in the man page and in the completions.
for command in status query watch roughtime export prove; do
    expect 0 help $command
    # shellcheck disable=SC2013 # words are what is wanted
    for option in $(sed -n 's/^  -., --\([a-z0-9-]*\).*/\1/p' "$dir/out"); do
        grep -q "Fl -$option\b" "$here/../../man/etalon.1" || fail "etalon(1) lacks --$option"
        for shell in etalon.bash _etalon; do
            grep -q -e "--$option\b" "$here/../../completions/$shell" || fail "$shell lacks --$option"
        done
        grep -q -e "-l $option\b" "$here/../../completions/etalon.fish" || fail "fish lacks --$option"
    done
done
expect 0 --help
expect 0 version
says '^etalon [0-9]'
expect 0 --version

expect 0 options
says '^makestep '
expect 0 options --json
json 'len(d) > 20 and all(o["name"] and o["help"] for o in d)'
json '[s["name"] for o in d if o["name"] == "server" for s in o["suboptions"]].count("iburst") == 1'

# --- nobody there
for command in status sources selection 'watch -c 1'; do
    # shellcheck disable=SC2086
    expect 3 $command -s "$dir/none.sock"
    silent
    complains 'none.sock'
done

# --- servers that behave in one way each
mkfifo "$dir/lead"
python3 -B "$here/cli_servers.py" <"$dir/lead" >"$dir/ports" &
pids="$pids $!"
exec 9>"$dir/lead"
until_true 40 grep -q ready "$dir/ports" || fail "the servers are not there"
server() { echo "127.0.0.1:$(sed -n "s/^$1 //p" "$dir/ports")"; }

expect 0 query "$(server right)"
for field in offset delay bound leap version mode stratum poll precision 'root delay' \
    'root dispersion' 'reference id' 'reference time' 'origin time' 'receive time' 'transmit time'; do
    says "^  $field "
done
says "reference id     TEST"
says "lies inside"
if grep -q "$(printf '\033')" "$dir/out"; then fail "colours although this is no terminal"; fi
expect 0 query "$(server right)" --json
json 'd["verdict"] == "OK" and d["host_inside"] and abs(d["offset_s"]) <= d["bound_s"]'
json 'abs(sum(d["bound_parts"].values()) - d["bound_s"]) < 1e-12'
json 'd["header"]["stratum"] == 1 and d["header"]["version"] == 4 and d["length"] == 48'
expect 0 query "$(server right)" --json --version 3
json 'd["header"]["version"] == 3'
expect 0 query -4 localhost -p "$(server right | sed 's/.*://')" --json -c 3 -i 0.1
json 'd["sent"] == 3 and d["answered"] == 3 and len(d["exchanges"]) == 3'
json 'd["bound_s"] == min(x["bound_s"] for x in d["exchanges"])'
expect 0 query "$(server ahead)" --json -c 3 -i 0.1
json 'abs(d["offset_s"] - 0.25) < d["bound_s"] and not d["host_inside"]'
expect 0 query "$(server forged_first)" --json
json 'abs(d["offset_s"]) < 5'
expect 1 query "$(server unsynchronised)" --json
json 'd["verdict"] == "UNSYNCHRONISED" and "bound_s" not in d and d["header"]["leap"] == 3'
expect 1 query "$(server kiss)" -c 5 -i 0.1 --json
json 'd["kiss"] == "RATE" and d["sent"] == 1 and "offset_s" not in d'
expect 1 query "$(server kiss)"
says 'asked too often'
expect 0 query "$(server escapes)"
if grep -q "$(printf '\033')" "$dir/out"; then fail "a reference id reached the terminal raw"; fi
expect 1 query "$(server stratum99)" --json
json 'd["verdict"] == "STRATUM"'
expect 1 query "$(server distant)" --json
json 'd["verdict"] == "ROOT_DISTANCE"'
for name in stranger echo silent; do
    expect 3 query "$(server $name)" --timeout 0.3
    complains 'did not answer in time'
    expect 3 query "$(server $name)" --timeout 0.3 --json
    json 'd["answered"] == 0 and d["error"]'
done
expect 3 query 127.0.0.1:9 --timeout 1
expect 3 query -6 127.0.0.1 --json
json 'd["sent"] == 0 and d["error"]'

if [ -w /dev/full ]; then
    "$bin/etalon" options >/dev/full 2>"$dir/err"
    [ $? = 4 ] || fail "a full disk is not exit code 4"
fi

# --- two daemons, each one process: one on the host clock, one that measures it, a server that is
# right and one that is not; neither touches the clock
port_a=$(python3 -B "$here/free_port.py" "$dir/given" $$)
port_b=$(python3 -B "$here/free_port.py" "$dir/given" $$)
cat >"$dir/a.conf" <<END
local stratum 3 offset 0 bound 0.001
port $port_a
bindaddress 127.0.0.1
allow 127.0.0.1
statussocket $dir/a.sock
END
cat >"$dir/b.conf" <<END
server 127.0.0.1 port $port_a iburst minpoll 0 maxpoll 0
server 127.0.0.1 port $(server right | sed 's/.*://') iburst minpoll 0 maxpoll 0
server 127.0.0.1 port $(server ahead | sed 's/.*://') iburst minpoll 0 maxpoll 0
port $port_b
bindaddress 127.0.0.1
allow 127.0.0.1
statussocket $dir/b.sock
END

# NAME: it has time, and tells of its sources
serves() {
    "$bin/etalon" status -s "$dir/$1.sock" && "$bin/etalon" sources -s "$dir/$1.sock"
}

# NAME: starts etalond with NAME.conf and waits until it serves; verdicts are reported less often
start() {
    "$bin/etalond" --single -x -d -f "$dir/$1.conf" >"$dir/$1.log" 2>&1 9>&- &
    pids="$pids $!"
    until_true 40 serves "$1" && return
    fail "the daemon of $1.conf does not serve"
    cat "$dir/$1.log" >&2
    exit 1
}
start a
start b

expect 0 status -t 20 -s "$dir/a.sock"
says '^locked, stratum 3, '
says '^time  *[0-9T:.-]*Z'
says '^reference  *local, '
says '^kernel clock .*not steered'
asked=$(date +%s)
expect 0 status -f "$dir/a.conf" --json
json 'd["serves"] and d["stratum"] == 3 and 0 < d["bound_s"] < 0.01 and not d["kernel"]["steered"]'
json "$asked - 1"' <= d["utc_ns"] / 1e9 <= __import__("time").time() + 1'
json 'd["leap"] == 0 and d["tai_utc_s"] >= 37'
expect 0 query "127.0.0.1:$port_a" --json
json 'd["host_inside"] and d["header"]["stratum"] == 3'
expect 0 sources -t 20 -s "$dir/a.sock" --json
json '[(s["name"], s["verdict"]) for s in d] == [("local", "reference")]'

liar=$(server ahead)
# The one that is wrong is found out when it has given its samples, and told of with the next report.
found_out() {
    "$bin/etalon" sources -t 20 -s "$dir/b.sock" | grep "^x  $liar .* falseticker\$" &&
        "$bin/etalon" status -t 20 -s "$dir/b.sock" | grep "^locked, .*, 2 of 3 sources agree"
}
until_true 60 found_out || fail "the liar is not found out"
expect 0 status -t 20 -s "$dir/b.sock" --json
json 'd["mode"] == "locked" and d["sources"] == 3 and d["agreeing"] == 2'
expect 0 query "127.0.0.1:$port_b" --json
json 'd["host_inside"]'
expect 0 sources -t 20 -s "$dir/b.sock"
says "^x  $liar .* falseticker\$"
says '^\*  127.0.0.1:'
expect 0 sources -t 20 -s "$dir/b.sock" --json
json '[s["name"] for s in d if s["verdict"] == "falseticker"] == ["'"$liar"'"]'
json 'all(s["reason"] and s["host"] == "127.0.0.1" and s["received"] > 0 for s in d)'
expect 0 selection -t 20 -s "$dir/b.sock"
says "^x  $liar .*  falseticker\$"
says 'misses what the majority agrees on'
expect 0 selection -t 20 -s "$dir/b.sock" --json
json 'd["agreeing"] == 2 and [c["agrees"] for c in d["candidates"]] == [True, True, False]'
json 'd["candidates"][2]["lower_s"] > d["upper_s"]'
expect 0 watch -t 20 -s "$dir/b.sock" -c 2 -i 0.2
[ "$(wc -l <"$dir/out")" = 2 ] || fail "watch: two rounds are not two lines"
says " locked; .*falseticker: $liar; [0-9]* answered\$"
expect 0 watch -t 20 -s "$dir/b.sock" -c 2 -i 0.2 --json
json_lines
: >"$dir/out"
"$bin/etalon" watch -t 20 -s "$dir/b.sock" -i 30 >"$dir/out" 2>"$dir/err" &
watcher=$!
until_true 40 test -s "$dir/out" || fail "watch: no first line"
kill -INT $watcher
wait $watcher || fail "watch: interrupted, exit code $?"
[ "$(wc -l <"$dir/out")" = 1 ] || fail "watch: interrupted after one line"

if [ $failures != 0 ]; then
    echo "$failures failures" >&2
    exit 1
fi
echo "the command line is as documented"
