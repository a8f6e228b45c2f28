#include "realtime/bid_letter.h"

#include "core/wire/json_read.h"

#include <string.h>

/* ---- bids ---- */

void bid_letter_write(const struct bid_letter *letter, struct buffer *out)
{
    const struct desk_bid *bid = &letter->bid;
    char id[UUID_TEXT_SIZE];
    uuid_format(bid->bid.id, id);
    struct json json = json_start(out);
    json_object(&json, NULL);
    json_text(&json, "from", letter->from);
    json_int(&json, "number", letter->number);
    json_int(&json, "deadlineMs", letter->deadline_ms);
    json_int(&json, "uncertaintyMs", letter->uncertainty_ms);
    json_bool(&json, "limited", letter->admission.limited);
    json_int(&json, "retryAfterMs", letter->admission.retry_after_ms);
    json_int(&json, "auctionId", bid->auction_id);
    json_int(&json, "user", bid->user);
    json_text(&json, "bidId", id);
    json_int(&json, "amount", bid->bid.amount);
    json_int(&json, "maxAmount", bid->bid.maximum);
    json_bool(&json, "confirm", bid->bid.confirm);
    json_int(&json, "receivedAtMs", bid->received_at_ms);
    json_int(&json, "sentAtMs", bid->sent_at_ms);
    json_text(&json, "address", bid->address);
    json_object_end(&json);
}

static bool read_int(const cJSON *object, const char *name, int64_t lowest, int64_t highest, int64_t *out)
{
    return json_whole(cJSON_GetObjectItemCaseSensitive(object, name), lowest, highest, out);
}

static bool read_bool(const cJSON *object, const char *name, bool *out)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    *out = cJSON_IsTrue(value);
    return cJSON_IsBool(value);
}

/* False for no text, and for one that does not fit. */
static bool read_text(const cJSON *object, const char *name, char *out, size_t size)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    if (text == NULL || strlen(text) >= size)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool read_bid(const cJSON *root, struct desk_bid *bid)
{
    char id[UUID_TEXT_SIZE];
    return read_int(root, "auctionId", 1, JSON_INT_MAX, &bid->auction_id) &&
           read_int(root, "user", 1, JSON_INT_MAX, &bid->user) && read_text(root, "bidId", id, sizeof id) &&
           uuid_parse(id, &bid->bid.id) && read_int(root, "amount", 0, MONEY_MAX, &bid->bid.amount) &&
           read_int(root, "maxAmount", 0, MONEY_MAX, &bid->bid.maximum) &&
           read_bool(root, "confirm", &bid->bid.confirm) &&
           read_int(root, "receivedAtMs", 0, JSON_INT_MAX, &bid->received_at_ms) &&
           read_int(root, "sentAtMs", 0, JSON_INT_MAX, &bid->sent_at_ms) &&
           read_text(root, "address", bid->address, sizeof bid->address);
}

bool bid_letter_read(const char *text, size_t size, struct bid_letter *out)
{
    const char *reason;
    cJSON *root = json_parse(text, size, &reason);
    *out = (struct bid_letter){0};
    bool good = read_text(root, "from", out->from, sizeof out->from) &&
                read_int(root, "number", 1, JSON_INT_MAX, &out->number) &&
                read_int(root, "deadlineMs", 0, JSON_INT_MAX, &out->deadline_ms) &&
                read_int(root, "uncertaintyMs", 0, JSON_INT_MAX, &out->uncertainty_ms) &&
                read_bool(root, "limited", &out->admission.limited) &&
                read_int(root, "retryAfterMs", 0, JSON_INT_MAX, &out->admission.retry_after_ms) &&
                read_bid(root, &out->bid);
    cJSON_Delete(root);
    return good;
}

/* ---- answers ---- */

void bid_answer_write(int64_t number, const struct desk_answer *answer, struct buffer *out)
{
    struct json json = json_start(out);
    json_object(&json, NULL);
    json_int(&json, "number", number);
    json_text(&json, "verdict", verdict_info(answer->verdict)->code);
    json_bool(&json, "duplicate", answer->duplicate);
    json_bool(&json, "retracted", answer->retracted);
    json_int(&json, "seq", answer->seq);
    json_int(&json, "receivedAtMs", answer->received_at_ms);
    json_bool(&json, "leading", answer->leading);
    json_int(&json, "minNextBid", answer->min_next_bid);
    json_int(&json, "step", answer->step);
    json_int(&json, "available", answer->available);
    json_int(&json, "retryAfterMs", answer->retry_after_ms);
    if (answer->view.seq != 0) {
        json_object(&json, "view");
        view_write(&answer->view, &json);
        json_object_end(&json);
    }
    json_object_end(&json);
}

static bool read_verdict(const cJSON *root, enum verdict *out)
{
    const char *code = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "verdict"));
    for (int verdict = 0; code != NULL && verdict < VERDICT_COUNT; verdict++) {
        if (strcmp(verdict_info((enum verdict)verdict)->code, code) == 0) {
            *out = (enum verdict)verdict;
            return true;
        }
    }
    return false;
}

static bool read_view(const cJSON *root, struct auction_view *out)
{
    const cJSON *view = cJSON_GetObjectItemCaseSensitive(root, "view");
    return view == NULL || view_read(view, out);
}

bool bid_answer_read(const char *text, size_t size, int64_t *number, struct desk_answer *out)
{
    const char *reason;
    cJSON *root = json_parse(text, size, &reason);
    *out = (struct desk_answer){0};
    bool good =
        read_int(root, "number", 1, JSON_INT_MAX, number) && read_verdict(root, &out->verdict) &&
        read_bool(root, "duplicate", &out->duplicate) && read_bool(root, "retracted", &out->retracted) &&
        read_int(root, "seq", 0, JSON_INT_MAX, &out->seq) &&
        read_int(root, "receivedAtMs", 0, JSON_INT_MAX, &out->received_at_ms) &&
        read_bool(root, "leading", &out->leading) &&
        read_int(root, "minNextBid", 0, JSON_INT_MAX, &out->min_next_bid) &&
        read_int(root, "step", 0, JSON_INT_MAX, &out->step) &&
        read_int(root, "available", 0, JSON_INT_MAX, &out->available) &&
        read_int(root, "retryAfterMs", 0, JSON_INT_MAX, &out->retry_after_ms) && read_view(root, &out->view);
    cJSON_Delete(root);
    return good;
}
