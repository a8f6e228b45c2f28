/* The channels that somebody wants, each with how often it was asked for. A node follows thousands: one for
 * every room and user. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct channel;

struct channel_set {
    struct channel **slots; /* NULL while empty; their number is a power of two */
    size_t capacity;
    size_t count; /* of different channels */
};

void channel_set_init(struct channel_set *set);
void channel_set_finish(struct channel_set *set);

/** One wish more; true when it is the first for this channel. */
bool channel_set_add(struct channel_set *set, const char *name);
/** One wish less; true when it was the last. An unknown channel is none. */
bool channel_set_remove(struct channel_set *set, const char *name);
bool channel_set_has(const struct channel_set *set, const char *name);

/** Where a walk through the set stands; zero at the start. */
struct channel_walk {
    size_t slot;
    const struct channel *last;
};

/** The next channel's name, borrowed; NULL after the last. The set must not change during a walk. */
const char *channel_set_next(const struct channel_set *set, struct channel_walk *walk);
