/* The own account. Ids of others' sessions are as unknown here as ids that nothing has. */
#include "rest/routes/me.h"

#include "rest/resource.h"
#include "rest/routes/users.h"

static const char *const languages[] = {"ja", "en", NULL};

/* The values go to the statement within the body; what is read here is only checked. */
struct body {
    const char *text;
    int word;
};

static const struct field body_fields[] = {
    FIELD(TEXT, struct body, text, "name", .lowest = 1, .highest = 100),
    FIELD(ENUM, struct body, word, "language", .names = languages),
};

const struct schema me_body = SCHEMA(struct body, body_fields);

static const struct field query_fields[] = {
    FIELD(INT, struct user_sessions_query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct user_sessions_query, after, "after", .lowest = 1, .highest = 64),
};

const struct schema own_sessions_query = SCHEMA(struct user_sessions_query, query_fields);

/* Missing: closed since the session was looked at. */
static const struct resource me = {
    .path = "/api/auth/me",
    .read = SQL_USERS_READ,
    .missing = VERDICT_UNAUTHENTICATED,
};

void me_get(struct request *request, struct response *response)
{
    resource_show(request, response, &me, request->who.user_id);
}

void me_patch(struct request *request, struct response *response)
{
    request->path_id = request->who.user_id;
    resource_update(request, response, &me, SQL_ME_UPDATE);
}

/* ---- sessions ---- */

void own_sessions_get(struct request *request, struct response *response)
{
    user_sessions_list(request, response, request->who.user_id);
}

void own_sessions_delete(struct request *request, struct response *response)
{
    user_sessions_end(request, response,
                      &(struct sessions_ending){.user_id = request->who.user_id,
                                                .except_id = request->who.session_id,
                                                .reason = "ended"});
}

void own_session_delete(struct request *request, struct response *response)
{
    bool own = request->path_id == request->who.session_id;
    user_sessions_end(request, response,
                      &(struct sessions_ending){.user_id = request->who.user_id,
                                                .session_id = request->path_id,
                                                .reason = own ? "logout" : "ended"});
}
