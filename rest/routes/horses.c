/* Horses: entered by the office, read by everybody. The statements take the body as it came, so the tables
 * here are all that stands between a client and a column: every member that a statement reads has its row. */
#include "rest/routes/horses.h"

#include "core/base/clock.h"
#include "core/domain/money.h"
#include "rest/routes/media.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *const horse_sexes[] = {"male", "female", "gelding", NULL};
const char *const horse_coat_colours[] = {"bay",      "dark_bay",      "brown", "black", "grey",
                                          "chestnut", "dark_chestnut", "white", NULL};

/* ---- reading ---- */

/* Orders that pages come in; one that begins with a minus goes downwards. */
static const char *const sorts[] = {"id", "name", "-name", "foaledOn", "-foaledOn", "-createdAt", NULL};

struct query {
    int64_t limit, foaled_year, consignor_id;
    const char *after, *q, *sire, *dam, *consignor;
    int sex, coat_colour, sort;
    bool has_sex, has_coat_colour;
};

static const struct field query_fields[] = {
    FIELD(INT, struct query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct query, after, "after", .lowest = 1, .highest = 64),
    FIELD(TEXT, struct query, q, "q", .lowest = 1, .highest = 100),
    FIELD(ENUM, struct query, sex, "sex", .names = horse_sexes, .present = offsetof(struct query, has_sex)),
    FIELD(ENUM, struct query, coat_colour, "coatColour", .names = horse_coat_colours,
          .present = offsetof(struct query, has_coat_colour)),
    FIELD(INT, struct query, foaled_year, "foaledYear", .lowest = 1900, .highest = 2200),
    FIELD(TEXT, struct query, sire, "sire", .lowest = 1, .highest = 100),
    FIELD(TEXT, struct query, dam, "dam", .lowest = 1, .highest = 100),
    FIELD(TEXT, struct query, consignor, "consignor", .lowest = 1, .highest = 100),
    FIELD(INT, struct query, consignor_id, "consignorId", .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(ENUM, struct query, sort, "sort", .names = sorts),
};

const struct schema horses_query = SCHEMA(struct query, query_fields);

/* ---- writing ---- */

#define RACES_MAX 150
#define JAPAN_S   (9 * 3600)

/* The values go to the statement within the body; what is read here is only checked. */
struct body {
    const char *text, *foaled_on, *consignor;
    int64_t consignor_id;
    int word;
    const cJSON *pedigree, *race_record;
};

#define NAME(name, must, null)                                                                               \
    FIELD(TEXT, struct body, text, name, .required = (must), .nullable = (null), .lowest = 1, .highest = 100)
#define FIELDS(create, ...)                                                                                  \
    {                                                                                                        \
        __VA_ARGS__ NAME("nameJa", false, true), NAME("nameEn", false, true),                                \
            FIELD(ENUM, struct body, word, "sex", .required = (create), .names = horse_sexes),               \
            FIELD(ENUM, struct body, word, "coatColour", .required = (create), .names = horse_coat_colours), \
            FIELD(DATE, struct body, foaled_on, "foaledOn", .required = (create)),                           \
            NAME("sireJa", (create), false), NAME("sireEn", false, true), NAME("damJa", (create), false),    \
            NAME("damEn", false, true), NAME("damsireJa", false, true), NAME("damsireEn", false, true),      \
            FIELD(OBJECT, struct body, pedigree, "pedigree"),                                                \
            FIELD(ARRAY, struct body, race_record, "raceRecord", .highest = RACES_MAX),                      \
            FIELD(TEXT, struct body, text, "breeder", .nullable = true, .lowest = 1, .highest = 200),        \
            FIELD(INT, struct body, consignor_id, "consignorId", .nullable = true, .lowest = 1,              \
                  .highest = JSON_INT_MAX),                                                                  \
            FIELD(TEXT, struct body, consignor, "consignor", .nullable = true, .lowest = 1, .highest = 200), \
            FIELD(TEXT, struct body, text, "notes", .highest = 10000),                                       \
            FIELD(TEXT, struct body, text, "vetNotes", .highest = 10000),                                    \
    }

/* Disclosures begin with the horse; later they have entries of their own. */
static const struct field create_fields[] =
    FIELDS(true, FIELD(TEXT, struct body, text, "disclosures", .highest = 10000), );
static const struct field update_fields[] = FIELDS(false, );

const struct schema horse_create_body = SCHEMA(struct body, create_fields);
const struct schema horse_update_body = SCHEMA(struct body, update_fields);

static const struct refusal refusals[] = {
    {"horses_pedigree_agrees",   VERDICT_INVALID_MESSAGE, "pedigree",
     "sire, dam and damSire must be those that the horse names"                                  },
    {"horses_consignor_id_fkey", VERDICT_INVALID_MESSAGE, "consignorId", "there is no such party"},
    {"auctions_horse_id_fkey",   VERDICT_CONFLICT,        NULL,          "A lot has this horse." },
    {NULL,                       VERDICT_OK,              NULL,          NULL                    },
};

static const struct resource horses = {
    .path = "/api/horses",
    .read = SQL_HORSES_READ,
    .missing = VERDICT_NOT_FOUND,
    .refusals = refusals,
};

/* ---- what stands in a pedigree and a race record ---- */

struct names {
    const char *text;
};

static const struct field names_fields[] = {
    FIELD(TEXT, struct names, text, "ja", .nullable = true, .lowest = 1, .highest = 100),
    FIELD(TEXT, struct names, text, "en", .nullable = true, .lowest = 1, .highest = 100),
};

/* Three generations: each ancestor under the way that leads to it. */
static const char *const ways[] = {
    "sire",        "dam",         "sireSire",   "sireDam",     "damSire",    "damDam",     "sireSireSire",
    "sireSireDam", "sireDamSire", "sireDamDam", "damSireSire", "damSireDam", "damDamSire", "damDamDam",
};
#define WAYS (sizeof ways / sizeof ways[0])

static const char *const surfaces[] = {"turf", "dirt", "all_weather", "jump", NULL};

struct start {
    const char *text;
    int64_t number;
    int surface;
};

static const struct field start_fields[] = {
    FIELD(DATE, struct start, text, "date", .required = true),
    FIELD(TEXT, struct start, text, "course", .required = true, .lowest = 1, .highest = 50),
    FIELD(TEXT, struct start, text, "race", .required = true, .lowest = 1, .highest = 100),
    FIELD(INT, struct start, number, "distance", .lowest = 100, .highest = 10000),
    FIELD(ENUM, struct start, surface, "surface", .names = surfaces),
    FIELD(TEXT, struct start, text, "going", .nullable = true, .lowest = 1, .highest = 30),
    FIELD(INT, struct start, number, "runners", .nullable = true, .lowest = 1, .highest = 99),
    FIELD(INT, struct start, number, "finish", .nullable = true, .lowest = 1, .highest = 99),
    FIELD(INT, struct start, number, "timeMs", .nullable = true, .lowest = 1, .highest = 3600000),
    FIELD(TEXT, struct start, text, "jockey", .nullable = true, .lowest = 1, .highest = 100),
    FIELD(INT, struct start, number, "prize", .nullable = true, .highest = MONEY_MAX),
};

static bool is_way(const char *name)
{
    for (size_t i = 0; i < WAYS; i++)
        if (strcmp(ways[i], name) == 0)
            return true;
    return false;
}

static void check_pedigree(const cJSON *pedigree, struct field_faults *faults)
{
    const cJSON *ancestor;
    cJSON_ArrayForEach(ancestor, pedigree)
    {
        char place[64];
        snprintf(place, sizeof place, "pedigree.%.30s", ancestor->string);
        struct names names;
        if (is_way(ancestor->string))
            (void)!fields_read_within(ancestor, place, names_fields,
                                      sizeof names_fields / sizeof names_fields[0], &names, faults);
        else
            field_fault(faults, place, "is none of the fourteen ancestors");
    }
}

static void check_race_record(const cJSON *record, struct field_faults *faults)
{
    const cJSON *entry;
    int number = 0;
    cJSON_ArrayForEach(entry, record)
    {
        char place[32];
        snprintf(place, sizeof place, "raceRecord[%d]", number++);
        struct start start;
        (void)!fields_read_within(entry, place, start_fields, sizeof start_fields / sizeof start_fields[0],
                                  &start, faults);
    }
}

/* Japan's day; days written alike compare as texts do. */
static bool is_in_future(const char *day)
{
    char today[sizeof "2025-03-09"];
    time_t seconds = (time_t)(clock_wall_ms() / 1000) + JAPAN_S;
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(today, sizeof today, "%F", &parts);
    return strcmp(day, today) > 0;
}

/* True when it is good; else answered. */
static bool body_is_good(struct request *request, struct response *response)
{
    const struct body *body = request->body;
    struct field_faults faults = {0};
    check_pedigree(body->pedigree, &faults);
    check_race_record(body->race_record, &faults);
    if (body->foaled_on != NULL && is_in_future(body->foaled_on))
        field_fault(&faults, "foaledOn", "is a day in the future");
    if (body->consignor != NULL && body->consignor_id != 0)
        field_fault(&faults, "consignorId", "name the consignor by either consignor or consignorId");
    if (faults.count == 0)
        return true;
    response_problem(response, request,
                     &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .faults = &faults});
    return false;
}

/* ---- handlers ---- */

void horses_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    int64_t limit;
    struct params params;
    if (!page_begin(request, response, query->after, 0, query->limit, &limit, &params))
        return;
    const char *sort = sorts[query->sort];
    bool down = sort[0] == '-';
    params_text(&params, query->q);
    params_text(&params, query->has_sex ? horse_sexes[query->sex] : NULL);
    params_text(&params, query->has_coat_colour ? horse_coat_colours[query->coat_colour] : NULL);
    params_int_or_null(&params, query->foaled_year, 0);
    params_text(&params, query->sire);
    params_text(&params, query->dam);
    params_text(&params, query->consignor);
    params_int_or_null(&params, query->consignor_id, 0);
    if (query->sort == 0) {
        resource_list(request, response, &horses, SQL_HORSES_PAGE, &params, limit);
        return;
    }
    params_text(&params, sort + down);
    params_bool(&params, down);
    resource_list(request, response, &horses, SQL_HORSES_PAGE_SORTED, &params, limit);
}

void horses_post(struct request *request, struct response *response)
{
    if (body_is_good(request, response))
        resource_create(request, response, &horses, SQL_HORSE_CREATE);
}

void horse_get(struct request *request, struct response *response)
{
    resource_show(request, response, &horses, request->path_id);
}

void horse_patch(struct request *request, struct response *response)
{
    if (body_is_good(request, response))
        resource_update(request, response, &horses, SQL_HORSE_UPDATE);
}

void horse_delete(struct request *request, struct response *response)
{
    resource_delete(request, response, &horses, SQL_HORSE_DELETE);
    media_sweep(request);
}
