/* Parties, which are the office's own: of a consignor others see the name, with its horses. Who belongs to a
 * party is read with every decision that refuses a bid, and for one that accepts it is at most seconds old.
 */
#include "rest/routes/parties.h"

#include "core/domain/invoice_number.h"
#include "rest/resource.h"

struct query {
    int64_t limit;
    const char *after, *q;
};

static const struct field query_fields[] = {
    FIELD(INT, struct query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct query, after, "after", .lowest = 1, .highest = 64),
    FIELD(TEXT, struct query, q, "q", .lowest = 1, .highest = 100),
};

const struct schema parties_query = SCHEMA(struct query, query_fields);

struct body {
    const char *text, *invoice_number;
};

#define FIELDS(create)                                                                                       \
    {                                                                                                        \
        FIELD(TEXT, struct body, text, "name", .required = (create), .lowest = 1, .highest = 200),           \
            FIELD(TEXT, struct body, text, "postalAddress", .nullable = true, .lowest = 1, .highest = 500),  \
            FIELD(TEXT, struct body, text, "phone", .nullable = true, .lowest = 1, .highest = 50),           \
            FIELD(TEXT, struct body, invoice_number, "invoiceNumber", .nullable = true, .highest = 50),      \
    }

static const struct field create_fields[] = FIELDS(true);
static const struct field update_fields[] = FIELDS(false);

const struct schema party_create_body = SCHEMA(struct body, create_fields);
const struct schema party_update_body = SCHEMA(struct body, update_fields);

static const struct refusal refusals[] = {
    {"parties_name_key",         VERDICT_CONFLICT, NULL, "There is a party of that name."   },
    {"horses_consignor_id_fkey", VERDICT_CONFLICT, NULL, "A horse has it for its consignor."},
    {"party_users_user_id_fkey", VERDICT_CONFLICT, NULL, "There is no such user."           },
    {NULL,                       VERDICT_OK,       NULL, NULL                               },
};

static const struct resource parties = {
    .path = "/api/parties",
    .read = SQL_PARTIES_READ,
    .missing = VERDICT_NOT_FOUND,
    .refusals = refusals,
};

/* True when it is good; else answered. */
static bool body_is_good(struct request *request, struct response *response)
{
    const struct body *body = request->body;
    if (body->invoice_number == NULL || invoice_number_is_valid(body->invoice_number))
        return true;
    response_refuse_field(response, request, "invoiceNumber",
                          "want T and thirteen digits, the first of which is the check digit");
    return false;
}

void parties_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    int64_t limit;
    struct params params;
    if (!page_begin(request, response, query->after, 0, query->limit, &limit, &params))
        return;
    params_text(&params, query->q);
    resource_list(request, response, &parties, SQL_PARTIES_PAGE, &params, limit);
}

void parties_post(struct request *request, struct response *response)
{
    if (body_is_good(request, response))
        resource_create(request, response, &parties, SQL_PARTY_CREATE);
}

void party_get(struct request *request, struct response *response)
{
    resource_show(request, response, &parties, request->path_id);
}

void party_patch(struct request *request, struct response *response)
{
    if (body_is_good(request, response))
        resource_update(request, response, &parties, SQL_PARTY_UPDATE);
}

void party_delete(struct request *request, struct response *response)
{
    resource_delete(request, response, &parties, SQL_PARTY_DELETE);
}

/* Runs a change of who belongs to the party and shows how it stands. */
static void change_users(struct request *request, struct response *response, enum sql_query change)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, request->path_sub_id);
    params_int(&params, request->who.user_id);
    PGresult *changed;
    if (!statement_write(request, response, change, &params, refusals, &changed))
        return;
    if (PQntuples(changed) > 0)
        resource_show(request, response, &parties, request->path_id);
    else
        response_refuse(response, request, VERDICT_NOT_FOUND);
    PQclear(changed);
}

void party_user_put(struct request *request, struct response *response)
{
    change_users(request, response, SQL_PARTY_USER_ADD);
}

void party_user_delete(struct request *request, struct response *response)
{
    change_users(request, response, SQL_PARTY_USER_REMOVE);
}
