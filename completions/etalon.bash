# Completion of etalon(1) for bash.

_etalon() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' i
    local commands="status sources selection query watch roughtime ledger timeline export prove replay stability sim rehearse options help version"
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case " $commands " in *" ${COMP_WORDS[i]} "*)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    case $previous in
    -s | --socket | -f | --config | -l | --list | -r | --report | -k | --key | -o | --out | \
        -Y | --policy | -C | --checkpoint | -L | --ledger | -I | --index | -G | --plot | -m | --html)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    -O | --format)
        mapfile -t COMPREPLY < <(compgen -W "text json timesketch ocsf" -- "$word")
        return
        ;;
    -K | --kind)
        mapfile -t COMPREPLY < <(compgen -W "start config leaps process begin receipt journal sample
            intent effect verdict association keying notice alarm evidence request cosigned finding rotated
            pruned lost gap malformed" -- "$word")
        return
        ;;
    -u | --unit)
        mapfile -t COMPREPLY < <(compgen -W "s ms us ns ps 1 ppm ppb" -- "$word")
        return
        ;;
    -A | --taus)
        mapfile -t COMPREPLY < <(compgen -W "octave decade all" -- "$word")
        return
        ;;
    -Z | --statistics)
        mapfile -t COMPREPLY < <(compgen -W "adev oadev mdev tdev hdev ohdev mtie tie all" -- "$word")
        return
        ;;
    -v | --version)
        mapfile -t COMPREPLY < <(compgen -W "3 4" -- "$word")
        return
        ;;
    -c | --count | -i | --interval | -p | --port | -t | --timeout | -d | --days | -F | --from | \
        -U | --to | -n | --lines | -S | --source | -J | --job | -0 | --tau0 | -M | --column | -B | --confidence) return ;;
    esac
    local daemon="--socket --config --timeout --json --help" words=
    case $command in
    '') words="$commands --help --version" ;;
    status | sources | selection) words=$daemon ;;
    watch) words="$daemon --interval --count --plain" ;;
    query)
        words="--ipv4 --ipv6 --port --count --interval --version --timeout --json --help"
        [[ $word == -* ]] || mapfile -t COMPREPLY < <(compgen -A hostname -- "$word")
        ;;
    roughtime)
        words="keygen delegate query verify --list --tcp --draft --any-context --report --key --out
            --days --from --ipv4 --ipv6 --timeout --json --help"
        ;;
    ledger)
        words="list tail show index keygen --ledger --config --from --to --kind --source --job --lines
            --follow --policy --key --index --rebuild --out --json --help"
        ;;
    timeline)
        words="--ledger --config --from --to --format --policy --key --index --help"
        [[ $word == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
        ;;
    export) words="--ledger --from --to --policy --out --help" ;;
    replay) words="--ledger --help" ;;
    prove) words="--ledger --checkpoint --out --json --help" ;;
    stability)
        words="--phase --frequency --tau0 --unit --column --statistics --taus --confidence --plot
            --json --help"
        [[ $word == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
        ;;
    sim)
        words="$(etalon sim 2>/dev/null | sed -n 's/^  \([^ ]*\).*/\1/p')
            --seed --jobs --plot --verbose --json --help"
        ;;
    rehearse) words="--config --attack --seed --hours --jobs --json --html --quick --list --help" ;;
    options) words="--json --help" ;;
    help) words=$commands ;;
    esac
    [[ $command =~ ^(query|timeline|stability)$ && $word != -* ]] ||
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _etalon etalon
