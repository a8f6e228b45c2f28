/* The framing of server-sent events: one lot's room over a plain GET. The client says what it wants once, in
 * its request, and nothing after it; so there are no messages in and no acks, and what answers a heartbeat is
 * its TCP (see places.c). The answer's head waits until the lot is known, for a lot that does not exist is
 * 404 and no stream.
 *
 * A client's place is the seq up to which it knows everything. Frames that move it carry it as their id:
 * `auction:state`, with which every stream begins, each `auction:update`, and each `auction:event` that is
 * made up for after a reconnection with Last-Event-ID. By the rules of event streams the others belong to the
 * place before them. */
#include "core/base/json.h"
#include "realtime/commands/joins.h"
#include "realtime/dispatch.h"
#include "realtime/framing.h"
#include "realtime/http_answer.h"
#include "realtime/session_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    RETRY_MS = 2000, /* a client waits so long before it comes back */
    ANSWER_MAX = 1048576,
};

static const char *const moves[] = {"auction:update", "auction:state", "auction:event"};

static bool is_move(const char *name)
{
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (strcmp(moves[i], name) == 0)
            return true;
    return false;
}

/* The seq that the data names first, which is its own. A string cannot be taken for it: there the quotes
 * would be escaped. */
static int64_t seq_of(const char *data, size_t size)
{
    static const char mark[] = "\"seq\":";
    const char *at = memmem(data, size, mark, sizeof mark - 1);
    return at != NULL ? strtoll(at + sizeof mark - 1, NULL, 10) : 0;
}

static void write_event(struct buffer *out, const char *name, const char *data, size_t size)
{
    buffer_append_format(out, "event: %s\n", name);
    if (is_move(name))
        buffer_append_format(out, "id: %" PRId64 "\n", seq_of(data, size));
    buffer_append_text(out, "data: ");
    buffer_append(out, data, size);
    buffer_append_text(out, "\n\n");
}

/* Nothing stands before an event. */
static size_t write_head(uint8_t *head, size_t size)
{
    (void)head;
    (void)size;
    return 0;
}

/* To the empty line: there is none within an event, for JSON has no raw line feeds. */
static size_t length(const uint8_t *at, size_t size)
{
    const uint8_t *end = memmem(at, size, "\n\n", 2);
    return end != NULL ? (size_t)(end - at) + 2 : size;
}

/* ---- the beginning ---- */

/* The ledger gives the events in lines (room_join.sql), "[a,\nb]"; they go out as they are, so that they can
 * be checked against the chain. */
static void write_missed(struct buffer *out, const struct buffer *events)
{
    const char *at = events->data + 1, *end = events->data + events->size - 1;
    while (at < end) {
        const char *next = memmem(at, (size_t)(end - at), ",\n", 2);
        write_event(out, "auction:event", at, (size_t)((next != NULL ? next : end) - at));
        at = next != NULL ? next + 2 : end;
    }
}

static void joined(struct session *session, const struct request *request, const struct join_answer *answer)
{
    (void)request;
    struct buffer text;
    buffer_init(&text, ANSWER_MAX);
    buffer_append_format(&text,
                         "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
                         "X-Accel-Buffering: no\r\nConnection: close\r\n\r\nretry: %d\n\n",
                         RETRY_MS);
    if (answer->events->size > 0)
        write_missed(&text, answer->events);
    write_event(&text, "auction:state", answer->state->data, answer->state->size);
    session_send_text(session, text.data, text.size);
    buffer_finish(&text);
    session_greeted(session);
}

static void refuse(struct session *session, enum verdict verdict)
{
    const struct verdict_info *info = verdict_info(verdict);
    struct refusal refusal = {info->http_status, info->code,
                              session_is_english(session) ? info->en : info->ja, NULL};
    struct buffer text;
    buffer_init(&text, ANSWER_MAX);
    http_answer_refuse(&text, &refusal);
    session_send_text(session, text.data, text.size);
    buffer_finish(&text);
    session_close(session, CLOSE_REFUSED, "the stream was refused");
}

static void not_joined(struct session *session, const struct request *request, enum verdict verdict)
{
    (void)request;
    refuse(session, verdict);
}

static const struct join_teller teller = {joined, not_joined};

static void opened(struct session *session)
{
    if (!session_introduce(session, NULL))
        refuse(session, VERDICT_UNAUTHENTICATED);
}

static void admitted(struct session *session)
{
    static const struct request no_request;
    join_begin(session_node(session), session, &session_greeting(session)->wish, &no_request, &teller);
}

static void refused(struct session *session)
{
    refuse(session, VERDICT_UNAUTHENTICATED);
}

const struct framing framing_sse = {
    .kind = FRAMING_SSE,
    .one_way = true,
    .ping = ":\n\n", /* a comment */
    .ping_size = 3,
    .write_head = write_head,
    .length = length,
    .write_event = write_event,
    .opened = opened,
    .admitted = admitted,
    .refused = refused,
};
