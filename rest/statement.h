/* Running the statements of sql/queries for a request: what a failure means is decided here once, so that a
 * handler goes on only with a result in its hand. */
#pragma once

#include "rest/request.h"

/** What the database's refusal of a write means to the one who asked. */
struct refusal {
    const char *constraint;
    enum verdict verdict;
    const char *field;   /* with INVALID_MESSAGE: the member at fault */
    const char *message; /* the same: what is wrong with it; else for the problem's detail, or NULL */
};

/** Runs a statement that changes nothing; if the connection is lost, once more. On true the result is owned
 * by the caller (PQclear); on false the request is answered. `params` is finished either way. */
[[gnu::warn_unused_result]] bool statement_read(struct request *request, struct response *response,
                                                enum sql_query query, struct params *params, PGresult **out);

/** Runs a statement of very many rows within a snapshot of the worker's connection (db_begin_snapshot) and
 * hands them over as they come. On false the request is answered: by `take` if it returned false, else here.
 */
[[gnu::warn_unused_result]] bool statement_stream(struct request *request, struct response *response,
                                                  enum sql_query query, struct params *params, db_row *take,
                                                  void *context);

/** Runs a statement that writes. `refusals` ends with a row whose constraint is NULL; it may be NULL. */
[[gnu::warn_unused_result]] bool statement_write(struct request *request, struct response *response,
                                                 enum sql_query query, struct params *params,
                                                 const struct refusal *refusals, PGresult **out);

/** Runs a statement that takes $1 the path's id and $2 whether the office asks, and returns a row if there is
 * such a thing for the asker. On true `*out` has that row; on false the request is answered, with `missing`
 * where there is none. */
[[gnu::warn_unused_result]] bool statement_find(struct request *request, struct response *response,
                                                enum sql_query query, enum verdict missing, PGresult **out);
