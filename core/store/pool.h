/* Asynchronous access to PostgreSQL from one libuv loop: a few connections in libpq's pipeline mode, the
 * statements of sql/queries prepared by name on each and planned once (DB_PLANS_KEPT). Requests beyond what
 * is in flight wait in one bounded queue, also while there is no connection. Each request is its own
 * transaction (one sync a request), so one that is refused does not touch its neighbours. Callbacks run from
 * the loop, never before the call that made the request has returned; they may call anything here. */
#pragma once

#include "core/store/db.h"

#include <uv.h>

struct pool; /* opaque */

#define POOL_CONNECTIONS_MAX 64

struct pool_options {
    const char *url;  /* copied */
    const char *name; /* application_name; copied */
    int connections;  /* 1 to POOL_CONNECTIONS_MAX */
    int queue_limit;  /* requests waiting or in flight, over all connections; more are answered DB_NOT_SENT */
    int64_t request_timeout_ms; /* a request that waits this long for a connection is answered DB_NOT_SENT;
                                   one that is unanswered this long after it was sent ends its connection:
                                   DB_UNCERTAIN. Kept to within 50 ms */
};

/** Starts connecting; reconnects for ever with growing pauses (100 ms to 2 s). `loop` is borrowed. */
struct pool *pool_create(uv_loop_t *loop, const struct pool_options *options);

/** Ends all connections and closes the handles. Pending requests are answered DB_NOT_SENT or DB_UNCERTAIN at
 * once, and so is what these callbacks ask for: one that repeats its request without end never lets this
 * return. Transactions are gone when it returns. `done` (may be NULL) is called when the loop holds nothing
 * of the pool any more. */
void pool_destroy(struct pool **pool, void (*done)(void *context), void *context);

/** The answer is valid during the call only; the pool clears the result afterwards. */
typedef void (*pool_callback)(const struct db_answer *answer, void *context);

/** Queues one statement. `params` may be NULL and is copied. */
void pool_run(struct pool *pool, enum sql_query query, const struct params *params, pool_callback callback,
              void *context);

/* A transaction keeps one connection to itself until it ends, and all but one of the connections (or the only
 * one) can be kept so. If its connection is lost, what is asked of it is answered DB_NOT_SENT, pool_commit
 * too; until a COMMIT has been sent nothing in it has had an effect, not even what was DB_UNCERTAIN. One in
 * which nothing happens for the request time-out loses its connection. */
struct pool_transaction; /* opaque; owned by the pool */
typedef void (*pool_begin_callback)(struct pool_transaction *transaction,
                                    void *context); /* NULL: could not begin */
void pool_begin(struct pool *pool, pool_begin_callback callback, void *context);
void pool_transaction_run(struct pool_transaction *transaction, enum sql_query query,
                          const struct params *params, pool_callback callback, void *context);
/** Ends it either way: it is not to be used after these calls. The callback's outcome is the commit's,
 * DB_REFUSED when a statement in it had failed. */
void pool_commit(struct pool_transaction *transaction, pool_callback callback, void *context);
void pool_rollback(struct pool_transaction *transaction);

/** How many connections are up, and requests waiting or in flight: for /ready and the metrics. */
int pool_connected(const struct pool *pool);
int pool_pending(const struct pool *pool);
