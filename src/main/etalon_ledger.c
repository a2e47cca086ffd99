/* etalon ledger list, tail, show, index and keygen. Invariant: nothing is shown of an entry that is
 * not what the log committed to, and no control character of an entry reaches a terminal. */
#include "main/etalon_ledger.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "main/etalon_entry_text.h"
#include "main/etalon_ledger_search.h"

enum { TAIL_LINES = 10 };

struct listing {
    const struct etalon_arguments *arguments;
    const struct etalon_output *output;
    struct etalon_ledger_tree *tree;
    bool unprintable; /* an entry with a line break in it */
};

static enum etalon_exit refuse(const char *command, const char *what) {
    fprintf(stderr, "etalon: ledger %s: %s\nTry: etalon help ledger\n", command, what);
    return ETALON_USAGE;
}

/* The exact bytes; on a terminal what could steer it is escaped (U+007F to U+009F; JSON allows no
 * other control character inside texts). */
static void print_exact(struct listing *listing, const struct etalon_entry *entry) {
    const unsigned char *bytes = (const unsigned char *)entry->bytes;
    if (memchr(bytes, '\n', entry->length) || memchr(bytes, '\r', entry->length)) {
        fprintf(stderr, "etalon: %s: entry %" PRIu64 ": has a line break between its members\n",
                listing->tree->path, entry->index);
        listing->unprintable = true;
        return;
    }
    for (size_t i = 0; i < entry->length; i++) {
        bool next = i + 1 < entry->length;
        if (listing->output->terminal && bytes[i] == 0x7f)
            fputs("\\u007f", stdout);
        else if (listing->output->terminal && bytes[i] == 0xc2 && next && bytes[i + 1] < 0xa0)
            printf("\\u00%02x", (unsigned)bytes[++i]);
        else
            putchar(bytes[i]);
    }
    putchar('\n');
}

static void print_line(struct listing *listing, const struct etalon_entry *entry) {
    const struct etalon_output *output = listing->output;
    char time[TEXT_BYTES] = "no time", text[ETALON_ENTRY_TEXT_BYTES];
    enum etalon_colour colour = etalon_entry_text_colour(entry);
    if (entry->has_utc) text_utc(entry->utc, time);
    printf("%8" PRIu64 "  %-30s  %-9s  %s%-11s  %s%s\n", entry->index, time, entry->job,
           colour == PLAIN ? "" : etalon_output_colour(output, colour), entry->kind,
           etalon_entry_text_line(entry, text),
           colour == PLAIN ? "" : etalon_output_colour(output, PLAIN));
}

static void print_entry(struct listing *listing, const struct etalon_entry *entry) {
    if (listing->arguments->json)
        print_exact(listing, entry);
    else
        print_line(listing, entry);
}

/* Prints what stands at a position, if it fits. */
static bool print_at(struct listing *listing, struct etalon_ledger_search *search,
                     uint64_t position) {
    struct etalon_entry entry;
    if (!etalon_ledger_search_at(search, position, &entry)) return false;
    print_entry(listing, &entry);
    etalon_entry_free(&entry);
    return true;
}

static enum etalon_exit list(struct listing *listing) {
    static struct etalon_ledger_search search;
    uint64_t wanted = listing->arguments->lines, shown = 0;
    enum etalon_exit code = etalon_ledger_search_open(listing->arguments, listing->tree, &search);
    if (code != ETALON_FINE) return code;
    for (uint64_t i = 0; i < search.count && (wanted == 0 || shown < wanted); i++)
        shown += print_at(listing, &search, i);
    code = etalon_ledger_search_end(&search);
    etalon_ledger_search_close(&search);
    return code;
}

/* From the end backwards until there are enough, then forwards. */
static void print_last(struct listing *listing, struct etalon_ledger_search *search) {
    uint64_t wanted = listing->arguments->lines ? listing->arguments->lines : TAIL_LINES;
    uint64_t position = search->count, found = 0;
    for (struct etalon_entry entry; position > 0 && found < wanted;) {
        if (!etalon_ledger_search_at(search, --position, &entry)) continue;
        etalon_entry_free(&entry);
        found++;
    }
    search->absent = search->malformed = 0; /* they are met again */
    search->lacking = false;
    for (; position < search->count; position++) print_at(listing, search, position);
}

/* The log must have grown: the tree that was read before stands at the beginning of this one. */
static enum etalon_exit check_growth(struct etalon_ledger_tree *tree,
                                     const struct checkpoint *before) {
    struct merkle_hash root;
    if (etalon_ledger_tree_size(tree) < before->size) {
        fprintf(stderr,
                "etalon: %s: THE LEDGER WAS ALTERED: it had %" PRIu64 " entries and has %" PRIu64
                "\n",
                tree->path, before->size, etalon_ledger_tree_size(tree));
        return ETALON_MALFEASANCE;
    }
    if (etalon_ledger_tree_root(tree, before->size, &root) && merkle_same(&root, &before->root))
        return ETALON_FINE;
    fprintf(stderr,
            "etalon: %s: THE LEDGER WAS ALTERED: its first %" PRIu64 " entries were others\n",
            tree->path, before->size);
    return ETALON_MALFEASANCE;
}

static enum etalon_exit print_new(struct listing *listing, uint64_t from) {
    static struct etalon_ledger_search search;
    struct etalon_arguments arguments = *listing->arguments;
    arguments.from = arguments.to = NULL;
    arguments.index = "none";
    enum etalon_exit code = etalon_ledger_search_open(&arguments, listing->tree, &search);
    if (code != ETALON_FINE) return code;
    for (uint64_t i = from; i < search.count; i++) print_at(listing, &search, i);
    code = etalon_ledger_search_end(&search);
    etalon_ledger_search_close(&search);
    return code;
}

/* Until it is interrupted, or the log turns out to be another one. */
static enum etalon_exit follow(struct listing *listing, const char *path) {
    enum etalon_exit code = ETALON_FINE;
    while (code == ETALON_FINE) {
        struct checkpoint before = listing->tree->folder.checkpoint;
        const struct timespec second = {.tv_sec = 1};
        if (fflush(stdout) != 0) return ETALON_FAILED;
        nanosleep(&second, NULL);
        etalon_ledger_tree_close(listing->tree);
        code = etalon_ledger_tree_open(listing->arguments, path, listing->tree);
        if (code != ETALON_FINE) return code;
        code = check_growth(listing->tree, &before);
        if (code == ETALON_FINE && etalon_ledger_tree_size(listing->tree) > before.size)
            code = print_new(listing, before.size);
    }
    return code;
}

static enum etalon_exit tail(struct listing *listing) {
    static struct etalon_ledger_search search;
    enum etalon_exit code = etalon_ledger_search_open(listing->arguments, listing->tree, &search);
    if (code != ETALON_FINE) return code;
    print_last(listing, &search);
    code = etalon_ledger_search_end(&search);
    etalon_ledger_search_close(&search);
    if (code != ETALON_FINE || !listing->arguments->follow) return code;
    return follow(listing, listing->arguments->ledger);
}

static void print_member(void *context, const char *key, const char *value) {
    (void)context;
    char name[64];
    printf("  %-22s ", etalon_output_clean(key, name, sizeof name));
    for (const char *c = value; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte == '\n' && c[1])
            printf("\n%25s", "");
        else if (byte != '\n')
            putchar(byte < 0x20 || byte >= 0x7f ? '?' : byte);
    }
    putchar('\n');
}

static void print_whole(const struct listing *listing, const struct etalon_entry *entry) {
    const struct etalon_ledger_tree *tree = listing->tree;
    char text[ETALON_ENTRY_TEXT_BYTES], hash[MERKLE_HASH_TEXT_BYTES];
    char origin[LIMIT_NOTE_NAME_BYTES], key[NOTE_KEY_TEXT_BYTES];
    printf("%sentry %" PRIu64 "%s of %s: %s\n", etalon_output_colour(listing->output, BOLD),
           entry->index, etalon_output_colour(listing->output, PLAIN),
           etalon_output_clean(etalon_ledger_tree_origin(tree), origin, sizeof origin),
           etalon_entry_text_line(entry, text));
    printf("  leaf                   %s\n", merkle_hash_text(&entry->leaf, hash));
    printf("  in the tree of         %" PRIu64 " entries, root %s\n", etalon_ledger_tree_size(tree),
           merkle_hash_text(&tree->folder.checkpoint.root, hash));
    printf("  signed by              %s%s\n", etalon_output_clean(tree->key, key, sizeof key),
           tree->key_given ? "" : " (the key that stands beside the log)");
    etalon_entry_each(entry, print_member, NULL);
}

static enum etalon_exit show(struct listing *listing, const char *text) {
    struct etalon_ledger_leaf leaf;
    struct etalon_entry entry;
    char why[ETALON_ENTRY_WHY_BYTES];
    if (checkpoint_decimal(text, strlen(text), &entry.index) != ERR_OK)
        return refuse("show", "needs the INDEX of an entry");
    if (entry.index >= etalon_ledger_tree_size(listing->tree)) {
        fprintf(stderr, "etalon: the ledger has %" PRIu64 " entries, and none of index %s\n",
                etalon_ledger_tree_size(listing->tree), text);
        return ETALON_NO_ANSWER;
    }
    enum etalon_ledger_found found = etalon_ledger_tree_leaf(listing->tree, entry.index, &leaf);
    if (found == ETALON_LEDGER_ABSENT)
        fprintf(stderr, "etalon: entry %s is not here: pruned, not exported, or removed\n", text);
    if (found != ETALON_LEDGER_HERE)
        return found == ETALON_LEDGER_ABSENT ? ETALON_NO_ANSWER : ETALON_MALFEASANCE;
    entry.leaf = leaf.hash;
    if (!etalon_entry_read(leaf.bytes, leaf.length, &entry, why)) {
        fprintf(stderr, "etalon: %s: entry %s: %s\n", listing->tree->path, text, why);
        return ETALON_FAILED;
    }
    if (listing->arguments->json)
        print_exact(listing, &entry);
    else
        print_whole(listing, &entry);
    etalon_entry_free(&entry);
    return ETALON_FINE;
}

static enum etalon_exit make_index(struct listing *listing) {
    static char place[LIMIT_PATH_BYTES];
    struct etalon_ledger_index index;
    const char *path = listing->arguments->index;
    const char *origin = etalon_ledger_tree_origin(listing->tree);
    if (etalon_ledger_tree_is_bundle(listing->tree)) return refuse("index", "a bundle needs none");
    if (!path) {
        if (!etalon_ledger_index_place(origin, place, sizeof place))
            return refuse("index", "there is no folder for caches: name a file with --index");
        path = place;
    }
    if (!etalon_ledger_index_open(path, listing->arguments->rebuild, listing->tree, &index))
        return ETALON_FAILED;
    printf("%s: %" PRIu64 " entries\n", path, etalon_ledger_index_size(&index));
    etalon_ledger_index_close(&index);
    return listing->tree->any_altered ? ETALON_MALFEASANCE : ETALON_FINE;
}

static enum etalon_exit run(struct listing *listing, const char *command, const char *operand) {
    enum etalon_exit code =
        etalon_ledger_tree_open(listing->arguments, listing->arguments->ledger, listing->tree);
    if (code != ETALON_FINE) return code;
    if (strcmp(command, "list") == 0)
        code = list(listing);
    else if (strcmp(command, "tail") == 0)
        code = tail(listing);
    else if (strcmp(command, "show") == 0)
        code = show(listing, operand);
    else
        code = make_index(listing);
    etalon_ledger_tree_close(listing->tree);
    return code == ETALON_FINE && listing->unprintable ? ETALON_FAILED : code;
}

enum etalon_exit etalon_ledger(const struct etalon_arguments *arguments,
                               const struct etalon_output *output) {
    static struct etalon_ledger_tree tree;
    struct listing listing = {arguments, output, &tree, false};
    static const char *const commands[] = {"list", "tail", "show", "index"};
    const char *command = arguments->operands[0];
    if (strcmp(command, "keygen") == 0) return etalon_ledger_keygen(arguments);
    size_t operands = strcmp(command, "show") == 0 ? 2 : 1;
    if (arguments->operand_count != operands)
        return refuse(command, operands == 2 ? "needs the INDEX of an entry" : "takes no operand");
    if (arguments->out) return refuse(command, "--out is for keygen");
    if (arguments->rebuild && strcmp(command, "index") != 0)
        return refuse(command, "--rebuild is for index");
    if (arguments->follow && (strcmp(command, "tail") != 0 || arguments->to))
        return refuse(command, "--follow is for tail, without --to");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i], command) == 0)
            return run(&listing, command, arguments->operands[operands - 1]);
    fprintf(stderr, "etalon: ledger has list, tail, show, index and keygen, not '%s'\n", command);
    return ETALON_USAGE;
}
