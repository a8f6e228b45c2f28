/* What the blocking and the asynchronous side have in common: how a connection is asked for, and how libpq's
 * result becomes an answer. Only core/store includes this. */
#pragma once

#include "core/store/db.h"

/** Opens a connection within about `timeout_s` seconds an address. Never NULL; look at PQstatus. */
PGconn *connect_and_wait(const char *url, const char *name, enum db_plans plans, int timeout_s);

/** Begins a connection that PQconnectPoll carries on. NULL when libpq has no memory. A host *name* is looked
 * up here and now: where that can be slow, give an address. */
PGconn *connect_begin(const char *url, const char *name, enum db_plans plans);

/** Turns a statement's result into its answer. The result is kept in a DB_DONE and cleared otherwise; words
 * for the log go to `error` (may be NULL). They are the server's primary message only: its details quote
 * rows. */
struct db_answer answer_from(PGresult *result, struct error *error);

/** The same for COMMIT, which answers a transaction that had failed before with a ROLLBACK and no error. */
struct db_answer answer_from_commit(PGresult *result, struct error *error);

/** Sets `error` to libpq's account of what is wrong with the connection. */
void connection_error(const PGconn *connection, struct error *error);
