/* The nodes that are measured: where they listen and what they take. Told by the environment: REALTIME_PORTS
 * and REALTIME_PIDS, numbers with spaces between. */
#pragma once

#include "tests/bench/market.h"

#include <signal.h>

#define NODES_MAX 4

struct nodes {
    int count;
    int ports[NODES_MAX];
    pid_t pids[NODES_MAX];
};

static inline struct nodes nodes_told(void)
{
    struct nodes nodes = {0};
    const char *ports = setting("REALTIME_PORTS"), *pids = setting("REALTIME_PIDS");
    char *ports_end, *pids_end;
    for (; nodes.count < NODES_MAX; nodes.count++, ports = ports_end, pids = pids_end) {
        nodes.ports[nodes.count] = (int)strtol(ports, &ports_end, 10);
        nodes.pids[nodes.count] = (pid_t)strtol(pids, &pids_end, 10);
        if (ports_end == ports || pids_end == pids)
            break;
    }
    if (nodes.count == 0)
        fail("there is no node");
    return nodes;
}

/** The memory of its own that a process has touched, in KB: its heap and its stacks, not its program. */
static inline int64_t node_memory_kb(pid_t pid)
{
    char path[64], line[256];
    int64_t kb = -1;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "RssAnon:", 8) == 0)
            kb = strtoll(line + 8, NULL, 10);
    if (kb < 0)
        fail("%s says nothing of RssAnon", path);
    fclose(file);
    return kb;
}
