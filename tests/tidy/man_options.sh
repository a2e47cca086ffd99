#!/bin/sh
# The man page etalon.conf(5) says what the option table says: the same directives and sub-options
# with the same arguments and defaults. Usage: man_options.sh ETALON
set -eu

etalon=${1:?usage: man_options.sh ETALON}
page=$(dirname "$0")/../../man/etalon.conf.5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One line for each: name[/sub-option]|arguments|default
"$etalon" options --json >"$work/json"
python3 - "$work/json" >"$work/table" <<'END'
import json, sys

def words(arguments):
    for mark in ("[", "]", "..."):
        arguments = arguments.replace(mark, " ")
    return " ".join(arguments.split())

for row in json.load(open(sys.argv[1])):
    print(row["name"], words(row["arguments"]), row["default"] or "", sep="|")
    for sub in row["suboptions"]:
        print(f"{row['name']}/{sub['name']}", words(sub["argument"] or ""), sub["default"] or "", sep="|")
END

# Entries of lists are directives, those of lists inside an entry its sub-options. Where the page
# refers from pool to server, the default is the one said there.
awk '
function show() {
    if (name == "") return
    if (said == "" && name ~ /^pool\//) said = defaults["server/" substr(name, 6)]
    defaults[name] = said
    print name "|" arguments "|" said
    name = ""
}
function value(word) { sub(/[.,;]$/, "", word); return word }
/^\.Sh / { inside = $2 == "DESCRIPTION"; show() }
!inside { next }
/^\.Bl / { depth++ }
/^\.El/ { show(); depth-- }
/^\.It Ic / {
    show()
    if (depth == 1) directive = $3
    name = depth == 1 ? $3 : directive "/" $3
    arguments = ""; said = ""
    for (i = 4; i <= NF; i++)
        if ($i !~ /^(Ar|Op|Oo|Oc|Cm|\.\.\.)$/) arguments = arguments (arguments == "" ? "" : " ") $i
}
waiting { said = value($2); waiting = 0 }
/^Default:/ { if (NF == 1) waiting = 1; else said = value($2) }
' "$page" >"$work/page"

sort "$work/table" >"$work/table.sorted"
sort "$work/page" >"$work/page.sorted"
if ! diff -u --label "option table" --label "man page" "$work/table.sorted" "$work/page.sorted"; then
    echo "man/etalon.conf.5 and src/config/option.c differ: name|arguments|default"
    exit 1
fi
count=$(wc -l <"$work/table")
[ "$count" -ge 40 ] || { echo "only $count directives and sub-options were compared"; exit 1; }
echo "$count directives and sub-options are the same in the man page and the option table"
