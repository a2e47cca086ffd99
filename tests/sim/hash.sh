#!/bin/sh
# hash.sh SOURCE_DIR [SEED]: builds the simulator with gcc and clang, -O0 and -O2, runs every
# scenario with each and compares all they print, the hash of the trace among it.
# Exits with 0 if all agree, 1 if not or if a build fails, 77 if a compiler is missing.
set -eu
source=$(cd "$1" && pwd)
seed=${2:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for compiler in gcc clang; do
  command -v "$compiler" >/dev/null || { echo "hash.sh: no $compiler here"; exit 77; }
done

cmake -DSCENARIOS="$source/scenarios" -DOUT="$work/catalogue.files.c" \
  -P "$source/cmake/embed_scenarios.cmake"

# One line for each object: compiler, level, source.
list_objects() {
  for folder in base crypto wire clock config proto ledger jobs sim; do
    for file in "$source/src/$folder"/*.c; do echo "$1 $2 $file"; done
  done
  echo "$1 $2 $work/catalogue.files.c"
  echo "$1 $2 $source/tests/sim/sim_hash.c"
}

export source work
compile='
  compiler=$0 level=$1 file=$2
  folder=$(basename "$(dirname "$file")")
  exec "$compiler" -std=c17 "$level" -ffp-contract=off -fno-strict-aliasing -D_GNU_SOURCE \
    -DETALON_VERSION="\"hash\"" -I"$source/src" -c "$file" \
    -o "$work/$compiler$level/${folder}_$(basename "$file" .c).o"'

for compiler in gcc clang; do
  for level in -O0 -O2; do
    mkdir "$work/$compiler$level"
    list_objects "$compiler" "$level"
  done
done | xargs -P "$(nproc)" -n 3 sh -c "$compile"

run() {
  variant=$1
  "${variant%%-*}" -o "$work/$variant/sim_hash" "$work/$variant"/*.o -lnettle -lssl -lcrypto -lm
  "$work/$variant/sim_hash" "$seed" >"$work/$variant.out"
}
for compiler in gcc clang; do
  run "$compiler-O0" &
  run "$compiler-O2" &
  wait
done

scenarios=$(find "$source/scenarios" -name "*.scenario" | wc -l)
status=0
for variant in gcc-O2 clang-O0 clang-O2; do
  if cmp -s "$work/gcc-O0.out" "$work/$variant.out"; then
    echo "$variant: $scenarios scenarios as with gcc-O0"
  else
    echo "$variant: differs from gcc-O0 (seed $seed)"
    diff "$work/gcc-O0.out" "$work/$variant.out" | head -20
    status=1
  fi
done
[ "$(wc -l <"$work/gcc-O0.out")" -eq "$scenarios" ] || { echo "nothing was run"; exit 1; }
exit $status
