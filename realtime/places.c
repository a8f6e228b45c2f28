#include "realtime/places.h"

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/wire/json_read.h"
#include "core/wire/socketio.h"
#include "realtime/clocksync.h"
#include "realtime/framing.h"
#include "realtime/handshake.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/server.h"
#include "realtime/timekeeper.h"
#include "realtime/upgrade.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#define STREAMS "/sse/auctions/"

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
    buffer_init(&behind, DOOR_AHEAD_MAX);
    struct server_arrival arrival = {
        .greeting = &greeting,
        .message_max = (uint64_t)config_int(node->config, "LIMIT_MESSAGE_BYTES"),
        .answer = &answer,
        .behind = &behind,
    };
    arrival.socket = stranger_hand_over(stranger, used, &behind, &arrival.tls);
    server_adopt(node->server, &arrival);
    buffer_finish(&behind);
}

static void answer_plain(struct stranger *stranger, const struct http_head *head, size_t used)
{
    answer_socket(stranger, head, used, &framing_plain);
}

/* ---- streams of events ---- */

/* A whole number as text, at most 2^53 - 1; -1 for anything else. */
static int64_t read_number(struct http_text text)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || number > JSON_INT_MAX)
            return -1;
        number = number * 10 + (text.at[i] - '0');
    }
    return text.size > 0 && number <= JSON_INT_MAX ? number : -1;
}

/* Which lot, and up to where it is known already. */
static const struct refusal *read_wish(const struct http_head *head, struct join_wish *wish)
{
    static const struct refusal no_lot = {404, "AUCTION_NOT_FOUND", "There is no lot by that number.", NULL};
    static const struct refusal bad_place = {
        400, "INVALID_MESSAGE", "Last-Event-ID must be the id of an event of this stream.", NULL};
    struct http_text text = {head->path.at + sizeof STREAMS - 1, head->path.size - (sizeof STREAMS - 1)};
    wish->auction_id = read_number(text);
    if (wish->auction_id < 1)
        return &no_lot;
    int cursor = 0;
    wish->has_since = http_head_next(head, "Last-Event-ID", &cursor, &text) && text.size > 0;
    if (wish->has_since)
        wish->since_seq = read_number(text);
    return wish->since_seq < 0 ? &bad_place : NULL;
}

/* Nobody answers a heartbeat here but TCP: what it does not get through within the time ends it. */
static void set_patience(const struct node *node, int socket)
{
    unsigned patience_ms = (unsigned)config_int(node->config, "HEARTBEAT_TIMEOUT_MS");
    setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof patience_ms);
}

static void answer_stream(struct stranger *stranger, const struct http_head *head, size_t used)
{
    struct node *node = stranger_context(stranger);
    struct greeting greeting = {.framing = &framing_sse};
    struct refusal refusal;
    const struct refusal *why = read_wish(head, &greeting.wish);
    if (why == NULL && !handshake_judge_stream(node, head, stranger_peer(stranger), &greeting, &refusal))
        why = &refusal;
    if (why != NULL) {
        stranger_refuse(stranger, why);
        return;
    }
    struct buffer none = {0}, behind;
    buffer_init(&behind, DOOR_AHEAD_MAX);
    struct server_arrival arrival = {
        .greeting = &greeting,
        .answer = &none, /* the stream's own, once the lot is known */
        .stream = true,
        .behind = &behind,
    };
    arrival.socket = stranger_hand_over(stranger, used, &behind, &arrival.tls);
    set_patience(node, arrival.socket);
    server_adopt(node->server, &arrival);
    buffer_finish(&behind);
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
    {"/health",     answer_health,   false},
    {"/ready",      answer_ready,    false},
    {"/metrics",    answer_metrics,  false},
    {"/ws",         answer_plain,    false},
    {"/socket.io/", answer_socketio, false},
    {STREAMS,       answer_stream,   true },
};

const size_t node_place_count = sizeof node_places / sizeof node_places[0];
