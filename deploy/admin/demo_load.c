/* seri-admin demo load | check: puts the demo into a database, which may be done again at any time, and tells
 * whether a database holds nothing else. */
#include "deploy/admin/demo.h"

#include "core/auth/password.h"
#include "core/store/catalogue.h"
#include "core/store/migrate.h"

#include "deploy/admin/admin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    /* short enough to watch a lot from its start to the hammer */
    DURATION_MS = 60000,
    EXTENSION_MS = 60000,
    LATE_MS = 15000,
};

/* What the visitor may owe at once: enough to win several lots, little enough to see a limit at work. */
static const int64_t visitor_credit_limit = 60000000;

extern const unsigned char demo_catalogue[]; /* sql/demo/catalogue.csv, by sql/embed_file.cmake */
extern const size_t demo_catalogue_size;

/* Runs a statement, whose rows are counted; -1 with `error`. `id` (may be NULL) gets that of the first row.
 */
static int run(struct db *db, enum sql_query query, struct params *params, int64_t *id, struct error *error)
{
    struct db_answer answer = db_run(db, query, params, error);
    if (params != NULL)
        params_finish(params);
    if (answer.outcome != DB_DONE)
        return -1;
    int rows = PQntuples(answer.result);
    if (id != NULL)
        *id = rows > 0 ? result_int(answer.result, 0, "id") : 0;
    PQclear(answer.result);
    return rows;
}

/* ---- the sale ---- */

static bool register_bidders(struct db *db, int64_t sale_id, struct error *error)
{
    int bidders[DEMO_ACCOUNT_COUNT];
    size_t count = 0;
    for (int i = 0; i < DEMO_ACCOUNT_COUNT; i++)
        if (demo_people[i].paddle != 0)
            bidders[count++] = i;
    struct params params;
    params_init(&params);
    params_int(&params, sale_id);
    params_array(&params, ELEMENT_TEXT, count);
    for (size_t i = 0; i < count; i++)
        params_element_text(&params, demo_people[bidders[i]].email, strlen(demo_people[bidders[i]].email));
    params_array(&params, ELEMENT_INT, count);
    for (size_t i = 0; i < count; i++)
        params_element_int(&params, demo_people[bidders[i]].paddle);
    params_array(&params, ELEMENT_INT, count);
    for (size_t i = 0; i < count; i++)
        params_element_int(&params, bidders[i] == DEMO_BIDDER ? visitor_credit_limit : 0);
    return run(db, SQL_DEMO_REGISTER, &params, NULL, error) >= 0;
}

static bool import_catalogue(struct db *db, int64_t sale_id, struct error *error)
{
    struct catalogue *catalogue = catalogue_parse((const char *)demo_catalogue, demo_catalogue_size);
    enum catalogue_outcome outcome = catalogue_import(catalogue, db, sale_id, true, error);
    if (outcome == CATALOGUE_FAULTY) {
        size_t count, total;
        const struct catalogue_fault *fault = catalogue_faults(catalogue, &count, &total);
        error_set(error, "the demo's catalogue, line %" PRId64 ", %s: %s", fault->line, fault->column,
                  fault->en);
    }
    catalogue_destroy(&catalogue);
    return outcome == CATALOGUE_IMPORTED;
}

/* The id of a new sale with its lots; 0 with `error`. */
static int64_t make_sale(struct db *db, struct error *error)
{
    int64_t sale_id;
    struct params params;
    params_init(&params);
    params_int(&params, DURATION_MS);
    params_int(&params, EXTENSION_MS); /* the window: any bid resets the clock */
    params_int(&params, EXTENSION_MS);
    params_int(&params, LATE_MS);
    if (run(db, SQL_DEMO_SALE_CREATE, &params, &sale_id, error) < 0)
        return 0;
    params_int(&params, sale_id);
    int lots = run(db, SQL_DEMO_SALE_LOTS, &params, NULL, error);
    if (lots < 0 || (lots == 0 && !import_catalogue(db, sale_id, error)))
        return 0;
    return sale_id;
}

/* In a transaction. */
static int64_t find_or_make_sale(struct db *db, bool *is_new, struct error *error)
{
    int64_t sale_id;
    *is_new = false;
    if (run(db, SQL_DEMO_LOCK, NULL, NULL, error) < 0 ||
        run(db, SQL_DEMO_SALE_CURRENT, NULL, &sale_id, error) < 0)
        return 0;
    if (sale_id == 0) {
        *is_new = true;
        sale_id = make_sale(db, error);
    }
    return sale_id != 0 && register_bidders(db, sale_id, error) ? sale_id : 0;
}

int64_t demo_sale_ensure(struct db *db, bool *is_new, struct error *error)
{
    if (db_begin(db, error) != DB_DONE)
        return 0;
    int64_t sale_id = find_or_make_sale(db, is_new, error);
    if (sale_id != 0 && db_commit(db, error) != DB_DONE)
        sale_id = 0;
    db_rollback(db);
    return sale_id;
}

/* ---- the accounts ---- */

static bool put_account(struct db *db, const struct demo_person *person, const char *password,
                        struct error *error)
{
    char hash[PASSWORD_HASH_SIZE];
    password_hash(password, hash);
    struct params params;
    params_init(&params);
    params_text(&params, person->email);
    params_text(&params, person->name);
    params_text(&params, hash);
    params_text(&params, person->role);
    int rows = run(db, SQL_DEMO_USER, &params, NULL, error);
    if (rows == 0)
        error_set(error, "%s is an account that is not the demo's", person->email);
    return rows > 0;
}

static bool load(struct db *db, const struct demo_passwords *passwords, struct error *error)
{
    if (!migrate_is_current(db, error))
        return false;
    for (int i = 0; i < DEMO_ACCOUNT_COUNT; i++)
        if (!put_account(db, &demo_people[i], passwords->of[i], error))
            return false;
    bool is_new;
    int64_t sale_id = demo_sale_ensure(db, &is_new, error);
    if (sale_id != 0)
        printf("%d demo accounts, demo sale %" PRId64 "%s\n", DEMO_ACCOUNT_COUNT, sale_id,
               is_new ? " (new)" : "");
    return sale_id != 0;
}

enum admin_status admin_demo_load(const struct config *config, int count, char **arguments)
{
    const char *path = NULL;
    const struct admin_option options[] = {
        {"passwords", false, &path, NULL},
    };
    if (!admin_options(options, 1, NULL, 0, count, arguments))
        return ADMIN_MISUSED;
    struct demo_passwords passwords;
    if (!demo_passwords_read(path, &passwords))
        return ADMIN_FAILED;
    struct error error;
    struct db *db = db_create(config_text(config, "DATABASE_URL"), "seri-admin");
    bool loaded = load(db, &passwords, &error);
    if (!loaded)
        admin_complain("%s", error.text);
    db_destroy(&db);
    demo_passwords_finish(&passwords);
    return loaded ? ADMIN_DONE : ADMIN_FAILED;
}

/* ---- the check ---- */

enum admin_status admin_demo_check(const struct config *config, int count, char **arguments)
{
    static const char undefined_table[] = "42P01";
    if (!admin_options(NULL, 0, NULL, 0, count, arguments))
        return ADMIN_MISUSED;
    struct error error;
    struct db *db = db_create(config_text(config, "DATABASE_URL"), "seri-admin");
    struct db_answer answer = db_run(db, SQL_DEMO_CHECK, NULL, &error);
    enum admin_status status = ADMIN_FAILED;
    if (answer.outcome == DB_DONE && result_bool(answer.result, 0, "has_real_sale")) {
        admin_complain("the database holds a sale that is not the demo");
        status = ADMIN_NOT_DEMO;
    } else if (answer.outcome == DB_DONE ||
               (answer.outcome == DB_REFUSED && strcmp(answer.sqlstate, undefined_table) == 0)) {
        status = ADMIN_DONE; /* without tables it holds nothing at all */
    } else {
        admin_complain("%s", error.text);
    }
    PQclear(answer.result);
    db_destroy(&db);
    return status;
}
