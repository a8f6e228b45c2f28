/* What is known of media: kind, caption, order, who may see them, who has seen them. */
#include "rest/routes/media.h"

#include "core/base/log.h"

#include <inttypes.h>
#include <string.h>

#define SWEEP_AT_ONCE 20

const char *const media_kinds[] = {"photo", "video", "xray", "vet_report", "document", NULL};

static const struct refusal refusals[] = {
    {"media_findings_are_private",   VERDICT_INVALID_MESSAGE, "private",
     "X-rays and reports of veterinarians are private"                       },
    {"media_link_is_a_public_video", VERDICT_INVALID_MESSAGE, "private",
     "a link to a video elsewhere cannot be private"                         },
    {NULL,                           VERDICT_OK,              NULL,      NULL},
};

const struct resource media_resource = {
    .path = "/api/media",
    .read = SQL_MEDIA_READ,
    .missing = VERDICT_NOT_FOUND,
    .refusals = refusals,
};

/* ---- reading ---- */

void media_of_horse_get(struct request *request, struct response *response)
{
    PGresult *horse;
    if (!statement_find(request, response, SQL_HORSE_EXISTS, VERDICT_NOT_FOUND, &horse))
        return;
    PQclear(horse);
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int_or_null(&params, request->who.user_id, 0);
    params_bool(&params, request_is_office(request));
    resource_list_rows(request, response, SQL_MEDIA_OF_HORSE, &params, MEDIA_PER_HORSE + 1);
}

void media_get(struct request *request, struct response *response)
{
    resource_show(request, response, &media_resource, request->path_id);
}

struct views_query {
    int64_t limit;
    const char *after;
};

static const struct field views_fields[] = {
    FIELD(INT, struct views_query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct views_query, after, "after", .lowest = 1, .highest = 64),
};

const struct schema media_views_query = SCHEMA(struct views_query, views_fields);

void media_views_get(struct request *request, struct response *response)
{
    const struct views_query *query = request->query;
    int64_t before[2], limit = page_limit(query->limit);
    PGresult *known;
    if (!cursor_read(request, response, query->after, 0, before, 2) ||
        !statement_find(request, response, SQL_MEDIA_VIEWS_KNOWN, VERDICT_NOT_FOUND, &known))
        return;
    PQclear(known);
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, before[0]);
    params_int(&params, limit + 1);
    params_int(&params, before[1]);
    resource_list_rows(request, response, SQL_MEDIA_VIEWS_PAGE, &params, limit);
}

/* ---- making ---- */

void media_show_written(struct request *request, struct response *response, int64_t id, int status)
{
    resource_show(request, response, &media_resource, id);
    if (response->status == 200)
        response->status = status;
    else
        response_refuse(response, request, VERDICT_UNCERTAIN);
}

void media_create(struct request *request, struct response *response, const struct media_row *row)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_text(&params, row->kind);
    params_bool(&params, row->private);
    params_text(&params, row->caption != NULL ? row->caption : "");
    params_int_or_null(&params, row->position, -1);
    params_text(&params, row->link);
    params_text(&params, row->location);
    params_text(&params, row->content_type);
    params_int_or_null(&params, row->size, 0);
    params_bytes(&params, row->digest, 32);
    params_int(&params, row->width);
    params_int(&params, row->height);
    params_int(&params, request->who.user_id);
    params_int(&params, MEDIA_PER_HORSE);
    PGresult *made;
    if (!statement_write(request, response, SQL_MEDIA_CREATE, &params, refusals, &made))
        return;
    if (PQntuples(made) > 0) {
        int64_t id = result_int(made, 0, "id");
        response_header(response, "Location", "/api/media/%" PRId64, id);
        media_show_written(request, response, id, 201);
    } else {
        response_problem(response, request,
                         &(struct problem){.verdict = VERDICT_CONFLICT,
                                           .detail = "The horse is gone, or has as many media as it may."});
    }
    PQclear(made);
}

struct link_body {
    const char *link, *caption;
    int64_t position;
    bool has_position;
};

static const struct field link_fields[] = {
    FIELD(TEXT, struct link_body, link, "link", .required = true, .lowest = 9, .highest = 500),
    FIELD(TEXT, struct link_body, caption, "caption", .highest = 200),
    FIELD(INT, struct link_body, position, "position", .highest = 1000000,
          .present = offsetof(struct link_body, has_position)),
};

const struct schema media_links_body = SCHEMA(struct link_body, link_fields);

/* Only https, only printable ASCII: it becomes an address that people click on. */
static bool is_link(const char *text)
{
    if (strncmp(text, "https://", 8) != 0 || strcspn(text + 8, "/?#") == 0)
        return false;
    for (; *text != '\0'; text++)
        if (*text <= 0x20 || *text >= 0x7f || strchr("\"<>\\^`{|}", *text) != NULL)
            return false;
    return true;
}

void media_links_post(struct request *request, struct response *response)
{
    const struct link_body *body = request->body;
    if (!is_link(body->link)) {
        response_refuse_field(response, request, "link", "want an address that begins with https://");
        return;
    }
    PGresult *horse;
    if (!statement_find(request, response, SQL_HORSE_EXISTS, VERDICT_NOT_FOUND, &horse))
        return;
    PQclear(horse);
    media_create(request, response,
                 &(struct media_row){.kind = media_kinds[MEDIA_VIDEO],
                                     .caption = body->caption,
                                     .position = body->has_position ? body->position : -1,
                                     .link = body->link});
}

/* ---- changing ---- */

struct update_body {
    const char *caption;
    int64_t position;
    bool private;
};

static const struct field update_fields[] = {
    FIELD(TEXT, struct update_body, caption, "caption", .highest = 200),
    FIELD(INT, struct update_body, position, "position", .highest = 1000000),
    FIELD(BOOL, struct update_body, private, "private"),
};

const struct schema media_update_body = SCHEMA(struct update_body, update_fields);

void media_patch(struct request *request, struct response *response)
{
    resource_update(request, response, &media_resource, SQL_MEDIA_UPDATE);
}

void media_delete(struct request *request, struct response *response)
{
    resource_delete(request, response, &media_resource, SQL_MEDIA_DELETE);
    media_sweep(request);
}

struct order_body {
    const cJSON *ids;
};

static const struct field order_fields[] = {
    FIELD(ARRAY, struct order_body, ids, "ids", .required = true, .highest = MEDIA_PER_HORSE),
};

const struct schema media_order_body = SCHEMA(struct order_body, order_fields);

/* False when an element is no id. */
static bool read_ids(const cJSON *array, struct params *params)
{
    params_array(params, ELEMENT_INT, (size_t)cJSON_GetArraySize(array));
    const cJSON *element;
    cJSON_ArrayForEach(element, array)
    {
        int64_t id;
        if (!json_whole(element, 1, JSON_INT_MAX, &id))
            return false;
        params_element_int(params, id);
    }
    return true;
}

void media_order_put(struct request *request, struct response *response)
{
    const struct order_body *body = request->body;
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    if (!read_ids(body->ids, &params)) {
        params_finish(&params);
        response_refuse_field(response, request, "ids", "want ids of media");
        return;
    }
    PGresult *result;
    if (!statement_write(request, response, SQL_MEDIA_ORDER, &params, NULL, &result))
        return;
    const char *outcome = result_text(result, 0, "outcome");
    if (strcmp(outcome, "done") == 0)
        media_of_horse_get(request, response);
    else if (strcmp(outcome, "missing") == 0)
        response_refuse(response, request, VERDICT_NOT_FOUND);
    else
        response_problem(
            response, request,
            &(struct problem){.verdict = VERDICT_CONFLICT,
                              .detail = "The horse has others than these: name each of them once."});
    PQclear(result);
}

/* ---- what is left over ---- */

/* Not the asker's business: a failure is told to the log, and the file is tried again another time. */
static void remove_orphan(struct request *request, const char *location)
{
    struct error error = {0};
    if (!media_store_remove(request->service->media, location, &error)) {
        log_warn("a file of media stays where it is", log_text("reason", error.text));
        return;
    }
    struct params params;
    params_init(&params);
    params_text(&params, location);
    struct db_answer answer = db_run(request->worker->db, SQL_MEDIA_TRASH_FORGET, &params, &error);
    params_finish(&params);
    PQclear(answer.result);
}

void media_sweep(struct request *request)
{
    struct error error = {0};
    struct params params;
    params_init(&params);
    params_int(&params, SWEEP_AT_ONCE);
    struct db_answer answer = db_run(request->worker->db, SQL_MEDIA_TRASH_DUE, &params, &error);
    params_finish(&params);
    int count = answer.outcome == DB_DONE ? PQntuples(answer.result) : 0;
    for (int i = 0; i < count; i++)
        remove_orphan(request, result_text(answer.result, i, "location"));
    PQclear(answer.result);
}
