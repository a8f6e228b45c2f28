/* Turns, twice a second; some duties have a longer period of their own. A failure ends a turn and nothing
 * else: what was not done is found again by the next, here or in another process. */
#include "rest/jobs/notifier.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/bus/announce.h"
#include "core/bus/redis_blocking.h"
#include "core/store/db.h"
#include "rest/jobs/halt.h"
#include "rest/mail/mailer.h"
#include "rest/meters.h"

#include <stdlib.h>
#include <string.h>

#define TURN_MS         500
#define FOLLOW_WINDOW_S 3600 /* how far back a turn looks for appends that it has not seen */
#define FOLLOW_ALL_S    (INT64_C(100) * 365 * 86400)
#define FOLLOW_EVENTS   5000 /* at once: the more, the fewer are told of what has passed already */
#define SOON_PERIOD_MS  2000
#define COUNT_PERIOD_MS 5000
#define PURGE_PERIOD_MS 60000
#define FOLLOW_LOTS_MAX 1000 /* of followed_lots.sql */
#define FRAME_MAX       ((size_t)64 << 10)

struct notifier {
    const struct config *config;
    struct halt halt;
    pthread_t thread;
    struct db *db;
    struct redis_blocking *redis;
    bool caught_up; /* all lots have been looked at since the start or the last failure, not only recent ones
                     */
    int64_t soon_at_ms, count_at_ms, purge_at_ms; /* monotonic: when each is due */
};

/* Runs a statement with up to two numbers. NULL when it failed; else the caller's (PQclear). */
static PGresult *run(struct notifier *notifier, enum sql_query query, int count, const int64_t *numbers,
                     struct error *error)
{
    struct params params;
    params_init(&params);
    for (int i = 0; i < count; i++)
        params_int(&params, numbers[i]);
    struct db_answer answer = db_run(notifier->db, query, &params, error);
    params_finish(&params);
    return answer.result;
}

static bool run_only(struct notifier *notifier, enum sql_query query, int count, const int64_t *numbers,
                     struct error *error)
{
    PGresult *result = run(notifier, query, count, numbers, error);
    bool good = result != NULL;
    PQclear(result);
    return good;
}

/* ---- the ledger ---- */

static bool follow_lot(struct notifier *notifier, int64_t auction_id, struct error *error)
{
    const int64_t numbers[] = {auction_id, FOLLOW_EVENTS};
    int64_t events;
    do {
        PGresult *told = run(notifier, SQL_FOLLOWED_TELL, 2, numbers, error);
        if (told == NULL)
            return false;
        events = result_int(told, 0, "events");
        metrics_add(METER_NOTIFICATIONS, 0, result_int(told, 0, "notifications"));
        PQclear(told);
    } while (events == FOLLOW_EVENTS && !atomic_load(&notifier->halt.stopping));
    return true;
}

static bool follow(struct notifier *notifier, struct error *error)
{
    int64_t window_s = notifier->caught_up ? FOLLOW_WINDOW_S : FOLLOW_ALL_S;
    PGresult *lots = run(notifier, SQL_FOLLOWED_LOTS, 1, &window_s, error);
    bool good = lots != NULL;
    int count = good ? PQntuples(lots) : 0;
    for (int i = 0; good && i < count && !atomic_load(&notifier->halt.stopping); i++)
        good = follow_lot(notifier, result_int(lots, i, "id"), error);
    PQclear(lots);
    notifier->caught_up = good && (notifier->caught_up || count < FOLLOW_LOTS_MAX);
    return good;
}

/* ---- live ---- */

static bool publish(struct notifier *notifier, int64_t user_id, const char *json)
{
    struct buffer frame;
    buffer_init(&frame, FRAME_MAX);
    buffer_append_format(&frame, "{\"event\":\"notification\",\"data\":%s}", json);
    struct announce_command command;
    announce_user_build(&command, user_id, frame.data, frame.size);
    redisReply *reply =
        redis_blocking_command(notifier->redis, command.count, command.arguments, command.sizes);
    announce_finish(&command);
    buffer_finish(&frame);
    bool good = reply != NULL && reply->type != REDIS_REPLY_ERROR;
    freeReplyObject(reply);
    metrics_add(good ? METER_ANNOUNCED : METER_PUBLISH_FAILED, 0, 1);
    return good;
}

/* One batch, within a transaction that is committed when all of it is told. `*more`: there was something. */
static bool announce_some(struct notifier *notifier, bool *more, struct error *error)
{
    *more = false;
    PGresult *rows = run(notifier, SQL_NOTIFICATIONS_ANNOUNCE, 0, NULL, error);
    if (rows == NULL)
        return false;
    bool good = true;
    for (int i = 0; good && i < PQntuples(rows); i++)
        if (result_bool(rows, i, "fresh"))
            good = publish(notifier, result_int(rows, i, "user_id"), result_text(rows, i, "json"));
    *more = good && PQntuples(rows) > 0;
    PQclear(rows);
    return true;
}

static bool announce(struct notifier *notifier, struct error *error)
{
    bool more = true;
    while (more && !atomic_load(&notifier->halt.stopping)) {
        if (db_begin(notifier->db, error) != DB_DONE)
            return false;
        bool good = announce_some(notifier, &more, error);
        if (!good || !more) {
            db_rollback(notifier->db);
            return good;
        }
        if (db_commit(notifier->db, error) != DB_DONE)
            return false;
    }
    return true;
}

/* ---- duties with a period ---- */

static bool is_due(int64_t *at_ms, int64_t period_ms)
{
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < *at_ms)
        return false;
    *at_ms = now_ms + period_ms;
    return true;
}

static bool tell_soon(struct notifier *notifier, struct error *error)
{
    const int64_t numbers[] = {config_int(notifier->config, "LOT_SOON_S"),
                               config_int(notifier->config, "LOT_SOON_LOTS")};
    return run_only(notifier, SQL_LOTS_SOON, 2, numbers, error);
}

static bool count_jobs(struct notifier *notifier, struct error *error)
{
    PGresult *counts = run(notifier, SQL_JOBS_COUNTS, 0, NULL, error);
    if (counts == NULL)
        return false;
    metrics_set(METER_JOBS_WAITING, 0, result_int(counts, 0, "waiting"));
    metrics_set(METER_JOBS_OLDEST_S, 0, result_int(counts, 0, "oldest_s"));
    metrics_set(METER_JOBS_DEAD_NOW, 0, result_int(counts, 0, "dead"));
    PQclear(counts);
    return true;
}

static bool purge(struct notifier *notifier, struct error *error)
{
    int64_t jobs_days = config_int(notifier->config, "JOBS_KEEP_DAYS");
    mailer_purge(notifier->config, jobs_days);
    int64_t notifications_days = config_int(notifier->config, "NOTIFICATIONS_KEEP_DAYS");
    return run_only(notifier, SQL_JOBS_PURGE, 1, &jobs_days, error) &&
           run_only(notifier, SQL_NOTIFICATIONS_PURGE, 1, &notifications_days, error);
}

static bool take_turn(struct notifier *notifier, struct error *error)
{
    return follow(notifier, error) &&
           (!is_due(&notifier->soon_at_ms, SOON_PERIOD_MS) || tell_soon(notifier, error)) &&
           announce(notifier, error) &&
           (!is_due(&notifier->count_at_ms, COUNT_PERIOD_MS) || count_jobs(notifier, error)) &&
           (!is_due(&notifier->purge_at_ms, PURGE_PERIOD_MS) || purge(notifier, error));
}

static void *work(void *context)
{
    struct notifier *notifier = context;
    bool was_good = true;
    do {
        struct error error = {0};
        bool good = take_turn(notifier, &error);
        if (!good && was_good)
            log_warn("notifications wait", log_text("reason", error.text));
        notifier->caught_up &= good;
        was_good = good;
    } while (!halt_wait(&notifier->halt, TURN_MS));
    return NULL;
}

struct notifier *notifier_start(const struct config *config)
{
    struct notifier *notifier = xcalloc(1, sizeof *notifier);
    notifier->config = config;
    halt_init(&notifier->halt);
    notifier->db = db_create(config_text(config, "DATABASE_URL"), "seri-rest-notifier");
    notifier->redis =
        redis_blocking_create(config_text(config, "REDIS_URL"), "seri-rest-notifier", REDIS_BLOCKING_MS);
    if (pthread_create(&notifier->thread, NULL, work, notifier) != 0)
        abort();
    return notifier;
}

void notifier_stop(struct notifier **notifier)
{
    if (*notifier == NULL)
        return;
    halt_now(&(*notifier)->halt);
    pthread_join((*notifier)->thread, NULL);
    halt_finish(&(*notifier)->halt);
    db_destroy(&(*notifier)->db);
    redis_blocking_destroy(&(*notifier)->redis);
    free(*notifier);
    *notifier = NULL;
}
