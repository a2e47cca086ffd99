# What the tests of etalon-witness share beyond lib.sh: logs, witnesses, policies.
# Sourced by each test after lib.sh.
# shellcheck shell=bash
[ -x "$bin/etalon-witness" ] || skip "etalon-witness is not built"
python3 -c "import cryptography" 2>/dev/null || skip "python3-cryptography is not installed"
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
export PYTHONDONTWRITEBYTECODE=1
witness=$bin/etalon-witness
cd "$work" || exit 1

# log_key NAME ORIGIN: a log's key in NAME.logkey, its verifier key in NAME.logvkey.
log_key() {
    python3 "$here/witness_log.py" key "$1.logkey" "$2" >"$1.logvkey" || fail "log key"
}

# grow DIR NAME SIZE [FORK]: the log of that key, as of that size, in DIR/public.
grow() {
    python3 "$here/witness_log.py" grow "$1" "$2.logkey" "${@:3}" || fail "grow $*"
}

# witness_key NAME: makes NAME.key and NAME.vkey.
witness_key() {
    "$witness" keygen "example.net/$1" -o "$1.key" >"$1.vkey" || fail "keygen $1"
}

# launch_witness NAME ADDRESS OPTION...: starts it; its process id is in $pid.
launch_witness() {
    local name=$1 address=$2
    shift 2
    rm -f "$name.log" # what a former run of that name said
    "$witness" serve --key "$name.key" --state "$name.state" --listen "$address" "$@" \
        >"$name.log" 2>&1 </dev/null &
    pid=$!
    daemons+=("$pid")
}

# start_witness NAME ADDRESS OPTION...: the same, and waits until it is ready.
start_witness() {
    launch_witness "$@"
    until_true 100 grep -q "ready: etalon-witness" "$work/$1.log" || fail "$1 does not become ready"
}

# expect CODE COMMAND...: runs it, output in last.log; anything but that exit code fails.
expect() {
    local wanted=$1 code=0
    shift
    "$@" >"$work/last.log" 2>&1 || code=$?
    [ $code = "$wanted" ] || fail "exit code $code, not $wanted: $*"
}

# found DIR KIND: there is a finding of that kind, and a line that names its file.
found() {
    local file
    file=$(ls "$1"/"$2"-*.json 2>/dev/null | head -1)
    [ -n "$file" ] || fail "no evidence of kind $2 in $1"
    python3 - "$1/findings" "$file" <<'END' || fail "the findings of $1 do not name $file"
import json, os, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
item = json.load(open(sys.argv[2]))
assert any(line["evidence"] == os.path.basename(sys.argv[2]) for line in lines)
assert item["v"] == 1 and item["time"].endswith("Z") and item["origin"] and item["by"] and item["text"]
END
}
