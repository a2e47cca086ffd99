#!/bin/bash
# The clock of etalond and of others on the same simulated networks; see README.md.
#
#   CLKNETSIM_PATH=... CHRONYD=... clock.sh [OPTION...]     clock.sh --help lists the options
#
# Nothing may run as root here: clknetsim tells a daemon that it is uid 0, and if the preloading
# failed, a daemon of root would steer the clock of this machine. As nobody it cannot.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
as_nobody=()
[ "$(id -u)" != 0 ] || as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs
    env HOME=/nonexistent TMPDIR="${TMPDIR:-/tmp}")
exec "${as_nobody[@]}" python3 -B "$here/clock.py" "$@"
