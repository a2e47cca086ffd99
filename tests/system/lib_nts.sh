# What the tests of NTS share beside lib.sh: certificates, what the daemons say of themselves.
# Sourced after lib.sh.
# shellcheck shell=bash

command -v openssl >/dev/null || skip "openssl is not installed"

# certificate NAME DAYS SUBJECT-ALTERNATIVE-NAME: $work/NAME.pem and .key, signed by the test's CA
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key.new" \
        -out "$work/csr" -subj "/CN=$1" 2>/dev/null &&
        openssl x509 -req -in "$work/csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
            -CAcreateserial -days "$2" -out "$work/$1.pem.new" \
            -extfile <(echo "subjectAltName=$3") 2>/dev/null &&
        mv "$work/$1.key.new" "$work/$1.key" && mv "$work/$1.pem.new" "$work/$1.pem" ||
        fail "no certificate for $1"
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" \
    -out "$work/ca.pem" -days 7000 -subj "/CN=Test CA" 2>/dev/null || fail "no CA"
certificate server 6000 "DNS:localhost,IP:127.0.0.1"

# json DAEMON COMMAND EXPRESSION: of `etalon COMMAND --json`, as d
json() {
    "$bin/etalon" "$2" --json -s "$work/$1.sock" 2>/dev/null |
        python3 -c "import json, sys; d = json.load(sys.stdin); print($3)"
}

# holds DAEMON COMMAND EXPRESSION
holds() {
    [ "$(json "$1" "$2" "bool($3)")" = True ]
}

# shellcheck disable=SC2034  # for the tests
one_source='d[0]["nts"] if isinstance(d, list) else d["sources"][0]["nts"]'
