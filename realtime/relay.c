#include "realtime/relay.h"

#include "core/bus/announce.h"
#include "core/wire/json_read.h"
#include "realtime/board.h"
#include "realtime/console.h"
#include "realtime/desk.h"
#include "realtime/leases.h"
#include "realtime/node.h"
#include "realtime/replica.h"
#include "realtime/room.h"
#include "realtime/session.h"

#include <stdlib.h>
#include <string.h>

/* A message for a user, on its way to each connection. */
struct letter {
    const char *event;
    const char *data;
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
static const struct room *room_that_told(const struct node *node, const char *event, const cJSON *data)
{
    int64_t auction_id;
    if (is_room_event(event) &&
        json_whole(cJSON_GetObjectItemCaseSensitive(data, "auctionId"), 1, INT64_C(1) << 53, &auction_id))
        return rooms_find(node->rooms, auction_id, false);
    return NULL;
}

static void hand_over(struct session *session, void *context)
{
    const struct letter *letter = context;
    if (letter->told == NULL || !room_has(letter->told, session))
        session_send_event(session, letter->event, letter->data, strlen(letter->data));
}

/* {"event", "data"}, as every writer of the channel makes it; anything else is dropped. */
static void deliver(struct node *node, int64_t user, const char *text, size_t size)
{
    const char *reason;
    cJSON *root = json_parse(text, size, &reason);
    const char *event = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "event"));
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(root, "data");
    char *data_text = event != NULL && data != NULL ? cJSON_PrintUnformatted(data) : NULL;
    if (data_text != NULL) {
        struct letter letter = {event, data_text, room_that_told(node, event, data)};
        sessions_each_of_user(node->sessions, user, hand_over, &letter);
    }
    free(data_text);
    cJSON_Delete(root);
}

static void on_message(const char *channel, const char *text, size_t size, void *context)
{
    struct node *node = context;
    int64_t id;
    bool is_user;
    if (strcmp(channel, CHANNEL_STARTED) == 0) {
        boards_hear(node->boards, text, size);
        return;
    }
    if (consoles_hear(node->consoles, channel, text, size) || desks_hear(node->desks, channel, text, size) ||
        leases_hear(node->leases, channel, text) || !channel_parse(channel, &id, &is_user))
        return;
    if (!is_user) {
        replica_hear(node->replicas, text, size);
        return;
    }
    deliver(node, id, text, size);
}

void relay_start(struct node *node)
{
    redis_on_message(node->redis, on_message, node);
    redis_subscribe(node->redis, CHANNEL_STARTED);
}
