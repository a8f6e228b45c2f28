#include "realtime/relay.h"

#include "core/bus/announce.h"
#include "core/wire/json_read.h"
#include "realtime/desk.h"
#include "realtime/leases.h"
#include "realtime/node.h"
#include "realtime/replica.h"
#include "realtime/room.h"
#include "realtime/session.h"

#include <string.h>

/* A message for a user, on its way to each connection. */
struct letter {
    const char *text;
    size_t size;
    const struct room *told; /* whoever is in this room has heard it there; NULL: nobody has */
};

/* What those in the lot's room hear there. */
static const char *const room_events[] = {"bid:outbid", "auction:retracted"};

static bool is_room_event(const char *event)
{
    for (size_t i = 0; event != NULL && i < sizeof room_events / sizeof *room_events; i++)
        if (strcmp(event, room_events[i]) == 0)
            return true;
    return false;
}

/* The room in which the user is told the same by the replica; NULL for any other message. */
static const struct room *room_that_told(const struct node *node, const char *text, size_t size)
{
    const char *reason;
    cJSON *root = json_parse(text, size, &reason);
    const char *event = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "event"));
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(root, "data");
    int64_t auction_id;
    const struct room *room = NULL;
    if (is_room_event(event) &&
        json_whole(cJSON_GetObjectItemCaseSensitive(data, "auctionId"), 1, INT64_C(1) << 53, &auction_id))
        room = rooms_find(node->rooms, auction_id, false);
    cJSON_Delete(root);
    return room;
}

static void hand_over(struct session *session, void *context)
{
    const struct letter *letter = context;
    if (letter->told == NULL || !room_has(letter->told, session))
        session_send(session, letter->text, letter->size);
}

static void on_message(const char *channel, const char *text, size_t size, void *context)
{
    struct node *node = context;
    int64_t id;
    bool is_user;
    if (desks_hear(node->desks, channel, text, size) || leases_hear(node->leases, channel, text) ||
        !channel_parse(channel, &id, &is_user))
        return;
    if (!is_user) {
        replica_hear(node->replicas, text, size);
        return;
    }
    struct letter letter = {text, size, room_that_told(node, text, size)};
    sessions_each_of_user(node->sessions, id, hand_over, &letter);
}

void relay_start(struct node *node)
{
    redis_on_message(node->redis, on_message, node);
}
