#!/bin/bash
# Runs a test where it can neither move the host's clock nor leave anything behind.
#
#   enter.sh SCRIPT ARGUMENT...
#
# The script gets namespaces of its own: network (no way out, private addresses), mounts (/run,
# the user table), processes. CAP_SYS_TIME is gone from the bounding set, so nothing that starts
# in there can have it, root or not. When the script ends, or is killed, the kernel kills what it
# started and takes the namespaces away: there is nothing to clean up, and names cannot collide.
set -euo pipefail

skip() {
    echo "skipped: $*"
    exit 77
}

for tool in setpriv unshare ip python3; do
    command -v $tool >/dev/null || skip "$tool is not installed"
done
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || skip "network namespaces need root (or sudo without a password)"
    exec sudo -n --preserve-env=ETALON_PEERS_REQUIRED "$0" "$@"
fi
unshare --net --mount true 2>/dev/null ||
    skip "no namespaces here (not allowed, or a chroot whose root is no mount point)"

exec setpriv --bounding-set=-sys_time --inh-caps=-sys_time --ambient-caps=-sys_time \
    unshare --net --mount --propagation private --pid --fork --kill-child --mount-proc \
    "$@"
