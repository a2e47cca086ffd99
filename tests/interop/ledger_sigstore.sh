#!/bin/bash
# The npm package @sigstore/verify takes logs of ours, and refuses tampered ones.
#
#   ledger_sigstore.sh BINDIR PEERS
#
# The package is fetched once by npm, from whatever registry npm is set up for, into
# PEERS/sigstore-VERSION; nothing is installed and no script of a package is run.
source "$(dirname "$0")/ledger_lib.sh"

version=3.1.1
package=${2:?PEERS}/sigstore-$version
command -v node >/dev/null || unavailable "node is not installed (nodejs)"
node -e 'const [a, b] = process.versions.node.split(".").map(Number);
         process.exit(a > 22 || (a === 22 && b >= 9) || (a === 20 && b >= 17) ? 0 : 1)' ||
    unavailable "@sigstore/verify $version needs node 20.17, 22.9 or later; this is $(node --version)"

if [ ! -d "$package" ]; then
    command -v npm >/dev/null || unavailable "npm is not installed, so @sigstore/verify cannot be had"
    mkdir -p "$work/npm" "$(dirname "$package")"
    echo '{"private": true}' >"$work/npm/package.json"
    (cd "$work/npm" && timeout 100 npm install --ignore-scripts --no-audit --no-fund --no-save \
        --cache "$work/cache" "@sigstore/verify@$version") >"$work/npm.log" 2>&1 || {
        tail -5 "$work/npm.log"
        unavailable "npm install @sigstore/verify failed"
    }
    mv "$work/npm" "$package"
fi

check() {
    node "$here/ledger_sigstore.js" "$package/node_modules" "$@"
}

everything
