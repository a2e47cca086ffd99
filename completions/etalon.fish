# Completion of etalon(1) for fish.

set -l asking status sources selection watch
set -l others query roughtime ledger timeline export prove replay stability sim rehearse options help version
complete -c etalon -f
complete -c etalon -n "not __fish_seen_subcommand_from $asking $others" -a "$asking $others"
complete -c etalon -n "__fish_seen_subcommand_from help" -a "$asking $others"
complete -c etalon -n "__fish_seen_subcommand_from $asking" -s s -l socket -rF -d "status socket"
complete -c etalon -n "__fish_seen_subcommand_from $asking" -s f -l config -rF \
    -d "configuration that names the socket"
complete -c etalon -n "__fish_seen_subcommand_from $asking query roughtime prove stability sim rehearse options" -s j -l json \
    -d "print JSON"
complete -c etalon -n "__fish_seen_subcommand_from $asking query roughtime" -s t -l timeout -x \
    -d "seconds to wait"
complete -c etalon -n "__fish_seen_subcommand_from watch query" -s i -l interval -x \
    -d "seconds between rounds"
complete -c etalon -n "__fish_seen_subcommand_from watch query" -s c -l count -x -d "rounds"
complete -c etalon -n "__fish_seen_subcommand_from watch" -s P -l plain -d "one line a round"
complete -c etalon -n "__fish_seen_subcommand_from query" -a "(__fish_print_hostnames)"
complete -c etalon -n "__fish_seen_subcommand_from query roughtime" -s 4 -l ipv4 -d "IPv4 only"
complete -c etalon -n "__fish_seen_subcommand_from query roughtime" -s 6 -l ipv6 -d "IPv6 only"
complete -c etalon -n "__fish_seen_subcommand_from query" -s p -l port -x -d "UDP port"
complete -c etalon -n "__fish_seen_subcommand_from query" -s v -l version -xa "3 4" \
    -d "NTP version"
complete -c etalon -n "__fish_seen_subcommand_from roughtime" -a "keygen delegate query verify"
complete -c etalon -n "__fish_seen_subcommand_from roughtime" -s l -l list -rF -d "server list"
complete -c etalon -n "__fish_seen_subcommand_from roughtime" -s T -l tcp -d "over TCP"
complete -c etalon -n "__fish_seen_subcommand_from roughtime" -s D -l draft \
    -d "version 0x8000000c"
complete -c etalon -n "__fish_seen_subcommand_from roughtime" -s a -l any-context \
    -d "either signature context"
complete -c etalon -n "__fish_seen_subcommand_from roughtime" -s r -l report -rF \
    -d "where to write the evidence"
complete -c etalon -n "__fish_seen_subcommand_from roughtime" -s k -l key -rF -d "long-term key"
complete -c etalon -n "__fish_seen_subcommand_from roughtime" -s o -l out -rF \
    -d "delegation to write"
complete -c etalon -n "__fish_seen_subcommand_from roughtime" -s d -l days -x -d "how long"
complete -c etalon -n "__fish_seen_subcommand_from roughtime" -s F -l from -x \
    -d "begin, UTC seconds"
complete -c etalon -n "__fish_seen_subcommand_from ledger" -a "list tail show index keygen"
complete -c etalon -n "__fish_seen_subcommand_from timeline" -F
complete -c etalon -n "__fish_seen_subcommand_from ledger timeline" -s L -l ledger -rF \
    -d "folder or bundle"
complete -c etalon -n "__fish_seen_subcommand_from ledger timeline" -s f -l config -rF \
    -d "configuration"
complete -c etalon -n "__fish_seen_subcommand_from ledger timeline" -s F -l from -x \
    -d "first time or index"
complete -c etalon -n "__fish_seen_subcommand_from ledger timeline" -s U -l to -x \
    -d "last time or index"
complete -c etalon -n "__fish_seen_subcommand_from ledger timeline" -s Y -l policy -rF -d "policy"
complete -c etalon -n "__fish_seen_subcommand_from ledger timeline" -s k -l key -rF \
    -d "verifier keys"
complete -c etalon -n "__fish_seen_subcommand_from ledger timeline" -s I -l index -rF \
    -d "index to use"
complete -c etalon -n "__fish_seen_subcommand_from timeline" -s O -l format \
    -xa "text json timesketch ocsf" -d "form"
complete -c etalon -n "__fish_seen_subcommand_from ledger" -s j -l json -d "exact entries"
complete -c etalon -n "__fish_seen_subcommand_from ledger" -s K -l kind -x -d "kinds"
complete -c etalon -n "__fish_seen_subcommand_from ledger" -s S -l source -x -d "source"
complete -c etalon -n "__fish_seen_subcommand_from ledger" -s J -l job -x -d "job"
complete -c etalon -n "__fish_seen_subcommand_from ledger" -s n -l lines -x -d "at most"
complete -c etalon -n "__fish_seen_subcommand_from ledger" -s w -l follow -d "tail: go on"
complete -c etalon -n "__fish_seen_subcommand_from ledger" -s R -l rebuild \
    -d "make the index anew"
complete -c etalon -n "__fish_seen_subcommand_from ledger" -s o -l out -rF -d "key to write"
complete -c etalon -n "__fish_seen_subcommand_from export prove replay" -s L -l ledger \
    -xa "(__fish_complete_directories)" -d "folder of the ledger"
complete -c etalon -n "__fish_seen_subcommand_from export prove" -s o -l out -rF \
    -d "what to write"
complete -c etalon -n "__fish_seen_subcommand_from export" -s F -l from -x \
    -d "first time or index"
complete -c etalon -n "__fish_seen_subcommand_from export" -s U -l to -x \
    -d "last time or index"
complete -c etalon -n "__fish_seen_subcommand_from export" -s Y -l policy -rF \
    -d "policy to put in"
complete -c etalon -n "__fish_seen_subcommand_from prove" -s C -l checkpoint -rF \
    -d "an older checkpoint"
set -l stability "__fish_seen_subcommand_from stability"
complete -c etalon -n $stability -F
complete -c etalon -n $stability -s x -l phase -d "values are time errors"
complete -c etalon -n $stability -s y -l frequency -d "values are fractional frequency"
complete -c etalon -n $stability -s 0 -l tau0 -x -d "seconds between two values"
complete -c etalon -n $stability -s u -l unit -xa "s ms us ns ps 1 ppm ppb" -d "of the values"
complete -c etalon -n $stability -s M -l column -x -d "of the values"
complete -c etalon -n $stability -s Z -l statistics \
    -xa "adev oadev mdev tdev hdev ohdev mtie tie all" -d "which"
complete -c etalon -n $stability -s A -l taus -xa "octave decade all" -d "averaging times"
complete -c etalon -n $stability -s B -l confidence -x -d "of the intervals"
complete -c etalon -n $stability -s G -l plot -rF -d "picture to write"
set -l rehearse "__fish_seen_subcommand_from rehearse"
complete -c etalon -n $rehearse -s f -l config -rF -d "configuration"
complete -c etalon -n $rehearse -s W -l attack -x -d "only these attacks"
complete -c etalon -n $rehearse -s e -l seed -x -d "of the simulation"
complete -c etalon -n $rehearse -s H -l hours -x -d "for each attack"
complete -c etalon -n $rehearse -s N -l jobs -x -d "processes"
complete -c etalon -n $rehearse -s m -l html -rF -d "page to write"
complete -c etalon -n $rehearse -s Q -l quick -d "end an hour after the attack"
complete -c etalon -n $rehearse -s b -l list -d "the attacks"
set -l sim "__fish_seen_subcommand_from sim"
complete -c etalon -n $sim -F
complete -c etalon -n $sim -a "(etalon sim 2>/dev/null | string match -rg '^  (\S+)')"
complete -c etalon -n $sim -s e -l seed -x -d "N or A..B"
complete -c etalon -n $sim -s N -l jobs -x -d "processes"
complete -c etalon -n $sim -s G -l plot -rF -d "picture to write"
complete -c etalon -n $sim -s V -l verbose -d "what the daemon logs"
