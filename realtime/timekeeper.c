/* Time comes from the look: it keeps this node's clock true, proves that the ledger is there, and names every
 * lot whose clock runs, so that a close can be missed by nobody for more than a second, whatever else got
 * lost. A close that is due is only a word to the desk, which judges by the ledger; asking too early or twice
 * does nothing. */
#include "realtime/timekeeper.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/wire/json_read.h"
#include "realtime/board.h"
#include "realtime/clocksync.h"
#include "realtime/idmap.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/room.h"
#include "realtime/session.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_MS      1000
#define DARK_AFTER_MS  3000 /* without a look this node decides nothing */
#define ASK_AGAIN_MS   50   /* a close that came too early by the ledger's clock */
#define FIRST_SAMPLES  8    /* taken at once after the start, for a trusted clock within half a second */
#define FIRST_PAUSE_MS 50

/* The clock of one lot. */
struct lot_clock {
    struct timekeeper *timekeeper;
    int64_t auction_id;
    int64_t seq;
    enum auction_status status;
    int64_t ends_at_ms;
    int64_t close_grace_ms;
    int64_t asked_ends_at_ms; /* the end for which the desk was asked to close; 0: not yet */
    int64_t look;             /* the last look that named it */
    struct wheel_timer timer;
};

enum degraded { DEGRADED_NOT, DEGRADED_DATABASE, DEGRADED_REDIS };

static const char *const degraded_texts[] = {
    [DEGRADED_NOT] = "{\"reason\":null}",
    [DEGRADED_DATABASE] = "{\"reason\":\"database\"}",
    [DEGRADED_REDIS] = "{\"reason\":\"redis: updates may be late\"}",
};

struct timekeeper {
    struct node *node;
    const struct timekeeper_hooks *hooks;
    uv_timer_t second;
    struct idmap clocks;   /* of struct lot_clock */
    int first_samples;     /* still to be taken */
    int64_t started_ms;    /* monotonic, as the next */
    int64_t looked_ms;     /* when the last look was answered; 0: never */
    int64_t told_until_ms; /* database time of the last look that was answered; 0: never */
    int64_t look_sent_us;
    int64_t clock_sent_us;
    int64_t look; /* counts */
    bool looking, sampling;
    enum degraded degraded;
    bool ended;
    bool closed;
};

static void free_when_done(struct timekeeper *timekeeper)
{
    if (!timekeeper->ended || !timekeeper->closed || timekeeper->looking || timekeeper->sampling)
        return;
    free(timekeeper);
}

bool timekeeper_is_ready(const struct timekeeper *timekeeper)
{
    return timekeeper->looked_ms != 0 && clock_monotonic_ms() - timekeeper->looked_ms < DARK_AFTER_MS;
}

/* ---- the lots' clocks ---- */

static void on_due(struct wheel_timer *timer, void *context)
{
    (void)context;
    struct lot_clock *clock = (struct lot_clock *)((char *)timer - offsetof(struct lot_clock, timer));
    struct timekeeper *timekeeper = clock->timekeeper;
    struct node *node = timekeeper->node;
    int64_t from_ms =
        clock->ends_at_ms + clock->close_grace_ms + timekeeper->hooks->patience_ms(node, clock->auction_id);
    if (node_now_ms(node) < from_ms) { /* it is for another node to do */
        wheel_set(node->wheel, timer, from_ms, on_due);
        return;
    }
    clock->asked_ends_at_ms = clock->ends_at_ms;
    if (timekeeper_is_ready(timekeeper))
        timekeeper->hooks->due(node, clock->auction_id);
}

/* Sets the timer of a running lot's close; one that was asked for already, a little later. */
static void arm(struct lot_clock *clock)
{
    struct timekeeper *timekeeper = clock->timekeeper;
    struct wheel *wheel = timekeeper->node->wheel;
    if (clock->status != AUCTION_ACTIVE) {
        wheel_cancel(wheel, &clock->timer);
        return;
    }
    int64_t due_ms = clock->ends_at_ms + clock->close_grace_ms;
    if (clock->asked_ends_at_ms == clock->ends_at_ms) {
        int64_t again_ms = node_now_ms(timekeeper->node) + ASK_AGAIN_MS;
        due_ms = due_ms > again_ms ? due_ms : again_ms;
        if (wheel_is_set(&clock->timer))
            return;
    }
    wheel_set(wheel, &clock->timer, due_ms, on_due);
}

static void see_clock(struct timekeeper *timekeeper, int64_t auction_id, int64_t seq,
                      enum auction_status status, int64_t ends_at_ms, int64_t close_grace_ms)
{
    struct lot_clock *clock = idmap_get(&timekeeper->clocks, auction_id);
    if (clock == NULL) {
        if (status != AUCTION_ACTIVE)
            return;
        clock = xcalloc(1, sizeof *clock);
        clock->timekeeper = timekeeper;
        clock->auction_id = auction_id;
        clock->look = timekeeper->look;
        idmap_put(&timekeeper->clocks, auction_id, clock);
    }
    if (seq < clock->seq)
        return;
    bool moved = clock->seq < seq;
    clock->seq = seq;
    clock->status = status;
    clock->ends_at_ms = ends_at_ms;
    clock->close_grace_ms = close_grace_ms;
    arm(clock);
    if (moved) /* from here, for an announcement may have been before the look */
        timekeeper->hooks->moved(timekeeper->node, auction_id);
}

void timekeeper_clock(struct timekeeper *timekeeper, const struct auction_view *view, int64_t close_grace_ms)
{
    see_clock(timekeeper, view->auction_id, view->seq, view->status, view->ends_at_ms, close_grace_ms);
}

/* Clocks that the last looks no longer named are of lots that ended a while ago. */
static void sweep(struct timekeeper *timekeeper)
{
    size_t cursor = 0;
    struct lot_clock *clock;
    while ((clock = idmap_next(&timekeeper->clocks, &cursor)) != NULL) {
        if (clock->look + 1 >= timekeeper->look)
            continue;
        wheel_cancel(timekeeper->node->wheel, &clock->timer);
        idmap_remove(&timekeeper->clocks, clock->auction_id);
        free(clock);
        cursor--; /* another may have moved into its place */
    }
}

/* ---- words to the clients ---- */

static void write_timer(struct json *json, const struct lot_clock *clock, int64_t now_ms)
{
    int64_t remaining_ms = clock->ends_at_ms - now_ms;
    json_object(json, NULL);
    json_int(json, "auctionId", clock->auction_id);
    json_int(json, "seq", clock->seq);
    json_int(json, "remainingMs", remaining_ms > 0 ? remaining_ms : 0);
    json_int(json, "endsAtMs", clock->ends_at_ms);
    json_int(json, "serverMs", now_ms);
    json_object_end(json);
}

static void send_timers(struct timekeeper *timekeeper)
{
    int64_t now_ms = node_now_ms(timekeeper->node);
    size_t cursor = 0;
    struct lot_clock *clock;
    while ((clock = idmap_next(&timekeeper->clocks, &cursor)) != NULL) {
        struct room *room = clock->status == AUCTION_ACTIVE
                                ? rooms_find(timekeeper->node->rooms, clock->auction_id, false)
                                : NULL;
        if (room == NULL || room_watchers(room) == 0)
            continue;
        char text[256];
        struct buffer out;
        buffer_init_fixed(&out, text, sizeof text);
        struct json json = json_start(&out);
        write_timer(&json, clock, now_ms);
        room_send_now(room, ROOM_NOW_TIMER, "auction:timer", out.data, out.size);
    }
}

static void tell_degraded(struct session *session, void *context)
{
    const char *text = context;
    session_send_event(session, "server:degraded", text, strlen(text));
}

/* Says once that something is missing, and once that all is well again. In its first seconds a node has not
 * had the time to find anything out. */
static void check_degraded(struct timekeeper *timekeeper)
{
    if (clock_monotonic_ms() - timekeeper->started_ms < DARK_AFTER_MS)
        return;
    enum degraded now = !timekeeper_is_ready(timekeeper)               ? DEGRADED_DATABASE
                        : !redis_is_connected(timekeeper->node->redis) ? DEGRADED_REDIS
                                                                       : DEGRADED_NOT;
    if (now == timekeeper->degraded)
        return;
    timekeeper->degraded = now;
    log_warn("what this node can do has changed", log_text("degraded", degraded_texts[now]));
    sessions_each(timekeeper->node->sessions, tell_degraded, (void *)degraded_texts[now]);
}

/* ---- asking the database ---- */

static void take_sample(struct timekeeper *timekeeper, int64_t sent_us, const PGresult *result)
{
    struct clocksync *clocksync = timekeeper->node->clocksync;
    int64_t now_us = clock_monotonic_us();
    clocksync_sample(clocksync, sent_us, now_us, result_int(result, 0, "now_us"));
    int64_t uncertainty_ms = clocksync_uncertainty_ms(clocksync, now_us);
    metrics_set(METRIC_CLOCK_UNCERTAINTY, 0, uncertainty_ms);
    metrics_set(METRIC_CLOCK_OFFSET, 0, node_now_ms(timekeeper->node) - clock_wall_ms());
}

static void on_clock(const struct db_answer *answer, void *context)
{
    struct timekeeper *timekeeper = context;
    timekeeper->sampling = false;
    if (timekeeper->ended)
        free_when_done(timekeeper);
    else if (answer->outcome == DB_DONE)
        take_sample(timekeeper, timekeeper->clock_sent_us, answer->result);
}

static void ask_clock(struct timekeeper *timekeeper)
{
    if (timekeeper->sampling)
        return;
    timekeeper->sampling = true;
    timekeeper->clock_sent_us = clock_monotonic_us();
    pool_run(timekeeper->node->pool, SQL_NODE_CLOCK, NULL, on_clock, timekeeper);
}

static void list_lot(struct timekeeper *timekeeper, const PGresult *result, int row)
{
    struct board_lot lot = board_lot_read(result, row);
    timekeeper->hooks->listed(timekeeper->node, result_int(result, row, "sale_id"), &lot);
}

/* One lot of the look: whatever this node missed of it, it finds out now. */
static void see_lot(struct timekeeper *timekeeper, const PGresult *result, int row)
{
    int64_t auction_id = result_int(result, row, "id");
    int64_t seq = result_int(result, row, "seq");
    int status = auction_status_parse(result_text(result, row, "status"));

    see_clock(timekeeper, auction_id, seq, (enum auction_status)status,
              result_int_or(result, row, "ends_at_ms", 0), result_int(result, row, "close_grace_ms"));
    struct lot_clock *clock = idmap_get(&timekeeper->clocks, auction_id);
    if (clock != NULL)
        clock->look = timekeeper->look;
    if (status == AUCTION_ACTIVE)
        timekeeper->hooks->running(timekeeper->node, auction_id);
    timekeeper->hooks->seen(timekeeper->node, auction_id, seq);
    list_lot(timekeeper, result, row);
    if (result_bool(result, row, "dark"))
        timekeeper->hooks->due(timekeeper->node, auction_id);
}

static void take_look(struct timekeeper *timekeeper, const PGresult *result)
{
    if (!result_is_null(result, 0, "dark_since_ms"))
        log_warn("nobody could decide for a while; lots whose clock ran are paused",
                 log_number("since_ms", result_int(result, 0, "dark_since_ms")));
    timekeeper->looked_ms = clock_monotonic_ms();
    timekeeper->told_until_ms = result_int(result, 0, "now_us") / 1000;
    timekeeper->look++;
    take_sample(timekeeper, timekeeper->look_sent_us, result);
    for (int row = 0; row < PQntuples(result); row++)
        if (!result_is_null(result, row, "id"))
            see_lot(timekeeper, result, row);
    sweep(timekeeper);
    timekeeper->hooks->looked(timekeeper->node);
}

static void on_look(const struct db_answer *answer, void *context)
{
    struct timekeeper *timekeeper = context;
    timekeeper->looking = false;
    if (timekeeper->ended) {
        free_when_done(timekeeper);
        return;
    }
    if (answer->outcome == DB_DONE)
        take_look(timekeeper, answer->result);
    else
        metrics_add(METRIC_LOOKS_FAILED, 0, 1);
    check_degraded(timekeeper);
}

/* Asks for all that happened since the last look that was answered, however long ago that is. */
static void ask_look(struct timekeeper *timekeeper)
{
    if (timekeeper->looking)
        return;
    struct params params;
    params_init(&params);
    params_int_or_null(&params, timekeeper->told_until_ms, 0);
    timekeeper->looking = true;
    timekeeper->look_sent_us = clock_monotonic_us();
    pool_run(timekeeper->node->pool, SQL_NODE_LOOK, &params, on_look, timekeeper);
    params_finish(&params);
}

static void on_second(uv_timer_t *timer)
{
    struct timekeeper *timekeeper = timer->data;
    ask_clock(timekeeper);
    if (timekeeper->first_samples > 0) {
        timekeeper->first_samples--;
        if (timekeeper->first_samples > 0)
            return;
        uv_timer_start(timer, on_second, SECOND_MS, SECOND_MS);
    }
    ask_look(timekeeper);
    send_timers(timekeeper);
    check_degraded(timekeeper);
}

/* ---- life ---- */

struct timekeeper *timekeeper_create(struct node *node, const struct timekeeper_hooks *hooks)
{
    struct timekeeper *timekeeper = xcalloc(1, sizeof *timekeeper);
    timekeeper->node = node;
    timekeeper->hooks = hooks;
    timekeeper->first_samples = FIRST_SAMPLES;
    timekeeper->started_ms = clock_monotonic_ms();
    uv_timer_init(node->loop, &timekeeper->second);
    timekeeper->second.data = timekeeper;
    uv_timer_start(&timekeeper->second, on_second, 0, FIRST_PAUSE_MS);
    metrics_set(METRIC_CLOCK_UNCERTAINTY, 0, -1);
    return timekeeper;
}

static void on_closed(uv_handle_t *handle)
{
    struct timekeeper *timekeeper = handle->data;
    timekeeper->closed = true;
    free_when_done(timekeeper);
}

void timekeeper_destroy(struct timekeeper **timekeeper)
{
    if (*timekeeper == NULL)
        return;
    struct timekeeper *ending = *timekeeper;
    *timekeeper = NULL;
    size_t cursor = 0;
    struct lot_clock *clock;
    while ((clock = idmap_next(&ending->clocks, &cursor)) != NULL) {
        wheel_cancel(ending->node->wheel, &clock->timer);
        free(clock);
    }
    idmap_finish(&ending->clocks);
    ending->ended = true;
    uv_close((uv_handle_t *)&ending->second, on_closed);
}
