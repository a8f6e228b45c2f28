#include "realtime/outstanding.h"

#include "core/base/alloc.h"

#include <stdlib.h>

struct place {
    void *thing; /* NULL: taken out */
    int64_t due_ms;
};

/* Numbers from `first` to before `next` have places, at their remainder; the first one's is never empty. */
struct outstanding {
    size_t limit, count;
    int64_t patience_ms;
    int64_t first, next;
    struct place places[];
};

struct outstanding *outstanding_create(size_t limit, int64_t patience_ms)
{
    struct outstanding *outstanding = xcalloc(1, sizeof *outstanding + limit * sizeof outstanding->places[0]);
    outstanding->limit = limit;
    outstanding->patience_ms = patience_ms;
    outstanding->first = outstanding->next = 1;
    return outstanding;
}

void outstanding_destroy(struct outstanding **outstanding)
{
    free(*outstanding);
    *outstanding = NULL;
}

static struct place *place_of(struct outstanding *outstanding, int64_t number)
{
    return &outstanding->places[(size_t)number % outstanding->limit];
}

int64_t outstanding_put(struct outstanding *outstanding, void *thing, int64_t now_ms)
{
    if (outstanding->next - outstanding->first == (int64_t)outstanding->limit)
        return 0;
    *place_of(outstanding, outstanding->next) = (struct place){thing, now_ms + outstanding->patience_ms};
    outstanding->count++;
    return outstanding->next++;
}

void *outstanding_take(struct outstanding *outstanding, int64_t number)
{
    if (number < outstanding->first || number >= outstanding->next)
        return NULL;
    struct place *place = place_of(outstanding, number);
    void *thing = place->thing;
    if (thing == NULL)
        return NULL;
    place->thing = NULL;
    outstanding->count--;
    while (outstanding->first < outstanding->next && place_of(outstanding, outstanding->first)->thing == NULL)
        outstanding->first++;
    return thing;
}

void *outstanding_take_due(struct outstanding *outstanding, int64_t now_ms)
{
    return outstanding_due_ms(outstanding) <= now_ms ? outstanding_take(outstanding, outstanding->first)
                                                     : NULL;
}

int64_t outstanding_due_ms(const struct outstanding *outstanding)
{
    return outstanding->count > 0
               ? outstanding->places[(size_t)outstanding->first % outstanding->limit].due_ms
               : INT64_MAX;
}

size_t outstanding_count(const struct outstanding *outstanding)
{
    return outstanding->count;
}
