/* A timer of its own and not the wheel's: the wheel stands still until the database was heard, and a node
 * that cannot reach it is just what the operator wants to see. */
#include "realtime/pulse.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/bus/vitals.h"
#include "realtime/clocksync.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/room_internal.h"

#include <stdlib.h>

/* What only grows, as it was at one moment. */
struct sums {
    int64_t at_ms; /* monotonic */
    int64_t bids, messages, handed_over, taken_in, conflicts;
    struct metrics_buckets handled;
};

struct pulse {
    struct node *node;
    uv_timer_t timer;
    int64_t started_at_ms;
    struct sums before;
};

static struct sums add_up(void)
{
    struct sums sums = {
        .at_ms = clock_monotonic_ms(),
        .bids = metrics_total(METRIC_BIDS),
        .messages = metrics_total(METRIC_MESSAGES_IN),
        .handed_over = metrics_value(METRIC_HANDED_OVER, METRIC_HANDOVER_ANSWERED),
        .taken_in = metrics_value(METRIC_TAKEN_IN, METRIC_TAKEN_IN_GOOD),
        .conflicts = metrics_value(METRIC_APPENDS, METRIC_APPEND_CONFLICT),
    };
    metrics_look(METRIC_BID_HANDLED, &sums.handled);
    return sums;
}

static void write_head(struct json *json, const struct pulse *pulse, int64_t interval_ms)
{
    const struct node *node = pulse->node;
    struct vitals_head head = {
        .program = "seri-realtime",
        .name = node->name,
        .identity = node->identity,
        .port = config_int(node->config, "REALTIME_PORT"),
        .started_at_ms = pulse->started_at_ms,
        .interval_ms = interval_ms,
        .memory_bytes = metrics_value(METRIC_MEMORY, 0),
        .draining = node->draining,
        .postgresql = pool_connected(node->pool) > 0,
    };
    vitals_write_head(json, &head);
}

static void write_clock(struct json *json, const struct node *node)
{
    int64_t uncertainty_ms = clocksync_uncertainty_ms(node->clocksync, clock_monotonic_us());
    bool known = uncertainty_ms != INT64_MAX;
    json_int_or_null(json, "clockOffsetMs", known ? node_now_ms(node) - clock_wall_ms() : INT64_MAX,
                     INT64_MAX);
    json_int_or_null(json, "clockUncertaintyMs", uncertainty_ms, INT64_MAX);
}

static void write_figures(struct json *json, const struct pulse *pulse, const struct sums *now)
{
    const struct sums *before = &pulse->before;
    json_object(json, NULL);
    write_head(json, pulse, now->at_ms - before->at_ms);
    json_int(json, "connections", metrics_value(METRIC_CONNECTIONS, 0));
    json_int(json, "rooms", metrics_value(METRIC_ROOMS, ROOMS_OF_LOTS));
    json_int(json, "watchers", metrics_value(METRIC_WATCHERS, ROOMS_OF_LOTS));
    json_int(json, "leases", metrics_value(METRIC_LEASES_HELD, 0));
    json_int(json, "queue", metrics_value(METRIC_DESK_PENDING, 0));
    json_int(json, "messages", now->messages - before->messages);
    json_int(json, "bids", now->bids - before->bids);
    json_int_or_null(json, "bidP50Us", metrics_quantile_us(&before->handled, &now->handled, 500), -1);
    json_int_or_null(json, "bidP99Us", metrics_quantile_us(&before->handled, &now->handled, 990), -1);
    json_int(json, "handedOver", now->handed_over - before->handed_over);
    json_int(json, "takenIn", now->taken_in - before->taken_in);
    json_int(json, "conflicts", now->conflicts - before->conflicts);
    write_clock(json, pulse->node);
    json_object_end(json);
}

static void run(struct node *node, const struct vitals_command *command)
{
    redis_command(node->redis, command->count, command->arguments, command->sizes, NULL, NULL);
}

static void on_beat(uv_timer_t *timer)
{
    struct pulse *pulse = timer->data;
    struct sums now = add_up();
    struct vitals_command command;
    struct buffer text;
    buffer_init(&text, VITALS_TEXT_MAX);
    struct json json = json_start(&text);
    write_figures(&json, pulse, &now);
    pulse->before = now;
    vitals_tell(&command, pulse->node->identity, text.data, text.size);
    if (!text.failed)
        run(pulse->node, &command);
    buffer_finish(&text);
}

struct pulse *pulse_create(struct node *node)
{
    struct pulse *pulse = xcalloc(1, sizeof *pulse);
    pulse->node = node;
    pulse->started_at_ms = clock_wall_ms();
    pulse->before = add_up();
    uv_timer_init(node->loop, &pulse->timer);
    pulse->timer.data = pulse;
    uv_timer_start(&pulse->timer, on_beat, VITALS_EVERY_MS, VITALS_EVERY_MS);
    return pulse;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void pulse_destroy(struct pulse **pulse)
{
    if (*pulse == NULL)
        return;
    struct vitals_command command;
    vitals_end(&command, (*pulse)->node->identity);
    run((*pulse)->node, &command);
    uv_close((uv_handle_t *)&(*pulse)->timer, on_closed);
    *pulse = NULL;
}
