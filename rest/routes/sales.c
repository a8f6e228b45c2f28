/* Sales: planned by the office; everybody sees those that are no drafts. A lot takes its sale's terms when it
 * is scheduled, so a change here touches only lots that are still drafts. */
#include "rest/routes/sales.h"

#include "core/domain/auction.h"
#include "rest/resource.h"

#include <stdio.h>

static const char *const statuses[] = {"draft", "published", "running", "closed", NULL};
static const char *const first_statuses[] = {"draft", "published", NULL};
static const char *const modes[] = {"reset", "add", NULL};
static const char *const pacing_modes[] = {"interval", "sequential", "together", "own", "manual", NULL};

/* ---- reading ---- */

struct query {
    int64_t limit;
    const char *after, *q;
    int status;
    bool has_status;
};

static const struct field query_fields[] = {
    FIELD(INT, struct query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct query, after, "after", .lowest = 1, .highest = 64),
    FIELD(TEXT, struct query, q, "q", .lowest = 1, .highest = 100),
    FIELD(ENUM, struct query, status, "status", .names = statuses,
          .present = offsetof(struct query, has_status)),
};

const struct schema sales_query = SCHEMA(struct query, query_fields);

/* ---- writing ---- */

struct body {
    const char *text;
    int word;
    int64_t number;
    const cJSON *ladder;
};

#define NAME(name, must)          FIELD(TEXT, struct body, text, name, .required = (must), .lowest = 1, .highest = 200)
#define NUMBER(name, least, most) FIELD(INT, struct body, number, name, .lowest = (least), .highest = (most))
#define DURATION(name)            NUMBER(name, 1000, 86400000)
#define REFERENCE(name, most)                                                                                \
    FIELD(TEXT, struct body, text, name, .nullable = true, .lowest = 1, .highest = (most))
#define FIELDS(create, names_of_status)                                                                      \
    {                                                                                                        \
        NAME("nameJa", create), NAME("nameEn", create),                                                      \
            FIELD(ENUM, struct body, word, "status", .names = (names_of_status)),                            \
            FIELD(INSTANT, struct body, number, "startsAt", .nullable = true),                               \
            FIELD(INSTANT, struct body, number, "endsAt", .nullable = true),                                 \
            FIELD(ARRAY, struct body, ladder, "ladder", .lowest = 1, .highest = LADDER_RUNGS_MAX),           \
            DURATION("durationMs"), DURATION("extensionWindowMs"), DURATION("extensionMs"),                  \
            DURATION("lateMs"), NUMBER("closeGraceMs", AUCTION_GRACE_LEAST_MS, 60000),                       \
            FIELD(ENUM, struct body, word, "extensionMode", .names = modes),                                 \
            NUMBER("maxExtensions", 0, 10000), NUMBER("taxRateBp", 0, 10000),                                \
            NUMBER("buyerCommissionBp", 0, 10000), NUMBER("sellerCommissionBp", 0, 10000),                   \
            NUMBER("entryFee", 0, MONEY_MAX), NUMBER("passedFee", 0, MONEY_MAX),                             \
            FIELD(DATE, struct body, text, "dueOn", .nullable = true), REFERENCE("termsVersion", 50),        \
            REFERENCE("termsUrl", 500), FIELD(ENUM, struct body, word, "pacingMode", .names = pacing_modes), \
            DURATION("pacingIntervalMs"), NUMBER("maxActive", 0, 10000),                                     \
    }

static const struct field create_fields[] = FIELDS(true, first_statuses);
static const struct field update_fields[] = FIELDS(false, statuses);

const struct schema sale_create_body = SCHEMA(struct body, create_fields);
const struct schema sale_update_body = SCHEMA(struct body, update_fields);

static const struct field rung_fields[] = {
    FIELD(INT, struct ladder_rung, below, "below", .required = true, .highest = MONEY_MAX),
    FIELD(INT, struct ladder_rung, step, "step", .required = true, .lowest = 1, .highest = MONEY_MAX),
};

static const struct refusal refusals[] = {
    {"sales_check",           VERDICT_INVALID_MESSAGE, "endsAt",       "must not be before startsAt"            },
    {"sales_due_check",       VERDICT_INVALID_MESSAGE, "dueOn",        "must not be before the day of endsAt"   },
    {"sales_terms_check",     VERDICT_INVALID_MESSAGE, "termsVersion", "must be given where there is a termsUrl"},
    {"sales_terms_url_check", VERDICT_INVALID_MESSAGE, "termsUrl",
     "must begin with https://, http:// or /, without spaces"                                                   },
    {NULL,                    VERDICT_OK,              NULL,           NULL                                     },
};

static const struct resource sales = {
    .path = "/api/sales",
    .read = SQL_SALES_READ,
    .missing = VERDICT_NOT_FOUND,
    .refusals = refusals,
};

/* True when the body has no ladder or a good one; else answered. */
static bool ladder_is_good(struct request *request, struct response *response)
{
    const struct body *body = request->body;
    if (body->ladder == NULL)
        return true;
    struct ladder ladder = {0};
    struct field_faults faults = {0};
    const cJSON *rung;
    bool good = true;
    cJSON_ArrayForEach(rung, body->ladder)
    {
        char place[32];
        snprintf(place, sizeof place, "ladder[%d]", ladder.count);
        good &= fields_read_within(rung, place, rung_fields, 2, &ladder.rungs[ladder.count++], &faults);
    }
    if (!good) {
        response_problem(response, request,
                         &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .faults = &faults});
        return false;
    }
    if (ladder_is_valid(&ladder))
        return true;
    response_refuse_field(response, request, "ladder",
                          "ends must rise, only the last be 0 (open), and steps be multiples of the first");
    return false;
}

/* ---- handlers ---- */

void sales_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    int64_t limit;
    struct params params;
    if (!page_begin(request, response, query->after, INT64_MAX, query->limit, &limit, &params))
        return;
    params_text(&params, query->has_status ? statuses[query->status] : NULL);
    params_text(&params, query->q);
    params_bool(&params, request_is_office(request));
    resource_list(request, response, &sales, SQL_SALES_PAGE, &params, limit);
}

void sales_post(struct request *request, struct response *response)
{
    if (ladder_is_good(request, response))
        resource_create(request, response, &sales, SQL_SALE_PLAN);
}

void sale_get(struct request *request, struct response *response)
{
    resource_show(request, response, &sales, request->path_id);
}

void sale_patch(struct request *request, struct response *response)
{
    if (ladder_is_good(request, response))
        resource_update(request, response, &sales, SQL_SALE_UPDATE);
}

void sale_delete(struct request *request, struct response *response)
{
    resource_delete(request, response, &sales, SQL_SALE_DELETE);
}
