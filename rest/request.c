/* The life of a request, and reading its headers. */
#include "rest/request.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct request *request_create(struct service *service, struct MHD_Connection *connection, const char *target)
{
    struct request *request = xcalloc(1, sizeof *request);
    request->service = service;
    request->connection = connection;
    request->began_us = clock_monotonic_us();
    request->target = xstrdup(target);
    request->path = request->target;
    request->query_text = "";
    char *question = strchr(request->target, '?');
    if (question != NULL) {
        *question = '\0';
        request->query_text = question + 1;
    }
    buffer_init(&request->body_text, (size_t)config_int(service->config, "REST_BODY_BYTES"));
    response_init(&request->response);
    return request;
}

void request_destroy(struct request **request)
{
    if (*request == NULL)
        return;
    cJSON_Delete((*request)->body_tree);
    cJSON_Delete((*request)->query_tree);
    free((*request)->body);
    free((*request)->query);
    free((*request)->target);
    buffer_finish(&(*request)->body_text);
    spool_close(&(*request)->spool);
    response_finish(&(*request)->response);
    free(*request);
    *request = NULL;
}

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

struct joined {
    const char *name;
    struct buffer *out;
};

static enum MHD_Result join(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    const struct joined *joined = context;
    if (value == NULL || strcasecmp(name, joined->name) != 0)
        return MHD_YES;
    if (joined->out->size > 0)
        buffer_append_text(joined->out, ",");
    buffer_append_text(joined->out, value);
    return MHD_YES;
}

const char *request_header_list(const struct request *request, const char *name, char *out, size_t room)
{
    struct buffer list;
    buffer_init_fixed(&list, out, room);
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, join,
                              &(struct joined){.name = name, .out = &list});
    return list.failed || list.size == 0 ? "" : list.data;
}

const char *request_cookie(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, name);
}

bool request_is_office(const struct request *request)
{
    return roles_have(ROLES_OFFICE, request->who.role);
}

const char *request_header_text(const struct request *request, const char *name, char *out, size_t room)
{
    const char *value = request_header(request, name);
    if (value == NULL)
        return NULL;
    size_t size = strnlen(value, room - 1);
    for (size_t i = 0; i < size; i++)
        out[i] = value[i] >= 0x20 && value[i] < 0x7f ? value[i] : '?';
    out[size] = '\0';
    return out;
}

/* The characters of RFC 9110 that lie in ASCII; our own tags have no others. */
static bool is_tag(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] < 0x21 || text[i] > 0x7e)
            return false;
    return true;
}

/* A proxy that compresses an answer makes its tag weak on the way out; it names the same version, so W/ is
 * passed over. */
int request_etags(const struct request *request, const char *header, char tags[REQUEST_ETAGS][64])
{
    const char *at = request_header(request, header);
    int count = 0;
    while (at != NULL && *at != '\0' && count < REQUEST_ETAGS) {
        at += strspn(at, " \t,");
        if (*at == '*')
            return -1;
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
        size_t size = end != NULL ? (size_t)(end - at) + 1 : 0;
        if (size == 0 || size >= 64 || !is_tag(at, size))
            break;
        memcpy(tags[count], at, size);
        tags[count++][size] = '\0';
        at += size;
    }
    return count;
}
