/* Roles are compared, not version numbers: then any change is seen, whoever made it and however. Asking costs
 * two primary-key look-ups a client, some ten milliseconds of the database's every two seconds for 10,000 of
 * them. */
#include "realtime/access.h"

#include "core/base/alloc.h"
#include "core/store/result.h"
#include "realtime/node.h"
#include "realtime/session_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    POLL_MS = 2000,
    CHUNK = 1000,   /* clients a statement */
    CALM_POLLS = 3, /* with Redis back, until others have found it too */
};

struct access {
    struct node *node;
    uv_timer_t timer;
    int asking;  /* statements of this poll that are not answered yet */
    int calm;    /* polls since Redis was away, as far as CALM_POLLS */
    bool ending; /* destroyed; goes with the last of timer and statements */
    bool closed;
};

static void let_go(struct access *access)
{
    if (access->ending && access->closed && access->asking == 0)
        free(access);
}

/* ---- one client, when it comes ---- */

struct question {
    access_callback callback;
    void *context;
};

/* The role in a row; ROLE_VISITOR for null. */
static enum role read_role(const PGresult *result, int row)
{
    const char *name = result_text(result, row, "role");
    int role = name != NULL ? role_parse(name) : ROLE_VISITOR;
    return role >= 0 ? (enum role)role : ROLE_VISITOR;
}

static void on_answer(const struct db_answer *answer, void *context)
{
    struct question *question = context;
    if (answer->outcome != DB_DONE)
        question->callback(true, ROLE_VISITOR, question->context);
    else
        question->callback(false, PQntuples(answer->result) > 0 ? read_role(answer->result, 0) : ROLE_VISITOR,
                           question->context);
    free(question);
}

void access_check(struct access *access, int64_t user_id, int64_t session_id, access_callback callback,
                  void *context)
{
    struct question *question = xmalloc(sizeof *question);
    *question = (struct question){callback, context};
    struct params params;
    params_init(&params);
    params_int(&params, user_id);
    params_int(&params, session_id);
    pool_run(access->node->pool, SQL_ACCESS_CHECK, &params, on_answer, question);
    params_finish(&params);
}

/* ---- all of them, every two seconds ---- */

/* Those asked about by one statement, in the order of its arrays. */
struct chunk {
    struct access *access;
    int count;
    struct {
        uint64_t session;
        int64_t user;
        int64_t login;
        enum role believed;
        int64_t credit_told; /* see session_credit_told */
    } clients[CHUNK];
};

/* The client that a row is about; NULL: gone, or somebody else by now. */
static struct session *client_of_row(const struct chunk *chunk, const PGresult *result, int row)
{
    int64_t place = result_int(result, row, "place") - 1;
    struct session *session = sessions_find(chunk->access->node->sessions, chunk->clients[place].session);
    return session != NULL && session_login(session) == chunk->clients[place].login ? session : NULL;
}

static void forget(struct chunk *chunk)
{
    struct access *access = chunk->access;
    free(chunk);
    access->asking--;
    let_go(access);
}

static void add_users(struct params *params, const struct chunk *chunk)
{
    params_array(params, ELEMENT_INT, (size_t)chunk->count);
    for (int i = 0; i < chunk->count; i++)
        params_element_int(params, chunk->clients[i].user);
}

static void on_credits(const struct db_answer *answer, void *context)
{
    struct chunk *chunk = context;
    int rows = answer->outcome == DB_DONE ? PQntuples(answer->result) : 0;
    for (int row = 0; row < rows; row++) {
        struct session *session = client_of_row(chunk, answer->result, row);
        const char *data = result_text(answer->result, row, "data");
        if (session == NULL)
            continue;
        session_send_event(session, "you:update", data, strlen(data));
        session_set_credit_told(session, result_int(answer->result, row, "versions"));
    }
    forget(chunk);
}

static void ask_credits(const struct chunk *clients)
{
    struct chunk *chunk = xmalloc(sizeof *chunk);
    struct params params;
    *chunk = *clients;
    params_init(&params);
    add_users(&params, chunk);
    params_array(&params, ELEMENT_INT, (size_t)chunk->count);
    for (int i = 0; i < chunk->count; i++)
        params_element_int(&params, chunk->clients[i].credit_told);
    chunk->access->asking++;
    pool_run(chunk->access->node->pool, SQL_CREDIT_CHANGES, &params, on_credits, chunk);
    params_finish(&params);
}

static void on_changes(const struct db_answer *answer, void *context)
{
    struct chunk *chunk = context;
    int rows = answer->outcome == DB_DONE ? PQntuples(answer->result) : 0;
    for (int row = 0; row < rows; row++) {
        struct session *session = client_of_row(chunk, answer->result, row);
        if (session != NULL)
            session_set_role(session, read_role(answer->result, row));
    }
    forget(chunk);
}

static void ask_changes(struct chunk *chunk)
{
    struct params params;
    if (chunk->access->calm < CALM_POLLS)
        ask_credits(chunk);
    params_init(&params);
    add_users(&params, chunk);
    params_array(&params, ELEMENT_INT, (size_t)chunk->count);
    for (int i = 0; i < chunk->count; i++)
        params_element_int(&params, chunk->clients[i].login);
    params_array(&params, ELEMENT_TEXT, (size_t)chunk->count);
    for (int i = 0; i < chunk->count; i++) {
        const char *name = role_name(chunk->clients[i].believed);
        params_element_text(&params, name, strlen(name));
    }
    chunk->access->asking++;
    pool_run(chunk->access->node->pool, SQL_ACCESS_CHANGES, &params, on_changes, chunk);
    params_finish(&params);
}

/* A poll being put together. */
struct poll {
    struct access *access;
    struct chunk *chunk; /* not full yet; NULL: none begun */
};

static void collect(struct session *session, void *context)
{
    struct poll *poll = context;
    if (session_user(session) == 0)
        return;
    if (poll->chunk == NULL) {
        poll->chunk = xmalloc(sizeof *poll->chunk);
        poll->chunk->access = poll->access;
        poll->chunk->count = 0;
    }
    int i = poll->chunk->count++;
    poll->chunk->clients[i].session = session_id(session);
    poll->chunk->clients[i].user = session_user(session);
    poll->chunk->clients[i].login = session_login(session);
    poll->chunk->clients[i].believed = session_role(session);
    poll->chunk->clients[i].credit_told = session_credit_told(session);
    if (poll->chunk->count == CHUNK) {
        ask_changes(poll->chunk);
        poll->chunk = NULL;
    }
}

static void on_poll(uv_timer_t *timer)
{
    struct access *access = timer->data;
    if (access->asking > 0)
        return;
    if (!redis_is_connected(access->node->redis))
        access->calm = 0;
    else if (access->calm < CALM_POLLS)
        access->calm++;
    struct poll poll = {.access = access};
    sessions_each(access->node->sessions, collect, &poll);
    if (poll.chunk != NULL)
        ask_changes(poll.chunk);
}

struct access *access_create(struct node *node)
{
    struct access *access = xcalloc(1, sizeof *access);
    access->node = node;
    access->calm = CALM_POLLS;
    uv_timer_init(node->loop, &access->timer);
    access->timer.data = access;
    uv_timer_start(&access->timer, on_poll, POLL_MS, POLL_MS);
    return access;
}

static void on_closed(uv_handle_t *handle)
{
    struct access *access = handle->data;
    access->closed = true;
    let_go(access);
}

void access_destroy(struct access **access)
{
    if (*access == NULL)
        return;
    (*access)->ending = true;
    uv_close((uv_handle_t *)&(*access)->timer, on_closed);
    *access = NULL;
}
