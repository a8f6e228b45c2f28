/* One announcement for a batch, however many events it has. */
#include "rest/publish.h"

#include "core/base/alloc.h"
#include "core/bus/announce.h"
#include "rest/meters.h"

#include <stdlib.h>

#define MESSAGE_MAX (1u << 20)

static bool send_announcement(struct worker *worker, const struct auction_view *view,
                              const struct buffer *message)
{
    struct announce_command command;
    announce_build(&command, view, message->data, message->size);
    redisReply *reply =
        redis_blocking_command(worker->redis, command.count, command.arguments, command.sizes);
    announce_finish(&command);
    bool good = reply != NULL && reply->type != REDIS_REPLY_ERROR;
    freeReplyObject(reply);
    return good;
}

void publish_batch(struct worker *worker, const struct ledger_lot *before, const struct ledger_batch *batch)
{
    size_t count = ledger_batch_count(batch);
    const char **events = xcalloc(count, sizeof *events);
    size_t *sizes = xcalloc(count, sizeof *sizes);
    for (size_t i = 0; i < count; i++)
        events[i] = ledger_batch_public_event(batch, i, &sizes[i]);

    struct auction_view view = auction_view_of(ledger_batch_state(batch), before->sale_id);
    struct buffer message;
    buffer_init(&message, MESSAGE_MAX);
    announcement_write(before->auction.seq, &view, events, sizes, count, &message);
    if (message.failed || !send_announcement(worker, &view, &message))
        metrics_add(METER_PUBLISH_FAILED, 0, 1);
    buffer_finish(&message);
    free(events);
    free(sizes);
}
