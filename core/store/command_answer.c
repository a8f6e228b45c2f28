#include "core/store/command_answer.h"

#include "core/wire/view.h"

void command_answer_write(struct json *json, const struct ledger_result *result)
{
    const struct auction *state =
        result->batch != NULL ? ledger_batch_state(result->batch) : &result->before.auction;
    struct auction_view view = auction_view_of(state, result->before.sale_id);
    json_bool(json, "ok", true);
    json_int(json, "seq", result->seq);
    json_bool(json, "duplicate", result->duplicate);
    json_object(json, "auction");
    view_write(&view, json);
    json_object_end(json);
}

void command_answer_write_lot(struct json *json, int64_t auction_id, int64_t lot_number,
                              const struct ledger_result *result)
{
    json_object(json, NULL);
    json_int(json, "auctionId", auction_id);
    json_int(json, "lotNumber", lot_number);
    json_bool(json, "ok", result->verdict == VERDICT_OK);
    if (result->verdict == VERDICT_OK)
        json_int(json, "seq", result->seq);
    else
        json_text(json, "code", verdict_info(result->verdict)->code);
    json_object_end(json);
}

void command_answer_write_sale(struct json *json, int64_t sale_id, struct uuid command_id, bool duplicate)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(command_id, id);
    json_bool(json, "ok", true);
    json_bool(json, "duplicate", duplicate);
    json_int(json, "saleId", sale_id);
    json_text(json, "commandId", id);
}
