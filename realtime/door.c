/* Everybody who has connected is a stranger until the head of a request is there. Strangers stand in a list
 * in the order they came, so the oldest are the first to run out of time, and the first to make room when too
 * many stand about. What the socket does not take at once, of an answer or of a handshake, waits with its
 * stranger, under the same time.
 *
 * A handshake of TLS costs a millisecond, and after a neighbour's end hundreds come at once; in between those
 * who are in already want to bid. So in a turn a few go on, and the others' bytes stay with the kernel, which
 * tells of them again in the next, in the order they came. */
#include "realtime/door.h"

#include "core/base/alloc.h"
#include "core/base/buffer.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "realtime/tls.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,
    ACCEPTS = 64,   /* a turn */
    HANDSHAKES = 4, /* steps of them, a turn */
    STRANGERS_MAX = 4096,
    LOOK_MS = 1000,      /* how often it is looked at who has run out of time; or more often */
    ANSWER_MAX = 262144, /* bytes */
    OUT_MAX = 294912,    /* the same sealed, behind a handshake */
    SEND_BUFFER = 65536, /* of the kernel's for a client: what lies there is lost to the rooms' cursors */
};

/* A stranger's life:
 *
 *   ASKING    its request is awaited; with TLS, the handshake before it
 *   ANSWERED  nothing is read any more; it goes when the answer is out */
enum stranger_state { STRANGER_ASKING, STRANGER_ANSWERED };

struct stranger {
    struct door *door;
    struct stranger *next, *previous;
    uv_poll_t poll;
    int socket;
    int64_t since_ms;
    struct sockaddr_storage peer;
    enum stranger_state state;
    bool silent;       /* it has said by TLS that nothing more will come */
    struct tls *tls;   /* owned; NULL: in clear, or nothing has come yet */
    struct buffer in;  /* clear */
    struct buffer out; /* for the socket; not empty: nothing is read until it is */
};

struct door {
    struct door_options options;
    int socket; /* -1: shut */
    uv_poll_t poll;
    uv_timer_t timer;
    int handles;               /* of the door itself that the loop still holds */
    int handshakes;            /* steps that may still be taken this turn */
    struct stranger strangers; /* head of the circular list, oldest first */
    int count;
};

/* ---- listening ---- */

static void set_option(int socket, int level, int option, int value)
{
    setsockopt(socket, level, option, &value, sizeof value); /* without it, it still works */
}

/* Options are the listener's; what it accepts inherits them. */
static int open_listener(const struct addrinfo *address, struct error *error)
{
    int listener = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) {
        error_set(error, "cannot make a socket: %s", strerror(errno));
        return -1;
    }
    set_option(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(listener, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
    set_option(listener, IPPROTO_TCP, TCP_NODELAY, 1);
    if (bind(listener, address->ai_addr, address->ai_addrlen) != 0 || listen(listener, BACKLOG) != 0) {
        error_set(error, "%s", strerror(errno));
        close(listener);
        return -1;
    }
    return listener;
}

static int listen_at(const char *host, int64_t port, struct error *error)
{
    char service[16];
    struct buffer text;
    buffer_init_fixed(&text, service, sizeof service);
    buffer_append_format(&text, "%d", (int)port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    int result = getaddrinfo(host, service, &hints, &found);
    if (result != 0) {
        error_set(error, "cannot listen on %s:%d: %s", host, (int)port, gai_strerror(result));
        return -1;
    }
    int listener = open_listener(found, error);
    if (listener < 0)
        error_prefix(error, "cannot listen on %s:%d", host, (int)port);
    freeaddrinfo(found);
    return listener;
}

/* ---- strangers ---- */

static void on_stranger_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* Takes the stranger off the list and its socket off the loop; the socket is the caller's. */
static int stranger_dismiss(struct stranger *stranger)
{
    stranger->next->previous = stranger->previous;
    stranger->previous->next = stranger->next;
    stranger->door->count--;
    buffer_finish(&stranger->in);
    buffer_finish(&stranger->out);
    tls_destroy(&stranger->tls);
    uv_close((uv_handle_t *)&stranger->poll, on_stranger_closed);
    return stranger->socket;
}

static void stranger_close(struct stranger *stranger)
{
    close(stranger_dismiss(stranger));
}

static void count_out(struct stranger *stranger, enum door_reason reason)
{
    const struct door_options *options = &stranger->door->options;
    if (options->put_out != NULL)
        options->put_out(reason, options->context);
}

static void put_out(struct stranger *stranger, enum door_reason reason)
{
    count_out(stranger, reason);
    stranger_close(stranger);
}

/* ---- answers ---- */

static void on_stranger(uv_poll_t *poll, int status, int events);

/* Sends what there is. True when all of it is out and the stranger goes on asking; else it is gone, or waits
 * for its socket. */
static bool send_out(struct stranger *stranger)
{
    ssize_t sent = 0;
    if (stranger->out.size > 0)
        sent = send(stranger->socket, stranger->out.data, stranger->out.size, MSG_NOSIGNAL);
    bool later = sent < 0 && (errno == EAGAIN || errno == EINTR);
    if (sent > 0)
        buffer_consume(&stranger->out, (size_t)sent);
    bool all = stranger->out.size == 0;
    if ((sent < 0 && !later) || (all && stranger->state == STRANGER_ANSWERED)) {
        stranger_close(stranger);
        return false;
    }
    uv_poll_start(&stranger->poll, all ? UV_READABLE : UV_WRITABLE, on_stranger);
    return all;
}

/* The answer's memory is taken over. */
static void begin_answer(struct stranger *stranger, struct buffer *answer)
{
    struct buffer *out = &stranger->out;
    bool good = !answer->failed;
    stranger->state = STRANGER_ANSWERED;
    if (stranger->tls == NULL) {
        *out = *answer;
    } else {
        good = good && tls_send(stranger->tls, answer->data, answer->size, out);
        tls_end(stranger->tls, out);
        buffer_finish(answer);
    }
    if (good && !out->failed)
        send_out(stranger);
    else
        stranger_close(stranger);
}

void stranger_answer(struct stranger *stranger, int status, const char *type, const char *header,
                     const char *body, size_t size)
{
    struct buffer answer;
    buffer_init(&answer, ANSWER_MAX);
    http_answer_write(&answer, status, type, header, body, size);
    begin_answer(stranger, &answer);
}

void stranger_refuse(struct stranger *stranger, const struct refusal *refusal)
{
    struct buffer answer;
    buffer_init(&answer, ANSWER_MAX);
    http_answer_refuse(&answer, refusal);
    begin_answer(stranger, &answer);
}

void *stranger_context(const struct stranger *stranger)
{
    return stranger->door->options.context;
}

const struct sockaddr *stranger_peer(const struct stranger *stranger)
{
    return (const struct sockaddr *)&stranger->peer;
}

int stranger_hand_over(struct stranger *stranger, size_t used, struct buffer *behind, struct tls **tls)
{
    buffer_append(behind, stranger->in.data + used, stranger->in.size - used);
    *tls = stranger->tls;
    stranger->tls = NULL;
    return stranger_dismiss(stranger);
}

static void take_head(struct stranger *stranger, const struct http_head *head, size_t used)
{
    static const struct refusal only_get = {405, "METHOD_NOT_ALLOWED", "Only GET is answered here.",
                                            "Allow: GET\r\n"};
    static const struct refusal not_found = {404, "NOT_FOUND", "There is nothing here by that name.", NULL};
    if (head->method.size != 3 || memcmp(head->method.at, "GET", 3) != 0) {
        stranger_refuse(stranger, &only_get);
        return;
    }
    const struct door_options *options = &stranger->door->options;
    for (size_t i = 0; i < options->place_count; i++) {
        const struct door_place *place = &options->places[i];
        size_t size = strlen(place->path);
        bool fits = place->below ? head->path.size > size : head->path.size == size;
        if (fits && memcmp(head->path.at, place->path, size) == 0) {
            place->answer(stranger, head, used);
            return;
        }
    }
    stranger_refuse(stranger, &not_found);
}

/* ---- reading ---- */

/* Looks whether the head is there. */
static void judge_in(struct stranger *stranger)
{
    static const struct refusal bad = {400, "INVALID_MESSAGE", "This is no HTTP/1.1 request.", NULL};
    struct http_head head;
    size_t used;
    enum http_result result = HTTP_MORE;
    if (stranger->in.failed)
        result = HTTP_BAD;
    else if (stranger->in.size > 0)
        result = http_head_read(stranger->in.data, stranger->in.size, &head, &used);
    switch (result) {
    case HTTP_MORE:
        if (stranger->silent)
            stranger_close(stranger);
        return;
    case HTTP_HEAD: take_head(stranger, &head, used); return;
    case HTTP_BAD: stranger_refuse(stranger, &bad); return;
    }
}

/* No TLS, for that begins with a byte of 22, but a method of HTTP. */
static bool is_http_in_clear(char first)
{
    return first >= 'A' && first <= 'Z';
}

/* TLS has found a fault, and has told the client which, if it could. */
static void fail_tls(struct stranger *stranger)
{
    log_debug("a connection failed at TLS", log_text("reason", tls_reason(stranger->tls)));
    count_out(stranger, DOOR_TLS);
    stranger->state = STRANGER_ANSWERED;
    send_out(stranger);
}

/* Takes bytes that came over TLS. True when what is clear in them may be looked at now: the client has its
 * part of the handshake, if there was one for it. */
static bool open_sealed(struct stranger *stranger, const char *bytes, size_t size)
{
    static const struct refusal no_tls = {400, "INVALID_MESSAGE",
                                          "This port speaks TLS: ask it by https or wss.", NULL};
    const struct door_options *options = &stranger->door->options;
    if (stranger->tls == NULL && is_http_in_clear(bytes[0])) {
        count_out(stranger, DOOR_TLS);
        stranger_refuse(stranger, &no_tls);
        return false;
    }
    if (stranger->tls == NULL)
        stranger->tls = tls_create(options->tls);
    switch (tls_receive(stranger->tls, bytes, size, &stranger->in, &stranger->out)) {
    case TLS_GOES_ON: break;
    case TLS_ENDED: stranger->silent = true; break;
    case TLS_BROKEN: fail_tls(stranger); return false;
    }
    return stranger->out.size == 0 || send_out(stranger);
}

static void read_stranger(struct stranger *stranger)
{
    char bytes[HTTP_HEAD_MAX];
    ssize_t got = recv(stranger->socket, bytes, sizeof bytes, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        stranger_close(stranger);
        return;
    }
    bool clear = stranger->door->options.tls == NULL;
    if (clear)
        buffer_append(&stranger->in, bytes, (size_t)got);
    if (clear || open_sealed(stranger, bytes, (size_t)got))
        judge_in(stranger);
}

/* False while what the stranger sends is to wait for another turn. */
static bool take_turn(struct stranger *stranger)
{
    struct door *door = stranger->door;
    bool greeted = door->options.tls == NULL || (stranger->tls != NULL && tls_is_greeted(stranger->tls));
    return greeted || door->handshakes-- > 0;
}

void door_turn(struct door *door)
{
    door->handshakes = HANDSHAKES;
}

static void on_stranger(uv_poll_t *poll, int status, int events)
{
    struct stranger *stranger = poll->data;
    (void)events;
    if (status < 0) {
        stranger_close(stranger);
    } else if (stranger->out.size > 0) {
        if (send_out(stranger))
            judge_in(stranger);
    } else if (take_turn(stranger)) {
        read_stranger(stranger);
    }
}

/* ---- arriving ---- */

static void welcome(struct door *door, int socket, const struct sockaddr_storage *from)
{
    if (door->count == STRANGERS_MAX)
        put_out(door->strangers.next, DOOR_CROWD);
    struct stranger *stranger = xcalloc(1, sizeof *stranger);
    stranger->door = door;
    stranger->socket = socket;
    stranger->since_ms = clock_monotonic_ms();
    stranger->peer = *from;
    buffer_init(&stranger->in, DOOR_AHEAD_MAX);
    buffer_init(&stranger->out, OUT_MAX);
    if (uv_poll_init(door->options.loop, &stranger->poll, socket) != 0) {
        close(socket);
        free(stranger);
        return;
    }
    stranger->poll.data = stranger;
    stranger->next = &door->strangers;
    stranger->previous = door->strangers.previous;
    stranger->next->previous = stranger->previous->next = stranger;
    door->count++;
    uv_poll_start(&stranger->poll, UV_READABLE, on_stranger);
}

static void on_knock(uv_poll_t *poll, int status, int events)
{
    struct door *door = poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS; i++) {
        struct sockaddr_storage from = {0};
        socklen_t size = sizeof from;
        int socket = accept4(door->socket, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket >= 0) {
            welcome(door, socket, &from);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            log_warn("no connection can be accepted at the moment", log_text("reason", strerror(errno)));
            uv_poll_stop(&door->poll); /* the next look starts it again */
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

static void on_look(uv_timer_t *timer)
{
    struct door *door = timer->data;
    int64_t now_ms = clock_monotonic_ms();
    while (door->count > 0 && now_ms - door->strangers.next->since_ms >= door->options.patience_ms)
        put_out(door->strangers.next, DOOR_TIMEOUT);
    if (door->socket >= 0)
        uv_poll_start(&door->poll, UV_READABLE, on_knock);
}

struct door *door_create(const struct door_options *options, struct error *error)
{
    int listener = listen_at(options->host, options->port, error);
    if (listener < 0)
        return NULL;
    struct door *door = xcalloc(1, sizeof *door);
    door->options = *options;
    door->socket = listener;
    door->strangers.next = door->strangers.previous = &door->strangers;
    uv_timer_init(options->loop, &door->timer);
    door->timer.data = door;
    uint64_t look_ms = options->patience_ms < LOOK_MS ? (uint64_t)options->patience_ms : LOOK_MS;
    uv_timer_start(&door->timer, on_look, look_ms, look_ms);
    uv_poll_init(options->loop, &door->poll, listener);
    door->poll.data = door;
    uv_poll_start(&door->poll, UV_READABLE, on_knock);
    door->handles = 2;
    return door;
}

static void on_door_closed(uv_handle_t *handle)
{
    struct door *door = handle->data;
    if (--door->handles == 0)
        free(door);
}

void door_shut(struct door *door)
{
    if (door->socket < 0)
        return;
    uv_close((uv_handle_t *)&door->poll, on_door_closed);
    close(door->socket);
    door->socket = -1;
}

void door_destroy(struct door **door)
{
    if (*door == NULL)
        return;
    while ((*door)->count > 0)
        stranger_close((*door)->strangers.next);
    door_shut(*door);
    uv_close((uv_handle_t *)&(*door)->timer, on_door_closed);
    *door = NULL;
}
