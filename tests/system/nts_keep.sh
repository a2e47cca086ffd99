#!/bin/bash
# Cookies over a restart: the last ones are written at the stop, and the stop waits for nobody long.
# And connections for keys where few files may be open.
source "$(dirname "$0")/lib.sh"
source "$here/lib_nts.sh"

ntp=$(free_port) ke=$(free_port)
mkdir "$work/cookies"

configure server local "bindaddress 127.0.0.1" "port $ntp" "allow 127.0.0.0/8" "ntsport $ke" \
    "ntsservercert $work/server.pem" "ntsserverkey $work/server.key" "maxntsconnections 1000"

# client OPTION...
client() {
    configure client "server 127.0.0.1 nts ntsport $ke iburst minpoll -1 maxpoll -1" "port 0" \
        nosystemcert "ntstrustedcerts $work/ca.pem" "ntsdumpdir $work/cookies"
    start client "$@"
    client=$pid
}

# received COUNT: so many good replies of this run
received() {
    holds client sources "(d[0] if isinstance(d, list) else d['sources'][0])['received'] >= $1"
}

start server
server=$pid
for shape in "" --single; do
    rm -f "$work/cookies"/*
    # shellcheck disable=SC2086
    client $shape
    until_true 100 test -s "$work/cookies/127.0.0.1.$ke.0.nts" || fail "no cookies were kept$shape"
    cp "$work/cookies/127.0.0.1.$ke.0.nts" "$work/first"
    until_true 100 received 9 || fail "no replies"
    cmp -s "$work/first" "$work/cookies/127.0.0.1.$ke.0.nts" || fail "cookies are kept too often"
    stop "$client"
    cmp -s "$work/first" "$work/cookies/127.0.0.1.$ke.0.nts" &&
        fail "the cookies on disk are old ones after the stop $shape"
    [ "$(stat -c %a "$work/cookies/127.0.0.1.$ke.0.nts")" = 600 ] || fail "others can read cookies"
    [ "$(ls "$work/cookies")" = "127.0.0.1.$ke.0.nts" ] || fail "something was left behind"
    # shellcheck disable=SC2086
    client $shape
    logged client "cookies of the last run" || fail "they cannot be used"
    until_true 100 received 3 || fail "no replies with the cookies of the last run"
    until_true 20 holds client sources "($one_source)['establishments'] == 0 and ($one_source)['naks'] == 0" ||
        fail "keys were established again"
    stop "$client"
done

# --- a source that does not listen: the daemon ends all the same, and the file stays whole ---
client
until_true 100 received 3 || fail "no replies"
cp "$work/cookies/127.0.0.1.$ke.0.nts" "$work/first"
source=$(job "$client" source)
kill -STOP "$source"
stop "$client"
until_true 30 gone "$source" || fail "the source is still there"
cmp "$work/first" "$work/cookies/127.0.0.1.$ke.0.nts" || fail "the file was changed"
stop "$server"

# --- fewer files than connections: said at the start, and nobody is kept out for long ---
for shape in "" --single; do
    rm -f "$work/server.log" "$work/hold.txt"
    limit=140
    [ "$shape" = --single ] && limit=290
    # shellcheck disable=SC2086
    prlimit --nofile=$limit:$limit "$bin/etalond" -d -x -f "$work/server.conf" $shape \
        >"$work/server.log" 2>&1 </dev/null &
    server=$!
    daemons+=("$server")
    until_true 100 logged server "ready: etalond" || fail "not ready with $limit files $shape"
    logged server "maxntsconnections 1000: at most [0-9]* are served at one time" ||
        fail "nobody says that files are few $shape"
    # shellcheck disable=SC2046
    "$here/nts_clients.py" hold "$ke" 20 $(for i in 2 3 4 5; do yes 127.0.1.$i | head -n 14; done) \
        >"$work/hold.txt" &
    hold=$!
    daemons+=("$hold")
    until_true 50 grep -q held "$work/hold.txt" || fail "no slow connections $shape"
    sleep 1 # that long nobody has to give way
    rm -f "$work/cookies"/*
    client
    within 60 logged client "keys established" || fail "few files keep others out"
    kill "$hold"
    stop "$client"
    stop "$server"
done
no_violation
echo "NTS: cookies at the stop, a stop that waits for nobody, few files"
