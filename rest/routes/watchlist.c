/* One's own lots: those one watches, has bid on, leads, has won. Each is shown as everybody sees it, and
 * beside that what it is to oneself. */
#include "rest/routes/watchlist.h"

#include "rest/resource.h"

#include <string.h>

#define WATCHLIST_MAX 1000

static const char *const relations[] = {"watched", "bid", "leading", "won", NULL};

struct query {
    int64_t limit;
    const char *after;
    int relation;
    bool has_relation;
};

static const struct field my_lots_fields[] = {
    FIELD(INT, struct query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct query, after, "after", .lowest = 1, .highest = 64),
    FIELD(ENUM, struct query, relation, "relation", .names = relations,
          .present = offsetof(struct query, has_relation)),
};

/* The same but for the relation, which is "watched". */
const struct schema my_lots_query = SCHEMA(struct query, my_lots_fields);
const struct schema watchlist_query = {.fields = my_lots_fields,
                                       .count = sizeof my_lots_fields / sizeof my_lots_fields[0] - 1,
                                       .size = sizeof(struct query)};

static bool read_lots(struct request *request, struct response *response, const PGresult *mine, int count,
                      PGresult **lots)
{
    struct params params;
    params_init(&params);
    params_array(&params, ELEMENT_INT, (size_t)count);
    for (int i = 0; i < count; i++)
        params_element_int(&params, result_int(mine, i, "id"));
    params_bool(&params, request_is_office(request));
    return statement_read(request, response, SQL_AUCTIONS_READ, &params, lots);
}

/* Both lists are in the same order; a lot that has just been withdrawn from view is in the first only. */
static void write_page(struct response *response, const PGresult *mine, int count, const PGresult *lots,
                       const char *next)
{
    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    json_array(&json, "items");
    for (int i = 0, lot = 0; i < count && lot < PQntuples(lots); i++) {
        if (result_int(mine, i, "id") != result_int(lots, lot, "id"))
            continue;
        const char *auction = result_text(lots, lot++, "json"), *own = result_text(mine, i, "json");
        json_object(&json, NULL);
        json_raw(&json, "auction", auction, strlen(auction));
        json_raw(&json, "mine", own, strlen(own));
        json_object_end(&json);
    }
    json_array_end(&json);
    json_text(&json, "next", next);
    json_object_end(&json);
}

static void list(struct request *request, struct response *response, const char *relation)
{
    const struct query *query = request->query;
    int64_t after[2], limit = page_limit(query->limit);
    if (!cursor_read(request, response, query->after, 0, after, 2))
        return;
    struct params params;
    params_init(&params);
    params_int(&params, request->who.user_id);
    params_int(&params, after[0]);
    params_int(&params, after[1]);
    params_int(&params, limit + 1);
    params_text(&params, relation);
    params_bool(&params, request_is_office(request));
    PGresult *mine, *lots;
    if (!statement_read(request, response, SQL_MY_LOTS_PAGE, &params, &mine))
        return;
    bool more = PQntuples(mine) > limit;
    int count = more ? (int)limit : PQntuples(mine);
    if (read_lots(request, response, mine, count, &lots)) {
        write_page(response, mine, count, lots, more ? result_text(mine, count - 1, "cursor") : NULL);
        PQclear(lots);
    }
    PQclear(mine);
}

void my_lots_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    list(request, response, query->has_relation ? relations[query->relation] : NULL);
}

void watchlist_get(struct request *request, struct response *response)
{
    list(request, response, "watched");
}

static struct params lot_params(const struct request *request)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->who.user_id);
    params_int(&params, request->path_id);
    return params;
}

void watchlist_put(struct request *request, struct response *response)
{
    struct params params = lot_params(request);
    params_bool(&params, request_is_office(request));
    params_int(&params, WATCHLIST_MAX);
    PGresult *rows;
    if (!statement_write(request, response, SQL_WATCHLIST_ADD, &params, NULL, &rows))
        return;
    if (PQntuples(rows) == 0)
        response_refuse(response, request, VERDICT_AUCTION_NOT_FOUND);
    else if (strcmp(result_text(rows, 0, "outcome"), "full") == 0)
        response_problem(response, request,
                         &(struct problem){.verdict = VERDICT_CONFLICT,
                                           .detail = "A watch list holds a thousand lots at most."});
    else
        response_empty(response, 204);
    PQclear(rows);
}

void watchlist_delete(struct request *request, struct response *response)
{
    struct params params = lot_params(request);
    PGresult *rows;
    if (!statement_write(request, response, SQL_WATCHLIST_REMOVE, &params, NULL, &rows))
        return;
    PQclear(rows);
    response_empty(response, 204);
}
