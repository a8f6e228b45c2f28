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

static void tell_started(struct worker *worker, const struct auction_view *view, int lot_number,
                         const char *event, size_t size)
{
    struct announce_command command;
    announce_started_build(&command, view, lot_number, event, size);
    redisReply *reply =
        redis_blocking_command(worker->redis, command.count, command.arguments, command.sizes);
    announce_finish(&command);
    if (reply == NULL)
        metrics_add(METER_PUBLISH_FAILED, 0, 1);
    freeReplyObject(reply);
}

/* ---- a word to a bidder, on every device, in the room or not ---- */

static void tell_user(struct worker *worker, int64_t user, const struct buffer *frame)
{
    struct announce_command command;
    announce_user_build(&command, user, frame->data, frame->size);
    redisReply *reply =
        redis_blocking_command(worker->redis, command.count, command.arguments, command.sizes);
    announce_finish(&command);
    if (reply == NULL)
        metrics_add(METER_PUBLISH_FAILED, 0, 1);
    freeReplyObject(reply);
}

/* Whoever led before, and of maxima left before the start those that did not come to lead. */
static void tell_outbid(struct worker *worker, const struct auction *before, const struct auction_view *view,
                        const struct ledger_batch *batch)
{
    int64_t leader = ledger_batch_state(batch)->leader;
    struct buffer frame;
    buffer_init(&frame, MESSAGE_MAX);
    buffer_append_text(&frame, "{\"event\":\"bid:outbid\",\"data\":");
    announcement_write_outbid(view, &frame);
    buffer_append_text(&frame, "}");
    if (before->leader != 0 && leader != 0 && leader != before->leader)
        tell_user(worker, before->leader, &frame);
    bool starts = before->status == AUCTION_SCHEDULED;
    for (size_t i = 0; starts && i < ledger_batch_count(batch); i++) {
        const struct auction_event *event = ledger_batch_event(batch, i);
        if (event->kind == EVENT_BID && !event->automatic && event->user != leader)
            tell_user(worker, event->user, &frame);
    }
    buffer_finish(&frame);
}

/* 0 when it cannot be found out: then those in the room have still heard it. */
static int64_t owner_of_bid(struct worker *worker, int64_t auction_id, int64_t seq)
{
    struct params params;
    params_init(&params);
    params_int(&params, auction_id);
    params_int(&params, seq);
    struct db_answer answer = db_run(worker->db, SQL_BID_OWNER, &params, NULL);
    params_finish(&params);
    bool found = answer.outcome == DB_DONE && PQntuples(answer.result) > 0;
    int64_t user = found ? result_int(answer.result, 0, "user_id") : 0;
    PQclear(answer.result);
    return user;
}

static void write_retracted(struct buffer *out, int64_t auction_id, const char *event, size_t size)
{
    struct json json = json_start(out);
    json_object(&json, NULL);
    json_text(&json, "event", "auction:retracted");
    json_object(&json, "data");
    json_int(&json, "auctionId", auction_id);
    buffer_append_text(out, ",");
    buffer_append(out, event + 1, size - 2); /* the public event's members */
    json_object_end(&json);
    json_object_end(&json);
}

static void tell_retracted(struct worker *worker, int64_t auction_id, const struct auction_event *event,
                           const char *public_event, size_t size)
{
    int64_t owner = owner_of_bid(worker, auction_id, event->cause);
    struct buffer frame;
    buffer_init(&frame, MESSAGE_MAX);
    write_retracted(&frame, auction_id, public_event, size);
    if (!frame.failed && owner != 0)
        tell_user(worker, owner, &frame);
    if (!frame.failed && event->user != 0 && event->user != owner)
        tell_user(worker, event->user, &frame);
    buffer_finish(&frame);
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
    bool undone = false;
    for (size_t i = 0; i < count; i++) {
        const struct auction_event *event = ledger_batch_event(batch, i);
        if (event->kind == EVENT_STARTED)
            tell_started(worker, &view, before->lot_number, events[i], sizes[i]);
        if (event->kind == EVENT_BID_RETRACTED)
            tell_retracted(worker, before->auction.id, event, events[i], sizes[i]);
        undone |= event->kind == EVENT_BID_RETRACTED;
    }
    if (!undone)
        tell_outbid(worker, &before->auction, &view, batch);
    free(events);
    free(sizes);
}
