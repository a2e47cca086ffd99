# Completion of etalon-witness(1) for bash.

_etalon_witness() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=
    COMPREPLY=()
    case $previous in
    -o | --out | -k | --key | -l | --log | -C | --tls-cert | -K | --tls-key | -p | --policy | \
        -A | --cacert)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    -s | --state | -L | --ledger)
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    -u | --user)
        mapfile -t COMPREPLY < <(compgen -u -- "$word")
        return
        ;;
    -a | --listen | -U | --url | -e | --every | -S | --stall | -t | --timeout) return ;;
    esac
    if [[ $COMP_CWORD == 1 ]]; then
        words="keygen serve submit follow check help version --help --version"
    else
        case ${COMP_WORDS[1]} in
        keygen) words="--out --help" ;;
        serve)
            words="--key --state --log --listen --tls-cert --tls-key --user --timeout --verbose
                --help"
            ;;
        submit)
            words="--ledger --url --policy --state --every --once --cacert --timeout --verbose
                --help"
            ;;
        follow)
            words="--state --policy --log --stall --every --once --cacert --timeout --verbose
                --help"
            [[ $word == -* ]] || mapfile -t COMPREPLY < <(compgen -d -- "$word")
            ;;
        check)
            words="--log --help"
            [[ $word == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
            ;;
        help) words="keygen serve submit follow check" ;;
        esac
    fi
    ((${#COMPREPLY[@]})) || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _etalon_witness etalon-witness
