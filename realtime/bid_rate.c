/* A window of moments for each user, in a map: at ten bids a minute a window is shorter than any cleverer
 * summary of it, and it tells exactly when the next bid may come. */
#include "realtime/bid_rate.h"

#include "core/base/alloc.h"
#include "realtime/idmap.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_MS 60000
#define USERS_MAX 100000

/* The moments of one user's bids, oldest first. */
struct bidder {
    int64_t user;
    int count, capacity;
    int64_t *moments;
};

struct bid_rate {
    int per_minute;
    struct idmap bidders;
};

struct bid_rate *bid_rate_create(int per_minute)
{
    struct bid_rate *rate = xcalloc(1, sizeof *rate);
    rate->per_minute = per_minute;
    return rate;
}

static void forget(struct bid_rate *rate, struct bidder *bidder)
{
    idmap_remove(&rate->bidders, bidder->user);
    free(bidder->moments);
    free(bidder);
}

void bid_rate_destroy(struct bid_rate **rate)
{
    if (*rate == NULL)
        return;
    size_t cursor = 0;
    struct bidder *bidder;
    while ((bidder = idmap_next(&(*rate)->bidders, &cursor)) != NULL) {
        free(bidder->moments);
        free(bidder);
    }
    idmap_finish(&(*rate)->bidders);
    free(*rate);
    *rate = NULL;
}

/* How many of the oldest moments lie outside the window. */
static int expired(const struct bidder *bidder, int64_t now_ms)
{
    int count = 0;
    while (count < bidder->count && bidder->moments[count] <= now_ms - WINDOW_MS)
        count++;
    return count;
}

static void expire(struct bidder *bidder, int64_t now_ms)
{
    int gone = expired(bidder, now_ms);
    bidder->count -= gone;
    memmove(bidder->moments, bidder->moments + gone, (size_t)bidder->count * sizeof *bidder->moments);
}

static struct bidder *find_or_add(struct bid_rate *rate, int64_t user)
{
    struct bidder *bidder = idmap_get(&rate->bidders, user);
    if (bidder != NULL || rate->bidders.count >= USERS_MAX)
        return bidder;
    bidder = xcalloc(1, sizeof *bidder);
    bidder->user = user;
    bidder->capacity = 4;
    bidder->moments = xmalloc((size_t)bidder->capacity * sizeof *bidder->moments);
    idmap_put(&rate->bidders, user, bidder);
    return bidder;
}

static void add(struct bidder *bidder, int64_t now_ms)
{
    if (bidder->count == bidder->capacity) {
        bidder->capacity *= 2;
        bidder->moments = xrealloc(bidder->moments, (size_t)bidder->capacity * sizeof *bidder->moments);
    }
    bidder->moments[bidder->count++] = now_ms;
}

bool bid_rate_take(struct bid_rate *rate, int64_t user, int64_t now_ms, int64_t *retry_after_ms)
{
    struct bidder *bidder = rate->per_minute > 0 ? find_or_add(rate, user) : NULL;
    if (bidder == NULL)
        return true;
    expire(bidder, now_ms);
    if (bidder->count >= rate->per_minute) {
        *retry_after_ms = bidder->moments[bidder->count - rate->per_minute] + WINDOW_MS - now_ms;
        return false;
    }
    add(bidder, now_ms);
    return true;
}

void bid_rate_give_back(struct bid_rate *rate, int64_t user)
{
    struct bidder *bidder = idmap_get(&rate->bidders, user);
    if (bidder != NULL && bidder->count > 0)
        bidder->count--;
}

int bid_rate_left(const struct bid_rate *rate, int64_t user, int64_t now_ms)
{
    if (rate->per_minute == 0)
        return -1;
    const struct bidder *bidder = idmap_get(&rate->bidders, user);
    return rate->per_minute - (bidder != NULL ? bidder->count - expired(bidder, now_ms) : 0);
}

void bid_rate_sweep(struct bid_rate *rate, int64_t now_ms)
{
    size_t cursor = 0;
    struct bidder *bidder;
    while ((bidder = idmap_next(&rate->bidders, &cursor)) != NULL) {
        if (expired(bidder, now_ms) < bidder->count)
            continue;
        forget(rate, bidder);
        cursor--; /* its place may have been taken by the next */
    }
}
