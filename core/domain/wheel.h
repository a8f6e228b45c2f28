/* A hierarchical timing wheel (Varghese & Lauck 1987): what is due, in O(1) to set and to cancel, whatever
 * the number. Five levels of 64, 64, 64, 64 and 64 slots at a resolution of 1 ms reach 12 days; anything
 * later waits in an overflow list. Timers never fire early, and fire in order of deadline; equal deadlines
 * fire in the order they were set. The wheel never reads a clock: it is told the time. Timers are the
 * caller's memory, linked in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wheel_timer;
typedef void (*wheel_callback)(struct wheel_timer *timer, void *context);

/** Embed one in whatever waits; zero it before first use. The fields belong to the wheel. */
struct wheel_timer {
    struct wheel_timer *next, *previous; /* NULL: not set */
    int64_t due_ms;
    wheel_callback callback;
};

struct wheel; /* opaque */

/** A wheel whose time is `now_ms`. `context` is handed to every callback. */
struct wheel *wheel_create(int64_t now_ms, void *context);

/** Forgets all timers without firing them. Accepts a pointer to NULL. */
void wheel_destroy(struct wheel **wheel);

/** Sets, or moves, a timer. A deadline that has passed fires at the next wheel_advance. */
void wheel_set(struct wheel *wheel, struct wheel_timer *timer, int64_t due_ms, wheel_callback callback);

/** Cancels a timer; one that is not set is left alone. A timer may cancel or set any timer, itself too, from
 * its callback. */
void wheel_cancel(struct wheel *wheel, struct wheel_timer *timer);

bool wheel_is_set(const struct wheel_timer *timer);

/** Moves the time forward to `now_ms` (never back) and fires what is due by then. Returns how many fired. A
 * timer set from a callback for a time that has passed fires in the next call, so one call always ends. Not
 * to be called from a callback. */
size_t wheel_advance(struct wheel *wheel, int64_t now_ms);

/** The time told last. */
int64_t wheel_now_ms(const struct wheel *wheel);

/** The clock that tells the time was set back, to `now_ms`: what waits goes on waiting as long as it would
 * have. Not to be called from a callback. O(number of timers). */
void wheel_set_back(struct wheel *wheel, int64_t now_ms);

/** The moment until which nothing can be due: a lower bound of the next deadline, exact when that lies in the
 * present 64 ms (of a clock cut at multiples of 64); the present time when a timer is late, INT64_MAX when
 * none is set. Sleep until then and advance. O(1). */
int64_t wheel_next_ms(const struct wheel *wheel);

size_t wheel_count(const struct wheel *wheel);
