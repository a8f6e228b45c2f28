/* All commands go one way: body → command → ledger → announcement → answer. What differs between them is the
 * table of what each may say; what each does is the domain's. */
#include "rest/routes/commands.h"

#include "core/base/log.h"
#include "core/wire/view.h"
#include "rest/publish.h"
#include "rest/request.h"

#include <string.h>

#define TEXT_MAX    300 /* characters; the ledger holds AUCTION_TEXT_MAX - 1 bytes */
#define CONTENT_MAX 4096

struct body {
    struct uuid command_id;
    int64_t expected_seq, starts_at_ms, by_ms, step, start_price, reserve, undo_seq;
    bool has_expected_seq, has_starts_at, has_by, has_step, has_start_price, has_reserve, has_undo_seq;
    const char *text;
};

/* ---- what each may say ---- */

#define NUMBER(name, to, has, must, least, most)                                                             \
    FIELD(INT, struct body, to, name, .required = (must), .lowest = (least), .highest = (most),              \
          .present = offsetof(struct body, has))
#define TEXT(name, must)                                                                                     \
    FIELD(TEXT, struct body, text, name, .required = (must), .lowest = 1, .highest = TEXT_MAX)
#define COMMAND_ID   FIELD(UUID, struct body, command_id, "commandId")
#define EXPECTED_SEQ NUMBER("expectedSeq", expected_seq, has_expected_seq, true, 0, JSON_INT_MAX)
#define REASON       TEXT("reason", false)
#define REASON_MUST  TEXT("reason", true)

static const struct field schedule_fields[] = {
    COMMAND_ID,
    FIELD(INSTANT, struct body, starts_at_ms, "startsAt", .present = offsetof(struct body, has_starts_at)),
};
static const struct field bare_fields[] = {COMMAND_ID};
static const struct field reasoned_fields[] = {COMMAND_ID, REASON};
static const struct field extend_fields[] = {COMMAND_ID, NUMBER("byMs", by_ms, has_by, true, 1000, 86400000),
                                             REASON};
static const struct field step_fields[] = {
    COMMAND_ID,
    NUMBER("step", step, has_step, false, 0, MONEY_MAX),
    NUMBER("startPrice", start_price, has_start_price, false, 1, MONEY_MAX),
};
static const struct field message_fields[] = {COMMAND_ID, TEXT("text", true)};
static const struct field reserve_fields[] = {COMMAND_ID,
                                              NUMBER("reserve", reserve, has_reserve, true, 0, MONEY_MAX)};
static const struct field hammer_fields[] = {COMMAND_ID, EXPECTED_SEQ};
static const struct field pass_fields[] = {COMMAND_ID, EXPECTED_SEQ, REASON};
static const struct field withdraw_fields[] = {COMMAND_ID, EXPECTED_SEQ, REASON_MUST};
static const struct field undo_fields[] = {COMMAND_ID, EXPECTED_SEQ, REASON_MUST,
                                           NUMBER("seq", undo_seq, has_undo_seq, false, 1, JSON_INT_MAX)};
static const struct field reopen_fields[] = {COMMAND_ID, REASON_MUST};

const struct schema command_bodies[COMMAND_KIND_COUNT] = {
    [COMMAND_SCHEDULE] = SCHEMA(struct body, schedule_fields),
    [COMMAND_START] = SCHEMA(struct body, bare_fields),
    [COMMAND_PAUSE] = SCHEMA(struct body, reasoned_fields),
    [COMMAND_RESUME] = SCHEMA(struct body, reasoned_fields),
    [COMMAND_EXTEND] = SCHEMA(struct body, extend_fields),
    [COMMAND_STEP] = SCHEMA(struct body, step_fields),
    [COMMAND_MESSAGE] = SCHEMA(struct body, message_fields),
    [COMMAND_WARN] = SCHEMA(struct body, bare_fields),
    [COMMAND_RESERVE] = SCHEMA(struct body, reserve_fields),
    [COMMAND_HAMMER] = SCHEMA(struct body, hammer_fields),
    [COMMAND_PASS] = SCHEMA(struct body, pass_fields),
    [COMMAND_WITHDRAW] = SCHEMA(struct body, withdraw_fields),
    [COMMAND_UNDO] = SCHEMA(struct body, undo_fields),
    [COMMAND_REOPEN] = SCHEMA(struct body, reopen_fields),
};

/* ---- body → command ---- */

/* What the tables cannot say; else answered. */
static bool body_is_good(struct request *request, struct response *response)
{
    const struct body *body = request->body;
    enum command_kind kind = (enum command_kind)request->route->argument;
    if (kind == COMMAND_STEP && !body->has_step && !body->has_start_price) {
        response_refuse_field(response, request, "step", "name a step or a start price");
        return false;
    }
    if (body->text != NULL && strlen(body->text) >= AUCTION_TEXT_MAX) {
        response_refuse_field(response, request, kind == COMMAND_MESSAGE ? "text" : "reason",
                              "must be at most %d bytes", AUCTION_TEXT_MAX - 1);
        return false;
    }
    return true;
}

static struct command command_of(const struct request *request)
{
    const struct body *body = request->body;
    return (struct command){
        .kind = (enum command_kind)request->route->argument,
        .actor = request->who.user_id,
        .expected_seq = body->has_expected_seq ? body->expected_seq : EXPECTED_SEQ_ABSENT,
        .starts_at_ms = body->starts_at_ms,
        .by_ms = body->by_ms,
        .step = body->has_step ? body->step : -1,
        .start_price = body->start_price,
        .reserve = body->reserve,
        .undo_seq = body->undo_seq,
        .text = body->text,
    };
}

static void write_if(struct json *json, const char *name, bool present, int64_t value)
{
    if (present)
        json_int(json, name, value);
}

/* What was said, in canonical form: a repeat under the same commandId must say the same. */
static void write_content(const struct body *body, struct buffer *out)
{
    struct json json = json_start(out);
    json_object(&json, NULL);
    write_if(&json, "byMs", body->has_by, body->by_ms);
    write_if(&json, "expectedSeq", body->has_expected_seq, body->expected_seq);
    write_if(&json, "reserve", body->has_reserve, body->reserve);
    write_if(&json, "seq", body->has_undo_seq, body->undo_seq);
    write_if(&json, "startPrice", body->has_start_price, body->start_price);
    write_if(&json, "startsAtMs", body->has_starts_at, body->starts_at_ms);
    write_if(&json, "step", body->has_step, body->step);
    if (body->text != NULL)
        json_text(&json, "text", body->text);
    json_object_end(&json);
}

/* ---- result → answer ---- */

static void answer_done(struct response *response, const struct ledger_result *result)
{
    const struct auction *state =
        result->batch != NULL ? ledger_batch_state(result->batch) : &result->before.auction;
    struct auction_view view = auction_view_of(state, result->before.sale_id);
    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    json_bool(&json, "ok", true);
    json_int(&json, "seq", result->seq);
    json_bool(&json, "duplicate", result->duplicate);
    json_object(&json, "auction");
    view_write(&view, &json);
    json_object_end(&json);
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
    if (!body_is_good(request, response))
        return;
    const struct body *body = request->body;
    struct buffer content;
    buffer_init(&content, CONTENT_MAX);
    write_content(body, &content);

    struct error error = {0};
    struct ledger_result result;
    ledger_execute(request->worker->db,
                   &(struct ledger_command){
                       .auction_id = request->path_id,
                       .command = command_of(request),
                       .command_id = body->command_id,
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
