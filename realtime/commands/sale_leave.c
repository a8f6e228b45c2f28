/* sale:leave: no more frames of this sale. Leaving a room one is not in is no fault. */
#include "realtime/board.h"
#include "realtime/dispatch.h"
#include "realtime/node.h"
#include "realtime/reply.h"

#include <stddef.h>

struct sale_leave {
    int64_t sale_id;
};

_Static_assert(sizeof(struct sale_leave) <= COMMAND_DATA_MAX, "the gate has no room for it");

static const struct field fields[] = {
    {.name = "saleId",
     .type = FIELD_INT,
     .offset = offsetof(struct sale_leave, sale_id),
     .required = true,
     .lowest = 1,
     .highest = (INT64_C(1) << 53) - 1},
};

static const struct schema schema = SCHEMA(struct sale_leave, fields);

static void run(struct node *node, struct session *session, const struct request *request, const void *data)
{
    const struct sale_leave *leave = data;
    boards_leave(node->boards, session, leave->sale_id);
    reply_ok(session, request);
}

const struct command_event event_sale_leave = {
    .name = "sale:leave",
    .roles = ROLES_ANYONE,
    .schema = &schema,
    .run = run,
};
