/* Accounts by the administrator, and what sessions a user has. */
#pragma once

#include "rest/request.h"

extern const struct schema users_query, user_create_body, user_update_body;

route_check user_create_check;
route_handler users_get, users_post, user_get, user_patch, user_delete, user_sessions_get,
    user_sessions_delete;

/** The query of a list of sessions. */
struct user_sessions_query {
    int64_t limit;
    const char *after;
};

/** Answers with a page of a user's standing sessions. */
void user_sessions_list(struct request *request, struct response *response, int64_t user_id);

/** Which sessions of a user are to end, and why (a value of sessions.end_reason). */
struct sessions_ending {
    int64_t user_id;
    int64_t session_id; /* this one; 0: all */
    int64_t except_id;  /* but this one; 0: none */
    const char *reason;
};

/** Ends them and answers 204; 404 when one was named and did not stand. */
void user_sessions_end(struct request *request, struct response *response,
                       const struct sessions_ending *ending);
