/* Direct-mapped: a session has one place, and who comes later takes it. The lock is held for a copy only,
 * never while the database is asked. */
#include "rest/sessions.h"

#include "core/base/alloc.h"

#include <pthread.h>
#include <stdlib.h>

#define PLACES 4096

struct place {
    int64_t session_id; /* 0: empty */
    int64_t user_id;
    int64_t read_at_ms;
    enum session_state state; /* that it is OVER is worth knowing too, or each such request costs a query */
    enum role role;
};

struct sessions {
    pthread_mutex_t lock;
    uint64_t forgotten; /* how often anything was: what was read before is not remembered after */
    struct place places[PLACES];
};

struct sessions *sessions_create(void)
{
    struct sessions *sessions = xcalloc(1, sizeof *sessions);
    pthread_mutex_init(&sessions->lock, NULL);
    return sessions;
}

void sessions_destroy(struct sessions **sessions)
{
    if (*sessions == NULL)
        return;
    pthread_mutex_destroy(&(*sessions)->lock);
    free(*sessions);
    *sessions = NULL;
}

static struct place *place_of(struct sessions *sessions, int64_t session_id)
{
    return &sessions->places[(uint64_t)session_id % PLACES];
}

static enum session_state read_session(struct db *db, int64_t session_id, int64_t user_id, enum role *role)
{
    struct params params;
    params_init(&params);
    params_int(&params, user_id);
    params_int(&params, session_id);
    struct db_answer answer = db_run(db, SQL_ACCESS_CHECK, &params, NULL);
    if (answer.outcome == DB_UNCERTAIN || answer.outcome == DB_NOT_SENT)
        answer = db_run(db, SQL_ACCESS_CHECK, &params, NULL);
    params_finish(&params);
    if (answer.outcome != DB_DONE)
        return SESSION_UNREADABLE;
    enum session_state state = SESSION_OVER;
    if (PQntuples(answer.result) == 1 && !result_is_null(answer.result, 0, "role")) {
        *role = (enum role)role_parse(result_text(answer.result, 0, "role"));
        state = SESSION_STANDS;
    }
    PQclear(answer.result);
    return state;
}

static void remember(struct sessions *sessions, const struct place *read, uint64_t forgotten)
{
    pthread_mutex_lock(&sessions->lock);
    if (sessions->forgotten == forgotten)
        *place_of(sessions, read->session_id) = *read;
    pthread_mutex_unlock(&sessions->lock);
}

enum session_state sessions_look_up(struct sessions *sessions, struct db *db, int64_t session_id,
                                    int64_t user_id, int64_t now_ms, enum role *role)
{
    pthread_mutex_lock(&sessions->lock);
    struct place known = *place_of(sessions, session_id);
    uint64_t forgotten = sessions->forgotten;
    pthread_mutex_unlock(&sessions->lock);
    if (known.session_id != session_id || known.user_id != user_id ||
        now_ms - known.read_at_ms >= SESSION_FRESH_MS) {
        known = (struct place){.session_id = session_id, .user_id = user_id, .read_at_ms = now_ms};
        known.state = read_session(db, session_id, user_id, &known.role);
        if (known.state != SESSION_UNREADABLE)
            remember(sessions, &known, forgotten);
    }
    if (known.state == SESSION_STANDS)
        *role = known.role;
    return known.state;
}

void sessions_forget(struct sessions *sessions, int64_t session_id)
{
    pthread_mutex_lock(&sessions->lock);
    sessions->forgotten++;
    struct place *place = place_of(sessions, session_id);
    if (place->session_id == session_id)
        *place = (struct place){0};
    pthread_mutex_unlock(&sessions->lock);
}

void sessions_forget_user(struct sessions *sessions, int64_t user_id)
{
    pthread_mutex_lock(&sessions->lock);
    sessions->forgotten++;
    for (int i = 0; i < PLACES; i++)
        if (sessions->places[i].user_id == user_id)
            sessions->places[i] = (struct place){0};
    pthread_mutex_unlock(&sessions->lock);
}
