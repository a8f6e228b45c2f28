/* The gates, in the order in which they stand. Each is a function that either lets the request by or answers
 * it. How often comes before anything that is answered differently for different people, so that nobody can
 * ask faster by asking wrongly; and it comes after who, because that is what is counted. */
#include "rest/gate.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "rest/query.h"
#include "rest/router.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FORWARDED_MAX 1024 /* more than any chain of proxies writes */

void gate_refuse(struct request *request, enum verdict verdict, const char *detail)
{
    response_problem(&request->response, request, &(struct problem){.verdict = verdict, .detail = detail});
}

/* ---- what every answer needs ---- */

static void set_id(struct request *request)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *given = request_header(request, "X-Request-Id");
    size_t size = given != NULL ? strlen(given) : 0;
    if (size > 0 && size < REQUEST_ID_SIZE && strspn(given, allowed) == size)
        memcpy(request->id, given, size + 1);
    else
        uuid_format(uuid_random(), request->id);
}

static enum method method_parse(const char *name)
{
    static const struct {
        const char *name;
        enum method method;
    } methods[] = {
        {"GET",    METHOD_GET   },
        {"HEAD",   METHOD_GET   }, /* the server leaves the body out */
        {"POST",   METHOD_POST  },
        {"PATCH",  METHOD_PATCH },
        {"PUT",    METHOD_PUT   },
        {"DELETE", METHOD_DELETE},
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].method;
    return METHOD_OTHER;
}

void gate_identify(struct request *request, const char *method, const struct sockaddr *peer)
{
    set_id(request);
    char forwarded[FORWARDED_MAX];
    address_of_client(request->service->proxies, peer,
                      request_header_list(request, "X-Forwarded-For", forwarded, sizeof forwarded),
                      request->address);
    address_neighbourhood(request->address, request->neighbourhood);
    request->language = language_preferred(request_header(request, "Accept-Language"));
    request->method_name = method;
    request->method = method_parse(method);
    struct match match;
    router_find(request->method, request->path, &match);
    request->route = match.route;
    request->path_id = match.id;
    request->path_sub_id = match.sub_id;
    request->path_uuid = match.uuid;
}

/* ---- who ---- */

/* True when the claims stand before the database. */
static bool look_up(struct request *request, const struct token_claims *claims, bool *unreadable)
{
    enum role role;
    enum session_state state =
        sessions_look_up(request->service->sessions, request->worker->db, claims->session_id, claims->user_id,
                         clock_monotonic_ms(), &role);
    *unreadable = state == SESSION_UNREADABLE;
    if (state == SESSION_STANDS)
        request->who = (struct identity){claims->user_id, claims->session_id, role};
    return state == SESSION_STANDS;
}

/* Sets request->who. The verdict is OK, UNAUTHENTICATED for a token that is not good, or UNAVAILABLE. */
static enum verdict read_identity(struct request *request)
{
    const char *header = request_header(request, "Authorization");
    if (header == NULL)
        return VERDICT_OK;
    if (strncasecmp(header, "Bearer ", 7) != 0)
        return VERDICT_UNAUTHENTICATED;
    const char *token = header + 7 + strspn(header + 7, " ");
    struct token_claims claims;
    size_t size = strlen(token);
    if (size > TOKEN_SIZE_MAX ||
        token_verify(request->service->keys, token, size, clock_wall_ms() / 1000, &claims) != TOKEN_GOOD)
        return VERDICT_UNAUTHENTICATED;
    bool unreadable;
    if (look_up(request, &claims, &unreadable))
        return VERDICT_OK;
    return unreadable ? VERDICT_UNAVAILABLE : VERDICT_UNAUTHENTICATED;
}

/* ---- how often ---- */

static bool is_unlimited(const struct request *request)
{
    const struct route *route = request->route;
    return route != NULL && (route->flags & ROUTE_UNLIMITED) != 0 &&
           roles_have(route->roles, request->who.role);
}

static void tell_rate(struct request *request, const struct rate_state *state)
{
    response_header(&request->response, "RateLimit-Limit", "%" PRId64, state->limit);
    response_header(&request->response, "RateLimit-Remaining", "%" PRId64, state->remaining);
    response_header(&request->response, "RateLimit-Reset", "%" PRId64, (state->reset_ms + 999) / 1000);
}

/* `quiet`: told of only when it refuses. */
static bool take(struct request *request, enum limit_kind kind, const char *key, bool quiet)
{
    struct rate_state state;
    bool good = limiter_take(request->service->limiter, request->worker->limits, kind, key,
                             clock_monotonic_ms(), &state);
    if (state.limit > 0 && !(good && quiet))
        tell_rate(request, &state);
    if (good)
        return true;
    metrics_add(METER_RATE_LIMITED, kind, 1);
    response_problem(&request->response, request,
                     &(struct problem){.verdict = VERDICT_RATE_LIMITED, .retry_after_ms = state.reset_ms});
    return false;
}

bool gate_take(struct request *request, enum limit_kind kind, const char *key)
{
    return take(request, kind, key, false);
}

/* By account alone comes last, so that who is refused already does not use up what is the owner's as well. */
bool gate_take_account(struct request *request, const char *email)
{
    char account[256], key[sizeof account + ADDRESS_SIZE];
    size_t size = 0;
    for (; email[size] != '\0' && size < sizeof account - 1; size++)
        account[size] = (char)tolower((unsigned char)email[size]);
    account[size] = '\0';
    snprintf(key, sizeof key, "%s\n%s", account, request->neighbourhood);
    return take(request, LIMIT_LOGIN_ADDRESS, request->neighbourhood, true) &&
           take(request, LIMIT_LOGIN, key, true) && take(request, LIMIT_LOGIN_ACCOUNT, account, true);
}

static bool gate_limit(struct request *request)
{
    if (is_unlimited(request))
        return true;
    if (request->who.user_id == 0)
        return gate_take(request, LIMIT_VISITOR, request->neighbourhood);
    char user[24];
    snprintf(user, sizeof user, "%" PRId64, request->who.user_id);
    return gate_take(request, LIMIT_ADDRESS, request->neighbourhood) && gate_take(request, LIMIT_USER, user);
}

/* ---- what ---- */

static bool gate_role(struct request *request)
{
    if (roles_have(request->route->roles, request->who.role))
        return true;
    gate_refuse(request, request->who.user_id == 0 ? VERDICT_UNAUTHENTICATED : VERDICT_FORBIDDEN, NULL);
    return false;
}

/* True when the body says that it is of the type, with or without parameters. */
static bool has_type(const struct request *request, const char *wanted)
{
    const char *type = request_header(request, "Content-Type");
    size_t size = strlen(wanted);
    return type != NULL && strncasecmp(type, wanted, size) == 0 && strchr("; \t", type[size]) != NULL;
}

static bool gate_precondition(struct request *request)
{
    if ((request->route->flags & ROUTE_IF_MATCH) == 0 || request_header(request, "If-Match") != NULL)
        return true;
    gate_refuse(request, VERDICT_PRECONDITION_REQUIRED, NULL);
    return false;
}

static bool gate_form(struct request *request)
{
    if (request->body_too_large) {
        gate_refuse(request, VERDICT_PAYLOAD_TOO_LARGE, NULL);
        return false;
    }
    if (request->body_text.size > 0 &&
        (!has_type(request, "application/json") || request->route->body == NULL)) {
        gate_refuse(request, VERDICT_UNSUPPORTED_MEDIA_TYPE,
                    request->route->body == NULL ? "This takes no body."
                                                 : "The body must be application/json.");
        return false;
    }
    return gate_precondition(request);
}

static bool gate_spooled_form(struct request *request, int64_t length)
{
    if (length > config_int(request->service->config, request->route->spool)) {
        gate_refuse(request, VERDICT_PAYLOAD_TOO_LARGE, NULL);
        return false;
    }
    const char *const *types = request->route->spool_types;
    while (types != NULL && *types != NULL && !has_type(request, *types))
        types++;
    if (length == 0 || types == NULL || *types != NULL)
        return gate_precondition(request);
    gate_refuse(request, VERDICT_UNSUPPORTED_MEDIA_TYPE, NULL);
    return false;
}

static void refuse_faults(struct request *request, const struct field_faults *faults, const char *detail)
{
    response_problem(
        &request->response, request,
        &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .detail = detail, .faults = faults});
}

static bool gate_query(struct request *request)
{
    const struct schema *schema = request->route->query;
    struct field_faults faults = {0};
    request->query = xcalloc(1, schema != NULL ? schema->size : 1);
    request->query_tree = query_parse(request->query_text, schema, &faults);
    if (request->query_tree != NULL &&
        fields_read(request->query_tree, schema != NULL ? schema->fields : NULL,
                    schema != NULL ? schema->count : 0, request->query, &faults))
        return true;
    refuse_faults(request, &faults, "The query has faults.");
    return false;
}

/* A missing body is as {}: the schema says what is missing. */
static bool gate_body(struct request *request)
{
    const struct schema *schema = request->route->body;
    if (schema == NULL)
        return true;
    if (request->body_text.size == 0)
        buffer_append_text(&request->body_text, "{}");
    const char *reason = NULL;
    struct field_faults faults = {0};
    request->body = xcalloc(1, schema->size);
    request->body_tree = json_parse(request->body_text.data, request->body_text.size, &reason);
    if (request->body_tree == NULL) {
        field_fault(&faults, "", "%s", language_phrase(request->language, reason));
        refuse_faults(request, &faults, "The body is not well-formed JSON.");
        return false;
    }
    if (fields_read(request->body_tree, schema->fields, schema->count, request->body, &faults))
        return true;
    refuse_faults(request, &faults, NULL);
    return false;
}

static bool gate_route(struct request *request)
{
    if (request->route != NULL)
        return true;
    struct match match;
    router_find(request->method, request->path, &match);
    if (match.allow[0] != '\0')
        response_header(&request->response, "Allow", "%s", match.allow);
    gate_refuse(request, match.allow[0] != '\0' ? VERDICT_METHOD_NOT_ALLOWED : VERDICT_NOT_FOUND, NULL);
    return false;
}

/* The gates that need nothing but the first line and the headers. */
static bool gate_enter(struct request *request)
{
    unsigned flags = request->route != NULL ? request->route->flags : 0;
    if ((flags & ROUTE_OPEN) == 0) {
        enum verdict identity = read_identity(request);
        if (!gate_limit(request))
            return false;
        if (identity != VERDICT_OK && (flags & ROUTE_ANY_TOKEN) == 0) {
            gate_refuse(request, identity, NULL);
            return false;
        }
    }
    return gate_route(request) && gate_role(request);
}

static bool gate_check(struct request *request)
{
    return request->route->check == NULL || request->route->check(request, &request->response);
}

bool gate_pass(struct request *request)
{
    bool good = gate_enter(request) && gate_form(request) && gate_query(request) && gate_body(request) &&
                gate_check(request);
    if (!good && request->route != NULL && request->route->refused != NULL)
        request->route->refused(request);
    return good;
}

bool gate_pass_spooled(struct request *request, int64_t length)
{
    return gate_enter(request) && gate_spooled_form(request, length) && gate_query(request) &&
           gate_check(request);
}
