#!/bin/bash
# A fleet: servers that share a secret accept each other's cookies, also after the epoch has changed,
# and one that was given a later secret of the same ratchet too. And names with two addresses, one of
# them silent: keys are established once, and time comes from the other.
#
# Runs in a mount namespace of its own, in which a name has both loopback addresses.
if [ -z "${NTS_FLEET_INSIDE:-}" ]; then
    export NTS_FLEET_INSIDE=1
    unshare --mount true 2>/dev/null && exec unshare --mount --propagation private "$0" "$@"
    unshare --map-root-user --mount true 2>/dev/null &&
        exec unshare --map-root-user --mount --propagation private "$0" "$@"
    echo "skipped: no mount namespaces here"
    exit 77
fi
source "$(dirname "$0")/lib.sh"
source "$here/lib_nts.sh"

name=two.test
printf '%s\n' "127.0.0.1 localhost" "127.0.0.1 $name" "::1 $name" >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts || skip "/etc/hosts cannot be replaced"
certificate server 6000 "DNS:$name,IP:127.0.0.1"

ntp=$(free_port) ke=$(free_port) front_ke=$(free_port)
rotate=5
root=$(($(date +%s) / rotate - 1000)) # epoch of the first secret

# secret EPOCHS: the secret that far along the ratchet, by another implementation of HKDF (RFC 5869).
secret() {
    python3 - "$root" "$1" <<'END'
import hashlib, hmac, sys

epoch, secret = int(sys.argv[1]), bytes(range(32))
def hkdf(salt, info):
    key = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(key, info + b"\1", hashlib.sha256).digest()
for _ in range(int(sys.argv[2])):
    epoch += 1
    secret = hkdf(epoch.to_bytes(8, "big"), b"etalon nts fleet secret")
print(epoch, secret.hex())
END
}

# behind DIRECTIVE...: gives time and opens cookies. front DIRECTIVE...: gives keys.
behind() {
    secret 0 >"$work/secret"
    configure behind local "port $ntp" "allow 127.0.0.0/8" "allow ::1" "ntsport $ke" \
        "ntsservercert $work/server.pem" "ntsserverkey $work/server.key" "ntsrotate $rotate" \
        "ntsfleetsecret $work/secret" "$@"
    start behind
    behind=$pid
    until_true 150 logged behind "cookie keys of epoch" || fail "no keys behind"
}

front() {
    secret 700 >"$work/later"
    configure front local "port $ntp" "ntsntpserver $name" \
        "ntsservercert $work/server.pem" "ntsserverkey $work/server.key" "ntsrotate $rotate" \
        "ntsfleetsecret $work/later" "$@"
    start front
    front=$pid
    until_true 150 logged front "cookie keys of epoch" || fail "no keys at the front"
}

client() {
    local name=$1
    shift
    configure "$name" "$@" "port 0" nosystemcert "ntstrustedcerts $work/ca.pem"
    start "$name"
    client=$pid
}

selected() {
    "$bin/etalon" sources -s "$work/$1.sock"
}

# once DAEMON: keys were established once, and no cookie was refused.
once() {
    holds "$1" sources "($one_source)['establishments'] == 1 and ($one_source)['naks'] == 0
        and ($one_source)['establishments_failed'] == 0"
}

now_selected() {
    until_true 250 selected "$1" || fail "$1: no time"
    once "$1" || fail "$1: $(json "$1" sources "$one_source")"
}

# Which address of the name comes first: it will be silent, with a socket that nobody reads.
mute() {
    python3 -c 'import socket, sys, time
first = [a for a in socket.getaddrinfo(sys.argv[2], int(sys.argv[1]), type=socket.SOCK_DGRAM)]
if len(first) < 2: sys.exit(1)
s = socket.socket(first[0][0], socket.SOCK_DGRAM)
if first[0][0] == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
s.bind(first[0][4])
print(first[0][4][0], first[1][4][0], flush=True)
time.sleep(300)' "$ntp" "$name" >"$work/mute" &
    mute=$!
    daemons+=("$mute")
    until_true 50 test -s "$work/mute" || skip "no two loopback addresses here"
    read -r silent other <"$work/mute"
}

# --- keys from one host, time from another one that is named, and whose first address is silent ---
mute
behind "bindaddress $other"
front "bindaddress 127.0.0.1" "ntsport $front_ke"
client first "server 127.0.0.1 nts ntsport $front_ke iburst minpoll 0 maxpoll 0"
now_selected first
first=$client
logged first "$name: using .*$other" || fail "the second address is not used"
logged first "$name: using .*$silent" || fail "the first address was not tried"
holds front status "d['nts']['served'] == 1 and d['requests']['received'] == 0" || fail "front end"
holds behind status "d['nts']['served'] == 0 and d['nts']['replies'] >= 1" || fail "fleet's server"

# --- epochs change: cookies stay good, and new ones are accepted at once ---
until_true 150 holds behind status "d['nts']['rotations'] >= 2" || fail "no ratchet"
until_true 60 holds front status "d['nts']['rotations'] >= 2" || fail "no ratchet at the front"
client second "server 127.0.0.1 nts ntsport $front_ke iburst minpoll 0 maxpoll 0"
now_selected second
once first || fail "the change of epochs lost a client"
holds behind status "d['nts']['naks'] == 0" || fail "cookies were refused"
stop "$client"
stop "$first"

# --- the name itself has two addresses; the first gives keys, the other gives time ---
stop "$front"
stop "$behind"
behind "bindaddress $other"
front "bindaddress $silent" "ntsport $ke"
client itself "server $name port $ntp nts ntsport $ke iburst minpoll 0 maxpoll 0"
now_selected itself
logged itself "$name: using .*$other" || fail "the second address is not used"
holds front status "d['nts']['served'] == 1" || fail "keys were not got from the first address"
stop "$client"
stop "$front"
stop "$behind"
kill "$mute"
no_violation
echo "NTS fleet: cookies of one accepted by the other, epochs, names with a silent address"
