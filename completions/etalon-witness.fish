# Completion of etalon-witness(1) for fish.

set -l witness_commands keygen serve submit follow check help version
complete -c etalon-witness -f
complete -c etalon-witness -n "not __fish_seen_subcommand_from $witness_commands" \
    -a "$witness_commands"
complete -c etalon-witness -n "__fish_seen_subcommand_from help" -a "$witness_commands"
complete -c etalon-witness -n "__fish_seen_subcommand_from keygen" -s o -l out -rF -d "secret key"
complete -c etalon-witness -n "__fish_seen_subcommand_from serve" -s k -l key -rF \
    -d "key of the witness"
complete -c etalon-witness -n "__fish_seen_subcommand_from serve" -s a -l listen -x \
    -d "address and port"
complete -c etalon-witness -n "__fish_seen_subcommand_from serve" -s C -l tls-cert -rF \
    -d "certificate"
complete -c etalon-witness -n "__fish_seen_subcommand_from serve" -s K -l tls-key -rF -d "its key"
complete -c etalon-witness -n "__fish_seen_subcommand_from serve" -s u -l user -x \
    -a "(__fish_complete_users)" -d "become this user"
complete -c etalon-witness -n "__fish_seen_subcommand_from serve submit follow" -s s -l state -rF \
    -d "what is remembered, and evidence"
complete -c etalon-witness -n "__fish_seen_subcommand_from serve follow check" -s l -l log -rF \
    -d "verifier key, or a policy that names logs"
complete -c etalon-witness -n "__fish_seen_subcommand_from submit" -s L -l ledger -rF \
    -d "the ledger of this machine"
complete -c etalon-witness -n "__fish_seen_subcommand_from submit" -s U -l url -x \
    -d "a log elsewhere"
complete -c etalon-witness -n "__fish_seen_subcommand_from submit follow" -s p -l policy -rF \
    -d "witnesses and quorum"
complete -c etalon-witness -n "__fish_seen_subcommand_from submit follow" -s e -l every -x \
    -d "go on, seconds between rounds"
complete -c etalon-witness -n "__fish_seen_subcommand_from submit follow" -s 1 -l once -d "one round"
complete -c etalon-witness -n "__fish_seen_subcommand_from submit follow" -s A -l cacert -rF \
    -d "certificates of HTTPS servers"
complete -c etalon-witness -n "__fish_seen_subcommand_from follow" -s S -l stall -x \
    -d "for how long nothing new is fine"
complete -c etalon-witness -n "__fish_seen_subcommand_from serve submit follow" -s t -l timeout -x \
    -d "seconds for one request"
complete -c etalon-witness -n "__fish_seen_subcommand_from serve submit follow" -s v -l verbose \
    -d "log more"
complete -c etalon-witness -n "__fish_seen_subcommand_from check" -F
complete -c etalon-witness -s h -l help -d "the options"
