/* time:sync: the database's clock as this node knows it, for clients to show the time that remains. */
#include "realtime/dispatch.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/reply.h"

#include <stddef.h>

struct time_sync {
    int64_t client_ms;
};

_Static_assert(sizeof(struct time_sync) <= COMMAND_DATA_MAX, "the gate has no room for it");

static const struct field fields[] = {
    {.name = "clientMs",
     .type = FIELD_INT,
     .offset = offsetof(struct time_sync, client_ms),
     .required = true,
     .lowest = -(INT64_C(1) << 53) + 1,
     .highest = (INT64_C(1) << 53) - 1},
};

static const struct schema schema = SCHEMA(struct time_sync, fields);

static void run(struct node *node, struct session *session, const struct request *request, const void *data)
{
    const struct time_sync *sync = data;
    char memory[128];
    struct buffer answer;
    buffer_init_fixed(&answer, memory, sizeof memory);
    struct json json = json_start(&answer);
    json_object(&json, NULL);
    json_bool(&json, "ok", true);
    json_int(&json, "clientMs", sync->client_ms);
    json_int(&json, "serverMs", node_now_ms(node));
    json_object_end(&json);
    metrics_add(METRIC_ACKS, METRIC_ACK_OK, 1);
    reply_send(session, request, &answer);
}

const struct command_event event_time_sync = {
    .name = "time:sync",
    .roles = ROLES_ANYONE,
    .schema = &schema,
    .run = run,
};
