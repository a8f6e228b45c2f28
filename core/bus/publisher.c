/* One announcement for a batch, however many events it has; then a word to each person concerned. */
#include "core/bus/publisher.h"

#include "core/base/alloc.h"
#include "core/bus/announce.h"

#include <stdlib.h>

#define MESSAGE_MAX (1u << 20)
#define CROWD_MAX   1000 /* people told of their standing after one batch */

static void send_command(struct publisher *publisher, struct announce_command *command)
{
    redisReply *reply =
        redis_blocking_command(publisher->redis, command->count, command->arguments, command->sizes);
    announce_finish(command);
    if (reply == NULL || reply->type == REDIS_REPLY_ERROR)
        publisher->failed++;
    freeReplyObject(reply);
}

static void tell_started(struct publisher *publisher, const struct auction_view *view, int lot_number,
                         const char *event, size_t size)
{
    struct announce_command command;
    announce_started_build(&command, view, lot_number, event, size);
    send_command(publisher, &command);
}

/* ---- a word to a bidder, on every device, in the room or not ---- */

static void tell_user(struct publisher *publisher, int64_t user, const struct buffer *frame)
{
    struct announce_command command;
    announce_user_build(&command, user, frame->data, frame->size);
    send_command(publisher, &command);
}

/* Whoever led before, and of maxima left before the start those that did not come to lead. */
static void tell_outbid(struct publisher *publisher, const struct auction *before,
                        const struct auction_view *view, const struct ledger_batch *batch)
{
    int64_t leader = ledger_batch_state(batch)->leader;
    struct buffer frame;
    buffer_init(&frame, MESSAGE_MAX);
    buffer_append_text(&frame, "{\"event\":\"bid:outbid\",\"data\":");
    announcement_write_outbid(view, &frame);
    buffer_append_text(&frame, "}");
    if (before->leader != 0 && leader != 0 && leader != before->leader)
        tell_user(publisher, before->leader, &frame);
    bool starts = before->status == AUCTION_SCHEDULED;
    for (size_t i = 0; starts && i < ledger_batch_count(batch); i++) {
        const struct auction_event *event = ledger_batch_event(batch, i);
        if (event->kind == EVENT_BID && !event->automatic && event->user != leader)
            tell_user(publisher, event->user, &frame);
    }
    buffer_finish(&frame);
}

/* 0 when it cannot be found out: then those in the room have still heard it. */
static int64_t owner_of_bid(struct publisher *publisher, int64_t auction_id, int64_t seq)
{
    struct params params;
    params_init(&params);
    params_int(&params, auction_id);
    params_int(&params, seq);
    struct db_answer answer = db_run(publisher->db, SQL_BID_OWNER, &params, NULL);
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

static void tell_retracted(struct publisher *publisher, int64_t auction_id, const struct auction_event *event,
                           const char *public_event, size_t size, int64_t owner)
{
    struct buffer frame;
    buffer_init(&frame, MESSAGE_MAX);
    write_retracted(&frame, auction_id, public_event, size);
    if (!frame.failed && owner != 0)
        tell_user(publisher, owner, &frame);
    if (!frame.failed && event->user != 0 && event->user != owner)
        tell_user(publisher, event->user, &frame);
    buffer_finish(&frame);
}

/* ---- how each of them stands now ---- */

struct crowd {
    size_t count;
    int64_t users[CROWD_MAX];
};

static void add_to_crowd(void *context, int64_t user)
{
    struct crowd *crowd = context;
    if (user != 0 && crowd->count < CROWD_MAX)
        crowd->users[crowd->count++] = user;
}

/* Whose maxima a start, a pass or a withdrawal has dropped, no event says: everybody who left one. */
static void add_bidders(struct publisher *publisher, int64_t auction_id, struct crowd *crowd)
{
    struct params params;
    params_init(&params);
    params_int(&params, auction_id);
    params_int(&params, CROWD_MAX);
    struct db_answer answer = db_run(publisher->db, SQL_LOT_BIDDERS, &params, NULL);
    params_finish(&params);
    for (int row = 0; answer.outcome == DB_DONE && row < PQntuples(answer.result); row++)
        add_to_crowd(crowd, result_int(answer.result, row, "user_id"));
    PQclear(answer.result);
}

/* Runs a statement whose rows are users with the data of their you:update; takes over the params. */
static void tell_you(struct publisher *publisher, enum sql_query query, struct params *params)
{
    struct db_answer answer = db_run(publisher->db, query, params, NULL);
    params_finish(params);
    for (int row = 0; answer.outcome == DB_DONE && row < PQntuples(answer.result); row++) {
        struct buffer frame;
        buffer_init(&frame, MESSAGE_MAX);
        announcement_write_you(result_text(answer.result, row, "data"), &frame);
        tell_user(publisher, result_int(answer.result, row, "user_id"), &frame);
        buffer_finish(&frame);
    }
    PQclear(answer.result);
}

static void tell_crowd(struct publisher *publisher, int64_t auction_id, const struct crowd *crowd)
{
    struct params params;
    if (crowd->count == 0)
        return;
    params_init(&params);
    params_array(&params, ELEMENT_INT, crowd->count);
    for (size_t i = 0; i < crowd->count; i++)
        params_element_int(&params, auction_id);
    params_array(&params, ELEMENT_INT, crowd->count);
    for (size_t i = 0; i < crowd->count; i++)
        params_element_int(&params, crowd->users[i]);
    tell_you(publisher, SQL_YOU_STANDINGS, &params);
}

void publisher_tell_credit(struct publisher *publisher, int64_t sale_id, int64_t user)
{
    struct params params;
    params_init(&params);
    params_int(&params, sale_id);
    params_int(&params, user);
    tell_you(publisher, SQL_YOU_CREDIT, &params);
}

/* ---- a batch ---- */

static void announce(struct publisher *publisher, const struct ledger_lot *before,
                     const struct auction_view *view, const struct ledger_batch *batch)
{
    size_t count = ledger_batch_count(batch);
    const char **events = xcalloc(count, sizeof *events);
    size_t *sizes = xcalloc(count, sizeof *sizes);
    for (size_t i = 0; i < count; i++)
        events[i] = ledger_batch_public_event(batch, i, &sizes[i]);
    struct buffer message;
    buffer_init(&message, MESSAGE_MAX);
    announcement_write(before->auction.seq, view, events, sizes, count, &message);
    if (message.failed) {
        publisher->failed++;
    } else {
        struct announce_command command;
        announce_build(&command, view, message.data, message.size);
        send_command(publisher, &command);
    }
    buffer_finish(&message);
    free(events);
    free(sizes);
}

void publisher_tell_batch(struct publisher *publisher, const struct ledger_lot *before,
                          const struct ledger_batch *batch)
{
    const struct auction *after = ledger_batch_state(batch);
    struct auction_view view = auction_view_of(after, before->sale_id);
    struct crowd crowd = {0};
    bool undone = false;
    announce(publisher, before, &view, batch);
    for (size_t i = 0; i < ledger_batch_count(batch); i++) {
        const struct auction_event *event = ledger_batch_event(batch, i);
        size_t size;
        const char *text = ledger_batch_public_event(batch, i, &size);
        if (event->kind == EVENT_STARTED)
            tell_started(publisher, &view, before->lot_number, text, size);
        if (event->kind != EVENT_BID_RETRACTED)
            continue;
        int64_t owner = owner_of_bid(publisher, before->auction.id, event->cause);
        tell_retracted(publisher, before->auction.id, event, text, size, owner);
        add_to_crowd(&crowd, owner);
        undone = true;
    }
    if (!undone)
        tell_outbid(publisher, &before->auction, &view, batch);
    ledger_batch_each_user(batch, &before->auction, add_to_crowd, &crowd);
    if (before->auction.status == AUCTION_SCHEDULED && after->status != AUCTION_SCHEDULED)
        add_bidders(publisher, before->auction.id, &crowd);
    tell_crowd(publisher, before->auction.id, &crowd);
}
