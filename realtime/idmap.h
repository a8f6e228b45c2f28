/* A map from a positive row id to a pointer: lots by auction id, bidders by user id. Open addressing; grows
 * by doubling, never shrinks. What it points to is the caller's. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct idmap {
    struct idmap_slot *slots; /* owned; NULL until the first put */
    size_t capacity;          /* a power of two, or 0 */
    size_t count;
};

/** An empty map is a zeroed one. Frees the table, not what it points to. */
void idmap_finish(struct idmap *map);

/** NULL when there is none. */
void *idmap_get(const struct idmap *map, int64_t id);

/** Puts or replaces; `value` is not NULL, `id` > 0. */
void idmap_put(struct idmap *map, int64_t id, void *value);
void idmap_remove(struct idmap *map, int64_t id);

/** Walks in no particular order: start with `*cursor` = 0; NULL at the end. Whoever removes the entry just
 * given steps the cursor back by one, for another may have moved into its place; one that is moved from the
 * end to the front of the table may then be passed over, until the next walk. */
void *idmap_next(const struct idmap *map, size_t *cursor);
