/* A table says which events have a frame of their own; the update tells the rest. The public event is carried
 * in a frame as the text the ledger holds, so a client can check it against the chain. */
#include "realtime/room_frames.h"

#include "core/wire/json_read.h"

#include <limits.h>
#include <string.h>

#define BIDS_SHOWN  50
#define FRAME_LIMIT 65536

/* Which frame goes with an event besides the update; NULL: none, or one for all of its kind. */
static const char *const notices[EVENT_KIND_COUNT] = {
    [EVENT_STARTED] = "auction:started",   [EVENT_PAUSED] = "auction:paused",
    [EVENT_RESUMED] = "auction:resumed",   [EVENT_WARNED] = "auction:warned",
    [EVENT_MESSAGE] = "auction:message",   [EVENT_BID_RETRACTED] = "auction:retracted",
    [EVENT_REOPENED] = "auction:reopened",
};

/* ---- reading events ---- */

static int64_t number_of(const cJSON *object, const char *name, int64_t highest)
{
    int64_t number = 0;
    return json_whole(cJSON_GetObjectItemCaseSensitive(object, name), 0, highest, &number) ? number : 0;
}

bool room_event_read(const cJSON *object, struct room_event *out)
{
    int kind = event_kind_parse(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "type")));
    if (kind < 0)
        return false;
    *out = (struct room_event){
        .kind = (enum event_kind)kind,
        .seq = number_of(object, "seq", JSON_INT_MAX),
        .at_ms = number_of(object, "atMs", JSON_INT_MAX),
        .amount = number_of(object, "amount", MONEY_MAX),
        .paddle = (int)number_of(object, "paddle", INT_MAX),
        .automatic = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "auto")),
        .ends_at_ms = number_of(object, "endsAtMs", JSON_INT_MAX),
        .extensions = (int)number_of(object, "extensions", INT_MAX),
    };
    return true;
}

struct room_event room_event_of_batch(const struct ledger_batch *batch, size_t index)
{
    const struct auction_event *event = ledger_batch_event(batch, index);
    struct room_event out = {
        .kind = event->kind,
        .seq = event->seq,
        .at_ms = event->at_ms,
        .amount = event->amount,
        .paddle = event->paddle,
        .automatic = event->automatic,
        .ends_at_ms = event->ends_at_ms,
        .extensions = event->extensions,
    };
    out.text = ledger_batch_public_event(batch, index, &out.size);
    return out;
}

/* ---- writing frames ---- */

/* One step being told. */
struct telling {
    int64_t prev_seq;
    const struct auction_view *view;
    const struct room_event *events;
    size_t count;
    room_frame_callback callback;
    void *context;
    const char *name; /* of the event being written */
    struct buffer out;
    struct json json;
};

static void begin(struct telling *telling, const char *name)
{
    buffer_clear(&telling->out);
    telling->name = name;
    telling->json = json_start(&telling->out);
    json_object(&telling->json, NULL);
}

static void end(struct telling *telling)
{
    json_object_end(&telling->json);
    if (!telling->out.failed)
        telling->callback(telling->name, telling->out.data, telling->out.size, telling->context);
}

static void write_bid(struct json *json, const struct room_event *event)
{
    json_object(json, NULL);
    json_int(json, "seq", event->seq);
    json_int(json, "amount", event->amount);
    json_int(json, "paddle", event->paddle);
    json_bool(json, "auto", event->automatic);
    json_int(json, "atMs", event->at_ms);
    json_object_end(json);
}

static void tell_update(struct telling *telling)
{
    size_t bids = 0;
    for (size_t i = 0; i < telling->count; i++)
        bids += telling->events[i].kind == EVENT_BID;
    size_t omitted = bids > BIDS_SHOWN ? bids - BIDS_SHOWN : 0;

    begin(telling, "auction:update");
    struct json *json = &telling->json;
    json_int(json, "prevSeq", telling->prev_seq);
    view_write(telling->view, json);
    json_array(json, "bids");
    size_t passed = 0;
    for (size_t i = 0; i < telling->count; i++)
        if (telling->events[i].kind == EVENT_BID && passed++ >= omitted)
            write_bid(json, &telling->events[i]);
    json_array_end(json);
    if (omitted > 0)
        json_int(json, "omitted", (int64_t)omitted);
    end(telling);
}

static void tell_extended(struct telling *telling)
{
    const struct room_event *last = NULL;
    for (size_t i = 0; i < telling->count; i++)
        if (telling->events[i].kind == EVENT_EXTENDED)
            last = &telling->events[i];
    if (last == NULL)
        return;
    begin(telling, "auction:extended");
    json_int(&telling->json, "auctionId", telling->view->auction_id);
    json_int(&telling->json, "seq", last->seq);
    json_int(&telling->json, "endsAtMs", last->ends_at_ms);
    json_int(&telling->json, "extensions", last->extensions);
    end(telling);
}

/* The members of the public event follow the lot's id: its text without the opening brace is just that. */
static void tell_notice(struct telling *telling, const struct room_event *event)
{
    begin(telling, notices[event->kind]);
    json_int(&telling->json, "auctionId", telling->view->auction_id);
    buffer_append_text(&telling->out, ",");
    buffer_append(&telling->out, event->text + 1, event->size - 2);
    end(telling);
}

static void tell_ended(struct telling *telling, const struct room_event *event)
{
    const struct auction_view *view = telling->view;
    bool sold = event->kind == EVENT_SOLD;
    begin(telling, "auction:ended");
    json_int(&telling->json, "auctionId", view->auction_id);
    json_int(&telling->json, "seq", event->seq);
    json_text(&telling->json, "result", event_kind_name(event->kind));
    json_int_or_null(&telling->json, "price", view->price, 0);
    json_int_or_null(&telling->json, "winner", sold ? view->leader_paddle : 0, 0);
    end(telling);
}

void room_frames(int64_t prev_seq, const struct auction_view *view, const struct room_event *events,
                 size_t count, room_frame_callback callback, void *context)
{
    struct telling telling = {.prev_seq = prev_seq,
                              .view = view,
                              .events = events,
                              .count = count,
                              .callback = callback,
                              .context = context};
    buffer_init(&telling.out, FRAME_LIMIT);
    tell_update(&telling);
    tell_extended(&telling);
    for (size_t i = 0; i < count; i++) {
        enum event_kind kind = events[i].kind;
        if (notices[kind] != NULL)
            tell_notice(&telling, &events[i]);
        if (kind == EVENT_SOLD || kind == EVENT_PASSED || kind == EVENT_WITHDRAWN)
            tell_ended(&telling, &events[i]);
    }
    buffer_finish(&telling.out);
}
