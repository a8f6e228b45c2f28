#include "realtime/relay.h"

#include "core/bus/announce.h"
#include "core/wire/json_check.h"
#include "core/wire/json_slice.h"
#include "realtime/board.h"
#include "realtime/console.h"
#include "realtime/desk.h"
#include "realtime/leases.h"
#include "realtime/node.h"
#include "realtime/replica.h"
#include "realtime/room.h"
#include "realtime/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENT_NAME_SIZE = 64 };

/* A message for a user, on its way to each connection. */
struct letter {
    const char *event;
    struct json_slice data;
    const struct room *told; /* whoever is in this room has heard it there; NULL: nobody has */
};

/* What those in the lot's room hear there. */
static const char *const room_events[] = {"bid:outbid", "auction:retracted"};

static bool is_room_event(const char *event)
{
    for (size_t i = 0; i < sizeof room_events / sizeof *room_events; i++)
        if (strcmp(event, room_events[i]) == 0)
            return true;
    return false;
}

/* The room in which the user is told the same by the replica; NULL for any other message. */
static const struct room *room_that_told(const struct node *node, const char *event, struct json_slice data)
{
    struct json_slice id;
    if (!is_room_event(event) || !json_slice_member(data, "auctionId", &id))
        return NULL;
    return rooms_find(node->rooms, strtoll(id.text, NULL, 10), false); /* ends at what follows it in `data` */
}

static void hand_over(struct session *session, void *context)
{
    const struct letter *letter = context;
    if (letter->told == NULL || !room_has(letter->told, session))
        session_send_event(session, letter->event, letter->data.text, letter->data.size);
}

/* The name within its quotation marks; false when it is none of ours. */
static bool read_name(struct json_slice value, char name[EVENT_NAME_SIZE])
{
    bool good = value.size > 2 && value.size - 2 < EVENT_NAME_SIZE && value.text[0] == '"' &&
                memchr(value.text, '\\', value.size) == NULL;
    if (good)
        snprintf(name, EVENT_NAME_SIZE, "%.*s", (int)value.size - 2, value.text + 1);
    return good;
}

/* {"event", "data"}, as every writer of the channel makes it; anything else is dropped. The data are passed
 * on as they came. */
static void deliver(struct node *node, int64_t user, const char *text, size_t size)
{
    const char *reason;
    char name[EVENT_NAME_SIZE];
    struct json_slice whole = {text, size}, event, data;
    if (!json_check(text, size, &reason) || !json_slice_member(whole, "event", &event) ||
        !read_name(event, name) || !json_slice_member(whole, "data", &data) || data.text[0] != '{')
        return;
    struct letter letter = {name, data, room_that_told(node, name, data)};
    sessions_each_of_user(node->sessions, user, hand_over, &letter);
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
