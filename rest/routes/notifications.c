/* One's own notifications: nobody sees or marks another's. They are written by notify() of the migrations and
 * told live by rest/jobs/notifier.c. */
#include "rest/routes/notifications.h"

#include "rest/resource.h"

#include <stdio.h>
#include <string.h>

/* The rows of notification_kinds. */
static const char *const kinds[] = {"outbid", "lot_soon",      "won",      "sold",         "passed",
                                    "result", "bid_retracted", "reopened", "registration", NULL};

#define KINDS (sizeof kinds / sizeof kinds[0] - 1)

struct query {
    int64_t limit;
    const char *after;
    bool unread;
};

static const struct field query_fields[] = {
    FIELD(INT, struct query, limit, "limit", .lowest = 1, .highest = PAGE_MAX),
    FIELD(TEXT, struct query, after, "after", .lowest = 1, .highest = 64),
    FIELD(BOOL, struct query, unread, "unread"),
};

const struct schema notifications_query = SCHEMA(struct query, query_fields);

struct read_body {
    int64_t up_to;
};

static const struct field read_fields[] = {
    FIELD(INT, struct read_body, up_to, "upTo", .required = true, .lowest = 1, .highest = JSON_INT_MAX),
};

const struct schema notifications_read_body = SCHEMA(struct read_body, read_fields);

struct settings_body {
    const cJSON *items;
};

static const struct field settings_fields[] = {
    FIELD(ARRAY, struct settings_body, items, "items", .required = true, .lowest = 1, .highest = KINDS),
};

const struct schema notification_settings_body = SCHEMA(struct settings_body, settings_fields);

struct setting {
    int kind;
    bool socket, mail;
};

static const struct field setting_fields[] = {
    FIELD(ENUM, struct setting, kind, "kind", .required = true, .names = kinds),
    FIELD(BOOL, struct setting, socket, "socket", .required = true),
    FIELD(BOOL, struct setting, mail, "mail", .required = true),
};

/* ---- reading ---- */

static struct params own_params(const struct request *request)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->who.user_id);
    return params;
}

/* False when it cannot be counted: answered. */
static bool count_unread(struct request *request, struct response *response, int64_t *unread)
{
    struct params params = own_params(request);
    PGresult *rows;
    if (!statement_read(request, response, SQL_NOTIFICATIONS_UNREAD, &params, &rows))
        return false;
    *unread = result_int(rows, 0, "unread");
    PQclear(rows);
    return true;
}

static void write_page(struct response *response, const PGresult *rows, int64_t limit, int64_t unread)
{
    bool more = PQntuples(rows) > limit;
    int count = more ? (int)limit : PQntuples(rows);
    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    json_int(&json, "unread", unread);
    json_array(&json, "items");
    for (int i = 0; i < count; i++) {
        const char *item = result_text(rows, i, "json");
        json_raw(&json, NULL, item, strlen(item));
    }
    json_array_end(&json);
    json_text(&json, "next", more ? result_text(rows, count - 1, "cursor") : NULL);
    json_object_end(&json);
}

void notifications_get(struct request *request, struct response *response)
{
    const struct query *query = request->query;
    int64_t before, unread, limit = page_limit(query->limit);
    if (!cursor_read(request, response, query->after, INT64_MAX, &before, 1) ||
        !count_unread(request, response, &unread))
        return;
    struct params params = own_params(request);
    params_int(&params, before);
    params_int(&params, limit + 1);
    params_bool(&params, query->unread);
    PGresult *rows;
    if (!statement_read(request, response, SQL_NOTIFICATIONS_PAGE, &params, &rows))
        return;
    write_page(response, rows, limit, unread);
    PQclear(rows);
}

/* ---- marking as read ---- */

void notification_read_post(struct request *request, struct response *response)
{
    struct params params = own_params(request);
    params_int(&params, request->path_id);
    PGresult *rows;
    if (!statement_write(request, response, SQL_NOTIFICATION_MARK, &params, NULL, &rows))
        return;
    if (PQntuples(rows) > 0)
        response_empty(response, 204);
    else
        response_refuse(response, request, VERDICT_NOT_FOUND);
    PQclear(rows);
}

void notifications_read_post(struct request *request, struct response *response)
{
    const struct read_body *body = request->body;
    struct params params = own_params(request);
    params_int(&params, body->up_to);
    PGresult *rows;
    if (!statement_write(request, response, SQL_NOTIFICATIONS_MARK, &params, NULL, &rows))
        return;
    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    json_int(&json, "unread", result_int(rows, 0, "unread"));
    json_object_end(&json);
    PQclear(rows);
}

/* ---- settings ---- */

void notification_settings_get(struct request *request, struct response *response)
{
    struct params params = own_params(request);
    PGresult *rows;
    if (!statement_read(request, response, SQL_NOTIFICATION_SETTINGS, &params, &rows))
        return;
    response_json(response, 200, result_text(rows, 0, "json"));
    PQclear(rows);
}

/* Reads the array into `out`; all faults of all elements at once, named "items[2].kind". Returns how many
 * there are, -1 when answered. */
static int read_settings(struct request *request, struct response *response, struct setting out[KINDS])
{
    const struct settings_body *body = request->body;
    struct field_faults all = {0};
    bool seen[KINDS] = {false};
    int count = 0;
    for (const cJSON *item = body->items->child; item != NULL; item = item->next, count++) {
        char place[32];
        snprintf(place, sizeof place, "items[%d]", count);
        bool good = fields_read_within(item, place, setting_fields,
                                       sizeof setting_fields / sizeof setting_fields[0], &out[count], &all);
        if (good && seen[out[count].kind])
            field_fault(&all, "items", "names %s twice", kinds[out[count].kind]);
        if (good)
            seen[out[count].kind] = true;
    }
    if (all.count == 0)
        return count;
    response_problem(response, request,
                     &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .faults = &all});
    return -1;
}

void notification_settings_put(struct request *request, struct response *response)
{
    struct setting settings[KINDS] = {0};
    int count = read_settings(request, response, settings);
    if (count < 0)
        return;
    struct params params = own_params(request);
    params_array(&params, ELEMENT_TEXT, (size_t)count);
    for (int i = 0; i < count; i++)
        params_element_text(&params, kinds[settings[i].kind], strlen(kinds[settings[i].kind]));
    params_array(&params, ELEMENT_INT, (size_t)count);
    for (int i = 0; i < count; i++)
        params_element_int(&params, settings[i].socket);
    params_array(&params, ELEMENT_INT, (size_t)count);
    for (int i = 0; i < count; i++)
        params_element_int(&params, settings[i].mail);
    PGresult *rows;
    if (!statement_write(request, response, SQL_NOTIFICATION_SETTINGS_SET, &params, NULL, &rows))
        return;
    PQclear(rows);
    notification_settings_get(request, response);
}
