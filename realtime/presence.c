/* Each node writes its own count of a lot into a field of a hash, with the time, and in the same command
 * reads all of them; what is older than three intervals is a dead node's, is not counted and goes. So there
 * is one command an interval for a room, whatever the number in it, and a node that dies is forgotten within
 * seconds. The time is Redis' own: no two clocks are compared. A field holds bidders by their paddles, which
 * are one a person and sale, so that nobody on two nodes is counted twice. When Redis does not answer, this
 * node's own count is what is told. */
#include "realtime/presence.h"

#include "core/base/alloc.h"
#include "core/base/json.h"
#include "realtime/idmap.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/room.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_MS = 200,        /* after a room was opened */
    INTERVALS_FRESH = 3,   /* so long a field is believed */
    INTERVALS_REPEAT = 15, /* after so many what has not changed is told again, for those who were behind */
    PADDLE_MAX = 99999,    /* as the schema has it */
    LISTED_MAX = 1024,     /* bidders of a room that a node names; more are added up without being compared */
    COUNT_BYTES_MAX = 8192,
    KEY_SIZE = 48,
    NUMBER_TEXT_SIZE = 24,
};

/* KEYS: the lot's. ARGV: this node, its count, for how many ms a field is believed. Returns all counts. */
static const char count_script[] =
    "local time = redis.call('TIME')\n"
    "local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"
    "redis.call('HSET', KEYS[1], ARGV[1], string.format('%d ', now) .. ARGV[2])\n"
    "redis.call('PEXPIRE', KEYS[1], ARGV[3])\n"
    "local fields, counts = redis.call('HGETALL', KEYS[1]), {}\n"
    "for i = 1, #fields, 2 do\n"
    "  local at, count = string.match(fields[i + 1], '^(%d+) (.*)$')\n"
    "  if at and now - at < tonumber(ARGV[3]) then\n"
    "    counts[#counts + 1] = count\n"
    "  else\n"
    "    redis.call('HDEL', KEYS[1], fields[i])\n"
    "  end\n"
    "end\n"
    "return counts\n";

/* A lot with a room here. Not freed while Redis is being asked for it. */
struct entry {
    struct presence *presence;
    int64_t auction_id;
    struct wheel_timer timer;
    bool asking;
    bool gone;        /* the room was closed meanwhile */
    unsigned changes; /* of the room, when it was last told */
    int watchers, bidders;
    int intervals; /* since then */
};

struct presence {
    struct node *node;
    struct idmap entries;
    int64_t interval_ms;
    struct buffer count;              /* of one room at this node, made anew for each */
    uint8_t seen[PADDLE_MAX / 8 + 1]; /* paddles counted, a bit each */
};

struct total {
    int64_t watchers, bidders;
};

static void name_key(int64_t auction_id, char key[KEY_SIZE])
{
    snprintf(key, KEY_SIZE, "auction:{%" PRId64 "}:presence", auction_id);
}

/* ---- counting ---- */

/* "watchers more paddle,paddle,…": how many bidders there are beyond those named. */
static void write_count(struct buffer *out, const struct room *room)
{
    char paddles[LISTED_MAX * sizeof "99999,"];
    struct buffer list;
    buffer_init_fixed(&list, paddles, sizeof paddles);
    int listed = 0, more = 0, paddle;
    for (size_t cursor = 0; room_next_bidder(room, &cursor, &paddle);) {
        if (listed < LISTED_MAX && paddle <= PADDLE_MAX)
            buffer_append_format(&list, listed++ > 0 ? ",%d" : "%d", paddle);
        else
            more++;
    }
    buffer_clear(out);
    buffer_append_format(out, "%d %d ", room_watchers(room), more);
    buffer_append(out, list.data, list.size);
}

static void add_paddle(struct presence *presence, int64_t paddle, struct total *total)
{
    if (paddle < 1 || paddle > PADDLE_MAX)
        return;
    uint8_t bit = (uint8_t)(1 << paddle % 8);
    total->bidders += (presence->seen[paddle / 8] & bit) == 0;
    presence->seen[paddle / 8] |= bit;
}

/* Adds what one node wrote, which may be of another version: what cannot be read counts nothing. */
static void add_count(struct presence *presence, const char *text, struct total *total)
{
    char *at;
    int64_t watchers = strtoll(text, &at, 10);
    int64_t more = strtoll(at, &at, 10);
    if (watchers < 0 || watchers > INT32_MAX || more < 0 || more > watchers)
        return;
    total->watchers += watchers;
    total->bidders += more;
    for (at += *at == ' '; *at >= '0' && *at <= '9'; at += *at == ',')
        add_paddle(presence, strtoll(at, &at, 10), total);
}

/* Over all nodes; without an answer of Redis' for this one. */
static struct total add_up(struct presence *presence, const redisReply *reply, const struct room *room)
{
    struct total total = {0};
    bool all = reply != NULL && reply->type == REDIS_REPLY_ARRAY;
    memset(presence->seen, 0, sizeof presence->seen);
    for (size_t i = 0; all && i < reply->elements; i++)
        if (reply->element[i]->type == REDIS_REPLY_STRING)
            add_count(presence, reply->element[i]->str, &total);
    if (!all) {
        write_count(&presence->count, room);
        add_count(presence, presence->count.data, &total);
    }
    metrics_add(METRIC_PRESENCE, all ? METRIC_PRESENCE_ALL : METRIC_PRESENCE_ALONE, 1);
    return total;
}

/* ---- telling ---- */

static void tell(struct entry *entry, struct room *room, const struct total *total)
{
    char memory[128];
    struct buffer data;
    bool same = entry->watchers == total->watchers && entry->bidders == total->bidders &&
                entry->changes == room_changes(room);
    if (same && ++entry->intervals < INTERVALS_REPEAT)
        return;
    entry->watchers = (int)total->watchers;
    entry->bidders = (int)total->bidders;
    entry->changes = room_changes(room);
    entry->intervals = 0;
    buffer_init_fixed(&data, memory, sizeof memory);
    struct json json = json_start(&data);
    json_object(&json, NULL);
    json_int(&json, "auctionId", entry->auction_id);
    json_int(&json, "watchers", entry->watchers);
    json_int(&json, "bidders", entry->bidders);
    json_object_end(&json);
    room_send_now(room, ROOM_NOW_PRESENCE, "auction:presence", data.data, data.size);
}

static void on_due(struct wheel_timer *timer, void *context);

/* The interval is counted from the answer on, so that no two are told closer together. */
static void on_counts(const redisReply *reply, void *context)
{
    struct entry *entry = context;
    entry->asking = false;
    if (entry->gone) {
        free(entry);
        return;
    }
    struct presence *presence = entry->presence;
    struct room *room = rooms_find(presence->node->rooms, entry->auction_id, false);
    if (room != NULL) {
        struct total total = add_up(presence, reply, room);
        tell(entry, room, &total);
    }
    wheel_set(presence->node->wheel, &entry->timer, node_now_ms(presence->node) + presence->interval_ms,
              on_due);
}

static void on_due(struct wheel_timer *timer, void *context)
{
    struct node *node = context;
    struct entry *entry = (struct entry *)((char *)timer - offsetof(struct entry, timer));
    struct presence *presence = entry->presence;
    char key[KEY_SIZE], fresh[NUMBER_TEXT_SIZE];
    struct room *room = rooms_find(node->rooms, entry->auction_id, false);
    if (room == NULL)
        return;
    name_key(entry->auction_id, key);
    snprintf(fresh, sizeof fresh, "%" PRId64, INTERVALS_FRESH * presence->interval_ms);
    write_count(&presence->count, room);
    const char *arguments[] = {"EVAL", count_script, "1", key, node->identity, presence->count.data, fresh};
    size_t sizes[sizeof arguments / sizeof *arguments];
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        sizes[i] = strlen(arguments[i]);
    entry->asking = true;
    redis_command(node->redis, sizeof arguments / sizeof *arguments, arguments, sizes, on_counts, entry);
}

/* ---- rooms that come and go ---- */

static void leave(struct presence *presence, int64_t auction_id)
{
    char key[KEY_SIZE];
    name_key(auction_id, key);
    const char *arguments[] = {"HDEL", key, presence->node->identity};
    size_t sizes[] = {4, strlen(key), strlen(presence->node->identity)};
    redis_command(presence->node->redis, 3, arguments, sizes, NULL, NULL);
}

static void let_go(struct entry *entry)
{
    wheel_cancel(entry->presence->node->wheel, &entry->timer);
    idmap_remove(&entry->presence->entries, entry->auction_id);
    if (entry->asking)
        entry->gone = true;
    else
        free(entry);
}

static void on_room_use(int64_t auction_id, bool used, void *context)
{
    struct presence *presence = context;
    if (!used) {
        leave(presence, auction_id);
        let_go(idmap_get(&presence->entries, auction_id));
        return;
    }
    struct entry *entry = xcalloc(1, sizeof *entry);
    entry->presence = presence;
    entry->auction_id = auction_id;
    idmap_put(&presence->entries, auction_id, entry);
    wheel_set(presence->node->wheel, &entry->timer, node_now_ms(presence->node) + FIRST_MS, on_due);
}

struct presence *presence_create(struct node *node)
{
    struct presence *presence = xcalloc(1, sizeof *presence);
    presence->node = node;
    presence->interval_ms = config_int(node->config, "PRESENCE_INTERVAL_MS");
    buffer_init(&presence->count, COUNT_BYTES_MAX);
    rooms_on_use(node->rooms, on_room_use, presence);
    return presence;
}

void presence_destroy(struct presence **presence)
{
    if (*presence == NULL)
        return;
    idmap_finish(&(*presence)->entries); /* empty: the rooms have gone */
    buffer_finish(&(*presence)->count);
    free(*presence);
    *presence = NULL;
}
