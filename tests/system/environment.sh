#!/bin/bash
# What the machine may lack: a clear message, and service goes on where it can.
. "$(dirname "$0")/lib.sh"

# refused NAME PATTERN OPTION...: does not start, says why, exit code 1.
refused() {
    local name=$1 pattern=$2
    shift 2
    launch "$name" "$@"
    until_true 50 gone "$pid" || fail "$name runs, but should not"
    wait "$pid"
    local code=$?
    [ $code = 1 ] || fail "$name: exit code $code, not 1"
    logged "$name" "$pattern" || fail "$name: no message like $pattern"
}

port=$(free_port)
configure first "local stratum 2 bound 0.01" "allow" "bindaddress 127.0.0.1" "port $port"
start first
first=$pid
first_port=$port

# The port is in use, whoever uses it.
configure second "local stratum 2" "allow" "bindaddress 127.0.0.1" "port $port"
refused second "127.0.0.1:$port: Address already in use; .*port"
configure wild "local stratum 2" "allow" "port $port"
refused wild ":$port: Address already in use"

# The control socket is in use: nothing is taken away from the other daemon.
configure third "local stratum 2" "port 0"
sed -i "s|third.sock|first.sock|" "$work/third.conf"
start third
logged third "another etalond answers" || fail "third: no word about the control socket"
stop "$pid"
until_true 20 "$bin/etalon" status -s "$work/first.sock" || fail "first lost its control socket"

configure elsewhere "local stratum 2" "allow" "bindaddress 192.0.2.77" "port $port"
refused elsewhere "192.0.2.77:$port: .*bindaddress"

configure nobody "local stratum 2" "port 0"
[ "$(id -u)" != 0 ] || refused nobody "there is no user nosuchuser" -u nosuchuser

# A port for which root is needed.
if [ "$(id -u)" = 0 ] && [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 123 ] &&
    command -v setpriv >/dev/null; then
    configure low "local stratum 2" "allow" "bindaddress 127.0.0.1" "port 123"
    sed -i "s|statussocket .*|statussocket none|" "$work/low.conf"
    setpriv --reuid=65534 --regid=65534 --clear-groups "$bin/etalond" -d -x -f "$work/low.conf" \
        >"$work/low.log" 2>&1
    [ $? = 1 ] || fail "low: exit code is not 1"
    logged low "127.0.0.1:123: Permission denied; .*CAP_NET_BIND_SERVICE" ||
        fail "low: no word about the right to the port"
fi

# No right to steer: it says so and serves all the same. Only a process without any capability is
# started without -x.
deprived=(setpriv --no-new-privs --inh-caps=-all --bounding-set=-all)
[ "$(id -u)" != 0 ] || deprived+=(--reuid=65534 --regid=65534 --clear-groups)
if "${deprived[@]}" grep -q "^CapEff:[[:space:]]*0000000000000000$" /proc/self/status; then
    port=$(free_port)
    configure unable "local stratum 2 bound 0.01" "allow" "bindaddress 127.0.0.1" "port $port"
    sed -i "s|statussocket .*|statussocket none|" "$work/unable.conf"
    "${deprived[@]}" "$bin/etalond" -d -f "$work/unable.conf" >"$work/unable.log" 2>&1 &
    pid=$!
    daemons+=("$pid")
    until_true 50 synchronised "$port" || fail "unable: no time is served"
    logged unable "no right to steer the system clock (CAP_SYS_TIME)" ||
        fail "unable: no word about the right to steer"
    stop "$pid"
fi

# Names that nobody knows, no server at the other end, files that cannot be: it goes on without.
upstream=$first_port
port=$(free_port)
configure poor "server 127.0.0.1 port $upstream iburst" "allow" "bindaddress 127.0.0.1" \
    "port $port" "server does-not-exist.invalid iburst" "server 127.0.0.1 port 9 iburst" \
    "driftfile $work/no/such/drift" "leapseclist $work/no-list"
start poor
until_true 50 logged poor "127.0.0.1:$upstream: reachable" || fail "poor: the good source is not used"
until_true 100 logged poor "does-not-exist.invalid cannot be looked up" ||
    fail "poor: no word about the name"
logged poor "no-list: No such file" || fail "poor: no word about the leap second list"
logged poor "drift file .* will not be kept: .*No such file" || fail "poor: no word about the drift file"
stop "$pid"

# Nothing to keep time by: it runs, says so, and gives no time.
port=$(free_port)
configure void "allow" "bindaddress 127.0.0.1" "port $port"
start void
logged void "no time to keep" || fail "void: no word about the lack of sources"
! synchronised "$port" >"$work/void.out" 2>&1 || fail "void: time out of nothing"
stop "$pid"

stop "$first"
no_violation
