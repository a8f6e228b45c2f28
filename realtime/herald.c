/* The replica first, for it is nearest; then one message for all nodes; then a word to each of those outbid.
 */
#include "realtime/herald.h"

#include "core/base/alloc.h"
#include "core/bus/announce.h"
#include "core/wire/announcement.h"
#include "realtime/framing.h"
#include "realtime/node.h"
#include "realtime/replica.h"
#include "realtime/room.h"
#include "realtime/session.h"
#include "realtime/you.h"

#include <stdlib.h>

#define ANNOUNCEMENT_LIMIT ((size_t)4 << 20)
#define OUTBID_LIMIT       512
#define WORD_LIMIT         1024

static void send_command(struct node *node, struct announce_command *command)
{
    redis_command(node->redis, command->count, command->arguments, command->sizes, NULL, NULL);
    announce_finish(command);
}

static void publish(struct node *node, const struct docket *docket, const struct auction_view *view)
{
    size_t count = ledger_batch_count(docket->batch);
    const char **events = xmalloc(count * sizeof *events);
    size_t *sizes = xmalloc(count * sizeof *sizes);
    struct buffer message;
    buffer_init(&message, ANNOUNCEMENT_LIMIT);
    for (size_t i = 0; i < count; i++)
        events[i] = ledger_batch_public_event(docket->batch, i, &sizes[i]);
    announcement_write(docket->lot.auction.seq, view, events, sizes, count, &message);
    if (!message.failed) {
        struct announce_command command;
        announce_build(&command, view, message.data, message.size);
        send_command(node, &command);
    }
    buffer_finish(&message);
    free(sizes);
    free(events);
}

/* ---- those outbid ---- */

struct word {
    const char *event;
    const struct buffer *data;
    const struct room *room; /* NULL: none */
};

static void tell_session(struct session *session, void *context)
{
    const struct word *word = context;
    if (word->room == NULL || !room_has(word->room, session)) /* who is in it has been told there */
        session_send_event(session, word->event, word->data->data, word->data->size);
}

void herald_tell_user(struct node *node, int64_t user, const char *event, const struct buffer *data,
                      const struct room *room)
{
    if (redis_is_connected(node->redis)) {
        char text[WORD_LIMIT];
        struct buffer message;
        buffer_init_fixed(&message, text, sizeof text);
        framing_plain.write_event(&message, event, data->data, data->size);
        struct announce_command command;
        announce_user_build(&command, user, message.data, message.size);
        send_command(node, &command);
    } else {
        struct word word = {event, data, room};
        sessions_each_of_user(node->sessions, user, tell_session, &word);
    }
}

static void tell_outbid(struct node *node, const struct docket *docket, const struct auction_view *view)
{
    int64_t leader = ledger_batch_state(docket->batch)->leader;
    char text[OUTBID_LIMIT];
    struct buffer data;
    buffer_init_fixed(&data, text, sizeof text);
    announcement_write_outbid(view, &data);
    const struct room *room = rooms_find(node->rooms, view->auction_id, false);
    for (size_t i = 0; i < docket->leader_count; i++)
        if (docket->leaders[i] != leader)
            herald_tell_user(node, docket->leaders[i], "bid:outbid", &data, room);
}

/* ---- those who stand otherwise than before ---- */

struct crowd {
    struct you *you;
    int64_t auction_id;
};

static void note_user(void *context, int64_t user)
{
    const struct crowd *crowd = context;
    if (user != 0)
        you_note(crowd->you, crowd->auction_id, user);
}

void herald_append(struct node *node, const struct docket *docket)
{
    struct auction_view view = auction_view_of(ledger_batch_state(docket->batch), docket->lot.sale_id);
    replica_append(node->replicas, docket->lot.auction.seq, &view, docket->batch);
    publish(node, docket, &view);
    tell_outbid(node, docket, &view);
    struct crowd crowd = {node->you, view.auction_id};
    ledger_batch_each_user(docket->batch, &docket->lot.auction, note_user, &crowd);
}
