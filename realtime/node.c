/* The one clock of a node: the monotonic clock, corrected by what the database said. */
#include "realtime/node.h"

#include "core/base/clock.h"
#include "realtime/clocksync.h"

int64_t node_now_ms(const struct node *node)
{
    return clocksync_now_ms(node->clocksync, clock_monotonic_us(), clock_wall_ms());
}
