/* Horses: entered by the office, read by everybody. The statements take the body as it came, so the tables
 * here are all that stands between a client and a column: every member that a statement reads has its row. */
#include "rest/routes/horses.h"

#include "rest/resource.h"

const char *const horse_sexes[] = {"male", "female", "gelding", NULL};
const char *const horse_coat_colours[] = {"bay",      "dark_bay",      "brown", "black", "grey",
                                          "chestnut", "dark_chestnut", "white", NULL};

/* ---- reading ---- */

struct query {
    int64_t limit, foaled_year;
    const char *after, *q;
    int sex, coat_colour;
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
};

const struct schema horses_query = SCHEMA(struct query, query_fields);

/* ---- writing ---- */

/* The values go to the statement within the body; what is read here is only checked. */
struct body {
    const char *text;
    int word;
    const cJSON *tree;
};

#define NAME(name, must, null)                                                                               \
    FIELD(TEXT, struct body, text, name, .required = (must), .nullable = (null), .lowest = 1, .highest = 100)
#define FIELDS(create)                                                                                       \
    {                                                                                                        \
        NAME("nameJa", false, true), NAME("nameEn", false, true),                                            \
            FIELD(ENUM, struct body, word, "sex", .required = (create), .names = horse_sexes),               \
            FIELD(ENUM, struct body, word, "coatColour", .required = (create), .names = horse_coat_colours), \
            FIELD(DATE, struct body, text, "foaledOn", .required = (create)),                                \
            NAME("sireJa", (create), false), NAME("sireEn", false, true), NAME("damJa", (create), false),    \
            NAME("damEn", false, true), NAME("damsireJa", false, true), NAME("damsireEn", false, true),      \
            FIELD(OBJECT, struct body, tree, "pedigree"),                                                    \
            FIELD(TEXT, struct body, text, "breeder", .nullable = true, .lowest = 1, .highest = 200),        \
            FIELD(TEXT, struct body, text, "consignor", .nullable = true, .lowest = 1, .highest = 200),      \
            FIELD(TEXT, struct body, text, "disclosures", .highest = 10000),                                 \
            FIELD(TEXT, struct body, text, "notes", .highest = 10000),                                       \
    }

static const struct field create_fields[] = FIELDS(true);
static const struct field update_fields[] = FIELDS(false);

const struct schema horse_create_body = SCHEMA(struct body, create_fields);
const struct schema horse_update_body = SCHEMA(struct body, update_fields);

static const struct resource horses = {
    .path = "/api/horses",
    .read = SQL_HORSES_READ,
    .missing = VERDICT_NOT_FOUND,
};

/* PostgreSQL writes out in full what a few characters ("1e99999") stand for, so a pedigree is free in shape
 * but not in its numbers. */
static bool numbers_are_whole(const cJSON *value)
{
    int64_t number;
    if (cJSON_IsNumber(value))
        return json_whole(value, -JSON_INT_MAX, JSON_INT_MAX, &number);
    for (const cJSON *child = value != NULL ? value->child : NULL; child != NULL; child = child->next)
        if (!numbers_are_whole(child))
            return false;
    return true;
}

/* True when it is good or absent; else answered. */
static bool pedigree_is_good(struct request *request, struct response *response)
{
    const struct body *body = request->body;
    if (numbers_are_whole(body->tree))
        return true;
    response_refuse_field(response, request, "pedigree", "its numbers must be whole and within 2^53");
    return false;
}

/* ---- handlers ---- */

void horses_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    int64_t after, limit = page_limit(query->limit);
    if (!cursor_read(request, response, query->after, 0, &after, 1))
        return;
    struct params params;
    params_init(&params);
    params_int(&params, after);
    params_int(&params, limit + 1);
    params_text(&params, query->q);
    params_text(&params, query->has_sex ? horse_sexes[query->sex] : NULL);
    params_text(&params, query->has_coat_colour ? horse_coat_colours[query->coat_colour] : NULL);
    params_int_or_null(&params, query->foaled_year, 0);
    resource_list(request, response, &horses, SQL_HORSES_PAGE, &params, limit);
}

void horses_post(struct request *request, struct response *response)
{
    if (pedigree_is_good(request, response))
        resource_create(request, response, &horses, SQL_HORSE_CREATE);
}

void horse_get(struct request *request, struct response *response)
{
    resource_show(request, response, &horses, request->path_id);
}

void horse_patch(struct request *request, struct response *response)
{
    if (pedigree_is_good(request, response))
        resource_update(request, response, &horses, SQL_HORSE_UPDATE);
}
