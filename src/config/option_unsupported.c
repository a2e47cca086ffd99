/* What other daemons' configurations say and Etalon does not do: a sentence each on what to do
 * instead, so that nothing an operator relied on is dropped in silence. Mostly chrony's
 * directives and sub-options, and a few of ntpd's. Invariant: no name stands in option_table. */
#include <stddef.h>
#include <strings.h>

#include "config/option.h"

struct hint {
    const char *name, *text;
};

static const char authentication[] =
    "symmetric keys are not spoken; authenticate servers by NTS (\"server NAME nts\"), or decide "
    "that this host may do without and remove the line";
static const char control[] =
    "there is no remote control; \"etalon status\" reads the statussocket and changes nothing";
static const char hardware[] =
    "kernel timestamps are always used, hardware timestamps not yet; remove the line";
static const char rtc[] =
    "the real-time clock is left to the kernel and the init scripts; remove the line";
static const char estimator[] = "the estimator is bounded by maxdistance, maxclockerror, maxdrift "
                                "and maxbound; remove the line";
static const char logs[] = "log lines go to standard error and so to the journal; remove the line";
static const char smear[] =
    "served time is never smeared, because a smear breaks its bound; use leapseclist";
static const char modes[] =
    "symmetric and broadcast modes are not spoken; name the other side with server";
static const char limits[] =
    "a reply is never longer than its request and there is no limit by client; use allow, deny or "
    "the firewall";
static const char memory[] = "memory is sized at the start from the configuration; remove the line";
static const char service[] = "the service manager does this; set it in the unit etalond.service";
static const char sockets[] =
    "requests leave from a random port for each (RFC 9109), routed by the kernel; remove the line";
static const char start[] =
    "use iburst with the servers and makestep for the first correction instead";

static const struct hint directives[] = {
    {"acquisitionport", sockets},
    {"authselectmode", authentication},
    {"bindacqaddress", sockets},
    {"bindacqdevice", sockets},
    {"bindcmdaddress", control},
    {"bindcmddevice", control},
    {"binddevice", "use bindaddress with an address of the interface"},
    {"broadcast", modes},
    {"broadcastclient", modes},
    {"clientloglimit", memory},
    {"clockprecision", "the precision is measured at the start; remove the line"},
    {"cmdallow", control},
    {"cmddeny", control},
    {"cmdport", control},
    {"cmdratelimit", control},
    {"combinelimit", estimator},
    {"commandkey", control},
    {"corrtimeratio", "the rate of correction is limited by maxslewrate; remove the line"},
    {"disable", "there is nothing to disable; remove the line"},
    {"dscp", "packets are sent unmarked; mark them in the firewall"},
    {"dumpdir", "only the frequency is kept between runs, in the driftfile; remove the line"},
    {"dumponexit", "only the frequency is kept between runs, in the driftfile; remove the line"},
    {"enable", "there is nothing to enable; remove the line"},
    {"fallbackdrift",
     "in holdover the last frequency is kept and the bound grows by maxclockerror; "
     "remove the line"},
    {"fudge", "reference clocks are not supported yet; serve them by another daemon and name it "
              "with server"},
    {"generatecommandkey", control},
    {"hwclockfile", rtc},
    {"hwtimestamp", hardware},
    {"hwtstimeout", hardware},
    {"initstepslew", start},
    {"interface", "use bindaddress with an address of the interface"},
    {"keyfile", authentication},
    {"keys", authentication},
    {"leapfile", "the directive is called leapseclist"},
    {"leapsecmode", smear},
    {"leapsectz", "use leapseclist with the path of leap-seconds.list"},
    {"linux_freq_scale", "remove the line; the kernel needs no correction"},
    {"linux_hz", "remove the line; the kernel needs no correction"},
    {"lock_all", "set LimitMEMLOCK and memory locking in the unit; nothing is allocated after the "
                 "start"},
    {"log", logs},
    {"logbanner", logs},
    {"logchange", logs},
    {"logdir", logs},
    {"mailonchange", "nothing is mailed; let the monitoring ask \"etalon status --json\""},
    {"manual", "time cannot be typed in; use local with a declared offset and bound"},
    {"maxjitter", estimator},
    {"maxsamples", memory},
    {"maxstratum", "sources are judged by their root distance, not by stratum; use maxdistance"},
    {"maxtxbuffers", memory},
    {"maxupdateskew", estimator},
    {"minsamples", memory},
    {"minstratum", "sources are judged by their root distance, not by stratum; use noselect"},
    {"nocerttimecheck",
     "certificates are judged by a time that is known to have passed until the time is known; "
     "remove the line"},
    {"noclientlog", "clients are never logged; remove the line"},
    {"ntpsigndsocket", "replies are not signed for Active Directory; keep that server as it is"},
    {"ntsaeads", "AEAD_AES_SIV_CMAC_256 is always used; remove the line"},
    {"ntscachedir", "the directive is called ntsdumpdir"},
    {"ntsprocesses", "one process, the keyer, establishes keys; remove the line"},
    {"ntsratelimit",
     "key establishments are limited by maxntsconnections, and for each address; remove the line"},
    {"opencommands", control},
    {"peer", modes},
    {"pidfile", service},
    {"ptpdomain", "NTP is not carried over PTP; remove the line"},
    {"ptpport", "NTP is not carried over PTP; remove the line"},
    {"ratelimit", limits},
    {"refclock", "reference clocks are not supported yet; serve them by another daemon and name it "
                 "with server"},
    {"refresh", "names are resolved again when a server stops answering; remove the line"},
    {"reselectdist", estimator},
    {"restrict", "use allow and deny; without allow nobody is served"},
    {"rtcautotrim", rtc},
    {"rtcdevice", rtc},
    {"rtcfile", rtc},
    {"rtconutc", rtc},
    {"rtcsync", rtc},
    {"sched_priority", service},
    {"smoothtime", smear},
    {"sourcedir", "use confdir, with file names that end in .conf"},
    {"statsdir", logs},
    {"stratumweight", estimator},
    {"tempcomp", "temperature is not measured; it is covered by maxclockerror"},
    {"tinker", "use makestep, maxslewrate and maxchange"},
    {"tos", "use minsources, maxdistance and local"},
    {"trustedkey", authentication},
    {NULL, NULL},
};

static const struct hint source_suboptions[] = {
    {"asymmetry", "an asymmetric path is corrected by offset"},
    {"auto_offline", "a server that cannot be reached is simply asked again; remove the word"},
    {"burst", "use iburst, or a lower minpoll"},
    {"certset", "there is one set of trusted certificates, ntstrustedcerts; remove the word"},
    {"copy", "stratum and reference id are always our own; remove the word"},
    {"extfield", "no extension field is sent; remove the word"},
    {"filter", "the sample filter is built in; remove the word"},
    {"ipv4", "both families are used as the resolver orders them; or write a numeric address"},
    {"ipv6", "both families are used as the resolver orders them; or write a numeric address"},
    {"key", "symmetric keys are not spoken, and the server is never asked without its key in "
            "silence; remove \"key\" only if unauthenticated time will do"},
    {"maxdelay", "the delay already widens the bound, and maxdistance limits it; remove the word"},
    {"maxdelaydevratio", "the sample filter weighs delays; remove the word"},
    {"maxdelayquant", "the sample filter weighs delays; remove the word"},
    {"maxdelayratio", "the sample filter weighs delays; remove the word"},
    {"maxsamples", memory},
    {"maxunreach", "a server that does not answer is asked again for ever; remove the word"},
    {"mindelay", "the smallest delay is measured; remove the word"},
    {"minsamples", memory},
    {"minstratum", "sources are judged by their root distance; use noselect"},
    {"offline", "every source is asked from the start; remove the word"},
    {"polltarget", "the interval is chosen between minpoll and maxpoll; remove the word"},
    {"presend", "no packet is sent ahead of a request; remove the word"},
    {"stratum", "a stratum cannot be invented for a server; only local has one"},
    {"xleave", "interleaved mode is not spoken; remove the word"},
    {NULL, NULL},
};

static const struct hint server_suboptions[] = {
    {"maxsources", "a server is one source; use pool for a name with several addresses"},
    {NULL, NULL},
};

static const struct hint local_suboptions[] = {
    {"activate", "the host clock serves as soon as nothing better does; remove the word"},
    {"orphan", "servers do not elect one among them; give each its own stratum"},
    {"waitsynced", "the host clock waits for no source; use distance"},
    {"waitunsynced", "the host clock waits for no source; use distance"},
    {NULL, NULL},
};

static const char *find(const struct hint *hints, const char *name) {
    for (; hints->name; hints++)
        if (strcasecmp(hints->name, name) == 0) return hints->text;
    return NULL;
}

const char *option_unsupported(const char *name) {
    return find(directives, name);
}

const char *option_unsupported_suboption(const char *directive, const char *name) {
    if (strcasecmp(directive, "local") == 0) return find(local_suboptions, name);
    const char *text = strcasecmp(directive, "server") == 0 ? find(server_suboptions, name) : NULL;
    return text ? text : find(source_suboptions, name);
}
