/* Each script runs in one transaction together with its row in schema_migrations, so it has either run or
 * not, whatever is killed meanwhile. The lock belongs to that transaction as well; whoever gets it next looks
 * anew at what is there. */
#include "core/store/migrate.h"

#include "core/base/clock.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <string.h>
#include <time.h>

enum { LOCK_WAIT_MS = 10 * 60 * 1000, LOCK_PAUSE_MS = 100 };

struct digest {
    uint8_t bytes[SHA256_DIGEST_LENGTH];
};

static struct digest digest_of(const struct sql_migration *migration)
{
    struct digest digest;
    SHA256((const unsigned char *)migration->text, strlen(migration->text), digest.bytes);
    return digest;
}

/* Checks one row of the list against our script of the same place. */
static bool matches(const PGresult *list, int row, struct error *error)
{
    const struct sql_migration *migration = &sql_migrations[row];
    if (result_int(list, row, "number") != migration->number) {
        error_set(error, "the database has migration %s where this program has %s",
                  result_text(list, row, "name"), migration->name);
        return false;
    }
    struct digest recorded;
    struct digest own = digest_of(migration);
    if (!result_bytes(list, row, "sha256", &recorded, sizeof recorded) ||
        memcmp(&recorded, &own, sizeof own) != 0) {
        error_set(error, "migration %s was changed after it ran on this database", migration->name);
        return false;
    }
    return true;
}

/* How many scripts have run (more than there are in this program: a newer one's), -1 when they are not those
 * of ours. */
static int count_applied(struct db *db, struct error *error)
{
    struct db_answer answer = db_run(db, SQL_SCHEMA_MIGRATIONS_LIST, NULL, error);
    if (strcmp(answer.sqlstate, "42P01") == 0) /* undefined_table */
        error_set(error, "no migration has run on this database");
    if (answer.outcome != DB_DONE)
        return -1;
    int count = PQntuples(answer.result);
    for (int row = 0; row < PQntuples(answer.result) && row < SQL_MIGRATION_COUNT && count >= 0; row++) {
        if (!matches(answer.result, row, error))
            count = -1;
    }
    PQclear(answer.result);
    return count;
}

static bool lock(struct db *db, struct error *error)
{
    int64_t deadline = clock_monotonic_ms() + LOCK_WAIT_MS;
    for (;;) {
        struct db_answer answer = db_run(db, SQL_SCHEMA_MIGRATIONS_LOCK, NULL, error);
        if (answer.outcome != DB_DONE)
            return false;
        bool locked = result_bool(answer.result, 0, "locked");
        PQclear(answer.result);
        if (locked)
            return true;
        if (clock_monotonic_ms() >= deadline) {
            error_set(error, "another program has been migrating this database for %d minutes",
                      LOCK_WAIT_MS / 60000);
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_MS * 1000000L}, NULL);
    }
}

static bool run(struct db *db, enum sql_query query, const struct params *params, struct error *error)
{
    struct db_answer answer = db_run(db, query, params, error);
    PQclear(answer.result);
    return answer.outcome == DB_DONE;
}

static bool apply(struct db *db, const struct sql_migration *migration, struct error *error)
{
    if (!db_script(db, migration->text, error)) {
        error_prefix(error, "migration %s", migration->name);
        return false;
    }
    struct digest digest = digest_of(migration);
    struct params params;
    params_init(&params);
    params_int(&params, migration->number);
    params_text(&params, migration->name);
    params_bytes(&params, &digest, sizeof digest);
    bool recorded = run(db, SQL_SCHEMA_MIGRATIONS_ADD, &params, error);
    params_finish(&params);
    return recorded;
}

/* Inside a transaction: applies the first script that is missing. Returns how many it applied, 0 or 1; -1
 * with `error`. */
static int apply_next(struct db *db, struct error *error)
{
    if (!lock(db, error) || !run(db, SQL_SCHEMA_MIGRATIONS_CREATE, NULL, error))
        return -1;
    int applied = count_applied(db, error);
    if (applied > SQL_MIGRATION_COUNT) {
        error_set(error,
                  "the database is newer than this program: %d migrations have run, the program knows %d",
                  applied, SQL_MIGRATION_COUNT);
        return -1;
    }
    if (applied < 0 || applied == SQL_MIGRATION_COUNT)
        return applied < 0 ? -1 : 0;
    return apply(db, &sql_migrations[applied], error) ? 1 : -1;
}

int migrate_run(struct db *db, struct error *error)
{
    for (int total = 0;; total++) {
        if (db_begin(db, error) != DB_DONE)
            return -1;
        int applied = apply_next(db, error);
        if (applied < 0) {
            db_rollback(db);
            return -1;
        }
        if (db_commit(db, error) != DB_DONE)
            return -1;
        if (applied == 0)
            return total;
    }
}

bool migrate_is_current(struct db *db, struct error *error)
{
    int applied = count_applied(db, error);
    if (applied >= 0 && applied < SQL_MIGRATION_COUNT)
        error_set(error, "migration %s has not run on this database", sql_migrations[applied].name);
    return applied >= SQL_MIGRATION_COUNT;
}
