/* What whoever gave a command of the auctioneer's is answered, in REST as over WebSocket. */
#pragma once

#include "core/base/json.h"
#include "core/store/ledger.h"

/** The members (no braces) of the answer to a command about a lot that was carried out: ok, seq, duplicate,
 * and the lot as everybody sees it. */
void command_answer_write(struct json *json, const struct ledger_result *result);

/** One lot's part, an object, of the answer to a command about a sale. */
void command_answer_write_lot(struct json *json, int64_t auction_id, int64_t lot_number,
                              const struct ledger_result *result);

/** The members that follow the lots' parts. */
void command_answer_write_sale(struct json *json, int64_t sale_id, struct uuid command_id, bool duplicate);
