/* A command carried out by a thread that may wait. It takes the lot's lock first, so nobody can come between
 * its decision and its append, and a hot lot cannot starve it. A commit whose answer was lost is looked for
 * under the same lock, on a new connection: the lock is granted only when the lost transaction is over, so
 * what is then in the ledger is the truth. */
#include "core/store/ledger.h"

#include "core/base/utf8.h"

#include <string.h>

#define ATTEMPTS 3 /* what the append forbids although the lot is locked is known to the next load */

/* One attempt. */
struct turn {
    struct db *db;
    const struct ledger_command *command;
    struct ledger_result *out;
    struct error *error;
    bool appended; /* the result's batch is in the ledger */
};

/* How an attempt ended; out->verdict is set unless it is to be made again. */
enum turn_end { SETTLED, AGAIN };

static enum turn_end settle(struct turn *turn, enum verdict verdict)
{
    turn->out->verdict = verdict;
    return SETTLED;
}

/* ---- reading, with the lot locked ---- */

/* Runs one statement of the attempt; takes over the params. NULL: it failed. */
static PGresult *ask(struct turn *turn, enum sql_query query, struct params *params)
{
    struct db_answer answer = db_run(turn->db, query, params, turn->error);
    params_finish(params);
    return answer.result;
}

/* False when there is an answer already: no such lot, or no database. */
static bool load_locked(struct turn *turn, struct ledger_lot *lot)
{
    struct params params;
    ledger_load_params(&params, turn->command->auction_id);
    PGresult *result = ask(turn, SQL_LEDGER_LOAD_LOCKED, &params);
    bool found = result != NULL && ledger_load_read(result, lot);
    turn->out->verdict = result == NULL ? VERDICT_UNAVAILABLE : VERDICT_AUCTION_NOT_FOUND;
    PQclear(result);
    return found;
}

/* True when the command's id settles the matter: it was carried out before, was another one's, or nobody can
 * tell. */
static bool is_remembered(struct turn *turn)
{
    const struct ledger_command *command = turn->command;
    if (uuid_is_nil(command->command_id))
        return false;
    struct params params;
    params_init(&params);
    params_int(&params, command->auction_id);
    params_uuid(&params, command->command_id);
    PGresult *result = ask(turn, SQL_LEDGER_COMMAND, &params);
    bool known = result != NULL && PQntuples(result) > 0;
    if (result == NULL) {
        turn->out->verdict = VERDICT_UNAVAILABLE;
    } else if (known) {
        bool same = result_int(result, 0, "user_id") == command->command.actor &&
                    strcmp(result_text(result, 0, "kind"), command_kind_name(command->command.kind)) == 0 &&
                    strcmp(result_text(result, 0, "content"), command->content) == 0;
        turn->out->verdict = same ? VERDICT_OK : VERDICT_COMMAND_ID_REUSED;
        turn->out->duplicate = same;
        turn->out->seq = same ? result_int(result, 0, "seq") : 0;
    }
    PQclear(result);
    return known || result == NULL;
}

/* False when there is an answer already: what this is a part of is over, or nobody can tell. */
static bool whole_stands(struct turn *turn)
{
    const struct ledger_command *command = turn->command;
    if (command->sale_id == 0)
        return true;
    struct params params;
    params_init(&params);
    params_int(&params, command->sale_id);
    params_uuid(&params, command->command_id);
    PGresult *result = ask(turn, SQL_SALE_COMMAND_STANDS, &params);
    bool stands = result != NULL && PQntuples(result) > 0;
    turn->out->verdict = result == NULL ? VERDICT_UNAVAILABLE : VERDICT_STALE_COMMAND;
    PQclear(result);
    return stands;
}

/* What the rules ask about a bidder. False when there is an answer already. */
static bool read_bidder(struct turn *turn, struct auction_facts *facts)
{
    const struct command *command = &turn->command->command;
    struct params params;
    bool bidder = false;
    ledger_facts_params(&params, turn->command->auction_id,
                        &(struct ledger_question){command->actor, command->bid.id}, 1);
    PGresult *result = ask(turn, SQL_LEDGER_FACTS, &params);
    if (result != NULL)
        ledger_facts_read(result, 0, facts, &turn->out->received_at_ms, &bidder);
    turn->out->verdict = result == NULL ? VERDICT_UNAVAILABLE : VERDICT_FORBIDDEN;
    PQclear(result);
    return bidder;
}

static bool read_history(struct turn *turn, struct auction_facts *facts, struct ledger_history **history)
{
    struct params params;
    ledger_history_params(&params, turn->command->auction_id);
    PGresult *result = ask(turn, SQL_LEDGER_HISTORY, &params);
    if (result != NULL)
        *history = ledger_history_read(result, turn->error);
    PQclear(result);
    turn->out->verdict = VERDICT_UNAVAILABLE;
    if (*history == NULL)
        return false;
    facts->history = ledger_history_events(*history, &facts->history_count);
    return true;
}

/* NULL when there is an answer already. */
static PGresult *read_maxima(struct turn *turn)
{
    struct params params;
    ledger_maxima_params(&params, turn->command->auction_id);
    turn->out->verdict = VERDICT_UNAVAILABLE;
    return ask(turn, SQL_LEDGER_MAXIMA, &params);
}

/* ---- deciding ---- */

static void add_outage(struct ledger_batch *batch, const struct ledger_lot *lot)
{
    struct command command = {.kind = COMMAND_OUTAGE, .at_ms = lot->dark_since_ms};
    struct auction_facts facts = {.now_ms = lot->db_now_ms};
    struct decision decision;
    auction_decide(ledger_batch_state(batch), &command, &facts, &decision);
    ledger_batch_add(batch, &decision);
}

/* A bid decided before is answered as it was then. */
static enum verdict remembered_verdict(const struct auction_facts *facts)
{
    switch (facts->memory) {
    case BID_ACCEPTED: return VERDICT_OK;
    case BID_REFUSED: return facts->remembered_verdict;
    case BID_RETRACTED: return VERDICT_BID_RETRACTED;
    case BID_UNKNOWN: break;
    }
    return VERDICT_INTERNAL;
}

/* Puts what was decided into the batch and the result. */
static void take_decision(struct turn *turn, const struct command *command, const struct auction_facts *facts,
                          const struct decision *decision)
{
    const struct ledger_command *wanted = turn->command;
    struct ledger_result *out = turn->out;
    switch (decision->kind) {
    case DECISION_REFUSED:
        out->verdict = decision->verdict;
        out->min_next_bid = decision->min_next_bid;
        out->step = decision->step;
        out->available = decision->available;
        return;
    case DECISION_HELD:
        out->verdict = VERDICT_UNAVAILABLE;
        out->held = true;
        return;
    case DECISION_KNOWN:
        out->verdict = remembered_verdict(facts);
        out->duplicate = true;
        out->seq = facts->remembered_seq;
        return;
    case DECISION_EVENTS: break;
    }
    out->verdict = VERDICT_OK;
    out->seq = decision->events[0].seq;
    ledger_batch_add(out->batch, decision);
    if (command->kind == COMMAND_BID) {
        out->received_at_ms = command->at_ms;
        ledger_batch_add_bid(out->batch, command->actor, &command->bid, out->seq, VERDICT_OK, command->at_ms,
                             wanted->sent_at_ms, wanted->address);
    } else if (!uuid_is_nil(wanted->command_id)) {
        ledger_batch_add_command(out->batch, wanted->command_id, command->actor, command->kind,
                                 wanted->content);
    }
}

/* Decides the command on the batch's state. False when what it needs to know cannot be had; the verdict is
 * set either way. */
static bool decide(struct turn *turn)
{
    struct command command = turn->command->command;
    struct ledger_result *out = turn->out;
    command.at_ms = out->before.db_now_ms;
    struct auction_facts facts = {.now_ms = command.at_ms, .sale_shut = out->before.sale_shut};
    struct ledger_history *history = NULL;
    PGresult *maxima = NULL;
    bool known = true;
    if (command.kind == COMMAND_BID)
        known = read_bidder(turn, &facts);
    else if (command.kind == COMMAND_UNDO)
        known = read_history(turn, &facts, &history);
    else if (command.kind == COMMAND_START)
        known = (maxima = read_maxima(turn)) != NULL;
    if (known) {
        struct decision decision;
        auction_decide(ledger_batch_state(out->batch), &command, &facts, &decision);
        take_decision(turn, &command, &facts, &decision);
        if (maxima != NULL && decision.kind == DECISION_EVENTS)
            ledger_batch_add_maxima(out->batch, maxima, command.at_ms);
    }
    ledger_history_destroy(&history);
    PQclear(maxima);
    return known;
}

/* ---- writing ---- */

/* Whether the batch, of whose commit nothing is known, is in the ledger. False when that cannot be found out.
 */
static bool look_for_commit(struct turn *turn, bool *committed)
{
    struct params params;
    struct ledger_lot lot;
    struct chain_hash wanted = ledger_batch_head(turn->out->batch), found;
    if (db_begin(turn->db, turn->error) != DB_DONE)
        return false;
    PGresult *result = NULL;
    if (load_locked(turn, &lot)) {
        params_init(&params);
        params_int(&params, turn->command->auction_id);
        params_int(&params, ledger_batch_state(turn->out->batch)->seq);
        result = ask(turn, SQL_LEDGER_HASH, &params);
    }
    db_rollback(turn->db);
    if (result == NULL)
        return false;
    *committed = PQntuples(result) > 0 && result_bytes(result, 0, "hash", found.bytes, sizeof found.bytes) &&
                 memcmp(found.bytes, wanted.bytes, sizeof found.bytes) == 0;
    PQclear(result);
    return true;
}

static enum turn_end commit(struct turn *turn)
{
    enum verdict verdict = turn->out->verdict;
    bool committed = false;
    switch (db_commit(turn->db, turn->error)) {
    case DB_DONE: committed = true; break;
    case DB_REFUSED: return AGAIN;
    case DB_NOT_SENT: break;
    case DB_UNCERTAIN:
        if (!look_for_commit(turn, &committed))
            return settle(turn, VERDICT_UNCERTAIN);
        break;
    }
    turn->appended = committed;
    return settle(turn, committed ? verdict : VERDICT_UNAVAILABLE);
}

static enum turn_end append(struct turn *turn)
{
    struct params params;
    const char *reason;
    ledger_append_params(&params, turn->out->batch);
    struct db_answer answer = db_run(turn->db, SQL_LEDGER_APPEND, &params, turn->error);
    params_finish(&params);
    enum ledger_outcome outcome = ledger_append_read(&answer, &reason);
    if (outcome == LEDGER_CONFLICT || outcome == LEDGER_REJECTED)
        error_set(turn->error, "the append was refused: %s", reason);
    PQclear(answer.result);
    switch (outcome) {
    case LEDGER_DONE: return commit(turn);
    case LEDGER_CONFLICT: return AGAIN;
    case LEDGER_REJECTED:
        return strcmp(reason, "auctions_one_live_horse") == 0 ? settle(turn, VERDICT_HORSE_ALREADY_LIVE)
                                                              : AGAIN;
    case LEDGER_UNCERTAIN: /* without its commit it cannot have counted */
    case LEDGER_DOWN: break;
    }
    return settle(turn, VERDICT_UNAVAILABLE);
}

/* Between begin and commit or rollback. */
static enum turn_end run_turn(struct turn *turn)
{
    struct ledger_result *out = turn->out;
    if (!load_locked(turn, &out->before) || is_remembered(turn) || !whole_stands(turn))
        return SETTLED;
    out->batch = ledger_batch_create(&out->before);
    if (out->before.dark_since_ms != 0)
        add_outage(out->batch, &out->before);
    if (!decide(turn) || ledger_batch_is_empty(out->batch))
        return SETTLED;
    return append(turn);
}

/* Check 4, before anything is locked: who counts may have to ask somebody else. False when there is an answer
 * already. */
static bool is_admitted(struct turn *turn)
{
    const struct ledger_command *wanted = turn->command;
    struct auction_facts facts = {0};
    if (wanted->admit == NULL)
        return true;
    if (!read_bidder(turn, &facts))
        return false;
    if (facts.memory == BID_UNKNOWN)
        turn->out->verdict = wanted->admit(wanted->admit_context);
    else
        turn->out->verdict = VERDICT_OK;
    return turn->out->verdict == VERDICT_OK;
}

/* A text that the ledger could not be read with again must not get into it. */
static bool text_fits(const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    if (size >= AUCTION_TEXT_MAX)
        return false;
    for (size_t at = 0; at < size;) {
        size_t length = utf8_length(text + at, size - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

void ledger_execute(struct db *db, const struct ledger_command *command, struct ledger_result *out,
                    struct error *error)
{
    struct turn turn = {.db = db, .command = command, .out = out, .error = error};
    *out = (struct ledger_result){.verdict = VERDICT_INVALID_MESSAGE};
    if (!text_fits(command->command.text) || !is_admitted(&turn))
        return;
    enum turn_end end = AGAIN;
    for (int attempt = 0; attempt < ATTEMPTS && end == AGAIN; attempt++) {
        ledger_batch_destroy(&out->batch);
        *out = (struct ledger_result){.verdict = VERDICT_UNAVAILABLE};
        if (db_begin(db, error) != DB_DONE)
            return;
        end = run_turn(&turn);
        db_rollback(db);
    }
    if (end == AGAIN)
        out->verdict = VERDICT_UNAVAILABLE;
    if (turn.appended)
        return;
    ledger_batch_destroy(&out->batch);
    if (!out->duplicate)
        out->seq = 0;
}
