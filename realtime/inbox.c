/* A beat once a second makes the stream, keeps it for some seconds more, throws out what has been read (it
 * holds maxima, which are nobody's business any longer), and lets the waiting read come back, so that silence
 * means a lost connection. Whoever posts asks Redis not to make the stream: to a node that is
 * gone nothing can be handed over, and Redis says so at once. */
#include "realtime/inbox.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/bus/redis_link.h"
#include "realtime/bid_letter.h"
#include "realtime/clocksync.h"
#include "realtime/metric.h"
#include "realtime/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT         "10000" /* entries, about; a reader that far behind is not one */
#define LIVES_MS     "10000" /* after the last beat */
#define READ_AT_ONCE "256"
#define WAIT_MS      "1000"
#define BEAT_MS      1000
#define ID_SIZE      48
/* The deadline is the sender's by its clock; two nodes' clocks differ by at most this. */
#define CLOCKS_APART_MS (2 * CLOCKSYNC_TRUSTED_MS)

struct inbox {
    struct node *node;
    struct redis_link *link;
    char stream[INBOX_NAME_SIZE];
    char last_id[ID_SIZE]; /* of the entry read last */
    int64_t beat_ms;       /* monotonic: when the last beat was sent; 0: none on this connection */
    int unread;            /* replies before that of the read */
};

/* A bid taken in, until it is answered. */
struct taken {
    struct node *node;
    int64_t number;
    char from[LEASE_NAME_SIZE];
};

static void stream_of(const char *node, char stream[INBOX_NAME_SIZE])
{
    snprintf(stream, INBOX_NAME_SIZE, "bidq:{%s}", node);
}

void inbox_answers_of(const char *node, char channel[INBOX_NAME_SIZE])
{
    snprintf(channel, INBOX_NAME_SIZE, "bidq:{%s}:answers", node);
}

void inbox_post(struct node *node, const char *holder, const char *letter, size_t size,
                redis_callback callback, void *context)
{
    char stream[INBOX_NAME_SIZE];
    stream_of(holder, stream);
    const char *arguments[] = {"XADD", stream, "NOMKSTREAM", "MAXLEN", "~", KEPT, "*", "bid", letter};
    size_t sizes[sizeof arguments / sizeof *arguments];
    size_t count = sizeof arguments / sizeof *arguments;
    for (size_t i = 0; i < count - 1; i++)
        sizes[i] = strlen(arguments[i]);
    sizes[count - 1] = size;
    redis_command(node->redis, (int)count, arguments, sizes, callback, context);
}

/* ---- bids in, answers out ---- */

static void on_answer(const struct desk_answer *answer, void *context)
{
    struct taken *taken = context;
    char text[BID_LETTER_MAX], channel[INBOX_NAME_SIZE];
    struct buffer out;
    buffer_init_fixed(&out, text, sizeof text);
    bid_answer_write(taken->number, answer, &out);
    inbox_answers_of(taken->from, channel);
    const char *arguments[] = {"PUBLISH", channel, out.data};
    size_t sizes[] = {7, strlen(channel), out.size};
    if (!out.failed)
        redis_command(taken->node->redis, 3, arguments, sizes, NULL, NULL);
    free(taken);
}

static void take_in(struct inbox *inbox, const struct bid_letter *letter)
{
    struct node *node = inbox->node;
    struct desk_bid bid = letter->bid;
    int64_t deadline_ms = letter->deadline_ms + CLOCKS_APART_MS;
    if (node_now_ms(node) > deadline_ms) {
        metrics_add(METRIC_TAKEN_IN, METRIC_TAKEN_IN_TOO_LATE, 1);
        return;
    }
    metrics_add(METRIC_TAKEN_IN, METRIC_TAKEN_IN_GOOD, 1);
    if (letter->uncertainty_ms > CLOCKSYNC_TRUSTED_MS)
        bid.received_at_ms = 0;
    struct taken *taken = xmalloc(sizeof *taken);
    *taken = (struct taken){.node = node, .number = letter->number};
    memcpy(taken->from, letter->from, sizeof taken->from);
    desk_take_in(node->desks, &bid, &letter->admission, deadline_ms, on_answer, taken);
}

/* [id, [name, value]]; a beat has another name. */
static void take_entry(struct inbox *inbox, const redisReply *entry)
{
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[0]->type != REDIS_REPLY_STRING)
        return;
    snprintf(inbox->last_id, sizeof inbox->last_id, "%s", entry->element[0]->str);
    const redisReply *pairs = entry->element[1];
    if (pairs->type != REDIS_REPLY_ARRAY || pairs->elements != 2 ||
        pairs->element[0]->type != REDIS_REPLY_STRING || pairs->element[1]->type != REDIS_REPLY_STRING ||
        strcmp(pairs->element[0]->str, "bid") != 0)
        return;
    struct bid_letter letter;
    if (bid_letter_read(pairs->element[1]->str, pairs->element[1]->len, &letter)) {
        take_in(inbox, &letter);
    } else {
        metrics_add(METRIC_TAKEN_IN, METRIC_TAKEN_IN_BAD, 1);
        log_warn("a bid handed over by another node is not understood");
    }
}

/* ---- the stream ---- */

static void tell(struct inbox *inbox, int count, const char *const *arguments)
{
    if (!redis_link_send(inbox->link, count, arguments, NULL))
        redis_link_abandon(inbox->link, "too much to send");
}

static void read_on(struct inbox *inbox)
{
    int64_t now_ms = clock_monotonic_ms();
    if (inbox->beat_ms == 0 || now_ms - inbox->beat_ms >= BEAT_MS) {
        inbox->beat_ms = now_ms;
        inbox->unread += 2;
        tell(inbox, 7,
             (const char *const[]){"XADD", inbox->stream, "MINID", inbox->last_id, "*", "beat", ""});
        tell(inbox, 3, (const char *const[]){"PEXPIRE", inbox->stream, LIVES_MS});
    }
    tell(inbox, 8,
         (const char *const[]){"XREAD", "COUNT", READ_AT_ONCE, "BLOCK", WAIT_MS, "STREAMS", inbox->stream,
                               inbox->last_id});
}

static void on_ready(void *context)
{
    struct inbox *inbox = context;
    inbox->beat_ms = 0;
    inbox->unread = 0;
    read_on(inbox);
}

/* [[stream, [entry…]]], or nil when nothing came. */
static void on_reply(const redisReply *reply, void *context)
{
    struct inbox *inbox = context;
    if (reply->type == REDIS_REPLY_ERROR) {
        redis_link_abandon(inbox->link, reply->str);
        return;
    }
    if (inbox->unread > 0) {
        inbox->unread--;
        return;
    }
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
        reply->element[0]->type == REDIS_REPLY_ARRAY && reply->element[0]->elements == 2) {
        const redisReply *entries = reply->element[0]->element[1];
        for (size_t i = 0; i < entries->elements; i++)
            take_entry(inbox, entries->element[i]);
    }
    read_on(inbox);
}

static void on_quiet(void *context)
{
    (void)context; /* the waiting read comes back by itself */
}

static void on_lost(void *context)
{
    (void)context; /* what was read was taken in */
}

static void on_closed(void *context)
{
    free(context);
}

static const struct redis_link_owner owner = {
    .on_ready = on_ready,
    .on_reply = on_reply,
    .on_quiet = on_quiet,
    .on_lost = on_lost,
    .on_closed = on_closed,
};

struct inbox *inbox_create(struct node *node)
{
    struct inbox *inbox = xcalloc(1, sizeof *inbox);
    struct redis_url url;
    inbox->node = node;
    stream_of(node->identity, inbox->stream);
    snprintf(inbox->last_id, sizeof inbox->last_id, "0");
    redis_url_parse_checked(config_text(node->config, "REDIS_URL"), &url);
    inbox->link = redis_link_create(node->loop, &url, node->name, "inbox", &owner, inbox);
    return inbox;
}

void inbox_destroy(struct inbox **inbox)
{
    if (*inbox == NULL)
        return;
    redis_link_close((*inbox)->link);
    *inbox = NULL;
}
