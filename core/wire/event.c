/* Two tables, one a part, say which members each kind of event has; writing and reading both walk them, so
 * they cannot disagree. The tables are in ascending order of name because canonical JSON is. Reading is
 * strict: the ledger is our own, so a member that is missing, unknown or out of range means that the row or
 * the program is wrong, and folding on would hide it. */
#include "core/wire/event.h"

#include "core/wire/json_read.h"

#include <limits.h>
#include <string.h>

enum member_type {
    MEMBER_NUMBER, /* int64_t: an instant, a duration, a seq, an id */
    MEMBER_MONEY,  /* yen */
    MEMBER_COUNT,  /* int */
    MEMBER_FLAG,   /* bool */
    MEMBER_TEXT,
    MEMBER_UUID,
    MEMBER_TYPE,  /* the event's kind, in public "sealed" for what is */
    MEMBER_PRICE, /* the three of the terms */
    MEMBER_LADDER,
    MEMBER_RULES
};

/* What becomes of a value that is zero, false or not there. */
enum member_when_zero { WRITTEN, NULLED, OMITTED };

struct member {
    const char *name;
    enum member_type type;
    size_t offset;  /* in struct auction_event */
    unsigned kinds; /* a bit a kind that has it */
    enum member_when_zero when_zero;
};

#define K(kind)      (1u << EVENT_##kind)
#define ALL          ((1u << EVENT_KIND_COUNT) - 1)
#define MAXIMA       (K(RAISED) | K(MAXIMUM_LEFT))
#define SEALED       (MAXIMA | K(RESERVE_CHANGED))
#define OPEN         (ALL & ~SEALED)
#define WITH_MESSAGE (K(MESSAGE) | K(WARNED))
#define SETS_CLOCK   (K(STARTED) | K(EXTENDED) | K(RESUMED) | K(HAMMERED) | K(REOPENED))
#define AT(field)    offsetof(struct auction_event, field)
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* clang-format off */
static const struct member public_members[] = {
    {"amount",      MEMBER_MONEY,  AT(amount),       K(BID),                   WRITTEN},
    {"atMs",        MEMBER_NUMBER, AT(at_ms),        ALL,                      WRITTEN},
    {"auto",        MEMBER_FLAG,   AT(automatic),    K(BID),                   WRITTEN},
    {"bidCount",    MEMBER_COUNT,  AT(bid_count),    K(BID_RETRACTED),         WRITTEN},
    {"cause",       MEMBER_NUMBER, AT(cause),        K(BID),                   OMITTED},
    {"endsAtMs",    MEMBER_NUMBER, AT(ends_at_ms),   SETS_CLOCK,               WRITTEN},
    {"endsAtMs",    MEMBER_NUMBER, AT(ends_at_ms),   K(BID_RETRACTED),         OMITTED},
    {"extensions",  MEMBER_COUNT,  AT(extensions),   K(EXTENDED),              WRITTEN},
    {"ladder",      MEMBER_LADDER, AT(terms),        K(SCHEDULED),             WRITTEN},
    {"message",     MEMBER_TEXT,   AT(text),         WITH_MESSAGE,             OMITTED},
    {"outage",      MEMBER_FLAG,   AT(outage),       K(PAUSED),                OMITTED},
    {"paddle",      MEMBER_COUNT,  AT(paddle),       K(BID) | K(SOLD),         WRITTEN},
    {"paddle",      MEMBER_COUNT,  AT(paddle),       K(BID_RETRACTED),         NULLED },
    {"price",       MEMBER_MONEY,  AT(amount),       K(SOLD),                  WRITTEN},
    {"price",       MEMBER_MONEY,  AT(amount),       K(BID_RETRACTED),         NULLED },
    {"reason",      MEMBER_TEXT,   AT(text),         OPEN & ~WITH_MESSAGE,     OMITTED},
    {"remainingMs", MEMBER_NUMBER, AT(remaining_ms), K(PAUSED),                WRITTEN},
    {"remainingMs", MEMBER_NUMBER, AT(remaining_ms), K(BID_RETRACTED),         OMITTED},
    {"retracts",    MEMBER_NUMBER, AT(cause),        K(BID_RETRACTED),         WRITTEN},
    {"rules",       MEMBER_RULES,  AT(terms),        K(SCHEDULED),             WRITTEN},
    {"seq",         MEMBER_NUMBER, AT(seq),          ALL,                      WRITTEN},
    {"startPrice",  MEMBER_PRICE,  AT(terms),        K(SCHEDULED),             WRITTEN},
    {"startPrice",  MEMBER_MONEY,  AT(start_price),  K(STEP_CHANGED),          OMITTED},
    {"startsAtMs",  MEMBER_NUMBER, AT(starts_at_ms), K(SCHEDULED),             NULLED },
    {"step",        MEMBER_MONEY,  AT(step),         K(STEP_CHANGED),          NULLED },
    {"type",        MEMBER_TYPE,   AT(kind),         ALL,                      WRITTEN},
};

static const struct member private_members[] = {
    {"actor",       MEMBER_NUMBER, AT(actor),        ALL,                      OMITTED},
    {"amount",      MEMBER_MONEY,  AT(given_amount), K(BID),                   OMITTED},
    {"bidId",       MEMBER_UUID,   AT(bid_id),       K(BID) | MAXIMA,          OMITTED},
    {"maxAmount",   MEMBER_MONEY,  AT(maximum),      K(BID) | MAXIMA | K(BID_RETRACTED), OMITTED},
    {"paddle",      MEMBER_COUNT,  AT(paddle),       MAXIMA,                   OMITTED},
    {"reason",      MEMBER_TEXT,   AT(text),         SEALED,                   OMITTED},
    {"reserve",     MEMBER_MONEY,  AT(reserve),      K(SCHEDULED),             OMITTED},
    {"reserve",     MEMBER_MONEY,  AT(reserve),      K(RESERVE_CHANGED),       WRITTEN},
    {"type",        MEMBER_TYPE,   AT(kind),         SEALED,                   WRITTEN},
    {"userId",      MEMBER_NUMBER, AT(user),         K(BID) | MAXIMA | K(SOLD) | K(BID_RETRACTED), OMITTED},
};

/* The members of "rules" but for "mode", which comes last. */
static const struct {
    const char *name;
    size_t offset; /* in struct auction_rules; all int64_t */
} durations[] = {
    {"closeGraceMs",      offsetof(struct auction_rules, close_grace_ms)},
    {"durationMs",        offsetof(struct auction_rules, duration_ms)},
    {"extensionMs",       offsetof(struct auction_rules, extension_ms)},
    {"extensionWindowMs", offsetof(struct auction_rules, extension_window_ms)},
    {"lateMs",            offsetof(struct auction_rules, late_ms)},
};
/* clang-format on */

#define RULES_MEMBERS (COUNT(durations) + 2)
#define SEALED_NAME   "sealed"

/* What an event looks like from one side. */
enum side { PUBLIC, PRIVATE };

static bool has_member(const struct member *member, enum event_kind kind, enum side side)
{
    bool hidden = side == PUBLIC && event_is_sealed(kind) && member->type != MEMBER_TYPE &&
                  member->offset != AT(at_ms) && member->offset != AT(seq);
    return (member->kinds & (1u << kind)) != 0 && !hidden;
}

/* ---- writing ---- */

static void write_rules(struct json *json, const struct auction_rules *rules)
{
    json_object(json, "rules");
    for (size_t i = 0; i < COUNT(durations); i++)
        json_int(json, durations[i].name, *(const int64_t *)((const char *)rules + durations[i].offset));
    json_int(json, "maxExtensions", rules->max_extensions);
    json_text(json, "mode", extension_mode_name(rules->mode));
    json_object_end(json);
}

static void write_ladder(struct json *json, const struct ladder *ladder)
{
    json_array(json, "ladder");
    for (int i = 0; i < ladder->count; i++) {
        json_array(json, NULL);
        json_int_or_null(json, NULL, ladder->rungs[i].below, 0);
        json_int(json, NULL, ladder->rungs[i].step);
        json_array_end(json);
    }
    json_array_end(json);
}

static void write_number(struct json *json, const struct member *member, int64_t value)
{
    if (value != 0 || member->when_zero == WRITTEN)
        json_int(json, member->name, value);
    else if (member->when_zero == NULLED)
        json_null(json, member->name);
}

static void write_uuid(struct json *json, const struct member *member, const struct uuid *value)
{
    char text[UUID_TEXT_SIZE];
    if (uuid_is_nil(*value))
        return;
    uuid_format(*value, text);
    json_text(json, member->name, text);
}

static void write_member(struct json *json, const struct member *member, const struct auction_event *event,
                         enum side side)
{
    const void *at = (const char *)event + member->offset;
    switch (member->type) {
    case MEMBER_NUMBER:
    case MEMBER_MONEY: write_number(json, member, *(const int64_t *)at); return;
    case MEMBER_COUNT: write_number(json, member, *(const int *)at); return;
    case MEMBER_FLAG:
        if (*(const bool *)at || member->when_zero == WRITTEN)
            json_bool(json, member->name, *(const bool *)at);
        return;
    case MEMBER_TEXT:
        if (event->text != NULL)
            json_text(json, member->name, event->text);
        return;
    case MEMBER_UUID: write_uuid(json, member, at); return;
    case MEMBER_TYPE:
        json_text(json, member->name,
                  side == PUBLIC && event_is_sealed(event->kind) ? SEALED_NAME
                                                                 : event_kind_name(event->kind));
        return;
    case MEMBER_PRICE: json_int(json, member->name, event->terms->start_price); return;
    case MEMBER_LADDER: write_ladder(json, &event->terms->ladder); return;
    case MEMBER_RULES: write_rules(json, &event->terms->rules); return;
    }
}

static void write_part(const struct member *members, size_t count, enum side side,
                       const struct auction_event *event, struct buffer *out)
{
    struct json json = json_start(out);
    json_object(&json, NULL);
    for (size_t i = 0; i < count; i++)
        if (has_member(&members[i], event->kind, side))
            write_member(&json, &members[i], event, side);
    json_object_end(&json);
}

void event_write_public(const struct auction_event *event, struct buffer *out)
{
    write_part(public_members, COUNT(public_members), PUBLIC, event, out);
}

void event_write_private(const struct auction_event *event, struct buffer *out)
{
    write_part(private_members, COUNT(private_members), PRIVATE, event, out);
}

void event_write_wire(const char *public_part, size_t size, struct chain_hash hash, struct chain_hash seal,
                      struct buffer *out)
{
    buffer_append(out, public_part, size - 1); /* all but the closing brace */
    struct json json = {.buffer = out, .comma = true};
    json_hex(&json, "hash", hash.bytes, sizeof hash.bytes);
    json_hex(&json, SEALED_NAME, seal.bytes, sizeof seal.bytes);
    json_object_end(&json);
}

/* ---- reading ---- */

static bool read_rules(const cJSON *value, struct auction_rules *out)
{
    int64_t number;
    if (!cJSON_IsObject(value) || cJSON_GetArraySize(value) != (int)RULES_MEMBERS)
        return false;
    for (size_t i = 0; i < COUNT(durations); i++) {
        const cJSON *duration = cJSON_GetObjectItemCaseSensitive(value, durations[i].name);
        if (!json_whole(duration, 1, INT_MAX, (int64_t *)((char *)out + durations[i].offset)))
            return false;
    }
    if (!json_whole(cJSON_GetObjectItemCaseSensitive(value, "maxExtensions"), 0, INT_MAX, &number))
        return false;
    out->max_extensions = (int)number;
    int mode = extension_mode_parse(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(value, "mode")));
    out->mode = mode < 0 ? EXTENSION_RESET : (enum extension_mode)mode;
    return mode >= 0;
}

static bool read_ladder(const cJSON *value, struct ladder *out)
{
    out->count = 0;
    const cJSON *pair;
    if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) > LADDER_RUNGS_MAX)
        return false;
    cJSON_ArrayForEach(pair, value)
    {
        struct ladder_rung *rung = &out->rungs[out->count++];
        const cJSON *below = cJSON_IsArray(pair) ? pair->child : NULL;
        if (below == NULL || cJSON_GetArraySize(pair) != 2)
            return false;
        rung->below = 0;
        if (!cJSON_IsNull(below) && !json_whole(below, 1, MONEY_MAX, &rung->below))
            return false;
        if (!json_whole(below->next, 1, MONEY_MAX, &rung->step))
            return false;
    }
    return ladder_is_valid(out);
}

static bool read_count(const cJSON *value, int *out)
{
    int64_t number;
    if (!json_whole(value, 0, INT_MAX, &number))
        return false;
    *out = (int)number;
    return true;
}

static bool read_flag(const cJSON *value, bool *out)
{
    *out = cJSON_IsTrue(value);
    return cJSON_IsBool(value);
}

static bool read_text(const cJSON *value, struct event_storage *storage, const char **out)
{
    const char *text = cJSON_GetStringValue(value);
    size_t size = text != NULL ? strlen(text) : AUCTION_TEXT_MAX;
    if (size >= AUCTION_TEXT_MAX)
        return false;
    memcpy(storage->text, text, size + 1);
    *out = storage->text;
    return true;
}

/* One member that is there. */
static bool read_member(const struct member *member, const cJSON *value, struct event_storage *storage,
                        struct auction_event *event)
{
    void *at = (char *)event + member->offset;
    switch (member->type) {
    case MEMBER_NUMBER: return json_whole(value, 0, JSON_INT_MAX, at);
    case MEMBER_MONEY: return json_whole(value, 0, MONEY_MAX, at);
    case MEMBER_COUNT: return read_count(value, at);
    case MEMBER_FLAG: return read_flag(value, at);
    case MEMBER_TEXT: return read_text(value, storage, at);
    case MEMBER_UUID: return cJSON_IsString(value) && uuid_parse(value->valuestring, at);
    case MEMBER_TYPE: return true; /* read before all others */
    case MEMBER_PRICE: return json_whole(value, 1, MONEY_MAX, &storage->terms.start_price);
    case MEMBER_LADDER: return read_ladder(value, &storage->terms.ladder);
    case MEMBER_RULES: return read_rules(value, &storage->terms.rules);
    }
    return false;
}

static bool read_part(const struct member *members, size_t count, enum side side, const cJSON *part,
                      struct event_storage *storage, struct auction_event *event, struct error *error)
{
    int found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct member *member = &members[i];
        if (!has_member(member, event->kind, side))
            continue;
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(part, member->name);
        found += value != NULL;
        bool none =
            member->when_zero == OMITTED ? value == NULL : member->when_zero == NULLED && cJSON_IsNull(value);
        if (!none && !read_member(member, value, storage, event)) {
            error_set(error, "event %s: \"%s\" is missing or wrong", event_kind_name(event->kind),
                      member->name);
            return false;
        }
    }
    if (found != cJSON_GetArraySize(part)) {
        error_set(error, "event %s: a member is not known", event_kind_name(event->kind));
        return false;
    }
    return true;
}

/* The kind stands in the public part, or, for what is sealed, in the private one. */
static bool read_kind(const cJSON *public_part, const cJSON *private_part, enum event_kind *out,
                      struct error *error)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(public_part, "type"));
    bool sealed = text != NULL && strcmp(text, SEALED_NAME) == 0;
    if (sealed)
        text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(private_part, "type"));
    int kind = event_kind_parse(text);
    if (kind < 0 || event_is_sealed((enum event_kind)kind) != sealed) {
        error_set(error, "an event's type is missing or unknown");
        return false;
    }
    *out = (enum event_kind)kind;
    return true;
}

static cJSON *parse_part(const char *text, const char *name, struct error *error)
{
    const char *reason;
    cJSON *part = json_parse(text, strlen(text), &reason);
    if (part == NULL)
        error_set(error, "an event's %s part: %s", name, reason);
    else if (!cJSON_IsObject(part)) {
        error_set(error, "an event's %s part is no object", name);
        cJSON_Delete(part);
        return NULL;
    }
    return part;
}

bool event_read(const char *public_part, const char *private_part, struct event_storage *storage,
                struct auction_event *out, struct error *error)
{
    *out = (struct auction_event){0};
    cJSON *open = parse_part(public_part, "public", error);
    cJSON *closed = open != NULL ? parse_part(private_part, "private", error) : NULL;
    bool good = closed != NULL && read_kind(open, closed, &out->kind, error) &&
                read_part(public_members, COUNT(public_members), PUBLIC, open, storage, out, error) &&
                read_part(private_members, COUNT(private_members), PRIVATE, closed, storage, out, error);
    if (good && out->kind == EVENT_SCHEDULED)
        out->terms = &storage->terms;
    cJSON_Delete(open);
    cJSON_Delete(closed);
    return good;
}
