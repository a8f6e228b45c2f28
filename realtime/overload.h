/* Keeps the node's memory below its limit (LIMIT_MEMORY_BYTES): above it nobody new is let in, and visitors
 * are sent away with 1013, some every second, the newest first, until it is below again. People who have
 * logged in stay: it is for them that there is a limit. What single clients hold up is bounded apart from
 * this, see LIMIT_BUFFERED_BYTES. */
#pragma once

#include <stdbool.h>

struct node;
struct overload; /* opaque */

struct overload *overload_create(struct node *node);
void overload_destroy(struct overload **overload);

/** True while the memory is above its limit. */
bool overload_is_on(const struct overload *overload);
