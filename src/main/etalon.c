/* etalon: asks the daemon and other NTP servers, reads ledgers and measurements, and shows what
 * they say. It changes nothing.
 * See etalon(1); its exit codes stand in main/etalon_arguments.h. */
#include <stdio.h>
#include <string.h>

#include "config/parse.h"
#include "main/etalon_arguments.h"
#include "main/etalon_export.h"
#include "main/etalon_ledger.h"
#include "main/etalon_options.h"
#include "main/etalon_output.h"
#include "main/etalon_query.h"
#include "main/etalon_rehearse.h"
#include "main/etalon_replay.h"
#include "main/etalon_roughtime.h"
#include "main/etalon_selection.h"
#include "main/etalon_sim.h"
#include "main/etalon_sources.h"
#include "main/etalon_stability.h"
#include "main/etalon_status.h"
#include "main/etalon_timeline.h"
#include "main/etalon_view.h"
#include "main/etalon_watch.h"
#include "os/storage.h"

/* Where the daemon is to be asked: as given, as configured, or the built-in default. */
static bool choose_socket(struct etalon_arguments *arguments) {
    static struct config config;
    static struct config_error error;
    if (arguments->socket[0]) return true;
    config_default(&config);
    if (arguments->config &&
        parse_file(arguments->config, &storage_config_loader, &config, &error) != ERR_OK) {
        fprintf(stderr, "etalon: %s:%u:%u: %s\n", error.place.file, (unsigned)error.place.line,
                (unsigned)error.place.column, error.text);
        return false;
    }
    if (!config.status_socket[0]) {
        fprintf(stderr, "etalon: %s configures no status socket\n", arguments->config);
        return false;
    }
    memcpy(arguments->socket, config.status_socket, sizeof arguments->socket);
    return true;
}

static enum etalon_exit show_json(enum etalon_command command, const struct etalon_view *view) {
    struct json json;
    etalon_output_json_begin(&json);
    if (command == ETALON_STATUS)
        etalon_status_json(view, &json, NULL);
    else if (command == ETALON_SOURCES)
        etalon_sources_json(view, &json, NULL);
    else if (command == ETALON_SELECTION)
        etalon_selection_json(view, &json);
    else
        etalon_options_json(&json);
    return etalon_output_json_print(&json) ? ETALON_FINE : ETALON_FAILED;
}

static enum etalon_exit show_view(const struct etalon_arguments *arguments,
                                  const struct etalon_output *output) {
    static struct etalon_view view;
    enum etalon_exit code = etalon_view_ask(arguments->socket, arguments->timeout_s, &view);
    if (code != ETALON_FINE) return code;
    if (arguments->json)
        code = show_json(arguments->command, &view);
    else if (arguments->command == ETALON_STATUS)
        etalon_status_print(&view, output);
    else if (arguments->command == ETALON_SOURCES)
        etalon_sources_print(&view, output);
    else
        etalon_selection_print(&view, output);
    if (code != ETALON_FINE) return code;
    return arguments->command == ETALON_STATUS ? etalon_view_exit(&view)
                                               : etalon_sources_exit(&view);
}

static enum etalon_exit show_help(const char *command) {
    if (etalon_arguments_help(command, stdout)) return ETALON_FINE;
    fprintf(stderr, "etalon: unknown command '%s'\nTry: etalon help\n", command);
    return ETALON_USAGE;
}

static enum etalon_exit show_options(bool json, const struct etalon_output *output) {
    if (json) return show_json(ETALON_OPTIONS, NULL);
    etalon_options_print(output);
    return ETALON_FINE;
}

static enum etalon_exit run(struct etalon_arguments *arguments) {
    struct etalon_output output = etalon_output_probe();
    switch (arguments->command) {
    case ETALON_HELP:
        return show_help(arguments->operand);
    case ETALON_VERSION_SHOWN:
        puts("etalon " ETALON_VERSION);
        return ETALON_FINE;
    case ETALON_OPTIONS:
        return show_options(arguments->json, &output);
    case ETALON_QUERY:
        return etalon_query(arguments, &output);
    case ETALON_ROUGHTIME:
        return etalon_roughtime(arguments, &output);
    case ETALON_EXPORT:
        return etalon_export(arguments);
    case ETALON_PROVE:
        return etalon_prove(arguments);
    case ETALON_LEDGER:
        return etalon_ledger(arguments, &output);
    case ETALON_TIMELINE:
        return etalon_timeline(arguments, &output);
    case ETALON_REPLAY:
        return etalon_replay(arguments);
    case ETALON_STABILITY:
        return etalon_stability(arguments, &output);
    case ETALON_SIM:
        return etalon_sim(arguments, &output);
    case ETALON_REHEARSE:
        return etalon_rehearse(arguments, &output);
    case ETALON_WATCH:
        return choose_socket(arguments) ? etalon_watch(arguments, &output) : ETALON_USAGE;
    default:
        return choose_socket(arguments) ? show_view(arguments, &output) : ETALON_USAGE;
    }
}

int main(int argc, char **argv) {
    static struct etalon_arguments arguments;
    if (!etalon_arguments_parse(argc, argv, &arguments)) return ETALON_USAGE;
    enum etalon_exit code = run(&arguments);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("etalon: the output could not be written\n", stderr);
        return ETALON_FAILED;
    }
    return code;
}
