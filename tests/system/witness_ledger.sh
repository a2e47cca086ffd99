#!/bin/bash
# Two daemons with ledgers watch each other: each ledger is cosigned by the other side's witness,
# the recorder publishes and records it, and a monitor of either side finds all in order.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/witness_lib.bash"

for side in nord sud; do
    witness_key $side
    "$bin/etalon" ledger keygen "$side.example/time" --out $side.seed >$side.logvkey || fail "keygen"
done
port_nord=$(free_port) port_sud=$(free_port)
# keep SIDE OTHER PORT: a daemon whose ledger OTHER's witness watches.
keep() {
    printf 'log %s\nwitness %s %s http://127.0.0.1:%s\nquorum %s\n' "$(cat "$1.logvkey")" "$2" \
        "$(cat "$2.vkey")" "$3" "$2" >"$1.policy"
    configure "$1" "local stratum 1 bound 0.01" "port 0" "ledger $work/$1.ledger" \
        "ledgerkey $work/$1.seed" "ledgerpolicy $work/$1.policy"
    start "$1"
    until_true 100 test -s "$1.ledger/public/checkpoint" || fail "$1 has no checkpoint"
}
keep nord sud "$port_sud"
nord=$pid
keep sud nord "$port_nord"
sud=$pid
mkdir -p w # the logs of the witnesses beside those of the daemons
ln -s ../nord.key w/nord.key
ln -s ../sud.key w/sud.key
start_witness w/nord "127.0.0.1:$port_nord" --log "$(cat sud.logvkey)" && witness_nord=$pid
start_witness w/sud "127.0.0.1:$port_sud" --log "$(cat nord.logvkey)" && witness_sud=$pid

# filled SIDE: the ledger's checkpoint has entries.
filled() {
    [ "$(sed -n 2p "$1.ledger/public/checkpoint")" -gt 0 ]
}

# published SIDE: a checkpoint with cosignatures stands beside the ledger.
published() {
    compgen -G "$1.ledger/public/cosigned/*" | grep -vq '\.new$'
}
for side in nord sud; do
    until_true 100 filled $side || fail "the ledger of $side stays empty"
    expect 0 "$witness" submit --ledger $side.ledger --policy $side.policy
    until_true 150 published $side || fail "$side does not publish what came back"
    expect 0 "$witness" follow $side.ledger --policy $side.policy --state $side.monitor
    sleep 1
    expect 0 "$witness" submit --ledger $side.ledger --policy $side.policy
    expect 0 "$witness" follow $side.ledger --policy $side.policy --state $side.monitor
    [ ! -e $side.monitor/findings ] || fail "a finding without a reason"
done
stop "$nord"
stop "$sud"
expect 0 "$witness" submit --ledger nord.ledger --policy nord.policy
stop "$witness_nord"
stop "$witness_sud"
no_violation
