/* What was handed to somebody else and waits for an answer, each for the same time: a ring of bounded length,
 * in which numbers and deadlines both grow. Each thing put in comes out exactly once: by its number, when the
 * answer comes in time, or when its time is over. An answer that comes later, or a second time, finds
 * nothing. Pure: it is told the time. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct outstanding; /* opaque */

/** For at most `limit` things, each of which waits `patience_ms`. */
struct outstanding *outstanding_create(size_t limit, int64_t patience_ms);
/** Forgets what is in it. */
void outstanding_destroy(struct outstanding **outstanding);

/** Puts a thing (not NULL, borrowed) in and returns its number, > 0; 0: it is full. `now_ms` never runs back.
 */
int64_t outstanding_put(struct outstanding *outstanding, void *thing, int64_t now_ms);

/** Takes the thing of this number out; NULL when it is not in it, whatever the number. */
void *outstanding_take(struct outstanding *outstanding, int64_t number);

/** Takes out one whose time is over at `now_ms`, the eldest first; NULL when there is none. */
void *outstanding_take_due(struct outstanding *outstanding, int64_t now_ms);

/** When the eldest is due; INT64_MAX when it is empty. */
int64_t outstanding_due_ms(const struct outstanding *outstanding);

size_t outstanding_count(const struct outstanding *outstanding);
