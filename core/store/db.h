/* Blocking access to PostgreSQL: one connection a thread, straight-line code. Statements are those of
 * sql/queries, prepared by name on first use. A lost connection is opened again at the next use, with a short
 * time-out, never inside a transaction. */
#pragma once

#include "core/base/error.h"
#include "core/store/outcome.h"
#include "core/store/params.h"
#include "core/store/result.h"
#include "sql_text.h"

struct db; /* opaque; used by one thread at a time */

/** How the server plans the prepared statements of a connection. PostgreSQL's own choice is to plan one anew
 * at each execution while a plan for just these parameters looks cheaper; what the planning itself costs
 * counts for little there. A batch of bids is decided in half a millisecond, and planning its statements
 * takes several. A plan that is kept lasts until statistics or schema change. */
enum db_plans {
    DB_PLANS_FITTED, /* its choice: right for what searches and lists by conditions that may be absent */
    DB_PLANS_KEPT,   /* once, and never to read a table whole: right for what looks up and writes by key */
};

/** Connects lazily. `url` is copied. `name` is the application_name that operators see. Plans are fitted. */
struct db *db_create(const char *url, const char *name);

/** To be said before the first use; the URL's own `options` take precedence. */
void db_set_plans(struct db *db, enum db_plans plans);
void db_destroy(struct db **db);

/** True when a connection stands or can be made within 2 s. */
[[gnu::warn_unused_result]] bool db_ready(struct db *db, struct error *error);

/** An answer; `result` is owned by the caller (PQclear) and NULL unless DB_DONE. `sqlstate` and `constraint`
 * describe a DB_REFUSED. */
struct db_answer {
    enum db_outcome outcome;
    PGresult *result;
    char sqlstate[6];
    char constraint[64];
};

/** Runs one statement, for 30 s at most: then the connection is given up, DB_UNCERTAIN. `params` may be NULL.
 * `error` (may be NULL) gets words for the log when the outcome is not DB_DONE. */
[[gnu::warn_unused_result]] struct db_answer db_run(struct db *db, enum sql_query query,
                                                    const struct params *params, struct error *error);

/* Transactions. A failure of begin is DB_NOT_SENT; of commit it is DB_UNCERTAIN when the connection went
 * away. After a failed statement inside, call db_rollback. */
[[gnu::warn_unused_result]] enum db_outcome db_begin(struct db *db, struct error *error);
[[gnu::warn_unused_result]] enum db_outcome db_commit(struct db *db, struct error *error);
void db_rollback(struct db *db);

/** Begins a transaction that reads only and sees one moment throughout, for statements that read very much:
 * each may take `timeout_ms`, is planned for its parameters, and leaves the other cores to others. Ended by
 * db_rollback. */
[[gnu::warn_unused_result]] enum db_outcome db_begin_snapshot(struct db *db, int64_t timeout_ms,
                                                              struct error *error);

/** Takes one row, which is lent until it returns; false: no more are wanted. */
typedef bool db_row(void *context, const PGresult *row);

/** Runs one statement within such a transaction and hands over its rows as they come, so that they need no
 * memory however many there are. `result` of the answer is NULL. Rows may have been handed over whatever the
 * outcome; a statement that took too long is refused with sqlstate 57014, and so is one whose rows were no
 * longer wanted. */
[[gnu::warn_unused_result]] struct db_answer db_stream(struct db *db, enum sql_query query,
                                                       const struct params *params, db_row *take,
                                                       void *context, struct error *error);

/** Runs SQL text of a migration (several statements at once), however long it takes. Only the migration
 * runner and tests use it. */
[[gnu::warn_unused_result]] bool db_script(struct db *db, const char *sql, struct error *error);

/** The live connection, for COPY and LISTEN; NULL when there is none. Borrowed. */
PGconn *db_connection(struct db *db);
