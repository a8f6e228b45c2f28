/* The memory is what the kernel counts (resident set), for only that kills; asking is one read of a file that
 * is no file. Memory that was freed may still be counted until the allocator gives it back, so it is asked to
 * before anybody is sent away for it. */
#include "realtime/overload.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/proc.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/session_internal.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    LOOK_MS = 1000,
    TRIM_MS = 10000,   /* between requests to give memory back: it stops everything for a moment */
    SHED_LEAST = 16,   /* a look */
    SHED_SHARE = 16,   /* and of all clients one in so many */
    RELIEF_SHARE = 20, /* it is over when one in so many is free again */
};

struct overload {
    struct node *node;
    struct wheel_timer timer;
    int statm; /* descriptor */
    int64_t page_bytes, limit_bytes;
    int64_t trimmed_at_ms;
    bool on;
};

/* What this process may use at most: the machine's memory, or less in a container. */
static int64_t memory_there_is(int64_t page_bytes)
{
    static const char *const limits[] = {"/sys/fs/cgroup/memory.max",
                                         "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    int64_t bytes = sysconf(_SC_PHYS_PAGES) * page_bytes;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        int file = open(limits[i], O_RDONLY | O_CLOEXEC);
        int64_t limit = proc_number(file, 0);
        if (limit > 0 && limit < bytes)
            bytes = limit;
        if (file >= 0)
            close(file);
    }
    return bytes;
}

static int64_t resident_bytes(const struct overload *overload)
{
    int64_t pages = proc_number(overload->statm, 1);
    return pages > 0 ? pages * overload->page_bytes : 0;
}

static int64_t look(struct overload *overload)
{
    int64_t bytes = resident_bytes(overload), now_ms = clock_monotonic_ms();
    if (bytes > overload->limit_bytes && now_ms - overload->trimmed_at_ms >= TRIM_MS) {
        overload->trimmed_at_ms = now_ms;
        malloc_trim(0);
        bytes = resident_bytes(overload);
    }
    metrics_set(METRIC_MEMORY, 0, bytes);
    return bytes;
}

static void on_look(struct wheel_timer *timer, void *context)
{
    struct node *node = context;
    struct overload *overload = node->overload;
    int64_t bytes = look(overload);
    bool on = bytes > overload->limit_bytes ||
              (overload->on && bytes > overload->limit_bytes - overload->limit_bytes / RELIEF_SHARE);
    if (on != overload->on)
        log_warn(on ? "memory is above its limit: nobody is let in" : "memory is below its limit again",
                 log_number("bytes", bytes), log_number("limit", overload->limit_bytes));
    overload->on = on;
    if (bytes > overload->limit_bytes)
        sessions_shed_visitors(node->sessions, SHED_LEAST + sessions_count(node->sessions) / SHED_SHARE);
    wheel_set(node->wheel, timer, node_now_ms(node) + LOOK_MS, on_look);
}

bool overload_is_on(const struct overload *overload)
{
    return overload->on;
}

struct overload *overload_create(struct node *node)
{
    struct overload *overload = xcalloc(1, sizeof *overload);
    overload->node = node;
    overload->page_bytes = sysconf(_SC_PAGESIZE);
    overload->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    overload->limit_bytes = config_int(node->config, "LIMIT_MEMORY_BYTES");
    if (overload->limit_bytes == 0)
        overload->limit_bytes = memory_there_is(overload->page_bytes) / 4 * 3;
    if (overload->statm < 0)
        log_warn("there is no /proc/self/statm: memory is not watched");
    wheel_set(node->wheel, &overload->timer, 0, on_look);
    return overload;
}

void overload_destroy(struct overload **overload)
{
    if (*overload == NULL)
        return;
    wheel_cancel((*overload)->node->wheel, &(*overload)->timer);
    if ((*overload)->statm >= 0)
        close((*overload)->statm);
    free(*overload);
    *overload = NULL;
}
