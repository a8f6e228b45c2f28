/* How a request goes: MHD reads the first line (on_uri makes the request), then the headers (first call of
 * on_request), then the body (calls with data), then a last call without data. Only then the gates are passed
 * and the handler runs, here or, with the connection suspended, in a pool (slow.h); the answer is queued when
 * it is whole. Where a body is large (an upload, a catalogue) the gates are passed after the headers, and the
 * body goes into a file that has no name.
 *
 * The path is taken from the first line as it was sent, because MHD decodes it before it shows it. Framing is
 * checked once more here: this version of MHD takes the first of several Content-Length headers and leaves
 * the rest to whoever reads the connection next, which is how requests are smuggled past a proxy. */
#include "rest/server.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "rest/connections.h"
#include "rest/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* A body over the limit is read on to its end, up to this, so that the client reads our answer instead of a
 * reset. */
#define DISCARD_MAX (1u << 20)

/* Of a connection, for its headers: so many that whoever is before us refuses them first, as nginx.conf.in
 * does at 16 KB, in the form of our own refusals. MHD's are pages. */
#define HEADER_MEMORY (128u << 10)

/* MHD's own time-out, of silence, comes after ours, which answers. */
#define SILENCE_AFTER_S 2

struct server {
    struct service *service;
    struct MHD_Daemon *daemon;
    struct connections *connections;
    int64_t timeout_us;
    atomic_int in_flight;
};

/* ---- how long ---- */

static struct connection *connection_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* The rest of the request must be there by then (monotonic, in us). */
static void expect_request(struct request *request, int64_t until_us)
{
    connection_enter(connection_of(request->connection), CONNECTION_REQUEST, until_us / 1000);
}

/* An answer is to be read as fast as the slowest line that we serve. */
static void expect_reader(struct request *request)
{
    const struct config *config = request->service->config;
    const struct response *response = &request->response;
    int64_t size = response->file.file >= 0 ? response->file.size : (int64_t)response->body.size;
    int64_t most_ms = config_int(config, "REST_TIMEOUT_S") * 1000 +
                      size * 1000 / config_int(config, "REST_SLOWEST_BYTES_PER_S");
    struct connection *connection = connection_of(request->connection);
    if (connection_is_last(connection, config_int(config, "REST_KEEPALIVE_REQUESTS")))
        request->response.close = true;
    connection_enter(connection, CONNECTION_ANSWER, clock_monotonic_ms() + most_ms);
}

static void expect_next(struct server *server, struct MHD_Connection *connection)
{
    connection_enter(connection_of(connection), CONNECTION_IDLE,
                     clock_monotonic_ms() + server->timeout_us / 1000);
}

/* ---- answers ---- */

static void log_request(const struct request *request, int64_t duration_us)
{
    const struct route *route = request->route;
    bool quiet = route != NULL && (route->flags & ROUTE_OPEN) != 0 && request->response.status < 500;
    log_write(quiet ? LOG_DEBUG_LEVEL : LOG_INFO_LEVEL, "request",
              LOG_FIELDS(log_text("method", request->method_name),
                         log_text("route", route != NULL ? route->pattern : ""),
                         log_number("status", request->response.status),
                         log_number("durationMs", duration_us / 1000), log_text("requestId", request->id),
                         log_number("userId", request->who.user_id)));
}

/* MHD closes the file that it is given when the answer is out; ours stays with the request. */
static struct MHD_Response *build_file(const struct response_file *file)
{
    int copy = fcntl(file->file, F_DUPFD_CLOEXEC, 0);
    struct MHD_Response *out = NULL;
    if (copy >= 0)
        out = MHD_create_response_from_fd_at_offset64((uint64_t)file->size, copy, (uint64_t)file->offset);
    if (copy >= 0 && out == NULL)
        close(copy);
    return out;
}

static struct MHD_Response *build_body(struct response *response)
{
    if (response->file.file >= 0 && response->file.size > 0)
        return build_file(&response->file);
    if (response->body.size == 0)
        return MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *out =
        MHD_create_response_from_buffer(response->body.size, response->body.data, MHD_RESPMEM_MUST_FREE);
    if (out != NULL)
        buffer_init(&response->body, RESPONSE_BODY_MAX);
    return out;
}

static bool has_header(const struct response *response, const char *name)
{
    for (int i = 0; i < response->header_count; i++)
        if (strcmp(response->headers[i].name, name) == 0)
            return true;
    return false;
}

static struct MHD_Response *build(struct request *request)
{
    struct response *response = &request->response;
    struct MHD_Response *out = build_body(response);
    if (out == NULL)
        return NULL;
    bool good = MHD_add_response_header(out, "X-Request-Id", request->id) == MHD_YES;
    if (!has_header(response, "Cache-Control"))
        good &= MHD_add_response_header(out, "Cache-Control", "no-store") == MHD_YES;
    if (response->content_type != NULL)
        good &= MHD_add_response_header(out, "Content-Type", response->content_type) == MHD_YES;
    if (response->redirect != NULL)
        good &= MHD_add_response_header(out, "Location", response->redirect) == MHD_YES;
    if (response->close || atomic_load(&request->service->draining))
        good &= MHD_add_response_header(out, "Connection", "close") == MHD_YES;
    for (int i = 0; i < response->header_count; i++)
        good &=
            MHD_add_response_header(out, response->headers[i].name, response->headers[i].value) == MHD_YES;
    if (good)
        return out;
    MHD_destroy_response(out);
    return NULL;
}

static enum MHD_Result answer(struct request *request)
{
    if (request->response.body.failed) {
        log_error("an answer is too large", log_text("requestId", request->id));
        response_refuse(&request->response, request, VERDICT_INTERNAL);
    }
    request->stage = REQUEST_ANSWERED;
    int64_t duration_us = clock_monotonic_us() - request->began_us;
    meters_count_request(request->route != NULL ? request->route->group : GROUP_NONE,
                         request->response.status, duration_us);
    log_request(request, duration_us);
    expect_reader(request);
    struct MHD_Response *response = build(request);
    if (response == NULL)
        return MHD_NO;
    enum MHD_Result result =
        MHD_queue_response(request->connection, (unsigned)request->response.status, response);
    MHD_destroy_response(response);
    return result;
}

/* ---- work ---- */

/* The request may be gone as soon as its connection is resumed. */
static void run_slowly(void *context)
{
    struct request *request = context;
    request->worker = worker_of_thread(request->service);
    if ((request->route->flags & (ROUTE_SLOW | ROUTE_REPORT)) == 0)
        db_set_plans(request->worker->db,
                     DB_PLANS_KEPT); /* a thread that only writes, and that goes by key */
    request->route->handler(request, &request->response);
    MHD_resume_connection(request->connection);
}

static enum MHD_Result hand_over(struct request *request, struct slow *pool)
{
    request->stage = REQUEST_SLOW;
    connection_enter(connection_of(request->connection), CONNECTION_WORK, 0);
    MHD_suspend_connection(request->connection);
    if (!slow_submit(pool, run_slowly, request)) {
        gate_refuse(request, VERDICT_UNAVAILABLE, "Too many wait for this already.");
        MHD_resume_connection(request->connection);
    }
    return MHD_YES;
}

static enum MHD_Result handle(struct request *request)
{
    request->worker = worker_of_thread(request->service);
    connection_enter(connection_of(request->connection), CONNECTION_WORK, 0);
    if (!gate_pass(request))
        return answer(request);
    if ((request->route->flags & ROUTE_SLOW) != 0)
        return hand_over(request, request->service->slow);
    if ((request->route->flags & ROUTE_REPORT) != 0)
        return hand_over(request, request->service->reports);
    if (request->method != METHOD_GET)
        return hand_over(request, request->service->writes);
    request->route->handler(request, &request->response);
    return answer(request);
}

/* ---- coming in ---- */

struct framing {
    int lengths;
    bool chunked, unknown_coding;
    bool bad_name; /* "Content-Length " is no name, but somebody before or behind us may take it for one */
    uint64_t length;
};

static enum MHD_Result look_at_header(void *context, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    (void)kind;
    struct framing *framing = context;
    framing->bad_name |= strpbrk(name, " \t\r\n") != NULL;
    if (strcasecmp(name, "Content-Length") == 0) {
        framing->lengths++;
        framing->length = value != NULL ? strtoull(value, NULL, 10) : 0;
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        framing->unknown_coding |= framing->chunked || value == NULL || strcasecmp(value, "chunked") != 0;
        framing->chunked = true;
    }
    return MHD_YES;
}

/* Answered before the body, which makes MHD close the connection afterwards and read nothing more from it. */
static enum MHD_Result refuse_early(struct request *request, enum verdict verdict, const char *detail)
{
    gate_refuse(request, verdict, detail);
    request->response.close = true;
    return answer(request);
}

/* Refused while its body is on the way: what comes is thrown away for a while, so that the client reads our
 * answer instead of a reset. Whoever waits for our word before sending gets the answer at once. */
static enum MHD_Result discard(struct server *server, struct request *request, bool too_much)
{
    spool_close(&request->spool);
    if (too_much || request_header(request, "Expect") != NULL) {
        request->response.close = true;
        return answer(request);
    }
    request->stage = REQUEST_DISCARDING;
    expect_request(request, clock_monotonic_us() + server->timeout_us);
    return MHD_YES;
}

static void refuse_spool(struct request *request, enum spool_result result)
{
    if (result == SPOOL_OVER)
        gate_refuse(request, VERDICT_PAYLOAD_TOO_LARGE, NULL);
    else
        gate_refuse(request, VERDICT_UNAVAILABLE, "There is no room for this at the moment.");
}

/* The gates stand before the body, so that nobody fills the disk who may not. */
static enum MHD_Result begin_spooling(struct server *server, struct request *request,
                                      const struct framing *framing)
{
    const struct config *config = request->service->config;
    int64_t most = config_int(config, request->route->spool);
    bool too_much = framing->length > (uint64_t)most;
    request->worker = worker_of_thread(request->service);
    int64_t length = framing->chunked ? -1 : too_much ? INT64_MAX : (int64_t)framing->length;
    if (!gate_pass_spooled(request, length))
        return discard(server, request, too_much);
    enum spool_result opened =
        spool_open(request->service->spools, length < 0 ? most : length, &request->spool);
    if (opened != SPOOL_GOOD) {
        refuse_spool(request, opened);
        return discard(server, request, too_much);
    }
    request->stage = REQUEST_SPOOLING;
    expect_request(request, request->began_us + config_int(config, "REST_UPLOAD_TIMEOUT_S") * 1000000);
    return MHD_YES;
}

static enum MHD_Result begin(struct server *server, struct request *request, const char *method)
{
    atomic_fetch_add(&server->in_flight, 1);
    metrics_add(METER_IN_FLIGHT, 0, 1);
    request->stage = REQUEST_READING;
    expect_request(request, request->began_us + server->timeout_us);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    gate_identify(request, method, info->client_addr);

    struct framing framing = {0};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, look_at_header, &framing);
    if (framing.lengths > 1 || (framing.lengths > 0 && framing.chunked) || framing.unknown_coding ||
        framing.bad_name)
        return refuse_early(request, VERDICT_INVALID_MESSAGE, "The length of the body is ambiguous.");
    if (request->route != NULL && request->route->spool != NULL)
        return begin_spooling(server, request, &framing);
    if (framing.length > DISCARD_MAX)
        return refuse_early(request, VERDICT_PAYLOAD_TOO_LARGE, NULL);
    return MHD_YES;
}

/* The next piece. MHD_NO closes the connection: the client sends without end. */
static enum MHD_Result read_body(struct request *request, const char *data, size_t *size)
{
    request->body_received += *size;
    if (request->body_received > DISCARD_MAX)
        return MHD_NO;
    buffer_append(&request->body_text, data, *size);
    *size = 0;
    if (request->body_text.failed) {
        request->body_too_large = true;
        buffer_clear(&request->body_text);
    }
    return MHD_YES;
}

static enum MHD_Result read_spooled(struct server *server, struct request *request, const char *data,
                                    size_t *size)
{
    enum spool_result result = spool_append(request->spool, data, *size);
    *size = 0;
    if (result == SPOOL_GOOD)
        return MHD_YES;
    refuse_spool(request, result);
    spool_close(&request->spool);
    request->stage = REQUEST_DISCARDING;
    expect_request(request, clock_monotonic_us() + server->timeout_us);
    return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **cookie)
{
    (void)connection, (void)url, (void)version;
    struct server *server = context;
    struct request *request = *cookie;
    switch (request->stage) {
    case REQUEST_NEW: return begin(server, request, method);
    case REQUEST_READING: return *size > 0 ? read_body(request, data, size) : handle(request);
    case REQUEST_SPOOLING:
        return *size > 0 ? read_spooled(server, request, data, size)
                         : hand_over(request, request->service->uploads);
    case REQUEST_DISCARDING:
        if (*size == 0)
            return answer(request);
        *size = 0;
        return MHD_YES;
    case REQUEST_SLOW: return answer(request);
    case REQUEST_ANSWERED: break;
    }
    *size = 0;
    return MHD_YES;
}

static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct server *server = context;
    struct request *request = request_create(server->service, connection, uri);
    expect_request(request, request->began_us + server->timeout_us);
    return request;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **cookie,
                         enum MHD_RequestTerminationCode code)
{
    (void)code;
    struct server *server = context;
    struct request *request = *cookie;
    if (request == NULL)
        return;
    if (request->stage != REQUEST_ANSWERED)
        metrics_add(METER_ABANDONED, 0, 1);
    if (request->stage != REQUEST_NEW) {
        atomic_fetch_sub(&server->in_flight, 1);
        metrics_add(METER_IN_FLIGHT, 0, -1);
    }
    request_destroy(&request);
    *cookie = NULL;
    expect_next(server, connection);
}

static enum MHD_Result on_accept(void *context, const struct sockaddr *peer, socklen_t size)
{
    (void)size;
    struct server *server = context;
    return connections_admit(server->connections, peer) ? MHD_YES : MHD_NO;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **own,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        connections_remove(server->connections, (struct connection **)own);
        return;
    }
    int socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const struct sockaddr *peer =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    *own =
        connections_add(server->connections, socket, peer, clock_monotonic_ms() + server->timeout_us / 1000);
}

/* What MHD says is about strangers' bytes: of use when one looks for it. */
[[gnu::format(printf, 2, 0)]] static void on_log(void *context, const char *format, va_list arguments)
{
    (void)context;
    char text[256];
    vsnprintf(text, sizeof text, format, arguments);
    log_debug("http", log_text("text", text));
}

/* ---- life ---- */

static unsigned thread_count(const struct config *config)
{
    int64_t threads = config_int(config, "REST_THREADS");
    if (threads == 0)
        threads = 2 * sysconf(_SC_NPROCESSORS_ONLN);
    return threads < 2 ? 2 : (unsigned)threads;
}

static bool resolve(const struct config *config, struct sockaddr_storage *out, struct error *error)
{
    const char *host = config_text(config, "REST_HOST");
    char port[8];
    snprintf(port, sizeof port, "%d", (int)config_int(config, "REST_PORT"));
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    int failure = getaddrinfo(host, port, &hints, &found);
    if (failure != 0) {
        error_set(error, "REST_HOST: %s: %s", host, gai_strerror(failure));
        return false;
    }
    memcpy(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

struct server *server_start(struct service *service, struct error *error)
{
    const struct config *config = service->config;
    struct sockaddr_storage address = {0};
    if (!resolve(config, &address, error))
        return NULL;
    struct server *server = xcalloc(1, sizeof *server);
    server->service = service;
    server->timeout_us = config_int(config, "REST_TIMEOUT_S") * 1000000;
    server->connections =
        connections_create(service->proxies, config_int(config, "LIMIT_CONNECTIONS_PER_ADDRESS"));
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (address.ss_family == AF_INET6)
        flags |= MHD_USE_DUAL_STACK;
    errno = 0;
    server->daemon = MHD_start_daemon(
        flags, (uint16_t)config_int(config, "REST_PORT"), on_accept, server, on_request, server,
        MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_THREAD_POOL_SIZE, thread_count(config), MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)config_int(config, "REST_CONNECTIONS"), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)config_int(config, "REST_TIMEOUT_S") + SILENCE_AFTER_S, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADER_MEMORY, MHD_OPTION_URI_LOG_CALLBACK, on_uri, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_END);
    if (server->daemon != NULL)
        return server;
    error_set(error, "cannot listen on %s port %d: %s", config_text(config, "REST_HOST"),
              (int)config_int(config, "REST_PORT"), strerror(errno));
    connections_destroy(&server->connections);
    free(server);
    return NULL;
}

void server_tend(struct server *server)
{
    connections_sweep(server->connections, clock_monotonic_ms());
}

void server_drain(struct server *server, int64_t wait_ms)
{
    atomic_store(&server->service->draining, true);
    MHD_socket listening = MHD_quiesce_daemon(server->daemon);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
    int64_t until_ms = clock_monotonic_ms() + wait_ms;
    while (atomic_load(&server->in_flight) > 0 && clock_monotonic_ms() < until_ms)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

void server_stop(struct server **server)
{
    if (*server == NULL)
        return;
    MHD_stop_daemon((*server)->daemon);
    connections_destroy(&(*server)->connections);
    free(*server);
    *server = NULL;
}
