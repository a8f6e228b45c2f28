/* Slow work (password hashing, checking a whole chain) in a few threads of its own, so that it never holds up
 * the threads that answer everybody else. The queue is bounded: when it is full the work is refused at once.
 */
#pragma once

#include <stdbool.h>

struct slow; /* opaque; any thread */

typedef void slow_job(void *context);

/** Four pools: an upload on its way to a far store takes minutes, and so may a report; neither must hold up a
 * log-in. And a write waits for the disk, which serves many writers with one flush, while threads that answer
 * readers must not wait for it. */
enum slow_kind { SLOW_WORK, SLOW_UPLOADS, SLOW_WRITES, SLOW_REPORTS, SLOW_KIND_COUNT };

/** Starts `threads` threads; at most `queue_limit` jobs wait. */
struct slow *slow_create(enum slow_kind kind, int threads, int queue_limit);

/** Does what is queued, ends the threads, and refuses everything from now on. */
void slow_stop(struct slow *slow);

/** Frees it, stopped before. Accepts a pointer to NULL. */
void slow_destroy(struct slow **slow);

/** Queues a job; false when the queue is full or the pool has been stopped. */
[[gnu::warn_unused_result]] bool slow_submit(struct slow *slow, slow_job *job, void *context);
