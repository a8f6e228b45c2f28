/* All commands go one way: body → command → ledger → announcement → answer. What each may say is core/wire's,
 * what each does the domain's. */
#include "rest/routes/commands.h"

#include "core/base/log.h"
#include "core/store/command_answer.h"
#include "rest/publish.h"
#include "rest/request.h"

#define CONTENT_MAX 4096

/* ---- result → answer ---- */

static void answer_done(struct response *response, const struct ledger_result *result)
{
    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    command_answer_write(&json, result);
    json_object_end(&json);
}

static void answer_refused(struct request *request, struct response *response,
                           const struct ledger_result *result, const struct error *error)
{
    if (result->verdict == VERDICT_UNAVAILABLE || result->verdict == VERDICT_UNCERTAIN)
        log_warn("a command was not carried out", log_text("requestId", request->id),
                 log_text("reason", error->text));
    response_problem(response, request,
                     &(struct problem){
                         .verdict = result->verdict,
                         .min_next_bid = result->min_next_bid,
                         .step = result->step,
                         .seq = result->verdict == VERDICT_STALE_COMMAND ? result->before.auction.seq : 0,
                     });
}

void command_post(struct request *request, struct response *response)
{
    const struct command_said *said = request->body;
    enum command_kind kind = (enum command_kind)request->route->argument;
    struct field_faults faults = {0};
    command_check(kind, said, &faults);
    if (faults.count > 0) {
        response_problem(response, request,
                         &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .faults = &faults});
        return;
    }
    struct buffer content;
    buffer_init(&content, CONTENT_MAX);
    command_write_content(said, &content);

    struct error error = {0};
    struct ledger_result result;
    ledger_execute(request->worker->db,
                   &(struct ledger_command){
                       .auction_id = request->path_id,
                       .command = command_of(kind, said, request->who.user_id),
                       .command_id = said->command_id,
                       .content = content.data,
                   },
                   &result, &error);
    if (result.batch != NULL)
        publish_batch(request->worker, &result.before, result.batch);
    if (result.verdict == VERDICT_OK)
        answer_done(response, &result);
    else
        answer_refused(request, response, &result, &error);
    ledger_batch_destroy(&result.batch);
    buffer_finish(&content);
}
