/* sale:join: the lots of a sale, and from there on those that change. */
#include "realtime/board.h"
#include "realtime/dispatch.h"
#include "realtime/node.h"

#include <stddef.h>

struct sale_join {
    int64_t sale_id;
};

_Static_assert(sizeof(struct sale_join) <= COMMAND_DATA_MAX, "the gate has no room for it");

static const struct field fields[] = {
    {.name = "saleId",
     .type = FIELD_INT,
     .offset = offsetof(struct sale_join, sale_id),
     .required = true,
     .lowest = 1,
     .highest = (INT64_C(1) << 53) - 1},
};

static const struct schema schema = SCHEMA(struct sale_join, fields);

static void run(struct node *node, struct session *session, const struct request *request, const void *data)
{
    const struct sale_join *join = data;
    boards_join(node->boards, session, request, join->sale_id);
}

const struct command_event event_sale_join = {
    .name = "sale:join",
    .roles = ROLES_ANYONE,
    .schema = &schema,
    .run = run,
};
