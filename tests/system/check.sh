#!/bin/bash
# etalond -n and the command line: what is wrong is named with its place, with exit code 2.
. "$(dirname "$0")/lib.sh"

# wrong TEXT PATTERN: the configuration TEXT is refused with a message that matches.
wrong() {
    printf '%b' "$1" >"$work/wrong.conf"
    "$bin/etalond" -n -f "$work/wrong.conf" >"$work/out" 2>"$work/err"
    local code=$?
    [ $code = 2 ] || fail "exit code $code, not 2, for: $1"
    grep -q -e "$2" "$work/err" || fail "the message '$(cat "$work/err")' does not match $2"
    [ ! -s "$work/out" ] || fail "something on standard output for: $1"
}

wrong 'server 192.0.2.1\nfrobnicate 3\n' "^$work/wrong.conf:2:1: .*frobnicate"
wrong 'server 192.0.2.1 minpoll x\n' "^$work/wrong.conf:1:[0-9]*: "
wrong 'port 70000\n' "^$work/wrong.conf:1:[0-9]*: "
wrong 'include missing.conf\n' "missing.conf"

printf '%s\n' "local stratum 10" "allow" "port 11123" >"$work/right.conf"
[ "$("$bin/etalond" -n -f "$work/right.conf" 2>"$work/err")" = "configuration ok" ] ||
    fail "a right configuration is refused"

printf '%s\n' "port 0" >"$work/empty.conf"
"$bin/etalond" -n -f "$work/empty.conf" >"$work/out" 2>"$work/err" || fail "no sources: exit code $?"
grep -q "no time to keep" "$work/err" || fail "no word about the lack of sources"

"$bin/etalond" -n -f "$work/none.conf" 2>"$work/err"
[ $? = 2 ] || fail "a missing file: exit code is not 2"
grep -q "$work/none.conf" "$work/err" || fail "a missing file is not named"

"$bin/etalond" --frobnicate 2>"$work/err"
[ $? = 2 ] || fail "an unknown option: exit code is not 2"
"$bin/etalond" superfluous 2>"$work/err"
[ $? = 2 ] || fail "an operand: exit code is not 2"
"$bin/etalond" --help | grep "single" >/dev/null || fail "--help says nothing"
"$bin/etalond" --version | grep "^etalond [0-9]" >/dev/null || fail "--version says nothing"
exit 0
