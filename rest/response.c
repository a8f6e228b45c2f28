/* Builds answers. The body of a refusal is small by construction: its texts are ours, and what is the
 * client's in it (the path, names of members) is cut. */
#include "rest/response.h"

#include "core/wire/range.h"
#include "rest/request.h"
#include "rest/spool.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSTANCE_MAX 256

void response_init(struct response *response)
{
    *response = (struct response){.status = 500, .file.file = -1};
    buffer_init(&response->body, RESPONSE_BODY_MAX);
}

static void drop_body(struct response *response)
{
    if (response->file.spool != NULL)
        spool_close(&response->file.spool);
    else if (response->file.file >= 0)
        close(response->file.file);
    response->file = (struct response_file){.file = -1};
    free(response->redirect);
    response->redirect = NULL;
}

void response_finish(struct response *response)
{
    drop_body(response);
    buffer_finish(&response->body);
}

void response_header(struct response *response, const char *name, const char *format, ...)
{
    int i = 0;
    while (i < response->header_count && strcmp(response->headers[i].name, name) != 0)
        i++;
    if (i == RESPONSE_HEADERS_MAX)
        abort();
    if (i == response->header_count)
        response->header_count++;
    response->headers[i].name = name;
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(response->headers[i].value, RESPONSE_HEADER_VALUE, format, arguments);
    va_end(arguments);
    if (size < 0 || size >= RESPONSE_HEADER_VALUE)
        abort();
}

struct json response_json_start(struct response *response, int status)
{
    response->status = status;
    response->content_type = "application/json";
    drop_body(response);
    buffer_clear(&response->body);
    return json_start(&response->body);
}

void response_json(struct response *response, int status, const char *json)
{
    response_json_start(response, status);
    buffer_append_text(&response->body, json);
}

void response_empty(struct response *response, int status)
{
    response->status = status;
    response->content_type = NULL;
    drop_body(response);
    buffer_clear(&response->body);
}

/* ---- files ---- */

/* True when the client says that it has this version. */
static bool is_known(const struct request *request, const char *etag)
{
    char tags[REQUEST_ETAGS][64];
    int count = request_etags(request, "If-None-Match", tags);
    for (int i = 0; i < count; i++)
        if (strcmp(tags[i], etag) == 0)
            return true;
    return count < 0;
}

/* A part is of use only to somebody who has the rest of the same version. A date never says that: our files
 * have none. */
static const char *range_wanted(const struct request *request, const char *etag)
{
    const char *condition = request_header(request, "If-Range");
    bool same = condition == NULL || (etag != NULL && strcmp(condition, etag) == 0);
    return same ? request_header(request, "Range") : NULL;
}

static void describe(struct response *response, const struct shown_file *shown)
{
    response->content_type = shown->content_type;
    response_header(response, "X-Content-Type-Options", "nosniff");
    response_header(response, "Content-Security-Policy", "%s",
                    shown->policy != NULL ? shown->policy : "default-src 'none'; sandbox");
    if (shown->filename != NULL)
        response_header(response, "Content-Disposition", "attachment; filename=\"%s\"", shown->filename);
}

void response_file(struct response *response, const struct request *request, const struct shown_file *shown)
{
    response_empty(response, 200);
    int64_t size = shown->spool != NULL ? spool_size(shown->spool) : shown->size;
    response->file = (struct response_file){
        .spool = shown->spool,
        .file = shown->spool != NULL ? spool_file(shown->spool) : shown->file,
    };
    if (shown->cache_control != NULL)
        response_header(response, "Cache-Control", "%s", shown->cache_control);
    if (shown->etag != NULL)
        response_header(response, "ETag", "%s", shown->etag);
    if (shown->etag != NULL && is_known(request, shown->etag)) {
        response_empty(response, 304);
        return;
    }
    if (shown->whole) {
        response->file.size = size;
        describe(response, shown);
        return;
    }
    response_header(response, "Accept-Ranges", "bytes");
    switch (
        range_read(range_wanted(request, shown->etag), size, &response->file.offset, &response->file.size)) {
    case RANGE_WHOLE: break;
    case RANGE_PART:
        response->status = 206;
        response_header(response, "Content-Range", "bytes %" PRId64 "-%" PRId64 "/%" PRId64,
                        response->file.offset, response->file.offset + response->file.size - 1, size);
        break;
    case RANGE_NOWHERE:
        response_refuse(response, request, VERDICT_RANGE_NOT_SATISFIABLE);
        response_header(response, "Content-Range", "bytes */%" PRId64, size);
        response_header(response, "Cache-Control", "no-store");
        return;
    }
    describe(response, shown);
}

void response_bytes(struct response *response, const char *bytes, size_t size, const struct shown_file *shown)
{
    response_empty(response, 200);
    buffer_append(&response->body, bytes, size);
    describe(response, shown);
}

void response_redirect(struct response *response, char *url, const char *cache_control)
{
    response_empty(response, 302);
    response->redirect = url;
    if (cache_control != NULL)
        response_header(response, "Cache-Control", "%s", cache_control);
}

/* ---- refusals ---- */

static void write_faults(struct json *json, const struct field_faults *faults, enum language language)
{
    json_array(json, "errors");
    for (int i = 0; i < faults->count; i++) {
        json_object(json, NULL);
        json_text(json, "field", faults->list[i].field);
        json_text(json, "message",
                  language == LANGUAGE_EN ? faults->list[i].message : faults->list[i].message_ja);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_number_if(struct json *json, const char *name, int64_t value)
{
    if (value != 0)
        json_int(json, name, value);
}

void response_problem(struct response *response, const struct request *request, const struct problem *problem)
{
    const struct verdict_info *info = verdict_info(problem->verdict);
    response->verdict = problem->verdict;
    char type[96];
    snprintf(type, sizeof type, "urn:seri:problem:%s", info->code);

    struct json json = response_json_start(response, info->http_status);
    response->content_type = "application/problem+json";
    json_object(&json, NULL);
    json_text(&json, "type", type);
    json_text(&json, "title", request->language == LANGUAGE_EN ? info->en : info->ja);
    json_int(&json, "status", info->http_status);
    if (problem->detail != NULL)
        json_text(&json, "detail", language_phrase(request->language, problem->detail));
    json_text(&json, "code", info->code);
    json_text_size(&json, "instance", request->path, strnlen(request->path, INSTANCE_MAX));
    json_text(&json, "requestId", request->id);
    if (problem->faults != NULL)
        write_faults(&json, problem->faults, request->language);
    write_number_if(&json, "retryAfterMs", problem->retry_after_ms);
    write_number_if(&json, "minNextBid", problem->min_next_bid);
    write_number_if(&json, "step", problem->step);
    if (problem->available != NULL)
        json_int(&json, "available", *problem->available);
    write_number_if(&json, "seq", problem->seq);
    if (problem->duplicate)
        json_bool(&json, "duplicate", true);
    if (problem->retracted)
        json_bool(&json, "retracted", true);
    json_object_end(&json);

    response_header(response, "Content-Language", "%s", language_name(request->language));
    response_header(response, "Vary", "Accept-Language");
    if (info->http_status == 401)
        response_header(response, "WWW-Authenticate", "Bearer");
    if (info->http_status == 503 && problem->retry_after_ms == 0)
        response_header(response, "Retry-After", "1");
    if (problem->retry_after_ms > 0)
        response_header(response, "Retry-After", "%lld", (long long)(problem->retry_after_ms + 999) / 1000);
}

void response_refuse(struct response *response, const struct request *request, enum verdict verdict)
{
    response_problem(response, request, &(struct problem){.verdict = verdict});
}

void response_refuse_field(struct response *response, const struct request *request, const char *field,
                           const char *format, ...)
{
    va_list arguments;
    struct field_faults faults = {0};
    va_start(arguments, format);
    field_fault_list(&faults, field, format, arguments);
    va_end(arguments);
    response_problem(response, request,
                     &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .faults = &faults});
}
