/* The timing wheel. A timer stands at the level of the highest group of six bits in which its deadline
 * differs from the wheel's tick, in the slot that those bits of the deadline name; a difference beyond the
 * fifth group is the overflow list. Three things follow, and everything here leans on them:
 * - Whatever stands at a level is due before anything at the levels above it, so the next thing to do
 *   is found with one bit scan of the lowest level in use, and an empty stretch costs nothing.
 * - When the tick enters a slot, its timers move down a level or more: each at most five times in its life.
 * - Timers with one deadline always share a list. Lists are appended to and walked from the front, so these
 *   fire in the order they were set without that order being kept anywhere. */
#include "core/domain/wheel.h"

#include "core/base/alloc.h"

#include <stdlib.h>

#define BITS   6
#define SLOTS  64
#define LEVELS 5
#define EPOCH  (INT64_C(1) << (BITS * LEVELS)) /* what the levels span together, in ms */

/* All lists stand in one array, so that a list's head tells its number, and with it the bit that says it is
 * in use. */
enum {
    LIST_OVERFLOW = LEVELS * SLOTS,
    LIST_LATE,   /* set for a time that had passed: for the next advance */
    LIST_FIRING, /* the late ones of this advance */
    LIST_COUNT
};

struct wheel {
    int64_t now;  /* the time told; all due by then has fired or is late */
    int64_t tick; /* how far the work has come; behind `now` only during an advance */
    void *context;
    size_t count;
    uint64_t occupied[LEVELS + 1];        /* a bit a list */
    struct wheel_timer heads[LIST_COUNT]; /* circular: an empty list's head links to itself */
};

static bool list_is_empty(const struct wheel *wheel, int list)
{
    return wheel->heads[list].next == &wheel->heads[list];
}

static void list_clear(struct wheel *wheel, int list)
{
    struct wheel_timer *head = &wheel->heads[list];
    head->next = head->previous = head;
    wheel->occupied[list / SLOTS] &= ~(UINT64_C(1) << (list % SLOTS));
}

static void list_append(struct wheel *wheel, int list, struct wheel_timer *timer)
{
    struct wheel_timer *head = &wheel->heads[list];
    timer->next = head;
    timer->previous = head->previous;
    head->previous->next = timer;
    head->previous = timer;
    wheel->occupied[list / SLOTS] |= UINT64_C(1) << (list % SLOTS);
}

static void list_remove(struct wheel *wheel, struct wheel_timer *timer)
{
    struct wheel_timer *next = timer->next, *previous = timer->previous;
    next->previous = previous;
    previous->next = next;
    if (next == previous) /* alone: both neighbours are the head */
        list_clear(wheel, (int)(next - wheel->heads));
    timer->next = timer->previous = NULL;
}

static int list_for(const struct wheel *wheel, int64_t due_ms)
{
    uint64_t difference = (uint64_t)due_ms ^ (uint64_t)wheel->tick;
    int level = (63 - __builtin_clzll(difference | 1)) / BITS;
    if (level >= LEVELS)
        return LIST_OVERFLOW;
    return level * SLOTS + (int)((uint64_t)due_ms >> (level * BITS) & (SLOTS - 1));
}

struct wheel *wheel_create(int64_t now_ms, void *context)
{
    struct wheel *wheel = xcalloc(1, sizeof *wheel);
    wheel->now = wheel->tick = now_ms;
    wheel->context = context;
    for (int list = 0; list < LIST_COUNT; list++)
        list_clear(wheel, list);
    return wheel;
}

void wheel_destroy(struct wheel **wheel)
{
    if (!*wheel)
        return;
    for (int list = 0; list < LIST_COUNT; list++)
        while (!list_is_empty(*wheel, list))
            list_remove(*wheel, (*wheel)->heads[list].next);
    free(*wheel);
    *wheel = NULL;
}

void wheel_set(struct wheel *wheel, struct wheel_timer *timer, int64_t due_ms, wheel_callback callback)
{
    wheel_cancel(wheel, timer);
    timer->due_ms = due_ms;
    timer->callback = callback;
    list_append(wheel, due_ms <= wheel->now ? LIST_LATE : list_for(wheel, due_ms), timer);
    wheel->count++;
}

void wheel_cancel(struct wheel *wheel, struct wheel_timer *timer)
{
    if (!wheel_is_set(timer))
        return;
    list_remove(wheel, timer);
    wheel->count--;
}

bool wheel_is_set(const struct wheel_timer *timer)
{
    return timer->next != NULL;
}

size_t wheel_count(const struct wheel *wheel)
{
    return wheel->count;
}

/* ---- late timers: any deadlines in any order, so these alone are sorted ---- */

/* Of two runs linked by `next` and ended by NULL makes one; on equal deadlines `first` goes first. */
static struct wheel_timer *merge(struct wheel_timer *first, struct wheel_timer *second)
{
    struct wheel_timer *merged = NULL, **end = &merged;
    while (first && second) {
        struct wheel_timer **earlier = second->due_ms < first->due_ms ? &second : &first;
        *end = *earlier;
        end = &(*earlier)->next;
        *earlier = *end;
    }
    *end = first ? first : second;
    return merged;
}

/* Moves the late timers to the empty list that is to be fired, by deadline, equal ones as they were set: a
 * merge sort from the bottom up. runs[i] holds 2^i timers or none, and the higher runs were set earlier. */
static void sort_late(struct wheel *wheel)
{
    struct wheel_timer *runs[64] = {0};
    struct wheel_timer *head = &wheel->heads[LIST_LATE], *timer = head->next;
    head->previous->next = NULL;
    while (timer) {
        struct wheel_timer *next = timer->next;
        timer->next = NULL;
        int i = 0;
        for (; runs[i]; i++) {
            timer = merge(runs[i], timer);
            runs[i] = NULL;
        }
        runs[i] = timer;
        timer = next;
    }
    for (int i = 0; i < 64; i++)
        timer = merge(runs[i], timer);
    list_clear(wheel, LIST_LATE);
    while (timer) {
        struct wheel_timer *next = timer->next;
        list_append(wheel, LIST_FIRING, timer);
        timer = next;
    }
}

/* ---- moving on ---- */

/* Fires a list from the front until it is empty. Nothing joins it meanwhile: what a callback sets is late, or
 * due after the time told. */
static size_t fire(struct wheel *wheel, int list)
{
    size_t fired = 0;
    for (; !list_is_empty(wheel, list); fired++) {
        struct wheel_timer *timer = wheel->heads[list].next;
        wheel_cancel(wheel, timer);
        timer->callback(timer, wheel->context);
    }
    return fired;
}

/* Deals a list's timers out anew, as seen from the present tick. */
static void cascade(struct wheel *wheel, int list)
{
    struct wheel_timer *head = &wheel->heads[list], *timer = head->next;
    list_clear(wheel, list);
    while (timer != head) {
        struct wheel_timer *next = timer->next;
        __builtin_prefetch(next->next); /* a quarter of the time with a million timers */
        list_append(wheel, list_for(wheel, timer->due_ms), timer);
        timer = next;
    }
}

static int64_t earliest_overflow(const struct wheel *wheel)
{
    const struct wheel_timer *head = &wheel->heads[LIST_OVERFLOW];
    int64_t earliest = INT64_MAX;
    for (const struct wheel_timer *timer = head->next; timer != head; timer = timer->next)
        if (timer->due_ms < earliest)
            earliest = timer->due_ms;
    return earliest;
}

/* Finds the list with the earliest work, and the moment from which it is to be fired (level 0) or dealt out.
 * That of the overflow list is no later than the truth, so as not to walk it. False when all lists ahead are
 * empty. */
static bool next_work(const struct wheel *wheel, int64_t *at_ms, int *list)
{
    for (int level = 0; level < LEVELS; level++) {
        if (!wheel->occupied[level])
            continue;
        int slot = __builtin_ctzll(wheel->occupied[level]);
        int64_t slot_span = INT64_C(1) << (level * BITS);
        *at_ms = (wheel->tick & -(slot_span * SLOTS)) + slot * slot_span;
        *list = level * SLOTS + slot;
        return true;
    }
    if (list_is_empty(wheel, LIST_OVERFLOW))
        return false;
    *at_ms = (wheel->tick | (EPOCH - 1)) + 1;
    *list = LIST_OVERFLOW;
    return true;
}

size_t wheel_advance(struct wheel *wheel, int64_t now_ms)
{
    size_t fired = 0;
    if (now_ms > wheel->now)
        wheel->now = now_ms;
    if (!list_is_empty(wheel, LIST_LATE)) {
        sort_late(wheel);
        fired += fire(wheel, LIST_FIRING);
    }
    int64_t at_ms;
    int list;
    while (next_work(wheel, &at_ms, &list) && at_ms <= wheel->now) {
        if (list == LIST_OVERFLOW) {
            int64_t earliest = earliest_overflow(wheel) & -EPOCH;
            if (earliest > wheel->now)
                break;
            at_ms = earliest;
        }
        wheel->tick = at_ms;
        if (list < SLOTS)
            fired += fire(wheel, list);
        else
            cascade(wheel, list);
    }
    wheel->tick = wheel->now;
    return fired;
}

int64_t wheel_now_ms(const struct wheel *wheel)
{
    return wheel->now;
}

/* Takes all timers out, each list from the front, and deals them out again, so that of equal deadlines the
 * order stays. */
void wheel_set_back(struct wheel *wheel, int64_t now_ms)
{
    int64_t by_ms = wheel->now - now_ms;
    struct wheel_timer all = {.next = &all, .previous = &all};
    if (by_ms <= 0)
        return;
    for (int list = 0; list < LIST_COUNT; list++) {
        struct wheel_timer *head = &wheel->heads[list];
        if (list_is_empty(wheel, list))
            continue;
        head->next->previous = all.previous;
        all.previous->next = head->next;
        head->previous->next = &all;
        all.previous = head->previous;
        list_clear(wheel, list);
    }
    wheel->now = wheel->tick = now_ms;
    for (struct wheel_timer *timer = all.next, *next; timer != &all; timer = next) {
        next = timer->next;
        timer->due_ms -= by_ms;
        list_append(wheel, timer->due_ms <= now_ms ? LIST_LATE : list_for(wheel, timer->due_ms), timer);
    }
}

int64_t wheel_next_ms(const struct wheel *wheel)
{
    if (!list_is_empty(wheel, LIST_LATE) || !list_is_empty(wheel, LIST_FIRING))
        return wheel->now;
    int64_t at_ms;
    int list;
    return next_work(wheel, &at_ms, &list) ? at_ms : INT64_MAX;
}
