/* A pause or resumption of a whole sale: each lot is told of as it is decided, and the answer says of each
 * what became of it. */
#include "rest/routes/sale_commands.h"

#include "core/base/log.h"
#include "core/store/command_answer.h"
#include "core/store/sale_command.h"
#include "rest/publish.h"
#include "rest/request.h"

#define CONTENT_MAX 4096

/* An answer being written while the lots are gone through. */
struct telling {
    struct worker *worker;
    struct json json;
};

static void tell_lot(void *context, int64_t auction_id, int64_t lot_number,
                     const struct ledger_result *result)
{
    struct telling *telling = context;
    if (result->batch != NULL)
        publish_batch(telling->worker, &result->before, result->batch);
    command_answer_write_lot(&telling->json, auction_id, lot_number, result);
}

static void answer(struct request *request, struct response *response, const struct sale_command *command)
{
    struct telling telling = {.worker = request->worker, .json = response_json_start(response, 200)};
    struct json *json = &telling.json;
    struct error error = {0};
    bool duplicate;
    json_object(json, NULL);
    json_array(json, "lots");
    enum verdict verdict =
        sale_command_execute(request->worker->db, command, tell_lot, &telling, &duplicate, &error);
    json_array_end(json);
    command_answer_write_sale(json, command->sale_id, command->command_id, duplicate);
    json_object_end(json);
    if (verdict == VERDICT_OK)
        return;
    if (verdict == VERDICT_UNAVAILABLE || verdict == VERDICT_UNCERTAIN)
        log_warn("a command about a sale broke off", log_text("requestId", request->id),
                 log_text("reason", error.text));
    response_refuse(response, request, verdict);
}

void sale_command_post(struct request *request, struct response *response)
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
    sale_command_write_content(kind, said, &content);
    answer(request, response,
           &(struct sale_command){
               .sale_id = request->path_id,
               .kind = kind,
               .lots = (enum sale_lots)said->lots,
               .actor = request->who.user_id,
               .command_id = uuid_is_nil(said->command_id) ? uuid_random() : said->command_id,
               .reason = said->text,
               .content = content.data,
           });
    buffer_finish(&content);
}
