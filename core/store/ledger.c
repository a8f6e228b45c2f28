/* Rows into structs. Every column is asked for by the name its statement gives it. */
#include "core/store/ledger.h"

#include <stdlib.h>
#include <string.h>

/* ---- the lot ---- */

void ledger_load_params(struct params *params, int64_t auction_id)
{
    params_init(params);
    params_int(params, auction_id);
}

/* The pairs (below, step) of a ladder as "1000000,10000,0,50000"; a check of the table keeps them within the
 * struct. */
static void read_ladder(const char *text, struct ladder *out)
{
    out->count = 0;
    while (text != NULL && *text != '\0' && out->count < LADDER_RUNGS_MAX) {
        char *end;
        struct ladder_rung *rung = &out->rungs[out->count++];
        rung->below = strtoll(text, &end, 10);
        rung->step = *end == ',' ? strtoll(end + 1, &end, 10) : 0;
        text = *end == ',' ? end + 1 : end;
    }
}

static struct auction_terms read_terms(const PGresult *result)
{
    struct auction_terms terms = {
        .start_price = result_int(result, 0, "start_price"),
        .rules =
            {
                    .duration_ms = result_int(result, 0, "duration_ms"),
                    .extension_window_ms = result_int(result, 0, "extension_window_ms"),
                    .extension_ms = result_int(result, 0, "extension_ms"),
                    .late_ms = result_int(result, 0, "late_ms"),
                    .close_grace_ms = result_int(result, 0, "close_grace_ms"),
                    .mode = (enum extension_mode)extension_mode_parse(result_text(result, 0, "extension_mode")),
                    .max_extensions = (int)result_int(result, 0, "max_extensions"),
                    },
    };
    read_ladder(result_text(result, 0, "ladder"), &terms.ladder);
    return terms;
}

bool ledger_load_read(const PGresult *result, struct ledger_lot *out)
{
    if (PQntuples(result) == 0)
        return false;
    *out = (struct ledger_lot){
        .auction =
            {
                      .id = result_int(result, 0, "id"),
                      .seq = result_int(result, 0, "seq"),
                      .status = (enum auction_status)auction_status_parse(result_text(result, 0, "status")),
                      .terms = read_terms(result),
                      .reserve = result_int(result, 0, "reserve"),
                      .step_override = result_int(result, 0, "step_override"),
                      .price = result_int(result, 0, "price"),
                      .leader = result_int_or(result, 0, "leader", 0),
                      .leader_paddle = (int)result_int_or(result, 0, "leader_paddle", 0),
                      .leader_max = result_int(result, 0, "leader_max"),
                      .bid_count = (int)result_int(result, 0, "bid_count"),
                      .starts_at_ms = result_int_or(result, 0, "starts_at", 0),
                      .ends_at_ms = result_int_or(result, 0, "ends_at", 0),
                      .remaining_ms = result_int(result, 0, "remaining_ms"),
                      .paused_by_outage = result_bool(result, 0, "paused_by_outage"),
                      .extensions = (int)result_int(result, 0, "extensions"),
                      .warned_at_ms = result_int_or(result, 0, "warned_at", 0),
                      },
        .sale_id = result_int(result, 0, "sale_id"),
        .lot_number = (int)result_int(result, 0, "lot_number"),
        .sale_shut = result_bool(result, 0, "sale_shut"),
        .db_now_ms = result_int(result, 0, "db_now"),
        .dark_since_ms = result_int_or(result, 0, "dark_since", 0),
    };
    if (!result_bytes(result, 0, "head_hash", out->head.bytes, sizeof out->head.bytes))
        out->head = chain_seed(out->auction.id);
    return true;
}

/* ---- bidders and their bids ---- */

void ledger_facts_params(struct params *params, int64_t auction_id, const struct ledger_question *questions,
                         size_t count)
{
    params_init(params);
    params_int(params, auction_id);
    params_array(params, ELEMENT_INT, count);
    for (size_t i = 0; i < count; i++)
        params_element_int(params, questions[i].user);
    params_array(params, ELEMENT_UUID, count);
    for (size_t i = 0; i < count; i++)
        params_element_uuid(params, questions[i].bid_id);
}

static enum bid_memory read_memory(const char *verdict)
{
    if (verdict == NULL)
        return BID_UNKNOWN;
    return strcmp(verdict, "accepted") == 0    ? BID_ACCEPTED
           : strcmp(verdict, "retracted") == 0 ? BID_RETRACTED
                                               : BID_REFUSED;
}

/* A code that a later program wrote and this one does not know is still a refusal. */
static enum verdict read_refusal(const char *code)
{
    if (code == NULL)
        return VERDICT_OK;
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        if (strcmp(verdict_info((enum verdict)verdict)->code, code) == 0)
            return (enum verdict)verdict;
    return VERDICT_CONFLICT;
}

void ledger_facts_read(const PGresult *result, size_t index, struct auction_facts *facts,
                       int64_t *received_at_ms, bool *bidder)
{
    int row = (int)index;
    facts->approved = result_bool(result, row, "approved");
    facts->own_lot = result_bool(result, row, "own_lot");
    facts->paddle = (int)result_int_or(result, row, "paddle", 0);
    facts->early_maximum = result_int(result, row, "early_maximum");
    facts->credit_limited = result_text(result, row, "credit") != NULL;
    facts->credit = result_int_or(result, row, "credit", 0);
    facts->memory = read_memory(result_text(result, row, "verdict"));
    facts->remembered = (struct bid){
        .amount = result_int_or(result, row, "amount", 0),
        .maximum = result_int_or(result, row, "max_amount", 0),
    };
    facts->remembered_seq = result_int_or(result, row, "seq", 0);
    facts->remembered_verdict = read_refusal(result_text(result, row, "refusal"));
    *received_at_ms = result_int_or(result, row, "received_at", 0);
    *bidder = result_bool(result, row, "bidder");
}

void ledger_maxima_params(struct params *params, int64_t auction_id)
{
    params_init(params);
    params_int(params, auction_id);
}

/* ---- the answer to an append ---- */

/* Errors that a decision upon what is there now may not meet again. */
static const struct {
    const char *constraint;
    enum ledger_outcome outcome;
} constraints[] = {
    {"auction_events_pkey",     LEDGER_CONFLICT},
    {"bids_seq",                LEDGER_CONFLICT},
    {"bids_pkey",               LEDGER_REJECTED},
    {"commands_pkey",           LEDGER_REJECTED},
    {"auctions_one_live_horse", LEDGER_REJECTED},
};

/* Serialization failure, deadlock, lock time-out. */
static const char *const passing_states[] = {"40001", "40P01", "55P03"};

static enum ledger_outcome read_refused(const struct db_answer *answer, const char **reason)
{
    for (size_t i = 0; i < sizeof passing_states / sizeof *passing_states; i++) {
        if (strcmp(passing_states[i], answer->sqlstate) == 0) {
            *reason = "serialization";
            return LEDGER_CONFLICT;
        }
    }
    for (size_t i = 0; i < sizeof constraints / sizeof *constraints; i++) {
        if (strcmp(constraints[i].constraint, answer->constraint) == 0) {
            *reason = constraints[i].constraint;
            return constraints[i].outcome;
        }
    }
    return LEDGER_DOWN;
}

enum ledger_outcome ledger_append_read(const struct db_answer *answer, const char **reason)
{
    const char *unused;
    if (reason == NULL)
        reason = &unused;
    *reason = NULL;
    switch (answer->outcome) {
    case DB_DONE:
        *reason = result_text(answer->result, 0, "reason");
        return strcmp(result_text(answer->result, 0, "outcome"), "done") == 0 ? LEDGER_DONE : LEDGER_CONFLICT;
    case DB_REFUSED: return read_refused(answer, reason);
    case DB_NOT_SENT: return LEDGER_DOWN;
    case DB_UNCERTAIN: break;
    }
    return LEDGER_UNCERTAIN;
}
