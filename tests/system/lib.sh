# What the tests of the daemon share: a folder, daemons started and ended by process id, waiting.
# Sourced by each test: TEST BINDIR.
# shellcheck shell=bash
set -uo pipefail

bin=$(cd "${1:?BINDIR}" && pwd)
# shellcheck disable=SC2034  # the tests that source this use it
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
chmod 755 "$work" # for the tests in which the daemon becomes another user
daemons=()

leave() {
    local pid
    for pid in "${daemons[@]}"; do
        kill -9 "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' INT TERM HUP

fail() {
    echo "FAILED: $*" >&2
    local log
    for log in "$work"/*.log; do
        [ -s "$log" ] || continue
        echo "--- $(basename "$log")" >&2
        tail -40 "$log" >&2
    done
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77
}

# until_true TENTHS COMMAND...: waits for the command to succeed, that many tenths of a second where
# nobody else wants the machine, and four times as long where others do.
until_true() {
    within $((4 * $1)) "${@:2}"
}

# within TENTHS COMMAND...: the same where the time is what is tested.
within() {
    local left=$1
    shift
    while ! "$@" >/dev/null 2>&1; do
        [ "$left" -gt 0 ] || return 1
        left=$((left - 1))
        sleep 0.1
    done
}

# A port that nobody has, over UDP or TCP, never the same one twice.
free_port() {
    python3 -B "$here/free_port.py" "$work/.ports" $$ || fail "no free port"
}

# configure NAME DIRECTIVE...: writes $work/NAME.conf with a control socket of its own.
configure() {
    local name=$1
    shift
    printf '%s\n' "statussocket $work/$name.sock" "$@" >"$work/$name.conf"
}

# launch NAME OPTION...: starts etalond in the foreground; its process id is in $pid.
launch() {
    local name=$1
    shift
    rm -f "$work/$name.log" # what a former run of that name said
    "$bin/etalond" -d -x -f "$work/$name.conf" "$@" >"$work/$name.log" 2>&1 </dev/null &
    pid=$!
    daemons+=("$pid")
}

# start NAME OPTION...: the same, and waits until it is ready.
start() {
    launch "$@"
    until_true 100 grep -q "ready: etalond" "$work/$1.log" || fail "$1 does not become ready"
}

# stop PID: asks the daemon to end; it must do so, with exit code 0.
stop() {
    kill -TERM "$1" || fail "$1 does not run"
    until_true 50 gone "$1" || fail "$1 does not end"
    wait "$1"
    local code=$?
    [ $code = 0 ] || fail "$1 ended with exit code $code"
}

# A zombie has ended too.
gone() {
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
    [ -z "$state" ] || [ "$state" = Z ]
}

# job PARENT NAME: the process ids of its jobs of that name.
job() {
    local child name title=etalond:$2
    for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
        name=$(cat "/proc/$child/comm" 2>/dev/null)
        [ "$name" = "${title:0:15}" ] && echo "$child" # the kernel keeps 15 characters
    done
}

logged() {
    grep -q -e "$2" "$work/$1.log"
}

# shows NAME TEXT COMMAND...: what etalon says for that command of that daemon has such a line. Its
# exit code does not matter, nor when who reads has seen enough.
shows() {
    local said
    said=$("$bin/etalon" "${@:3}" -s "$work/$1.sock" 2>/dev/null)
    grep -qE -e "$2" <<<"$said"
}

# synchronised PORT: one request to the daemon is answered with time.
synchronised() {
    "$bin/etalon" query 127.0.0.1 -p "$1" >/dev/null 2>&1
}

# begin_asking PORT GAP_S, and end_asking: meanwhile time is served, without a gap that long.
begin_asking() {
    python3 -B "$here/asker.py" "$1" "$2" >"$work/asker.log" 2>&1 &
    asker=$!
    daemons+=("$asker")
    until_true 50 grep -q answered "$work/asker.log" || fail "nobody is answered"
}

end_asking() {
    kill -TERM "$asker"
    wait "$asker" || fail "time was not served throughout: $(tail -1 "$work/asker.log")"
}

no_violation() {
    local log
    for log in "$work"/*.log; do
        ! grep -e "sandbox does not allow" -e "bug: CHECK" -e "ERROR: AddressSanitizer" "$log" ||
            fail "$(basename "$log") tells of a crash"
    done
}

sanitized() {
    grep -q "left off in a sanitizer build" "$work"/*.log
}
