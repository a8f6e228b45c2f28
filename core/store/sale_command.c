/* Lots are listed a page at a time, so that a sale of any size needs no more memory than a page. */
#include "core/store/sale_command.h"

#include <string.h>

#define PAGE 200

/* One command being carried out. */
struct run {
    struct db *db;
    const struct sale_command *command;
    sale_command_lot *on_lot;
    void *context;
    struct error *error;
    bool over; /* complete, or overtaken by a newer command: the lots are only asked what they answered */
};

/* Runs one statement; takes over the params. */
static struct db_answer ask(const struct run *run, enum sql_query query, struct params *params)
{
    struct db_answer answer = db_run(run->db, query, params, run->error);
    params_finish(params);
    return answer;
}

static bool is_about_sale(const struct sale_command *command)
{
    return command->kind == COMMAND_PAUSE || command->lots != SALE_LOTS_OUTAGE;
}

/* ---- the sale ---- */

static enum verdict verdict_of_outcome(struct run *run, const char *outcome, bool *duplicate)
{
    run->over = strcmp(outcome, "complete") == 0;
    *duplicate = run->over || strcmp(outcome, "again") == 0;
    if (*duplicate || strcmp(outcome, "begun") == 0)
        return VERDICT_OK;
    if (strcmp(outcome, "missing") == 0)
        return VERDICT_NOT_FOUND;
    return strcmp(outcome, "reused") == 0 ? VERDICT_COMMAND_ID_REUSED : VERDICT_COMMAND_NOT_ALLOWED;
}

/* Whoever meets the same command being begun by another at this very moment finds it begun the second time.
 */
static enum verdict begin(struct run *run, bool *duplicate)
{
    const struct sale_command *command = run->command;
    struct db_answer answer = {.outcome = DB_REFUSED};
    for (int attempt = 0; attempt < 2 && answer.outcome == DB_REFUSED; attempt++) {
        struct params params;
        params_init(&params);
        params_int(&params, command->sale_id);
        params_uuid(&params, command->command_id);
        params_int(&params, command->actor);
        params_text(&params, command_kind_name(command->kind));
        params_text(&params, command->content);
        params_bool(&params, is_about_sale(command));
        answer = ask(run, SQL_SALE_COMMAND_BEGIN, &params);
    }
    enum verdict verdict = answer.outcome == DB_UNCERTAIN ? VERDICT_UNCERTAIN : VERDICT_UNAVAILABLE;
    if (answer.outcome == DB_DONE)
        verdict = verdict_of_outcome(run, result_text(answer.result, 0, "outcome"), duplicate);
    PQclear(answer.result);
    return verdict;
}

static bool wait_for_pacing(const struct run *run)
{
    struct params params;
    params_init(&params);
    struct db_answer answer = ask(run, SQL_PACING_WAIT, &params);
    PQclear(answer.result);
    return answer.outcome == DB_DONE;
}

static bool complete(const struct run *run)
{
    struct params params;
    params_init(&params);
    params_int(&params, run->command->sale_id);
    params_uuid(&params, run->command->command_id);
    struct db_answer answer = ask(run, SQL_SALE_COMMAND_COMPLETE, &params);
    PQclear(answer.result);
    return answer.outcome == DB_DONE;
}

/* ---- its lots ---- */

static PGresult *list_lots(const struct run *run, int64_t after)
{
    const struct sale_command *command = run->command;
    struct params params;
    params_init(&params);
    params_int(&params, command->sale_id);
    params_uuid(&params, command->command_id);
    params_text(&params, command_kind_name(command->kind));
    params_text(&params, command->kind == COMMAND_PAUSE ? "active" : sale_lots_names[command->lots]);
    params_bool(&params, run->over);
    params_int(&params, after);
    params_int(&params, PAGE);
    return ask(run, SQL_SALE_COMMAND_LOTS, &params).result;
}

enum lot_end { LOT_TOLD, LOT_UNKNOWN, LOT_LEFT };

/* LOT_UNKNOWN when nobody can tell what became of the lot, or nothing did; LOT_LEFT when the command is over.
 */
static enum lot_end command_lot(const struct run *run, int64_t auction_id, int64_t lot_number)
{
    const struct sale_command *command = run->command;
    struct ledger_result result;
    ledger_execute(run->db,
                   &(struct ledger_command){
                       .auction_id = auction_id,
                       .command = {.kind = command->kind,
                                   .actor = command->actor,
                                   .expected_seq = EXPECTED_SEQ_ABSENT,
                                   .text = command->reason},
                       .command_id = command->command_id,
                       .content = command->content,
                       .sale_id = run->over ? 0 : command->sale_id,
    },
                   &result, run->error);
    enum lot_end end = LOT_TOLD;
    if (result.verdict == VERDICT_UNAVAILABLE || result.verdict == VERDICT_UNCERTAIN)
        end = LOT_UNKNOWN;
    else if (result.verdict == VERDICT_STALE_COMMAND)
        end = LOT_LEFT;
    else
        run->on_lot(run->context, auction_id, lot_number, &result);
    ledger_batch_destroy(&result.batch);
    return end;
}

/* One lot that cannot be decided does not keep the command from those behind it; a database that is away
 * does. */
static enum lot_end command_page(const struct run *run, const PGresult *lots, int64_t *after, bool *all_known)
{
    enum lot_end end = LOT_TOLD;
    for (int i = 0; i < PQntuples(lots) && end == LOT_TOLD; i++) {
        int64_t lot_number = result_int(lots, i, "lot_number");
        end = command_lot(run, result_int(lots, i, "id"), lot_number);
        *all_known &= end != LOT_UNKNOWN;
        if (end == LOT_UNKNOWN && db_ready(run->db, NULL))
            end = LOT_TOLD;
        if (end != LOT_LEFT)
            *after = lot_number;
    }
    return end;
}

/* When a newer command overtakes this one on its way, of the lots ahead only those count that it has reached
 * in another's hands: as in the answer to any repeat. */
static bool command_lots(struct run *run)
{
    int64_t after = 0;
    bool all_known = true;
    for (bool more = true; more;) {
        PGresult *lots = list_lots(run, after);
        if (lots == NULL)
            return false;
        enum lot_end end = command_page(run, lots, &after, &all_known);
        run->over |= end == LOT_LEFT;
        more = end == LOT_LEFT || (end == LOT_TOLD && PQntuples(lots) == PAGE);
        PQclear(lots);
    }
    return all_known;
}

enum verdict sale_command_execute(struct db *db, const struct sale_command *command, sale_command_lot *on_lot,
                                  void *context, bool *duplicate, struct error *error)
{
    struct run run = {.db = db, .command = command, .on_lot = on_lot, .context = context, .error = error};
    *duplicate = false;
    enum verdict verdict = begin(&run, duplicate);
    if (verdict != VERDICT_OK)
        return verdict;
    bool done = (run.over || command->kind != COMMAND_PAUSE || wait_for_pacing(&run)) && command_lots(&run) &&
                (run.over || complete(&run));
    return done ? VERDICT_OK : VERDICT_UNCERTAIN;
}
