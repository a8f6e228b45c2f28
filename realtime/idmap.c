/* Linear probing with removal by shifting back, so there are no tombstones and a lookup stays short however
 * often lots come and go. Ids are dense and chosen by the database, but a multiplication spreads them anyway:
 * a client may name any id it likes. */
#include "realtime/idmap.h"

#include "core/base/alloc.h"

#include <stdlib.h>

#define SMALLEST 64

struct idmap_slot {
    int64_t id; /* 0: free */
    void *value;
};

static size_t home_of(const struct idmap *map, int64_t id)
{
    return (size_t)(((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (map->capacity - 1);
}

/* The slot of the id, or the free one where it would go. */
static size_t find(const struct idmap *map, int64_t id)
{
    size_t at = home_of(map, id);
    while (map->slots[at].id != 0 && map->slots[at].id != id)
        at = (at + 1) & (map->capacity - 1);
    return at;
}

void idmap_finish(struct idmap *map)
{
    free(map->slots);
    *map = (struct idmap){0};
}

void *idmap_get(const struct idmap *map, int64_t id)
{
    return map->capacity > 0 && id > 0 ? map->slots[find(map, id)].value : NULL;
}

static void grow(struct idmap *map)
{
    struct idmap old = *map;
    map->capacity = old.capacity > 0 ? old.capacity * 2 : SMALLEST;
    map->slots = xcalloc(map->capacity, sizeof *map->slots);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].id != 0)
            map->slots[find(map, old.slots[i].id)] = old.slots[i];
    free(old.slots);
}

void idmap_put(struct idmap *map, int64_t id, void *value)
{
    if (map->count * 2 >= map->capacity)
        grow(map);
    struct idmap_slot *slot = &map->slots[find(map, id)];
    map->count += slot->id == 0;
    *slot = (struct idmap_slot){id, value};
}

void idmap_remove(struct idmap *map, int64_t id)
{
    if (idmap_get(map, id) == NULL)
        return;
    size_t hole = find(map, id), mask = map->capacity - 1;
    for (size_t at = (hole + 1) & mask; map->slots[at].id != 0; at = (at + 1) & mask) {
        size_t home = home_of(map, map->slots[at].id);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole] = (struct idmap_slot){0};
    map->count--;
}

void *idmap_next(const struct idmap *map, size_t *cursor)
{
    while (*cursor < map->capacity) {
        const struct idmap_slot *slot = &map->slots[(*cursor)++];
        if (slot->id != 0)
            return slot->value;
    }
    return NULL;
}
