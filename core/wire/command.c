#include "core/wire/command.h"

#include <string.h>

#define TEXT_MAX 300 /* characters; the ledger holds AUCTION_TEXT_MAX - 1 bytes */

const char *const sale_lots_names[] = {
    [SALE_LOTS_SALE] = "sale",
    [SALE_LOTS_OUTAGE] = "outage",
    [SALE_LOTS_ALL] = "all",
    [SALE_LOTS_COUNT] = NULL,
};

/* ---- what each may say ---- */

#define SAID(kind, to, name, ...) FIELD(kind, struct command_said, to, name, __VA_ARGS__)
#define NUMBER(name, to, has, must, least, most)                                                             \
    SAID(INT, to, name, .required = (must), .lowest = (least), .highest = (most),                            \
         .present = offsetof(struct command_said, has))
#define TEXT(name, must) SAID(TEXT, text, name, .required = (must), .lowest = 1, .highest = TEXT_MAX)
#define SUBJECT(name)    SAID(INT, subject_id, name, .required = true, .lowest = 1, .highest = JSON_INT_MAX)
#define LOT              SUBJECT("auctionId")
#define SALE             SUBJECT("saleId")
#define COMMAND_ID       SAID(UUID, command_id, "commandId", .required = false)
#define EXPECTED_SEQ     NUMBER("expectedSeq", expected_seq, has_expected_seq, true, 0, JSON_INT_MAX)
#define REASON           TEXT("reason", false)
#define REASON_MUST      TEXT("reason", true)

/* The subject stands first in each: bodies leave it out. */
static const struct field schedule_fields[] = {
    LOT, COMMAND_ID,
    SAID(INSTANT, starts_at_ms, "startsAt", .present = offsetof(struct command_said, has_starts_at))};
static const struct field bare_fields[] = {LOT, COMMAND_ID};
static const struct field reasoned_fields[] = {LOT, COMMAND_ID, REASON};
static const struct field extend_fields[] = {LOT, COMMAND_ID,
                                             NUMBER("byMs", by_ms, has_by, true, 1000, 86400000), REASON};
static const struct field step_fields[] = {
    LOT,
    COMMAND_ID,
    NUMBER("step", step, has_step, false, 0, MONEY_MAX),
    NUMBER("startPrice", start_price, has_start_price, false, 1, MONEY_MAX),
};
static const struct field message_fields[] = {LOT, COMMAND_ID, TEXT("text", true)};
static const struct field reserve_fields[] = {LOT, COMMAND_ID,
                                              NUMBER("reserve", reserve, has_reserve, true, 0, MONEY_MAX)};
static const struct field hammer_fields[] = {LOT, COMMAND_ID, EXPECTED_SEQ};
static const struct field pass_fields[] = {LOT, COMMAND_ID, EXPECTED_SEQ, REASON};
static const struct field withdraw_fields[] = {LOT, COMMAND_ID, EXPECTED_SEQ, REASON_MUST};
static const struct field undo_fields[] = {LOT, COMMAND_ID, EXPECTED_SEQ, REASON_MUST,
                                           NUMBER("seq", undo_seq, has_undo_seq, false, 1, JSON_INT_MAX)};
static const struct field reopen_fields[] = {LOT, COMMAND_ID, REASON_MUST};
static const struct field sale_pause_fields[] = {SALE, COMMAND_ID, REASON};
static const struct field sale_resume_fields[] = {SALE, COMMAND_ID, REASON,
                                                  SAID(ENUM, lots, "lots", .names = sale_lots_names)};

#define WHOLE(table) SCHEMA(struct command_said, table)
#define BODY(table)                                                                                          \
    {                                                                                                        \
        .fields = (table) + 1, .count = sizeof(table) / sizeof(table)[0] - 1,                                \
        .size = sizeof(struct command_said)                                                                  \
    }

/* clang-format off */
#define TABLE(AS)                                                                                            \
    {                                                                                                        \
        [COMMAND_SCHEDULE] = AS(schedule_fields), [COMMAND_START] = AS(bare_fields),                         \
        [COMMAND_PAUSE] = AS(reasoned_fields),    [COMMAND_RESUME] = AS(reasoned_fields),                    \
        [COMMAND_EXTEND] = AS(extend_fields),     [COMMAND_STEP] = AS(step_fields),                          \
        [COMMAND_MESSAGE] = AS(message_fields),   [COMMAND_WARN] = AS(bare_fields),                          \
        [COMMAND_RESERVE] = AS(reserve_fields),   [COMMAND_HAMMER] = AS(hammer_fields),                      \
        [COMMAND_PASS] = AS(pass_fields),         [COMMAND_WITHDRAW] = AS(withdraw_fields),                  \
        [COMMAND_UNDO] = AS(undo_fields),         [COMMAND_REOPEN] = AS(reopen_fields),                      \
    }
#define SALE_TABLE(AS) {[COMMAND_PAUSE] = AS(sale_pause_fields), [COMMAND_RESUME] = AS(sale_resume_fields)}
/* clang-format on */

const struct schema command_schemas[COMMAND_KIND_COUNT] = TABLE(WHOLE);
const struct schema command_bodies[COMMAND_KIND_COUNT] = TABLE(BODY);
const struct schema sale_command_schemas[COMMAND_KIND_COUNT] = SALE_TABLE(WHOLE);
const struct schema sale_command_bodies[COMMAND_KIND_COUNT] = SALE_TABLE(BODY);

void command_check(enum command_kind kind, const struct command_said *said, struct field_faults *faults)
{
    if (kind == COMMAND_STEP && !said->has_step && !said->has_start_price)
        field_fault(faults, "step", "name a step or a start price");
    if (said->text != NULL && strlen(said->text) >= AUCTION_TEXT_MAX)
        field_fault(faults, kind == COMMAND_MESSAGE ? "text" : "reason", "must be at most %d bytes",
                    AUCTION_TEXT_MAX - 1);
}

struct command command_of(enum command_kind kind, const struct command_said *said, int64_t actor)
{
    return (struct command){
        .kind = kind,
        .actor = actor,
        .expected_seq = said->has_expected_seq ? said->expected_seq : EXPECTED_SEQ_ABSENT,
        .starts_at_ms = said->starts_at_ms,
        .by_ms = said->by_ms,
        .step = said->has_step ? said->step : -1,
        .start_price = said->start_price,
        .reserve = said->reserve,
        .undo_seq = said->undo_seq,
        .text = said->text,
    };
}

/* ---- canonical form ---- */

static void write_if(struct json *json, const char *name, bool present, int64_t value)
{
    if (present)
        json_int(json, name, value);
}

void command_write_content(const struct command_said *said, struct buffer *out)
{
    struct json json = json_start(out);
    json_object(&json, NULL);
    write_if(&json, "byMs", said->has_by, said->by_ms);
    write_if(&json, "expectedSeq", said->has_expected_seq, said->expected_seq);
    write_if(&json, "reserve", said->has_reserve, said->reserve);
    write_if(&json, "seq", said->has_undo_seq, said->undo_seq);
    write_if(&json, "startPrice", said->has_start_price, said->start_price);
    write_if(&json, "startsAtMs", said->has_starts_at, said->starts_at_ms);
    write_if(&json, "step", said->has_step, said->step);
    if (said->text != NULL)
        json_text(&json, "text", said->text);
    json_object_end(&json);
}

void sale_command_write_content(enum command_kind kind, const struct command_said *said, struct buffer *out)
{
    struct json json = json_start(out);
    json_object(&json, NULL);
    if (kind == COMMAND_RESUME)
        json_text(&json, "lots", sale_lots_names[said->lots]);
    if (said->text != NULL)
        json_text(&json, "text", said->text);
    json_object_end(&json);
}
