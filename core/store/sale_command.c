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
    bool complete; /* it was before: the lots are only asked again what they answered */
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
    run->complete = strcmp(outcome, "complete") == 0;
    *duplicate = run->complete || strcmp(outcome, "again") == 0;
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
    params_bool(&params, run->complete);
    params_int(&params, after);
    params_int(&params, PAGE);
    return ask(run, SQL_SALE_COMMAND_LOTS, &params).result;
}

/* False when nobody can tell what became of the lot, or nothing did. */
static bool command_lot(const struct run *run, int64_t auction_id, int64_t lot_number)
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
    },
                   &result, run->error);
    bool known = result.verdict != VERDICT_UNAVAILABLE && result.verdict != VERDICT_UNCERTAIN;
    if (known)
        run->on_lot(run->context, auction_id, lot_number, &result);
    ledger_batch_destroy(&result.batch);
    return known;
}

/* One lot that cannot be decided does not keep the command from those behind it; a database that is away
 * does.
 */
static bool command_lots(const struct run *run)
{
    int64_t after = 0;
    bool all_known = true;
    for (bool more = true; more;) {
        PGresult *lots = list_lots(run, after);
        if (lots == NULL)
            return false;
        int count = PQntuples(lots);
        bool reachable = true;
        for (int i = 0; i < count && reachable; i++) {
            after = result_int(lots, i, "lot_number");
            bool known = command_lot(run, result_int(lots, i, "id"), after);
            all_known &= known;
            reachable = known || db_ready(run->db, NULL);
        }
        PQclear(lots);
        more = reachable && count == PAGE;
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
    bool done = (run.complete || command->kind != COMMAND_PAUSE || wait_for_pacing(&run)) &&
                command_lots(&run) && (run.complete || complete(&run));
    return done ? VERDICT_OK : VERDICT_UNCERTAIN;
}
