# What the NTS tests share, beside lib.sh: certificates, names, peers that speak NTS, counters.
# Sourced after lib.sh.
# shellcheck shell=bash

command -v openssl >/dev/null || { echo "skipped: openssl is not installed"; exit 77; }

# Everything that NTS keeps lies in folders of the user that etalond becomes; root reads them too.
nts=$work/nts
mkdir -m 755 "$nts"
cp /etc/hosts "$work/hosts"
mount --bind "$work/hosts" /etc/hosts
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Test CA" \
    -keyout "$nts/ca.key" -out "$nts/ca.pem" 2>"$work/openssl.log" || fail "no certificate authority"

# nts_node NAME NUMBER: a node called NAME.test, with a certificate for that name.
nts_node() {
    node "$1" "$2"
    printf '%s\n' "10.77.0.$2 $1.test" >>"$work/hosts"
    mkdir -m 700 "$nts/$1"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1.test" \
        -keyout "$nts/$1/key.pem" -out "$nts/$1/csr" 2>>"$work/openssl.log"
    openssl x509 -req -in "$nts/$1/csr" -CA "$nts/ca.pem" -CAkey "$nts/ca.key" -CAcreateserial -days 30 \
        -extfile <(echo "subjectAltName=DNS:$1.test,IP:10.77.0.$2,IP:fd77::$2") \
        -out "$nts/$1/cert.pem" 2>>"$work/openssl.log" || fail "no certificate for $1"
    chown -R nobody "$nts/$1"
}

# keys_of FROM TO: the cookie keys of one server for another, as a fleet shares them.
keys_of() {
    install -o nobody -m 600 "$nts/$1/ntskeys" "$nts/$2/ntskeys"
}

# older_form FILE: an ntskeys that chronyd before 4.4 reads as well; the keys stay the same.
older_form() {
    python3 - "$1" <<'END'
import sys
with open(sys.argv[1], encoding="ascii") as file:
    name, age, *keys = file.read().splitlines()
assert name == "NKS1" and all(key.split()[2] == "15" for key in keys)
with open(sys.argv[1], "w", encoding="ascii") as file:
    file.write("\n".join(["NKS0", "15 " + age] + [" ".join(key.split()[:2]) for key in keys]) + "\n")
END
}

# --- chronyd

# chronyd_serves_nts NODE DIRECTIVE...: the host's time at stratum 1, by NTS too.
chronyd_serves_nts() {
    local node=$1
    shift
    printf '%s\n' "local stratum 1" "allow all" "cmdport 0" "bindcmdaddress /" \
        "pidfile $work/chronyd-$node.pid" "ntsservercert $nts/$node/cert.pem" \
        "ntsserverkey $nts/$node/key.pem" "ntsdumpdir $nts/$node" "$@" >"$work/chronyd-$node.conf"
    start "chronyd-$node" "$node" "${chronyd[@]}" -x -d -f "$work/chronyd-$node.conf"
}

# chronyd_follows_nts NODE NAME: a client that goes on, to be asked by chronyc.
chronyd_follows_nts() {
    mkdir -m 770 "$work/chrony-$1"
    printf '%s\n' "server $2 nts iburst minpoll 0 maxpoll 0" "ntstrustedcerts $nts/ca.pem" "port 0" \
        "cmdport 0" "bindcmdaddress $work/chrony-$1/sock" "pidfile $work/chronyd-$1.pid" \
        >"$work/chronyd-$1.conf"
    start "chronyd-$1" "$1" "${chronyd[@]}" -x -d -f "$work/chronyd-$1.conf"
}

# chronyd_nts NODE FIELD: of its one source, from `chronyc authdata`: Mode KeyID Type KLen Last Atmp
# NAK Cook CLen are fields 2 to 10.
chronyd_nts() {
    "${foreign[@]}" "$peers/chrony/usr/bin/chronyc" -c -h "$work/chrony-$1/sock" authdata |
        cut -d, -f "$2"
}

# chronyd_took NODE: it has selected its source, which it authenticates with all cookies in hand.
chronyd_took() {
    local authdata
    authdata=$("${foreign[@]}" "$peers/chrony/usr/bin/chronyc" -c -h "$work/chrony-$1/sock" authdata)
    echo "$authdata"
    [[ $authdata =~ ^[^,]+,NTS,1,15,256,[0-9]+,0,0,8,[0-9]+$ ]] &&
        "${foreign[@]}" "$peers/chrony/usr/bin/chronyc" -c -h "$work/chrony-$1/sock" sources |
        grep -q '^^,\*,'
}

# chronyd_asks_nts NODE NAME: prints by how much we are off, in seconds.
chronyd_asks_nts() {
    on "$1" timeout 20 "${chronyd[@]}" -Q -t 10 -f /dev/null "server $2 nts iburst" \
        "ntstrustedcerts $nts/ca.pem" "pidfile $work/asks.pid" >"$work/chronyd-asks.log" 2>&1 ||
        fail "chronyd -Q got no time from $2 by NTS"
    sed -n 's/.*System clock wrong by \([-0-9.]*\) seconds.*/\1/p' "$work/chronyd-asks.log"
}

# --- NTPsec

# ntpsec_serves_nts NODE
ntpsec_serves_nts() {
    printf '%s\n' "disable ntp kernel" "tos orphan 5 orphanwait 1" "restrict default nomodify noquery" \
        "nts enable" "nts cert $nts/$1/cert.pem" "nts key $nts/$1/key.pem" \
        "nts cookie $nts/$1/cookies" >"$work/ntpsec-$1.conf"
    start "ntpsec-$1" "$1" "${foreign[@]}" "$peers/ntpsec/usr/sbin/ntpd" -n -c "$work/ntpsec-$1.conf"
}

# ntpsec_follows_nts NODE NAME: a client, to be asked by ntpq.
ntpsec_follows_nts() {
    printf '%s\n' "disable ntp kernel" "restrict 127.0.0.1" \
        "server $2 nts iburst minpoll 0 maxpoll 0 ca $nts/ca.pem" >"$work/ntpsec-$1.conf"
    start "ntpsec-$1" "$1" "${foreign[@]}" "$peers/ntpsec/usr/sbin/ntpd" -n -c "$work/ntpsec-$1.conf"
}

# ntpsec_says NODE COMMAND: what ntpq gets for it.
ntpsec_says() {
    on "$1" "${foreign[@]}" timeout 5 python3 "$peers/ntpsec/usr/bin/ntpq" -c "$2" 127.0.0.1
}

# ntpsec_counts NODE TEXT: a counter of `ntpq -c ntsinfo`, by its text.
ntpsec_counts() {
    ntpsec_says "$1" ntsinfo | sed -n "s/^$2: *\([0-9]*\).*/\1/p"
}

# ntpsec_offset NODE: what it measures of its source, in seconds.
ntpsec_offset() {
    ntpsec_says "$1" "rv &1 offset" | sed -n 's/.*offset=\([-+0-9.]*\).*/\1/p' |
        awk '{ print $1 / 1000 }'
}

# ntpsec_took NODE: it follows its source, and has got authenticated replies.
ntpsec_took() {
    ntpsec_says "$1" peers
    ntpsec_says "$1" ntsinfo
    ntpsec_says "$1" peers | grep -q '^\*' && [ "$(ntpsec_counts "$1" "NTS client recvs good")" -ge 4 ]
}

# --- etalond

# etalond_serves_nts NODE DIRECTIVE...
etalond_serves_nts() {
    local node=$1
    shift
    etalond_runs "$node" "local stratum 2 bound 0.01" "allow" "ntsservercert $nts/$node/cert.pem" \
        "ntsserverkey $nts/$node/key.pem" "ntsdumpdir $nts/$node" "$@"
}

# etalond_follows_nts NODE NAME
etalond_follows_nts() {
    etalond_runs "$1" "server $2 nts iburst minpoll 0 maxpoll 2" nosystemcert "ntstrustedcerts $nts/ca.pem"
}

# etalond_holds NODE status|sources EXPRESSION: true of its JSON, called d.
etalond_holds() {
    "$bin/etalon" "$2" --json --socket "$work/etalond-$1.sock" >"$work/holds.json" || true
    python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(d); sys.exit(not eval("(" + sys.argv[2] + ")"))' \
        "$work/holds.json" "$3"
}

# etalond_took NODE ADDRESS: the only source, at that address, is the reference, authenticated,
# with all cookies but the one that is under way; never a NAK, never new keys.
etalond_took() {
    etalond_judges "$1" --true "$2" &&
        etalond_holds "$1" sources "d[0]['auth'] == 'keyed'
            and d[0]['nts']['cookies'] >= 7 and d[0]['nts']['naks'] == 0
            and d[0]['nts']['establishments'] == 1"
}

# etalond_gave NODE COUNT: at least so many authenticated replies, no plain one, no NAK.
etalond_gave() {
    etalond_holds "$1" status "d['nts']['replies'] >= $2 and d['nts']['naks'] == 0
        and d['nts']['replies'] == d['requests']['received']"
}
