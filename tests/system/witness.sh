#!/bin/bash
# The witness as a server: every answer of the protocol, what it remembers, what it keeps as
# evidence, and what rude clients get.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/witness_lib.bash"

log_key a example.org/a
log_key b example.org/b
log_key other example.org/other
witness_key w
[ "$(stat -c %a w.key)" = 600 ] || fail "the secret key can be read by others"
expect 4 "$witness" keygen example.net/again -o w.key
expect 2 "$witness" keygen "a name" -o new.key
grep -q "cannot be the name" last.log || fail "a bad name is not explained"

port=$(free_port)
printf 'log %s\nquorum none\n' "$(cat b.logvkey)" >b.policy
options=(--log "$(cat a.logvkey)" --log b.policy --timeout 3)
start_witness w "127.0.0.1:$port" "${options[@]}"
first=$pid
python3 "$here/witness_ask.py" protocol "http://127.0.0.1:$port" a.logkey other.logkey \
    "$(cat w.vkey)" || fail "protocol"
python3 "$here/witness_ask.py" abuse 127.0.0.1 "$port" 3 || fail "abuse"
found w.state/evidence split-view
found w.state/evidence bad-proof
found w.state/evidence smaller
split=$(ls w.state/evidence/split-view-*.split)
expect 5 "$witness" check "$split" --log "$(cat a.logvkey)"
grep -q "proven: the log example.org/a signed two histories" last.log || fail "check proves nothing"
expect 0 "$witness" check "$split" --log "$(cat b.logvkey)"
sed 's/^\(513\)$/514/' "$split" >changed.split
expect 0 "$witness" check changed.split --log "$(cat a.logvkey)"
if ! sanitized; then
    grep -q '^Seccomp:[[:space:]]*2' "/proc/$first/status" || fail "no system call filter"
    grep -q '^CapEff:[[:space:]]*0*$' "/proc/$first/status" || fail "capabilities are left"
fi

# Lines that anybody can write below an old checkpoint make no new evidence, and the log stays short.
grep -c . w.state/evidence/findings >findings.before
python3 - "$here" "$port" <<'END' || fail "flood"
import base64, sys
sys.path.insert(0, sys.argv[1])
from witness_ask import ask
from witness_log import Key, Log
url, log = f"http://127.0.0.1:{sys.argv[2]}", Log(Key.load("a.logkey"), 600)
old = log.checkpoint(200)
for i in range(300):
    junk = base64.b64encode(b"\0\0\0\1" + i.to_bytes(8, "big")).decode()
    status, _, _ = ask(url, "POST", "/add-checkpoint", f"old 600\n\n{old}\u2014 x.example/{i} {junk}\n".encode())
    assert status != 200, status
for size in range(201, 240):  # each is another finding
    body = f"old 600\n\n{log.checkpoint(size)}"
    assert ask(url, "POST", "/add-checkpoint", body.encode())[0] != 200
END
new=$(($(grep -c . w.state/evidence/findings) - $(cat findings.before)))
[ $new -ge 39 ] && [ $new -le 40 ] || fail "$new findings of 40"
! grep -rq 'x\.example' w.state/evidence || fail "what strangers wrote is kept as evidence"
[ "$(grep -c 'finding: ' w.log)" -le 20 ] || fail "strangers fill the log with findings"
grep -q "more of them are not told" w.log || fail "it does not say that it tells no more"

# One process for one state; what was cosigned outlives a kill.
cp w.key w2.key
launch_witness w2 "127.0.0.1:$(free_port)" --log "$(cat a.logvkey)" --state w.state
until_true 50 gone "$pid" || fail "two witnesses work with one state"
grep -q "another witness works with this directory" w2.log || fail "the lock is not explained"
kill -9 "$first"
wait "$first" 2>/dev/null
start_witness w "127.0.0.1:$port" "${options[@]}"
grep -q "watching example.org/a, cosigned up to size 600" w.log || fail "it has forgotten"

# Killed the moment it has answered, again and again: what was answered is remembered.
old=600
for size in 601 640 768 769; do
    python3 - "$here" "$port" "$pid" $old $size <<'END' || fail "size $size is not cosigned"
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from witness_ask import ask
from witness_log import Key, Log
port, pid, old, size = map(int, sys.argv[2:])
body = Log(Key.load("a.logkey"), size).request(old)
status, _, _ = ask(f"http://127.0.0.1:{port}", "POST", "/add-checkpoint", body.encode())
os.kill(pid, signal.SIGKILL)
assert status == 200, status
END
    wait "$pid" 2>/dev/null
    start_witness w "127.0.0.1:$port" "${options[@]}"
    grep -q "example.org/a, cosigned up to size $size" w.log || fail "size $size is forgotten"
    old=$size
done

# What cannot be remembered is not signed.
state=$(dirname "$(ls w.state/*/checkpoint)")
chmod 555 "$state"
python3 - "$here" "$port" <<'END' || fail "it signs what it cannot remember"
import sys
sys.path.insert(0, sys.argv[1])
from witness_ask import ask
from witness_log import Key, Log
body = Log(Key.load("a.logkey"), 800).request(769)
status, _, text = ask(f"http://127.0.0.1:{sys.argv[2]}", "POST", "/add-checkpoint", body.encode())
assert status == 500 and "\u2014" not in text, (status, text)
END
chmod 755 "$state"
stop "$pid"
grep -q "counts: " w.log || fail "no counts"

# A damaged memory is no fresh start.
printf 'x' >>"$state/checkpoint"
launch_witness w "127.0.0.1:$port" "${options[@]}"
until_true 50 gone "$pid" || fail "it starts with a damaged record"
grep -q "must not go on" w.log || fail "the damage is not explained"

launch_witness w "nonsense" --log "$(cat a.logvkey)"
until_true 50 gone "$pid" && grep -q "numeric" w.log || fail "a bad address is not explained"
expect 2 "$witness" serve --key a.logkey --state s --log "$(cat a.logvkey)"
expect 2 "$witness" serve --key w.key --state s --log "nonsense+00000000+AAAA"
expect 2 "$witness" serve --key w.key --state s
no_violation
