#include "realtime/places.h"

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/wire/socketio.h"
#include "realtime/clocksync.h"
#include "realtime/framing.h"
#include "realtime/handshake.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/server.h"
#include "realtime/timekeeper.h"
#include "realtime/upgrade.h"

#include <string.h>

enum { ANSWER_MAX = 262144 /* bytes */ };

static void answer_health(struct stranger *stranger, const struct http_head *head, size_t used)
{
    (void)head;
    (void)used;
    static const char body[] = "{\"status\":\"ok\"}";
    stranger_answer(stranger, 200, "application/json", NULL, body, sizeof body - 1);
}

static void answer_ready(struct stranger *stranger, const struct http_head *head, size_t used)
{
    (void)head;
    (void)used;
    const struct node *node = stranger_context(stranger);
    const struct {
        const char *name;
        bool there;
    } needs[] = {
        {"database", pool_connected(node->pool) > 0       },
        {"redis",    redis_is_connected(node->redis)      },
        {"clock",    timekeeper_is_ready(node->timekeeper)},
    };
    bool ready = true;
    char memory[256];
    struct buffer body;
    buffer_init_fixed(&body, memory, sizeof memory);
    struct json json = json_start(&body);
    json_object(&json, NULL);
    json_array(&json, "missing");
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        ready &= needs[i].there;
        if (!needs[i].there)
            json_text(&json, NULL, needs[i].name);
    }
    json_array_end(&json);
    json_text(&json, "status", ready ? "ok" : "unavailable");
    json_object_end(&json);
    stranger_answer(stranger, ready ? 200 : 503, "application/json", NULL, body.data, body.size);
}

/* Gauges that nobody updates as they change. */
static void refresh_gauges(const struct node *node)
{
    int64_t now_us = clock_monotonic_us();
    int64_t uncertainty_ms = clocksync_uncertainty_ms(node->clocksync, now_us);
    metrics_set(METRIC_POOL_CONNECTED, 0, pool_connected(node->pool));
    metrics_set(METRIC_POOL_PENDING, 0, pool_pending(node->pool));
    metrics_set(METRIC_REDIS_CONNECTED, 0, redis_is_connected(node->redis));
    metrics_set(METRIC_REDIS_DROPPED, 0, (int64_t)redis_dropped(node->redis));
    metrics_set(METRIC_CLOCK_OFFSET, 0, node_now_ms(node) - clock_wall_ms());
    metrics_set(METRIC_CLOCK_UNCERTAINTY, 0, uncertainty_ms == INT64_MAX ? -1 : uncertainty_ms);
}

static void answer_metrics(struct stranger *stranger, const struct http_head *head, size_t used)
{
    (void)head;
    (void)used;
    refresh_gauges(stranger_context(stranger));
    struct buffer body;
    buffer_init(&body, ANSWER_MAX);
    metrics_write(&body);
    stranger_answer(stranger, 200, "text/plain; version=0.0.4; charset=utf-8", NULL, body.data, body.size);
    buffer_finish(&body);
}

/* Hands the socket on, with what the client sent behind its head. */
static void answer_socket(struct stranger *stranger, const struct http_head *head, size_t used,
                          const struct framing *framing)
{
    struct node *node = stranger_context(stranger);
    struct greeting greeting = {.framing = framing};
    struct refusal refusal;
    char memory[UPGRADE_ANSWER_MAX];
    struct buffer answer, behind;
    buffer_init_fixed(&answer, memory, sizeof memory);
    if (!handshake_judge(node, head, stranger_peer(stranger), &greeting, &answer, &refusal)) {
        stranger_refuse(stranger, &refusal);
        return;
    }
    buffer_init(&behind, 2 * HTTP_HEAD_MAX);
    struct server_arrival arrival = {
        .socket = stranger_hand_over(stranger, used, &behind),
        .greeting = &greeting,
        .message_max = SESSION_MESSAGE_MAX,
        .answer = &answer,
        .behind = &behind,
    };
    server_adopt(node->server, &arrival);
    buffer_finish(&behind);
}

static void answer_plain(struct stranger *stranger, const struct http_head *head, size_t used)
{
    answer_socket(stranger, head, used, &framing_plain);
}

/* What Engine.IO itself would refuse is refused in its words. */
static void answer_socketio(struct stranger *stranger, const struct http_head *head, size_t used)
{
    enum engine_refusal refusal = engine_judge(head->query.at, head->query.size);
    const char *text = engine_refusal_text(refusal);
    if (refusal == ENGINE_GRANTED) {
        answer_socket(stranger, head, used, &framing_socketio);
        return;
    }
    metrics_add(METRIC_CONNECTIONS_REFUSED, REFUSAL_REQUEST, 1);
    stranger_answer(stranger, 400, "application/json", NULL, text, strlen(text));
}

const struct door_place node_places[] = {
    {"/health",     answer_health  },
    {"/ready",      answer_ready   },
    {"/metrics",    answer_metrics },
    {"/ws",         answer_plain   },
    {"/socket.io/", answer_socketio},
};

const size_t node_place_count = sizeof node_places / sizeof node_places[0];
