#include "realtime/leases.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "realtime/clocksync.h"
#include "realtime/idmap.h"
#include "realtime/lease.h"
#include "realtime/metric.h"
#include "realtime/node.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEASES_MAX       4096
#define POLITE_MS        1000 /* for a node with a bid to come first */
#define UNWANTED_MS      5000 /* after which a lot that neither runs nor has bids is let go */
#define TAKE_OVER_MS     1000 /* after the holder should have closed a lot */
#define JITTER_MS        150  /* spreads the nodes where nobody is the first, so that one of them does it */
#define FREED_CHANNEL    "desks:freed"
#define KEY_SIZE         48
#define NUMBER_TEXT_SIZE 24

/* KEYS: the lease. ARGV: this node, the length in ms; 0: only tell. Returns whose it is and what is left. */
static const char ask_script[] = "local owner = redis.call('GET', KEYS[1])\n"
                                 "if ARGV[2] ~= '0' then\n"
                                 "  if not owner then\n"
                                 "    redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])\n"
                                 "    owner = ARGV[1]\n"
                                 "  elseif owner == ARGV[1] then\n"
                                 "    redis.call('PEXPIRE', KEYS[1], ARGV[2])\n"
                                 "  end\n"
                                 "end\n"
                                 "return {owner or '', redis.call('PTTL', KEYS[1])}\n";

/* KEYS: the lease. ARGV: this node, the channel, the lot. */
static const char free_script[] = "if redis.call('GET', KEYS[1]) == ARGV[1] then\n"
                                  "  redis.call('DEL', KEYS[1])\n"
                                  "  redis.call('PUBLISH', ARGV[2], ARGV[3])\n"
                                  "end\n"
                                  "return 0\n";

/* A lot's lease and when it is looked at next. */
struct entry {
    struct leases *leases;
    int64_t auction_id;
    struct lease lease;
    int64_t wanted_ms; /* monotonic: when it was last wanted */
    struct wheel_timer timer;
};

struct leases {
    struct node *node;
    struct idmap entries;
    int64_t length_ms;
    int ours;
    int questions; /* under way */
    bool ended;
};

/* On its way to Redis and back; the entry may have gone meanwhile. */
struct question {
    struct leases *leases;
    int64_t auction_id;
};

static void on_due(struct wheel_timer *timer, void *context);

/* ---- views of the leases ---- */

/* The wheel does not turn before the clock is known, and without a clock there is nothing to decide. */
static bool has_clock(const struct leases *leases)
{
    return clocksync_uncertainty_ms(leases->node->clocksync, clock_monotonic_us()) != INT64_MAX;
}

static bool is_wanted(const struct entry *entry, int64_t now_ms)
{
    return now_ms - entry->wanted_ms < UNWANTED_MS;
}

/* Looked at when the next question is due, or the lease ends. */
static void arm(struct entry *entry, int64_t now_ms)
{
    struct node *node = entry->leases->node;
    const struct lease *lease = &entry->lease;
    int64_t at_ms = lease->ask_ms;
    if (lease->asked_ms != 0) /* the answer moves it on, or its end does */
        at_ms = lease->until_ms > now_ms ? lease->until_ms : now_ms + POLITE_MS;
    wheel_set(node->wheel, &entry->timer, node_now_ms(node) + (at_ms > now_ms ? at_ms - now_ms : 1), on_due);
}

/* Every change of a lease ends here. */
static void settle(struct entry *entry, enum lease_state before, int64_t now_ms)
{
    struct leases *leases = entry->leases;
    bool was_ours = before == LEASE_OURS, is_ours = entry->lease.state == LEASE_OURS;
    if (was_ours != is_ours) {
        leases->ours += is_ours - was_ours;
        metrics_set(METRIC_LEASES_HELD, 0, leases->ours);
        metrics_add(METRIC_LEASE_MOVES, is_ours ? METRIC_LEASE_TAKEN : METRIC_LEASE_GONE, 1);
        log_info(is_ours ? "took a desk" : "no longer holds a desk",
                 log_number("auction", entry->auction_id));
    }
    arm(entry, now_ms);
}

static void advance(struct entry *entry, int64_t now_ms)
{
    enum lease_state before = entry->lease.state;
    lease_advance(&entry->lease, now_ms);
    if (entry->lease.state != before)
        settle(entry, before, now_ms);
}

static void drop(struct entry *entry)
{
    struct leases *leases = entry->leases;
    if (entry->lease.state == LEASE_OURS)
        leases->ours--;
    metrics_set(METRIC_LEASES_HELD, 0, leases->ours);
    wheel_cancel(leases->node->wheel, &entry->timer);
    idmap_remove(&leases->entries, entry->auction_id);
    free(entry);
}

/* NULL when there are too many, or no clock. */
static struct entry *find_or_add(struct leases *leases, int64_t auction_id, int64_t now_ms, int64_t ask_ms)
{
    struct entry *entry = idmap_get(&leases->entries, auction_id);
    if (entry != NULL || leases->entries.count >= LEASES_MAX || !has_clock(leases))
        return entry;
    entry = xcalloc(1, sizeof *entry);
    entry->leases = leases;
    entry->auction_id = auction_id;
    lease_init(&entry->lease, leases->length_ms, ask_ms);
    idmap_put(&leases->entries, auction_id, entry);
    arm(entry, now_ms);
    return entry;
}

/* ---- talking to Redis ---- */

static void key_of(int64_t auction_id, char key[KEY_SIZE])
{
    snprintf(key, KEY_SIZE, "auction:{%" PRId64 "}:owner", auction_id);
}

static void give_up(struct entry *entry)
{
    struct leases *leases = entry->leases;
    char key[KEY_SIZE], number[NUMBER_TEXT_SIZE];
    key_of(entry->auction_id, key);
    snprintf(number, sizeof number, "%" PRId64, entry->auction_id);
    const char *arguments[] = {"EVAL", free_script, "1", key, leases->node->identity, FREED_CHANNEL, number};
    size_t sizes[sizeof arguments / sizeof *arguments];
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        sizes[i] = strlen(arguments[i]);
    redis_command(leases->node->redis, (int)(sizeof arguments / sizeof *arguments), arguments, sizes, NULL,
                  NULL);
}

static struct lease_answer read_answer(const struct leases *leases, const redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING || reply->element[1]->type != REDIS_REPLY_INTEGER)
        return (struct lease_answer){0};
    int64_t left_ms = reply->element[1]->integer; /* below 0: somebody set it for ever by hand */
    return (struct lease_answer){reply->element[0]->str, left_ms >= 0 ? left_ms : leases->length_ms};
}

static void on_answer(const redisReply *reply, void *context)
{
    struct question *question = context;
    struct leases *leases = question->leases;
    struct entry *entry = leases->ended ? NULL : idmap_get(&leases->entries, question->auction_id);
    leases->questions--;
    free(question);
    if (leases->ended) {
        if (leases->questions == 0)
            free(leases);
        return;
    }
    if (entry == NULL)
        return;
    int64_t now_ms = clock_monotonic_ms();
    enum lease_state before = entry->lease.state;
    struct lease_answer answer = read_answer(leases, reply);
    lease_answered(&entry->lease, &answer, leases->node->identity, now_ms);
    if (entry->lease.state == LEASE_OURS && leases->node->draining) { /* claimed just before */
        give_up(entry);
        lease_freed(&entry->lease, now_ms);
    }
    settle(entry, before, now_ms);
}

static void ask(struct entry *entry, int64_t now_ms)
{
    struct leases *leases = entry->leases;
    lease_asked(&entry->lease, now_ms);
    if (!redis_is_connected(leases->node->redis)) {
        lease_answered(&entry->lease, &(struct lease_answer){0}, leases->node->identity, now_ms);
        return;
    }
    char key[KEY_SIZE], length[NUMBER_TEXT_SIZE];
    key_of(entry->auction_id, key);
    snprintf(length, sizeof length, "%" PRId64, leases->node->draining ? 0 : leases->length_ms);
    const char *arguments[] = {"EVAL", ask_script, "1", key, leases->node->identity, length};
    size_t sizes[sizeof arguments / sizeof *arguments];
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        sizes[i] = strlen(arguments[i]);
    struct question *question = xmalloc(sizeof *question);
    *question = (struct question){leases, entry->auction_id};
    leases->questions++;
    redis_command(leases->node->redis, (int)(sizeof arguments / sizeof *arguments), arguments, sizes,
                  on_answer, question);
}

static void ask_if_due(struct entry *entry, int64_t now_ms)
{
    if (lease_wants_asking(&entry->lease, now_ms))
        ask(entry, now_ms);
    arm(entry, now_ms);
}

static void on_due(struct wheel_timer *timer, void *context)
{
    (void)context;
    struct entry *entry = (struct entry *)((char *)timer - offsetof(struct entry, timer));
    int64_t now_ms = clock_monotonic_ms();
    advance(entry, now_ms);
    if (is_wanted(entry, now_ms)) {
        ask_if_due(entry, now_ms);
        return;
    }
    if (entry->lease.state == LEASE_OURS)
        give_up(entry);
    drop(entry);
}

/* ---- what others ask ---- */

const char *leases_holder(struct leases *leases, int64_t auction_id)
{
    int64_t now_ms = clock_monotonic_ms();
    struct entry *entry = find_or_add(leases, auction_id, now_ms, now_ms);
    if (entry == NULL)
        return NULL;
    entry->wanted_ms = now_ms;
    advance(entry, now_ms);
    lease_hurry(&entry->lease, now_ms);
    if (lease_wants_asking(&entry->lease, now_ms))
        ask_if_due(entry, now_ms);
    return entry->lease.state == LEASE_THEIRS && redis_is_connected(leases->node->redis) ? entry->lease.holder
                                                                                         : NULL;
}

void leases_watch(struct leases *leases, int64_t auction_id)
{
    int64_t now_ms = clock_monotonic_ms();
    struct entry *entry = find_or_add(leases, auction_id, now_ms, now_ms + POLITE_MS);
    if (entry != NULL)
        entry->wanted_ms = now_ms;
}

/* What ended while nobody looked is told by the time, too. */
static enum lease_state state_now(const struct entry *entry)
{
    return entry == NULL || clock_monotonic_ms() >= entry->lease.until_ms ? LEASE_UNKNOWN
                                                                          : entry->lease.state;
}

bool leases_is_ours(const struct leases *leases, int64_t auction_id)
{
    return state_now(idmap_get(&leases->entries, auction_id)) == LEASE_OURS;
}

static int64_t jitter_ms(const struct node *node, int64_t auction_id)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ (uint64_t)auction_id;
    for (const char *at = node->identity; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    return (int64_t)((hash >> 32) % (JITTER_MS + 1));
}

int64_t leases_patience_ms(const struct leases *leases, int64_t auction_id)
{
    switch (state_now(idmap_get(&leases->entries, auction_id))) {
    case LEASE_OURS: return 0;
    case LEASE_THEIRS: return TAKE_OVER_MS + jitter_ms(leases->node, auction_id);
    case LEASE_UNKNOWN:
    case LEASE_DOUBTED: break;
    }
    return jitter_ms(leases->node, auction_id);
}

void leases_doubt(struct leases *leases, int64_t auction_id, const char *holder)
{
    struct entry *entry = idmap_get(&leases->entries, auction_id);
    if (entry == NULL)
        return;
    int64_t now_ms = clock_monotonic_ms();
    enum lease_state before = entry->lease.state;
    lease_doubt(&entry->lease, holder, now_ms);
    settle(entry, before, now_ms);
}

void leases_drain(struct leases *leases)
{
    int64_t now_ms = clock_monotonic_ms();
    size_t cursor = 0;
    struct entry *entry;
    while ((entry = idmap_next(&leases->entries, &cursor)) != NULL) {
        if (entry->lease.state != LEASE_OURS)
            continue;
        give_up(entry);
        lease_freed(&entry->lease, now_ms);
        settle(entry, LEASE_OURS, now_ms);
    }
}

bool leases_hear(struct leases *leases, const char *channel, const char *text)
{
    if (strcmp(channel, FREED_CHANNEL) != 0)
        return false;
    struct entry *entry = idmap_get(&leases->entries, strtoll(text, NULL, 10));
    if (entry == NULL || entry->lease.state == LEASE_OURS)
        return true;
    int64_t now_ms = clock_monotonic_ms();
    enum lease_state before = entry->lease.state;
    lease_freed(&entry->lease, now_ms);
    settle(entry, before, now_ms);
    ask_if_due(entry, now_ms);
    return true;
}

/* ---- life ---- */

struct leases *leases_create(struct node *node)
{
    struct leases *leases = xcalloc(1, sizeof *leases);
    leases->node = node;
    leases->length_ms = config_int(node->config, "LEASE_MS");
    redis_subscribe(node->redis, FREED_CHANNEL);
    return leases;
}

void leases_destroy(struct leases **leases)
{
    if (*leases == NULL)
        return;
    struct leases *ending = *leases;
    *leases = NULL;
    ending->ended = true;
    size_t cursor = 0;
    struct entry *entry;
    while ((entry = idmap_next(&ending->entries, &cursor)) != NULL) {
        wheel_cancel(ending->node->wheel, &entry->timer);
        free(entry);
    }
    idmap_finish(&ending->entries);
    if (ending->questions == 0)
        free(ending);
}
