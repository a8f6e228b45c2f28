/* A write is followed by the read that everybody uses, so JSON has one source. If that read fails the write
 * has happened all the same, hence UNCERTAIN and not "nothing was recorded". */
#include "rest/resource.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool read_rows(struct request *request, struct response *response, const struct resource *resource,
                      const int64_t *ids, size_t count, PGresult **out)
{
    struct params params;
    params_init(&params);
    params_array(&params, ELEMENT_INT, count);
    for (size_t i = 0; i < count; i++)
        params_element_int(&params, ids[i]);
    params_bool(&params, request_is_office(request));
    return statement_read(request, response, resource->read, &params, out);
}

static bool show(struct request *request, struct response *response, const struct resource *resource,
                 int64_t id, int status)
{
    PGresult *result;
    if (!read_rows(request, response, resource, &id, 1, &result))
        return false;
    if (PQntuples(result) == 0) {
        response_refuse(response, request, resource->missing);
    } else {
        response_json(response, status, result_text(result, 0, "json"));
        response_header(response, "ETag", "%s", result_text(result, 0, "etag"));
    }
    PQclear(result);
    return true;
}

void resource_show(struct request *request, struct response *response, const struct resource *resource,
                   int64_t id)
{
    (void)show(request, response, resource, id, 200);
}

/* Every row's `json`, then where the next page begins. */
static void write_page(struct response *response, const PGresult *rows, int count, const char *next)
{
    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    json_array(&json, "items");
    for (int i = 0; i < count; i++) {
        const char *item = result_text(rows, i, "json");
        json_raw(&json, NULL, item, strlen(item));
    }
    json_array_end(&json);
    json_text(&json, "next", next);
    json_object_end(&json);
}

void resource_list(struct request *request, struct response *response, const struct resource *resource,
                   enum sql_query page, struct params *params, int64_t limit)
{
    PGresult *found, *rows;
    if (!statement_read(request, response, page, params, &found))
        return;
    int64_t ids[PAGE_MAX];
    bool more = PQntuples(found) > limit;
    int count = more ? (int)limit : PQntuples(found);
    for (int i = 0; i < count; i++)
        ids[i] = result_int(found, i, "id");
    if (read_rows(request, response, resource, ids, (size_t)count, &rows)) {
        write_page(response, rows, PQntuples(rows), more ? result_text(found, count - 1, "cursor") : NULL);
        PQclear(rows);
    }
    PQclear(found);
}

void resource_list_rows(struct request *request, struct response *response, enum sql_query page,
                        struct params *params, int64_t limit)
{
    PGresult *rows;
    if (!statement_read(request, response, page, params, &rows))
        return;
    bool more = PQntuples(rows) > limit;
    int count = more ? (int)limit : PQntuples(rows);
    write_page(response, rows, count, more ? result_text(rows, count - 1, "cursor") : NULL);
    PQclear(rows);
}

void resource_show_written(struct request *request, struct response *response,
                           const struct resource *resource, int64_t id, int status)
{
    if (!show(request, response, resource, id, status))
        response_refuse(response, request, VERDICT_UNCERTAIN);
}

void resource_create_from(struct request *request, struct response *response, const struct resource *resource,
                          enum sql_query create, struct params *params)
{
    PGresult *made;
    if (!statement_write(request, response, create, params, resource->refusals, &made))
        return;
    int64_t id = result_int(made, 0, "id");
    PQclear(made);
    response_header(response, "Location", "%s/%" PRId64, resource->path, id);
    resource_show_written(request, response, resource, id, 201);
}

void resource_create(struct request *request, struct response *response, const struct resource *resource,
                     enum sql_query create)
{
    struct params params;
    params_init(&params);
    params_text_size(&params, request->body_text.data, request->body_text.size);
    resource_create_from(request, response, resource, create, &params);
}

bool resource_outcome_done(struct request *request, struct response *response, enum verdict missing,
                           const PGresult *result)
{
    const char *outcome = result_text(result, 0, "outcome");
    if (strcmp(outcome, "done") == 0)
        return true;
    bool explained = PQfnumber(result, "detail") >= 0;
    struct problem problem = {.verdict = VERDICT_COMMAND_NOT_ALLOWED,
                              .detail = explained ? result_text(result, 0, "detail") : NULL};
    if (strcmp(outcome, "missing") == 0)
        problem = (struct problem){.verdict = missing};
    else if (strcmp(outcome, "stale") == 0)
        problem = (struct problem){.verdict = VERDICT_PRECONDITION_FAILED};
    response_problem(response, request, &problem);
    return false;
}

void resource_tags(const struct request *request, struct params *params)
{
    char tags[REQUEST_ETAGS][64];
    int count = request_etags(request, "If-Match", tags);
    params_array(params, ELEMENT_TEXT, count < 0 ? 0 : (size_t)count);
    for (int i = 0; i < count; i++)
        params_element_text(params, tags[i], strlen(tags[i]));
    params_bool(params, count < 0);
}

void resource_update(struct request *request, struct response *response, const struct resource *resource,
                     enum sql_query update)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_text_size(&params, request->body_text.data, request->body_text.size);
    resource_tags(request, &params);
    params_int(&params, request->who.user_id);
    PGresult *changed;
    if (!statement_write(request, response, update, &params, resource->refusals, &changed))
        return;
    if (resource_outcome_done(request, response, resource->missing, changed) &&
        !show(request, response, resource, request->path_id, 200))
        response_refuse(response, request, VERDICT_UNCERTAIN);
    PQclear(changed);
}

void resource_delete(struct request *request, struct response *response, const struct resource *resource,
                     enum sql_query remove)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    resource_tags(request, &params);
    params_int(&params, request->who.user_id);
    PGresult *gone;
    if (!statement_write(request, response, remove, &params, resource->refusals, &gone))
        return;
    if (resource_outcome_done(request, response, resource->missing, gone))
        response_empty(response, 204);
    PQclear(gone);
}

int64_t page_limit(int64_t asked)
{
    return asked == 0 ? PAGE_DEFAULT : asked;
}

bool cursor_read(struct request *request, struct response *response, const char *text, int64_t start,
                 int64_t *parts, int count)
{
    for (int i = 0; i < count; i++)
        parts[i] = start;
    if (text == NULL)
        return true;
    for (int i = 0; i < count; i++) {
        size_t digits = strspn(text, "0123456789");
        char end = i + 1 < count ? '.' : '\0';
        if (digits == 0 || digits > 18 || text[digits] != end) {
            response_refuse_field(response, request, "after", "is not a cursor of this list");
            return false;
        }
        parts[i] = strtoll(text, NULL, 10);
        text += digits + 1;
    }
    return true;
}

bool page_begin(struct request *request, struct response *response, const char *after, int64_t start,
                int64_t asked, int64_t *limit, struct params *params)
{
    int64_t place;
    if (!cursor_read(request, response, after, start, &place, 1))
        return false;
    *limit = page_limit(asked);
    params_init(params);
    params_int(params, place);
    params_int(params, *limit + 1);
    return true;
}
