/* libwebsockets as a client, on its own poll loop: a handful of sockets need no more. A line is one enum; the
 * library's callbacks move it. Nothing is sent but from its WRITEABLE callback, one message each time. */
#include "deploy/admin/play/lines.h"

#include "core/base/alloc.h"
#include "core/base/buffer.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OUTBOX_MAX = 64,
    MESSAGE_MAX = 1 << 20,
    TURN_US = 100000,
    BEARER_MAX = 1100,
    UNAUTHORIZED = 401,
};

enum line_state { LINE_CLOSED, LINE_OPENING, LINE_OPEN };

struct line {
    struct lines *lines;
    enum line_state state;
    struct lws *wsi; /* the library's; NULL when closed */
    char *token;
    struct buffer inbox; /* the message that is coming in */
    struct {
        char *bytes; /* LWS_PRE bytes of room, then the text */
        size_t size;
    } outbox[OUTBOX_MAX];
    size_t first, count;
};

struct lines {
    struct lws_context *context;
    lws_sorted_usec_list_t turn; /* ends a wait in which nothing happens */
    char *url;                   /* cut into the parts below */
    const char *host, *path;
    int port;
    bool tls;
    struct lines_handlers handlers;
    void *handler_context;
    struct line lines[LINES_MAX];
};

/* A server that is gone without a word is found out by pings. */
static const lws_retry_bo_t keep_alive = {.secs_since_valid_ping = 20, .secs_since_valid_hangup = 40};

static int line_number(const struct line *line)
{
    return (int)(line - line->lines->lines);
}

/* Drops what was to be sent and had been received in part. */
static void empty(struct line *line)
{
    for (; line->count > 0; line->count--) {
        free(line->outbox[line->first].bytes);
        line->first = (line->first + 1) % OUTBOX_MAX;
    }
    buffer_clear(&line->inbox);
    if (line->token != NULL)
        explicit_bzero(line->token, strlen(line->token));
    free(line->token);
    line->token = NULL;
}

static void fall_closed(struct line *line, bool refused)
{
    if (line->state == LINE_CLOSED)
        return;
    line->state = LINE_CLOSED;
    line->wsi = NULL;
    empty(line);
    line->lines->handlers.closed(line->lines->handler_context, line_number(line), refused);
}

/* ---- the library's callbacks ---- */

static int add_token(struct line *line, struct lws *wsi, unsigned char **at, size_t size)
{
    char bearer[BEARER_MAX];
    int length = snprintf(bearer, sizeof bearer, "Bearer %s", line->token);
    int failed = lws_add_http_header_by_name(
        wsi, (const unsigned char *)"authorization:", (const unsigned char *)bearer, length, at, *at + size);
    explicit_bzero(bearer, sizeof bearer);
    return failed;
}

static int take(struct line *line, struct lws *wsi, const char *bytes, size_t size)
{
    buffer_append(&line->inbox, bytes, size);
    if (line->inbox.failed)
        return -1;
    if (lws_remaining_packet_payload(wsi) == 0 && lws_is_final_fragment(wsi)) {
        line->lines->handlers.received(line->lines->handler_context, line_number(line), line->inbox.data,
                                       line->inbox.size);
        buffer_clear(&line->inbox);
    }
    return 0;
}

static int send_one(struct line *line, struct lws *wsi)
{
    if (line->count == 0)
        return 0;
    char *bytes = line->outbox[line->first].bytes;
    size_t size = line->outbox[line->first].size;
    line->first = (line->first + 1) % OUTBOX_MAX;
    line->count--;
    int sent = lws_write(wsi, (unsigned char *)bytes + LWS_PRE, size, LWS_WRITE_TEXT);
    free(bytes);
    if (line->count > 0)
        lws_callback_on_writable(wsi);
    return sent < 0 ? -1 : 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct line *line = user;
    switch ((int)reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: return add_token(line, wsi, in, size);
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        line->state = LINE_OPEN;
        line->wsi = wsi;
        line->lines->handlers.opened(line->lines->handler_context, line_number(line));
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE: return take(line, wsi, in, size);
    case LWS_CALLBACK_CLIENT_WRITEABLE: return send_one(line, wsi);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        fall_closed(line, lws_http_client_http_response(wsi) == UNAUTHORIZED);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED: fall_closed(line, false); return 0;
    default: return 0; /* dozens of reasons that do not concern us */
    }
}

static const struct lws_protocols protocols[] = {
    {"auction.v1", on_event, 0, 8192, 0, NULL, 0},
    {NULL,         NULL,     0, 0,    0, NULL, 0},
};

/* ---- ours ---- */

static bool read_url(struct lines *lines, const char *url)
{
    const char *scheme, *path;
    lines->url = xstrdup(url);
    if (lws_parse_uri(lines->url, &scheme, &lines->host, &lines->port, &path) != 0)
        return false;
    lines->tls = strcmp(scheme, "wss") == 0;
    if (!lines->tls && strcmp(scheme, "ws") != 0)
        return false;
    struct buffer whole; /* lws_parse_uri takes the slash away */
    buffer_init(&whole, 1024);
    buffer_append_format(&whole, "/%s", path);
    lines->path = whole.data;
    return !whole.failed && lines->host[0] != '\0';
}

static void end_turn(lws_sorted_usec_list_t *turn)
{
    struct lines *lines = lws_container_of(turn, struct lines, turn);
    lws_sul_schedule(lines->context, 0, &lines->turn, end_turn, TURN_US);
}

struct lines *lines_create(const char *url, const struct lines_handlers *handlers, void *context,
                           struct error *error)
{
    struct lines *lines = xcalloc(1, sizeof *lines);
    lines->handlers = *handlers;
    lines->handler_context = context;
    for (int i = 0; i < LINES_MAX; i++) {
        lines->lines[i].lines = lines;
        buffer_init(&lines->lines[i].inbox, MESSAGE_MAX);
    }
    if (!read_url(lines, url)) {
        error_set(error, "\"%s\" is no address of a WebSocket, as ws://host:port/ws", url);
        lines_destroy(&lines);
        return NULL;
    }
    lws_set_log_level(0, NULL); /* what matters comes through the callbacks */
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .options = lines->tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
        .retry_and_idle_policy = &keep_alive,
    };
    lines->context = lws_create_context(&info);
    if (lines->context == NULL) {
        error_set(error, "libwebsockets does not start");
        lines_destroy(&lines);
        return NULL;
    }
    end_turn(&lines->turn);
    return lines;
}

void lines_destroy(struct lines **lines)
{
    if (*lines == NULL)
        return;
    for (int i = 0; i < LINES_MAX; i++)
        (*lines)->lines[i].state = LINE_CLOSED; /* nobody is told */
    if ((*lines)->context != NULL) {
        lws_sul_cancel(&(*lines)->turn);
        lws_context_destroy((*lines)->context);
    }
    for (int i = 0; i < LINES_MAX; i++) {
        empty(&(*lines)->lines[i]);
        buffer_finish(&(*lines)->lines[i].inbox);
    }
    free((char *)(*lines)->path);
    free((*lines)->url);
    free(*lines);
    *lines = NULL;
}

void lines_open(struct lines *lines, int number, const char *token)
{
    struct line *line = &lines->lines[number];
    line->state = LINE_OPENING;
    line->token = xstrdup(token);
    struct lws_client_connect_info info = {
        .context = lines->context,
        .address = lines->host,
        .port = lines->port,
        .path = lines->path,
        .host = lines->host,
        .protocol = protocols[0].name,
        .local_protocol_name = protocols[0].name,
        .ssl_connection = lines->tls ? LCCSCF_USE_SSL : 0,
        .userdata = line,
        .pwsi = &line->wsi,
    };
    if (lws_client_connect_via_info(&info) == NULL)
        fall_closed(line, false);
}

bool lines_is_open(const struct lines *lines, int line)
{
    return lines->lines[line].state == LINE_OPEN;
}

bool lines_is_closed(const struct lines *lines, int line)
{
    return lines->lines[line].state == LINE_CLOSED;
}

void lines_send(struct lines *lines, int number, const char *text, size_t size)
{
    struct line *line = &lines->lines[number];
    if (line->state != LINE_OPEN || line->count == OUTBOX_MAX)
        return;
    char *bytes = xmalloc(LWS_PRE + size);
    memcpy(bytes + LWS_PRE, text, size);
    size_t last = (line->first + line->count) % OUTBOX_MAX;
    line->outbox[last].bytes = bytes;
    line->outbox[last].size = size;
    line->count++;
    lws_callback_on_writable(line->wsi);
}

void lines_turn(struct lines *lines)
{
    lws_service(lines->context, 0);
}
