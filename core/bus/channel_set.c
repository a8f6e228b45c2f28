/* A hash table with chains. Names are made by us from ids, so a plain hash (FNV-1a) will do: nobody can
 * choose names that collide. */
#include "core/bus/channel_set.h"

#include "core/base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 64

struct channel {
    struct channel *next;
    uint64_t hash;
    unsigned wishes;
    char name[];
};

static uint64_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return hash;
}

/* The link that points to the channel, or to the NULL where its chain ends. The set has slots. */
static struct channel **find(const struct channel_set *set, const char *name, uint64_t hash)
{
    struct channel **link = &set->slots[hash & (set->capacity - 1)];
    while (*link != NULL && ((*link)->hash != hash || strcmp((*link)->name, name) != 0))
        link = &(*link)->next;
    return link;
}

static void grow(struct channel_set *set)
{
    size_t capacity = set->capacity > 0 ? set->capacity * 2 : CAPACITY_MIN;
    struct channel **slots = xcalloc(capacity, sizeof(struct channel *));
    for (size_t i = 0; i < set->capacity; i++) {
        while (set->slots[i] != NULL) {
            struct channel *channel = set->slots[i];
            set->slots[i] = channel->next;
            channel->next = slots[channel->hash & (capacity - 1)];
            slots[channel->hash & (capacity - 1)] = channel;
        }
    }
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
}

void channel_set_init(struct channel_set *set)
{
    *set = (struct channel_set){0};
}

void channel_set_finish(struct channel_set *set)
{
    for (size_t i = 0; i < set->capacity; i++) {
        while (set->slots[i] != NULL) {
            struct channel *channel = set->slots[i];
            set->slots[i] = channel->next;
            free(channel);
        }
    }
    free(set->slots);
    *set = (struct channel_set){0};
}

bool channel_set_add(struct channel_set *set, const char *name)
{
    if (set->count == set->capacity)
        grow(set);
    uint64_t hash = hash_of(name);
    struct channel **link = find(set, name, hash);
    if (*link != NULL) {
        (*link)->wishes++;
        return false;
    }
    size_t size = strlen(name) + 1;
    struct channel *channel = xmalloc(sizeof *channel + size);
    *channel = (struct channel){.hash = hash, .wishes = 1};
    memcpy(channel->name, name, size);
    *link = channel;
    set->count++;
    return true;
}

bool channel_set_remove(struct channel_set *set, const char *name)
{
    if (set->count == 0)
        return false;
    struct channel **link = find(set, name, hash_of(name));
    struct channel *channel = *link;
    if (channel == NULL || --channel->wishes > 0)
        return false;
    *link = channel->next;
    free(channel);
    set->count--;
    return true;
}

bool channel_set_has(const struct channel_set *set, const char *name)
{
    return set->count > 0 && *find(set, name, hash_of(name)) != NULL;
}

const char *channel_set_next(const struct channel_set *set, struct channel_walk *walk)
{
    const struct channel *next = walk->last != NULL ? walk->last->next : NULL;
    while (next == NULL && walk->slot < set->capacity)
        next = set->slots[walk->slot++];
    walk->last = next;
    return next != NULL ? next->name : NULL;
}
