/* The index. Invariant: what is in it was read from verified entries up to the size and root that
 * stand in it; if the tree has another root there, it is thrown away. */
#include "main/etalon_ledger_index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "main/etalon_entry.h"

/* In the header of the file (https://www.sqlite.org/fileformat2.html#application_id). */
enum { APPLICATION_ID = 0x45746c78, APPLICATION_AT = 68, HEADER_BYTES = 72, BATCH = 65536 };

static const char schema[] =
    "PRAGMA application_id = 1165257848;"
    "CREATE TABLE log(origin TEXT, size INTEGER, root TEXT);"
    "CREATE TABLE entries(idx INTEGER PRIMARY KEY, kind TEXT, job TEXT, source TEXT, utc INTEGER);"
    "CREATE INDEX by_kind ON entries(kind, idx);"
    "CREATE INDEX by_source ON entries(source, idx);"
    "CREATE INDEX by_utc ON entries(utc);";

static bool say(const char *path, const char *why) {
    fprintf(stderr, "etalon: index %s: %s\n", path, why);
    return false;
}

bool etalon_ledger_index_place(const char *origin, char *out, size_t room) {
    uint8_t hash[HASH_SHA256_BYTES];
    char name[2 * 16 + 1];
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = cache && cache[0] == '/' ? snprintf(out, room, "%s", cache)
                 : home && home[0] == '/' ? snprintf(out, room, "%s/.cache", home)
                                          : -1;
    hash_sha256(&(struct hash_piece){origin, strlen(origin)}, 1, hash);
    for (size_t i = 0; i < 16; i++) snprintf(name + 2 * i, 3, "%02x", hash[i]);
    if (length < 0 || (size_t)length + sizeof "/etalon/.sqlite" + sizeof name > room) return false;
    if (mkdir(out, 0700) != 0 && errno != EEXIST) return false;
    length += snprintf(out + length, room - (size_t)length, "/etalon");
    if (mkdir(out, 0700) != 0 && errno != EEXIST) return false;
    snprintf(out + length, room - (size_t)length, "/%s.sqlite", name);
    return true;
}

/* Whether the file may be thrown away: it is not there, is empty, or says that it is ours. */
static bool is_ours(const char *path) {
    uint8_t header[HEADER_BYTES];
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return errno == ENOENT;
    ssize_t length = read(file, header, sizeof header);
    close(file);
    if (length == 0) return true;
    uint32_t id = 0;
    for (size_t i = 0; i < 4; i++) id = id << 8 | header[APPLICATION_AT + i];
    return length == HEADER_BYTES && memcmp(header, "SQLite format 3", 16) == 0 &&
           id == APPLICATION_ID;
}

static bool run(sqlite3 *db, const char *sql) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement = NULL;
    return sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK ? statement : NULL;
}

static bool open_file(const char *path, sqlite3 **out) {
    if (sqlite3_open(path, out) != SQLITE_OK) {
        sqlite3_close(*out);
        *out = NULL;
        return false;
    }
    sqlite3_busy_timeout(*out, 2000);
    run(*out, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
    return true;
}

/* The size up to which the index is of this very log; false: it is not, or cannot be read. */
static bool read_state(sqlite3 *db, struct etalon_ledger_tree *tree, uint64_t *size) {
    sqlite3_stmt *query = prepare(db, "SELECT origin, size, root FROM log");
    bool right = query && sqlite3_step(query) == SQLITE_ROW;
    if (right) {
        const char *origin = (const char *)sqlite3_column_text(query, 0);
        const char *root = (const char *)sqlite3_column_text(query, 2);
        struct merkle_hash said, here;
        *size = (uint64_t)sqlite3_column_int64(query, 1);
        right = origin && strcmp(origin, etalon_ledger_tree_origin(tree)) == 0 && root &&
                merkle_hash_parse(root, strlen(root), &said) == ERR_OK &&
                etalon_ledger_tree_root(tree, *size, &here) && merkle_same(&said, &here);
    }
    sqlite3_finalize(query);
    return right;
}

static bool write_state(sqlite3 *db, struct etalon_ledger_tree *tree, uint64_t size) {
    struct merkle_hash root;
    char text[MERKLE_HASH_TEXT_BYTES];
    if (!etalon_ledger_tree_root(tree, size, &root)) return false;
    sqlite3_stmt *insert = prepare(db, "INSERT INTO log VALUES(?, ?, ?)");
    bool right = insert && run(db, "DELETE FROM log");
    if (right) {
        sqlite3_bind_text(insert, 1, etalon_ledger_tree_origin(tree), -1, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 2, (int64_t)size);
        sqlite3_bind_text(insert, 3, merkle_hash_text(&root, text), -1, SQLITE_STATIC);
        right = sqlite3_step(insert) == SQLITE_DONE;
    }
    sqlite3_finalize(insert);
    return right;
}

/* Entries that cannot be read are not in the index: no search by their members finds them. */
static bool add_entry(sqlite3_stmt *insert, const struct etalon_ledger_leaf *leaf) {
    struct etalon_entry entry = {.index = leaf->index};
    char why[ETALON_ENTRY_WHY_BYTES];
    if (!etalon_entry_read(leaf->bytes, leaf->length, &entry, why)) return true;
    sqlite3_bind_int64(insert, 1, (int64_t)leaf->index);
    sqlite3_bind_text(insert, 2, entry.kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 3, entry.job, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 4, entry.source[0] ? entry.source : NULL, -1, SQLITE_STATIC);
    if (entry.has_utc)
        sqlite3_bind_int64(insert, 5, entry.utc.ns);
    else
        sqlite3_bind_null(insert, 5);
    bool right = sqlite3_step(insert) == SQLITE_DONE;
    sqlite3_reset(insert);
    etalon_entry_free(&entry);
    return right;
}

static bool add_batch(sqlite3 *db, struct etalon_ledger_tree *tree, uint64_t from, uint64_t to) {
    sqlite3_stmt *insert = prepare(db, "INSERT OR REPLACE INTO entries VALUES(?, ?, ?, ?, ?)");
    bool right = insert && run(db, "BEGIN IMMEDIATE");
    for (uint64_t i = from; right && i < to; i++) {
        struct etalon_ledger_leaf leaf;
        if (etalon_ledger_tree_leaf(tree, i, &leaf) == ETALON_LEDGER_HERE)
            right = add_entry(insert, &leaf);
    }
    sqlite3_finalize(insert);
    right = right && write_state(db, tree, to);
    return run(db, right ? "COMMIT" : "ROLLBACK") && right;
}

static bool catch_up(sqlite3 *db, struct etalon_ledger_tree *tree, uint64_t size) {
    uint64_t end = etalon_ledger_tree_size(tree);
    for (uint64_t to; size < end; size = to) {
        to = end - size > BATCH ? size + BATCH : end;
        if (!add_batch(db, tree, size, to)) return false;
    }
    return true;
}

/* As it is on disk, brought up to date. */
static bool go_on(const char *path, struct etalon_ledger_tree *tree, sqlite3 **out) {
    uint64_t size;
    if (!open_file(path, out)) return false;
    if (read_state(*out, tree, &size) && catch_up(*out, tree, size)) return true;
    sqlite3_close(*out);
    *out = NULL;
    return false;
}

static bool build(const char *path, struct etalon_ledger_tree *tree, sqlite3 **out) {
    char journal[4096];
    snprintf(journal, sizeof journal, "%s-journal", path);
    if ((unlink(path) != 0 && errno != ENOENT) || (unlink(journal) != 0 && errno != ENOENT))
        return say(path, strerror(errno));
    if (!open_file(path, out)) return say(path, "cannot be made");
    if (run(*out, schema) && write_state(*out, tree, 0) && catch_up(*out, tree, 0)) return true;
    say(path, sqlite3_errmsg(*out));
    sqlite3_close(*out);
    *out = NULL;
    return false;
}

bool etalon_ledger_index_open(const char *path, bool rebuild, struct etalon_ledger_tree *tree,
                              struct etalon_ledger_index *out) {
    struct etalon_ledger_index index = {.path = path};
    if (!is_ours(path))
        return say(path, "is no index of a ledger and was left alone; remove it, or name another");
    bool right = !rebuild && access(path, F_OK) == 0 && go_on(path, tree, &index.db);
    if (!right && !build(path, tree, &index.db)) return false;
    *out = index;
    return true;
}

void etalon_ledger_index_close(struct etalon_ledger_index *index) {
    sqlite3_close(index->db);
    index->db = NULL;
}

/* One number; false: none, or the index is damaged (*damaged tells). */
static bool number(sqlite3 *db, const char *sql, int64_t argument, uint64_t *out, bool *damaged) {
    sqlite3_stmt *query = prepare(db, sql);
    if (query && sqlite3_bind_parameter_count(query) > 0) sqlite3_bind_int64(query, 1, argument);
    *damaged = !query || sqlite3_step(query) != SQLITE_ROW;
    bool found = !*damaged && sqlite3_column_type(query, 0) == SQLITE_INTEGER;
    if (found) *out = (uint64_t)sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    return found;
}

bool etalon_ledger_index_times(const struct etalon_ledger_index *index, struct utc from,
                               struct utc to, uint64_t *first, uint64_t *end) {
    bool damaged[2];
    *first = UINT64_MAX;
    *end = 0;
    number(index->db, "SELECT min(idx) FROM entries WHERE utc >= ?", from.ns, first, &damaged[0]);
    if (number(index->db, "SELECT max(idx) FROM entries WHERE utc <= ?", to.ns, end, &damaged[1]))
        ++*end;
    return !damaged[0] && !damaged[1];
}

uint64_t etalon_ledger_index_size(const struct etalon_ledger_index *index) {
    uint64_t count = 0;
    bool damaged;
    number(index->db, "SELECT count(*) FROM entries", 0, &count, &damaged);
    return count;
}

static sqlite3_stmt *ask(sqlite3 *db, const struct etalon_ledger_query *query) {
    char sql[400] = "SELECT idx FROM entries WHERE idx >= ?1 AND idx < ?2";
    size_t length = strlen(sql);
    if (query->kind_count > 0) length += (size_t)snprintf(sql + length, 16, " AND kind IN (");
    for (size_t i = 0; i < query->kind_count; i++)
        length += (size_t)snprintf(sql + length, 8, "%s?%zu", i ? "," : "", i + 5);
    snprintf(sql + length, sizeof sql - length, "%s%s%s ORDER BY idx",
             query->kind_count > 0 ? ")" : "", query->source ? " AND source = ?3" : "",
             query->job ? " AND job = ?4" : "");
    sqlite3_stmt *statement = prepare(db, sql);
    if (!statement) return NULL;
    sqlite3_bind_int64(statement, 1, (int64_t)query->from);
    sqlite3_bind_int64(statement, 2, (int64_t)query->to);
    if (query->source) sqlite3_bind_text(statement, 3, query->source, -1, SQLITE_STATIC);
    if (query->job) sqlite3_bind_text(statement, 4, query->job, -1, SQLITE_STATIC);
    for (size_t i = 0; i < query->kind_count; i++)
        sqlite3_bind_text(statement, (int)i + 5, query->kinds[i], -1, SQLITE_STATIC);
    return statement;
}

bool etalon_ledger_index_find(const struct etalon_ledger_index *index,
                              const struct etalon_ledger_query *query, uint64_t **out,
                              size_t *count) {
    sqlite3_stmt *statement = ask(index->db, query);
    uint64_t *found = NULL;
    size_t n = 0;
    int step = SQLITE_ERROR;
    while (statement && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        uint64_t index_found = (uint64_t)sqlite3_column_int64(statement, 0);
        if ((n & (n - 1)) == 0) { /* a power of two, or none: time to grow */
            uint64_t *more = realloc(found, (n ? 2 * n : 1) * sizeof *found);
            if (!more) break;
            found = more;
        }
        if (index_found >= query->from && index_found < query->to) found[n++] = index_found;
    }
    sqlite3_finalize(statement);
    if (step != SQLITE_DONE) {
        free(found);
        return false;
    }
    *out = found;
    *count = n;
    return true;
}
