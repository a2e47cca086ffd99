#!/bin/bash
# What the kernel says of each job: no new privileges, no capabilities, a system call filter, no
# network sockets and no writable clock page but where they belong. And the jobs live with it.
. "$(dirname "$0")/lib.sh"

up=$(free_port)
configure upstream "local stratum 1 bound 0.01" "allow" "bindaddress 127.0.0.1" "port $up"
start upstream
upstream=$pid

port=$(free_port)
configure down "server localhost port $up iburst minpoll 0 maxpoll 0" "allow" \
    "bindaddress 127.0.0.1" "bindaddress ::1" "port $port" "serverjobs 2"
user=$(id -un)
options=()
if [ "$(id -u)" = 0 ]; then
    user=$(getent passwd 65534 | cut -d: -f1)
    options=(-u "${user:?}")
fi
start down "${options[@]}"
until_true 150 synchronised "$port" || fail "it does not synchronise"
"$bin/etalon" query ::1 -p "$port" >/dev/null 2>&1 || [ ! -e /proc/net/if_inet6 ] ||
    ! grep -q . /proc/net/if_inet6 || fail "no time over IPv6"

# field PID NAME
field() {
    sed -n "s/^$2:[[:space:]]*\([^[:space:]]*\).*/\1/p" "/proc/$1/status"
}

for name in keeper source server status resolver; do
    children=$(job "$pid" $name)
    [ -n "$children" ] || fail "there is no $name"
    for child in $children; do
        [ "$(field "$child" NoNewPrivs)" = 1 ] || fail "$name may gain privileges"
        for set in CapPrm CapEff CapInh CapAmb; do
            [ "$(field "$child" $set)" = 0000000000000000 ] || fail "$name has capabilities: $set"
        done
        [ "$(id -u)" != 0 ] || [ "$(field "$child" Uid)" = 65534 ] || fail "$name is still root"
        sanitized || [ "$(field "$child" Seccomp)" = 2 ] || fail "$name has no system call filter"
        writable=$(grep -c "rw-s.*etalon-clock-page" "/proc/$child/maps")
        wanted=0
        [ $name = keeper ] && wanted=1
        [ "$writable" = $wanted ] || fail "$name has $writable writable views of the clock page"
    done
done

# inet PID: how many of its descriptors are UDP sockets.
inet() {
    local fd count=0 inode
    for fd in "/proc/$1"/fd/*; do
        inode=$(readlink "$fd" | sed -n 's/^socket:\[\(.*\)\]$/\1/p')
        [ -n "$inode" ] && grep -q " $inode " /proc/net/udp /proc/net/udp6 && count=$((count + 1))
    done
    echo $count
}
if [ "$(id -u)" = 0 ] || ! sanitized; then
    for name in keeper status resolver; do
        [ "$(inet "$(job "$pid" $name)")" = 0 ] || fail "the $name holds a network socket"
    done
fi

until_true 20 shows down "^keeper.*user=$user" status || fail "the status does not show the sandbox"
sleep 1
stop "$pid"
stop "$upstream"
no_violation
