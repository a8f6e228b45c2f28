/* A pause or resumption of a whole sale: each lot is told of as it is decided, and the answer says of each
 * what became of it. */
#include "rest/routes/sale_commands.h"

#include "core/base/log.h"
#include "core/store/sale_command.h"
#include "rest/publish.h"
#include "rest/request.h"

#include <string.h>

#define REASON_MAX  300 /* characters; the ledger holds AUCTION_TEXT_MAX - 1 bytes */
#define CONTENT_MAX 4096

struct body {
    struct uuid command_id;
    const char *reason;
    int lots;
};

#define COMMAND_ID FIELD(UUID, struct body, command_id, "commandId")
#define REASON     FIELD(TEXT, struct body, reason, "reason", .lowest = 1, .highest = REASON_MAX)

static const struct field pause_fields[] = {COMMAND_ID, REASON};
static const struct field resume_fields[] = {
    COMMAND_ID,
    REASON,
    FIELD(ENUM, struct body, lots, "lots", .names = sale_lots_names),
};

const struct schema sale_pause_body = SCHEMA(struct body, pause_fields);
const struct schema sale_resume_body = SCHEMA(struct body, resume_fields);

/* What was said, in canonical form: a repeat under the same commandId must say the same. */
static void write_content(const struct request *request, struct buffer *out)
{
    const struct body *body = request->body;
    struct json json = json_start(out);
    json_object(&json, NULL);
    if (request->route->argument == COMMAND_RESUME)
        json_text(&json, "lots", sale_lots_names[body->lots]);
    if (body->reason != NULL)
        json_text(&json, "text", body->reason);
    json_object_end(&json);
}

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
    struct json *json = &telling->json;
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

static void answer(struct request *request, struct response *response, const struct sale_command *command)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(command->command_id, id);
    struct telling telling = {.worker = request->worker, .json = response_json_start(response, 200)};
    struct json *json = &telling.json;
    struct error error = {0};
    bool duplicate;
    json_object(json, NULL);
    json_array(json, "lots");
    enum verdict verdict =
        sale_command_execute(request->worker->db, command, tell_lot, &telling, &duplicate, &error);
    json_array_end(json);
    json_bool(json, "ok", true);
    json_bool(json, "duplicate", duplicate);
    json_int(json, "saleId", command->sale_id);
    json_text(json, "commandId", id);
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
    const struct body *body = request->body;
    if (body->reason != NULL && strlen(body->reason) >= AUCTION_TEXT_MAX) {
        response_refuse_field(response, request, "reason", "must be at most %d bytes", AUCTION_TEXT_MAX - 1);
        return;
    }
    struct buffer content;
    buffer_init(&content, CONTENT_MAX);
    write_content(request, &content);
    answer(request, response,
           &(struct sale_command){
               .sale_id = request->path_id,
               .kind = (enum command_kind)request->route->argument,
               .lots = (enum sale_lots)body->lots,
               .actor = request->who.user_id,
               .command_id = uuid_is_nil(body->command_id) ? uuid_random() : body->command_id,
               .reason = body->reason,
               .content = content.data,
           });
    buffer_finish(&content);
}
