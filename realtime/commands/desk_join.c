/* desk:join: what the office sees of a sale, and each second what has changed of it. */
#include "realtime/console.h"
#include "realtime/dispatch.h"
#include "realtime/node.h"

#include <stddef.h>

struct desk_join {
    int64_t sale_id;
};

_Static_assert(sizeof(struct desk_join) <= COMMAND_DATA_MAX, "the gate has no room for it");

static const struct field fields[] = {
    FIELD(INT, struct desk_join, sale_id, "saleId", .required = true, .lowest = 1, .highest = JSON_INT_MAX),
};

static const struct schema schema = SCHEMA(struct desk_join, fields);

static void run(struct node *node, struct session *session, const struct request *request, const void *data)
{
    const struct desk_join *join = data;
    consoles_join(node->consoles, session, request, join->sale_id);
}

const struct command_event event_desk_join = {
    .name = "desk:join",
    .roles = ROLES_OFFICE,
    .schema = &schema,
    .run = run,
};
