/* auction:leave: no more frames of this lot. A join that is still under way is taken back. Leaving a room one
 * is not in is no fault: the wish is fulfilled. */
#include "realtime/commands/joins.h"
#include "realtime/dispatch.h"
#include "realtime/node.h"
#include "realtime/reply.h"
#include "realtime/room.h"

#include <stddef.h>

struct auction_leave {
    int64_t auction_id;
};

_Static_assert(sizeof(struct auction_leave) <= COMMAND_DATA_MAX, "the gate has no room for it");

static const struct field fields[] = {
    {.name = "auctionId",
     .type = FIELD_INT,
     .offset = offsetof(struct auction_leave, auction_id),
     .required = true,
     .lowest = 1,
     .highest = (INT64_C(1) << 53) - 1},
};

static const struct schema schema = SCHEMA(struct auction_leave, fields);

static void run(struct node *node, struct session *session, const struct request *request, const void *data)
{
    const struct auction_leave *leave = data;
    struct room *room = rooms_find(node->rooms, leave->auction_id, false);
    if (room != NULL)
        room_leave(room, session);
    joins_abandon(session, leave->auction_id);
    reply_ok(session, request);
}

const struct command_event event_auction_leave = {
    .name = "auction:leave",
    .roles = ROLES_ANYONE,
    .schema = &schema,
    .run = run,
};
