#!/bin/sh
# An install into an empty folder holds everything that belongs there, and it works from there.
#   install.sh SOURCE BUILD
set -eu
source=$1
build=$2

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cmake --install "$build" --prefix "$root" >"$root/log" || { cat "$root/log" >&2; exit 1; }

failed=0
missing() {
    echo "cmake/install.cmake:1: $1 is not installed"
    failed=1
}

# want FILE...: paths under the prefix.
want() {
    for file in "$@"; do
        [ -s "$root/$file" ] || missing "$file"
    done
}

want sbin/etalond bin/etalon bin/etalon-verify share/doc/etalon/LICENSE share/doc/etalon/README.md \
    share/man/man8/etalond.8 share/man/man1/etalon.1 share/man/man5/etalon.conf.5

# Whatever the source folders hold must arrive somewhere under its own or its command's name.
for file in "$source"/man/*.[158] "$source"/systemd/* "$source"/conf/* "$source"/completions/* \
    "$source"/scenarios/*/*; do
    [ -f "$file" ] || continue
    name=${file##*/}
    find "$root" -name "$name" -o -name "${name%.bash}" | grep -q . || missing "${file#"$source"/}"
done
find "$root" -path '*systemd/system/*.service' | grep -q . || missing "a systemd unit"
unit=$root/lib/systemd/system/etalond.service
started=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
[ -x "$started" ] || missing "what $unit starts ($started)"
find "$root" -path '*completions/etalon*' | grep -q . || missing "a shell completion"

for program in "$root/sbin/etalond" "$root/bin/etalon" "$root/bin/etalon-verify"; do
    [ -x "$program" ] || continue
    "$program" --version >"$root/version" 2>&1 || true
    grep -q '[0-9]\.[0-9]' "$root/version" || {
        echo "src/main/${program##*/}.c:1: the installed ${program##*/} --version names no version:"
        cat "$root/version"
        failed=1
    }
done
exit $failed
