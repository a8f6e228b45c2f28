/* A set-associative table: a key's digest names a set of few entries, and one lock guards a stripe of sets.
 * The digest is salted at the start, so nobody can choose keys that share a set, and e-mail addresses are not
 * kept in memory. */
#include "rest/limit.h"

#include "core/base/alloc.h"
#include "core/base/uuid.h"
#include "rest/meters.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SETS    16384
#define WAYS    4
#define STRIPES 64

const char *const limit_kind_names[LIMIT_KIND_COUNT + 1] = {
    [LIMIT_VISITOR] = "visitor",
    [LIMIT_USER] = "user",
    [LIMIT_ADDRESS] = "address",
    [LIMIT_LOGIN] = "login",
    [LIMIT_LOGIN_ACCOUNT] = "login_account",
    [LIMIT_LOGIN_ADDRESS] = "login_address",
    [LIMIT_BID] = "bid",
};

struct digest {
    uint8_t bytes[16];
};

struct entry {
    struct digest key;
    int64_t began_ms;
    int64_t count;            /* 0: the entry is free, and began_ms is 0, older than any */
    int64_t refused_until_ms; /* by Redis; 0: not */
};

struct limiter {
    int64_t limits[LIMIT_KIND_COUNT];
    uint8_t salt[16];
    pthread_mutex_t locks[STRIPES];
    struct entry entries[SETS][WAYS];
};

struct limiter *limiter_create(const int64_t limits[LIMIT_KIND_COUNT])
{
    struct limiter *limiter = xcalloc(1, sizeof *limiter);
    memcpy(limiter->limits, limits, sizeof limiter->limits);
    random_bytes(limiter->salt, sizeof limiter->salt);
    for (int i = 0; i < STRIPES; i++)
        pthread_mutex_init(&limiter->locks[i], NULL);
    return limiter;
}

void limiter_destroy(struct limiter **limiter)
{
    if (*limiter == NULL)
        return;
    for (int i = 0; i < STRIPES; i++)
        pthread_mutex_destroy(&(*limiter)->locks[i]);
    free(*limiter);
    *limiter = NULL;
}

static struct digest digest_of(const struct limiter *limiter, enum limit_kind kind, const char *key)
{
    uint8_t text[512] = {0};
    size_t head = sizeof limiter->salt + 1;
    size_t size = strnlen(key, sizeof text - head);
    memcpy(text, limiter->salt, sizeof limiter->salt);
    text[sizeof limiter->salt] = (uint8_t)kind;
    memcpy(text + head, key, size);
    uint8_t hash[EVP_MAX_MD_SIZE];
    if (!EVP_Digest(text, head + size, hash, NULL, EVP_sha256(), NULL))
        abort();
    struct digest digest;
    memcpy(digest.bytes, hash, sizeof digest.bytes);
    return digest;
}

/* The key's entry, else the one that gives way to it. */
static struct entry *entry_of(struct entry set[WAYS], const struct digest *key, int64_t now_ms)
{
    struct entry *oldest = &set[0];
    for (int i = 0; i < WAYS; i++) {
        if (set[i].count > 0 && memcmp(&set[i].key, key, sizeof *key) == 0)
            return &set[i];
        if (set[i].began_ms < oldest->began_ms)
            oldest = &set[i];
    }
    *oldest = (struct entry){.key = *key, .began_ms = now_ms};
    return oldest;
}

/* A key's place in the table, its lock held. */
struct place {
    struct entry *entry;
    pthread_mutex_t *lock;
};

static struct place enter(struct limiter *limiter, const struct digest *digest, int64_t now_ms)
{
    size_t set = (size_t)(digest->bytes[0] | digest->bytes[1] << 8) % SETS;
    struct place place = {.lock = &limiter->locks[set % STRIPES]};
    pthread_mutex_lock(place.lock);
    place.entry = entry_of(limiter->entries[set], digest, now_ms);
    return place;
}

/* Counts here. `*known` when Redis has said no and need not be asked again. */
static bool take_alone(struct limiter *limiter, const struct digest *digest, int64_t now_ms, bool *known,
                       struct rate_state *state)
{
    struct place place = enter(limiter, digest, now_ms);
    struct entry *entry = place.entry;
    if (now_ms - entry->began_ms >= RATE_WINDOW_MS) {
        entry->began_ms = now_ms;
        entry->count = 0;
    }
    if (entry->count <= state->limit)
        entry->count++;
    *known = entry->refused_until_ms > now_ms;
    state->remaining = *known || entry->count > state->limit ? 0 : state->limit - entry->count;
    state->reset_ms = (*known ? entry->refused_until_ms : entry->began_ms + RATE_WINDOW_MS) - now_ms;
    bool good = !*known && entry->count <= state->limit;
    pthread_mutex_unlock(place.lock);
    return good;
}

static void remember_refusal(struct limiter *limiter, const struct digest *digest, int64_t now_ms,
                             int64_t for_ms)
{
    struct place place = enter(limiter, digest, now_ms);
    place.entry->refused_until_ms = now_ms + for_ms;
    pthread_mutex_unlock(place.lock);
}

/* Asks Redis; false when it does not answer. */
static bool take_together(struct redis_blocking *redis, enum limit_kind kind, const char *key, bool *good,
                          struct rate_state *state)
{
    struct rate_command command;
    rate_build(&command, limit_kind_names[kind], key, state->limit, RATE_WINDOW_MS);
    redisReply *reply = redis_blocking_command(redis, RATE_ARGUMENTS, command.arguments, command.sizes);
    bool answered = rate_read(reply, state->limit, good, state);
    freeReplyObject(reply);
    return answered;
}

bool limiter_take(struct limiter *limiter, struct redis_blocking *redis, enum limit_kind kind,
                  const char *key, int64_t now_ms, struct rate_state *out)
{
    int64_t limit = limiter->limits[kind];
    *out = (struct rate_state){.limit = limit};
    if (limit == 0)
        return true;
    struct digest digest = digest_of(limiter, kind, key);
    bool known;
    bool good = take_alone(limiter, &digest, now_ms, &known, out);
    if (known || redis == NULL)
        return good;
    if (!take_together(redis, kind, key, &good, out))
        metrics_add(METER_LIMITED_ALONE, 0, 1);
    else if (!good)
        remember_refusal(limiter, &digest, now_ms, out->reset_ms);
    return good;
}
