/* desk:leave: no more updates of this desk. Leaving one at which one does not sit is no fault. */
#include "realtime/console.h"
#include "realtime/dispatch.h"
#include "realtime/node.h"
#include "realtime/reply.h"

#include <stddef.h>

struct desk_leave {
    int64_t sale_id;
};

_Static_assert(sizeof(struct desk_leave) <= COMMAND_DATA_MAX, "the gate has no room for it");

static const struct field fields[] = {
    FIELD(INT, struct desk_leave, sale_id, "saleId", .required = true, .lowest = 1, .highest = JSON_INT_MAX),
};

static const struct schema schema = SCHEMA(struct desk_leave, fields);

static void run(struct node *node, struct session *session, const struct request *request, const void *data)
{
    const struct desk_leave *leave = data;
    consoles_leave(node->consoles, session, leave->sale_id);
    reply_ok(session, request);
}

const struct command_event event_desk_leave = {
    .name = "desk:leave",
    .roles = ROLES_ANYONE,
    .schema = &schema,
    .run = run,
};
