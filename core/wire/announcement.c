/* Events travel as the texts the ledger holds; only the frame around them is made here. */
#include "core/wire/announcement.h"

#include "core/wire/json_read.h"

void announcement_write(int64_t prev_seq, const struct auction_view *view, const char *const *events,
                        const size_t *sizes, size_t count, struct buffer *out)
{
    struct json json = json_start(out);
    json_object(&json, NULL);
    json_int(&json, "prevSeq", prev_seq);
    json_object(&json, "view");
    view_write(view, &json);
    json_object_end(&json);
    json_array(&json, "events");
    for (size_t i = 0; i < count; i++)
        json_raw(&json, NULL, events[i], sizes[i]);
    json_array_end(&json);
    json_object_end(&json);
}

/* Every event has a seq of its own, in order, from the one after `prev_seq` to the view's. */
static bool events_fit(const cJSON *events, int64_t prev_seq, int64_t seq)
{
    int64_t expected = prev_seq;
    const cJSON *event;
    if (!cJSON_IsArray(events))
        return false;
    cJSON_ArrayForEach(event, events)
    {
        int64_t number;
        expected++;
        if (!cJSON_IsObject(event) ||
            !json_whole(cJSON_GetObjectItemCaseSensitive(event, "seq"), expected, expected, &number))
            return false;
    }
    return expected == seq;
}

void announcement_write_outbid(const struct auction_view *view, struct buffer *out)
{
    struct json json = json_start(out);
    json_object(&json, NULL);
    json_int(&json, "auctionId", view->auction_id);
    json_int(&json, "seq", view->seq);
    json_int(&json, "price", view->price);
    json_int(&json, "minNextBid", view->min_next_bid);
    json_object_end(&json);
}

void announcement_write_you(const char *data, struct buffer *out)
{
    buffer_append_text(out, "{\"event\":\"you:update\",\"data\":");
    buffer_append_text(out, data);
    buffer_append_text(out, "}");
}

bool announcement_read(const char *text, size_t size, struct announcement *out)
{
    const char *reason;
    *out = (struct announcement){0};
    cJSON *root = json_parse(text, size, &reason);
    const cJSON *events = cJSON_GetObjectItemCaseSensitive(root, "events");
    bool good =
        json_whole(cJSON_GetObjectItemCaseSensitive(root, "prevSeq"), 0, JSON_INT_MAX, &out->prev_seq) &&
        view_read(cJSON_GetObjectItemCaseSensitive(root, "view"), &out->view) &&
        events_fit(events, out->prev_seq, out->view.seq);
    if (good)
        out->events = cJSON_DetachItemFromObjectCaseSensitive(root, "events");
    cJSON_Delete(root);
    return good;
}

void announcement_finish(struct announcement *announcement)
{
    cJSON_Delete(announcement->events);
    announcement->events = NULL;
}
