/* Of hiredis only the reader of replies is used here, on a uv_tcp_t of our own, not its asynchronous context
 * with the libuv adapter. That pair (0.14.1 on libuv 1.44) cannot be trusted with a Redis that comes and
 * goes:
 *   - a refused connection is never reported. libuv tells it as an error of the poll handle, and
 * stops the handle; the adapter returns early on an error, so neither the connect nor the disconnect callback
 * is ever called;
 *   - redisAsyncConnect resolves the host's name with getaddrinfo(3) on the caller's thread: while a name
 * server is silent the whole loop would stand still;
 *   - a context must not be freed in its connect callback: the library goes on using it;
 *   - nothing bounds what waits to be sent.
 * Here one state tells what is open; memory goes back when the last handle has closed, never inside a
 * callback; a turn's commands leave in one write. */
#include "core/bus/redis_link.h"

#include "core/base/alloc.h"
#include "core/base/buffer.h"
#include "core/base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_MIN_MS  100
#define PAUSE_MAX_MS  2000
#define BEAT_MS       1000
#define SILENT_BEATS  3 /* counted, not timed: a process that was stopped itself does not blame Redis */
#define READ_SIZE     65536
#define UNSENT_MAX    (16 * 1024 * 1024)
#define HEAD_SIZE_MAX 24 /* of "$<size>\r\n" and the "\r\n" behind the argument */
#define REASON_SIZE   160

enum link_state {
    LINK_PAUSING,    /* the timer ends it */
    LINK_RESOLVING,  /* the host's name */
    LINK_CONNECTING, /* from here on tcp is open, the timer beats */
    LINK_GREETING,   /* replies belong to the greeting */
    LINK_READY,      /* replies are the owner's */
    LINK_DROPPING,   /* tcp is being closed; then a pause */
    LINK_CLOSING,    /* everything is being closed; then the memory goes */
};

struct redis_link {
    enum link_state state;
    int open; /* handles and requests that the loop holds and whose callback is still to come; writes are
                 tcp's */
    struct redis_url url;
    struct redis_greeting greeting;
    const char *purpose;
    const struct redis_link_owner *owner;
    void *context;

    uv_loop_t *loop;
    uv_timer_t timer;
    uv_idle_t
        flusher; /* active while there is something to send: runs once, before the loop waits for anything */
    uv_getaddrinfo_t resolve;
    uv_connect_t connect;
    uv_tcp_t tcp;

    unsigned attempts; /* that failed in a row: walks through the host's addresses */
    int pause_ms;
    int silent_beats;
    int greeted; /* steps of the greeting that are answered */
    redisReader *reader;
    struct buffer unsent;
    char reason[REASON_SIZE]; /* of the failure last logged; "": none since it was ready */
    char doom[REASON_SIZE];   /* why the owner gave the connection up */
    char read_memory[READ_SIZE];
};

/* What is being written lives until libuv has written it. */
struct link_write {
    uv_write_t request;
    struct buffer bytes;
};

static void on_timer(uv_timer_t *timer);

static bool has_connection(const struct redis_link *link)
{
    switch (link->state) {
    case LINK_GREETING:
    case LINK_READY: return true;
    case LINK_PAUSING:
    case LINK_RESOLVING:
    case LINK_CONNECTING:
    case LINK_DROPPING:
    case LINK_CLOSING: return false;
    }
    __builtin_unreachable();
}

/* ---- failing and closing ---- */

static void release(struct redis_link *link)
{
    link->open--;
    if (link->state != LINK_CLOSING || link->open > 0)
        return;
    void (*on_closed)(void *) = link->owner->on_closed;
    void *context = link->context;
    buffer_finish(&link->unsent);
    free(link);
    on_closed(context);
}

static void on_handle_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void pause_and_retry(struct redis_link *link)
{
    link->state = LINK_PAUSING;
    uv_timer_start(&link->timer, on_timer, (uint64_t)link->pause_ms, 0);
    link->pause_ms = link->pause_ms * 2 < PAUSE_MAX_MS ? link->pause_ms * 2 : PAUSE_MAX_MS;
}

static void on_tcp_closed(uv_handle_t *handle)
{
    struct redis_link *link = handle->data;
    redisReaderFree(link->reader);
    link->reader = NULL;
    if (link->state == LINK_DROPPING)
        pause_and_retry(link);
    release(link);
}

/* An outage of minutes means hundreds of attempts: each new reason is told once. */
static void log_failure(struct redis_link *link, const char *reason)
{
    if (strncmp(link->reason, reason, REASON_SIZE - 1) == 0)
        return;
    snprintf(link->reason, sizeof link->reason, "%s", reason);
    log_warn("Redis is away", log_text("purpose", link->purpose), log_text("host", link->url.host),
             log_number("port", link->url.port), log_text("reason", link->reason));
}

static void fail(struct redis_link *link, const char *reason)
{
    bool was_ready = link->state == LINK_READY;
    switch (link->state) {
    case LINK_PAUSING:
    case LINK_DROPPING:
    case LINK_CLOSING: return;
    case LINK_RESOLVING:
        log_failure(link, reason);
        pause_and_retry(link);
        return;
    case LINK_CONNECTING:
    case LINK_GREETING:
    case LINK_READY: break;
    }
    link->state = LINK_DROPPING;
    uv_timer_stop(&link->timer);
    uv_idle_stop(&link->flusher);
    buffer_clear(&link->unsent);
    uv_close((uv_handle_t *)&link->tcp, on_tcp_closed);
    link->attempts++;
    log_failure(link, reason);
    if (was_ready)
        link->owner->on_lost(link->context);
}

static void on_doomed(uv_timer_t *timer)
{
    struct redis_link *link = timer->data;
    fail(link, link->doom);
}

void redis_link_abandon(struct redis_link *link, const char *reason)
{
    if (link->state != LINK_READY)
        return;
    snprintf(link->doom, sizeof link->doom, "%s", reason);
    uv_timer_start(&link->timer, on_doomed, 0, 0);
}

void redis_link_close(struct redis_link *link)
{
    switch (link->state) {
    case LINK_RESOLVING: uv_cancel((uv_req_t *)&link->resolve); break;
    case LINK_CONNECTING:
    case LINK_GREETING:
    case LINK_READY: uv_close((uv_handle_t *)&link->tcp, on_tcp_closed); break;
    case LINK_PAUSING:
    case LINK_DROPPING: break;
    case LINK_CLOSING: return;
    }
    link->state = LINK_CLOSING;
    uv_close((uv_handle_t *)&link->timer, on_handle_closed);
    uv_close((uv_handle_t *)&link->flusher, on_handle_closed);
}

/* ---- sending ---- */

static void on_written(uv_write_t *request, int status)
{
    struct link_write *write = (struct link_write *)request;
    struct redis_link *link = request->data;
    buffer_finish(&write->bytes);
    free(write);
    if (status < 0 && has_connection(link))
        fail(link, uv_strerror(status));
}

static void on_flush(uv_idle_t *flusher)
{
    struct redis_link *link = flusher->data;
    uv_idle_stop(flusher);
    struct link_write *write = xmalloc(sizeof *write);
    write->request.data = link;
    write->bytes = link->unsent;
    buffer_init(&link->unsent, UNSENT_MAX);
    uv_buf_t part = uv_buf_init(write->bytes.data, (unsigned)write->bytes.size);
    int result = uv_write(&write->request, (uv_stream_t *)&link->tcp, &part, 1, on_written);
    if (result < 0) {
        buffer_finish(&write->bytes);
        free(write);
        fail(link, uv_strerror(result));
    }
}

/* False, and nothing appended, when it does not fit. */
static bool append_command(struct redis_link *link, int count, const char *const *arguments,
                           const size_t *sizes)
{
    size_t room = UNSENT_MAX - link->unsent.size;
    size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&link->tcp);
    size_t needed = HEAD_SIZE_MAX;
    for (int i = 0; i < count; i++)
        needed += (sizes != NULL ? sizes[i] : strlen(arguments[i])) + HEAD_SIZE_MAX;
    if (queued > room || needed > room - queued)
        return false;

    buffer_append_format(&link->unsent, "*%d\r\n", count);
    for (int i = 0; i < count; i++) {
        size_t size = sizes != NULL ? sizes[i] : strlen(arguments[i]);
        buffer_append_format(&link->unsent, "$%zu\r\n", size);
        buffer_append(&link->unsent, arguments[i], size);
        buffer_append(&link->unsent, "\r\n", 2);
    }
    uv_idle_start(&link->flusher, on_flush);
    return true;
}

bool redis_link_send(struct redis_link *link, int count, const char *const *arguments, const size_t *sizes)
{
    return link->state == LINK_READY && append_command(link, count, arguments, sizes);
}

/* ---- receiving ---- */

static void become_ready(struct redis_link *link)
{
    link->state = LINK_READY;
    link->attempts = 0;
    link->pause_ms = PAUSE_MIN_MS;
    link->reason[0] = '\0';
    log_info("Redis is there", log_text("purpose", link->purpose), log_text("host", link->url.host),
             log_number("port", link->url.port));
    link->owner->on_ready(link->context);
}

static void take_greeting_reply(struct redis_link *link, const redisReply *reply)
{
    const struct redis_greeting_step *step = &link->greeting.steps[link->greeted++];
    if (reply->type == REDIS_REPLY_ERROR) {
        char reason[REASON_SIZE];
        redis_greeting_fault(step, reply->str, reason, sizeof reason);
        if (!step->optional) {
            fail(link, reason);
            return;
        }
        log_info("Redis gives no name", log_text("purpose", link->purpose), log_text("reason", reason));
    }
    if (link->greeted == link->greeting.count)
        become_ready(link);
}

/* A reply may end the connection, or the link: the state is asked again before each. */
static void take_replies(struct redis_link *link)
{
    while (has_connection(link)) {
        void *reply = NULL;
        if (redisReaderGetReply(link->reader, &reply) != REDIS_OK) {
            fail(link, link->reader->errstr);
            return;
        }
        if (reply == NULL)
            return;
        if (link->state == LINK_GREETING)
            take_greeting_reply(link, reply);
        else
            link->owner->on_reply(reply, link->context);
        freeReplyObject(reply);
    }
}

static void on_room_wanted(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    struct redis_link *link = handle->data;
    *out = uv_buf_init(link->read_memory, READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *bytes)
{
    struct redis_link *link = stream->data;
    if (!has_connection(link) || size == 0)
        return;
    if (size < 0) {
        fail(link, size == UV_EOF ? "closed by Redis" : uv_strerror((int)size));
        return;
    }
    link->silent_beats = 0;
    if (redisReaderFeed(link->reader, bytes->base, (size_t)size) != REDIS_OK) {
        fail(link, link->reader->errstr);
        return;
    }
    take_replies(link);
}

/* ---- connecting ---- */

static void on_connected(uv_connect_t *request, int status)
{
    struct redis_link *link = request->data;
    if (link->state != LINK_CONNECTING)
        return;
    if (status < 0) {
        fail(link, uv_strerror(status));
        return;
    }
    uv_tcp_nodelay(&link->tcp, 1);
    uv_read_start((uv_stream_t *)&link->tcp, on_room_wanted, on_read);
    link->state = LINK_GREETING;
    link->greeted = 0;
    for (int i = 0; i < link->greeting.count; i++) {
        const struct redis_greeting_step *step = &link->greeting.steps[i];
        (void)append_command(link, step->count, step->arguments, NULL); /* always fits: it is the first */
    }
}

static void connect_to(struct redis_link *link, const struct sockaddr *address)
{
    link->state = LINK_CONNECTING;
    link->silent_beats = 0;
    link->reader = redisReaderCreate();
    if (link->reader == NULL)
        abort(); /* out of memory */
    uv_tcp_init(link->loop, &link->tcp);
    link->tcp.data = link;
    link->connect.data = link;
    link->open++;
    uv_timer_start(&link->timer, on_timer, BEAT_MS, BEAT_MS);
    int result = uv_tcp_connect(&link->connect, &link->tcp, address, on_connected);
    if (result < 0)
        fail(link, uv_strerror(result));
}

/* A host may have several addresses ("localhost" has ::1 and 127.0.0.1) of which some answer: attempts take
 * them in turn. */
static const struct sockaddr *choose_address(const struct addrinfo *list, unsigned attempts)
{
    unsigned count = 0;
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next)
        count++;
    const struct addrinfo *chosen = list;
    for (unsigned i = attempts % count; i > 0; i--)
        chosen = chosen->ai_next;
    return chosen->ai_addr;
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct redis_link *link = request->data;
    if (link->state == LINK_RESOLVING) {
        if (status < 0 || list == NULL)
            fail(link, status < 0 ? uv_strerror(status) : "the host has no address");
        else
            connect_to(link, choose_address(list, link->attempts));
    }
    uv_freeaddrinfo(list);
    release(link);
}

static void resolve(struct redis_link *link)
{
    char port[12];
    snprintf(port, sizeof port, "%d", link->url.port);
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    link->state = LINK_RESOLVING;
    link->resolve.data = link;
    int result = uv_getaddrinfo(link->loop, &link->resolve, on_resolved, link->url.host, port, &hints);
    if (result < 0)
        fail(link, uv_strerror(result));
    else
        link->open++;
}

static void beat(struct redis_link *link)
{
    link->silent_beats++;
    if (link->silent_beats >= SILENT_BEATS)
        fail(link, "no answer");
    else if (link->state == LINK_READY)
        link->owner->on_quiet(link->context);
}

static void on_timer(uv_timer_t *timer)
{
    struct redis_link *link = timer->data;
    switch (link->state) {
    case LINK_PAUSING: resolve(link); break;
    case LINK_CONNECTING:
    case LINK_GREETING:
    case LINK_READY: beat(link); break;
    case LINK_RESOLVING:
    case LINK_DROPPING:
    case LINK_CLOSING: break;
    }
}

struct redis_link *redis_link_create(uv_loop_t *loop, const struct redis_url *url, const char *name,
                                     const char *purpose, const struct redis_link_owner *owner, void *context)
{
    struct redis_link *link = xcalloc(1, sizeof *link);
    link->loop = loop;
    link->url = *url;
    redis_greeting_make(&link->url, name, &link->greeting);
    link->purpose = purpose;
    link->owner = owner;
    link->context = context;
    link->pause_ms = PAUSE_MIN_MS;
    buffer_init(&link->unsent, UNSENT_MAX);

    uv_timer_init(loop, &link->timer);
    link->timer.data = link;
    uv_idle_init(loop, &link->flusher);
    link->flusher.data = link;
    link->open = 2;
    link->state = LINK_PAUSING;
    uv_timer_start(&link->timer, on_timer, 0, 0);
    return link;
}
