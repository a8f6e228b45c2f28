/* A set-associative table: a key's digest names a set of few entries, and one lock guards a stripe of sets.
 * The digest is salted at the start, so nobody can choose keys that share a set, and e-mail addresses are not
 * kept in memory. */
#include "rest/limit.h"

#include "core/base/alloc.h"
#include "core/base/uuid.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_MS INT64_C(60000)
#define SETS      16384
#define WAYS      4
#define STRIPES   64

struct digest {
    uint8_t bytes[16];
};

struct entry {
    struct digest key;
    int64_t began_ms;
    int64_t count; /* 0: the entry is free, and began_ms is 0, older than any */
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

bool limiter_take(struct limiter *limiter, enum limit_kind kind, const char *key, int64_t now_ms,
                  struct limit_state *out)
{
    int64_t limit = limiter->limits[kind];
    *out = (struct limit_state){.limit = limit};
    if (limit == 0)
        return true;
    struct digest digest = digest_of(limiter, kind, key);
    size_t set = (size_t)(digest.bytes[0] | digest.bytes[1] << 8) % SETS;
    pthread_mutex_t *lock = &limiter->locks[set % STRIPES];

    pthread_mutex_lock(lock);
    struct entry *entry = entry_of(limiter->entries[set], &digest, now_ms);
    if (now_ms - entry->began_ms >= WINDOW_MS) {
        entry->began_ms = now_ms;
        entry->count = 0;
    }
    if (entry->count <= limit)
        entry->count++;
    out->remaining = entry->count > limit ? 0 : limit - entry->count;
    out->reset_ms = entry->began_ms + WINDOW_MS - now_ms;
    bool good = entry->count <= limit;
    pthread_mutex_unlock(lock);
    return good;
}
