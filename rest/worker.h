/* What one thread needs to answer requests: its own connections to PostgreSQL and Redis, made when the thread
 * first asks and closed when it ends. So nothing is locked or passed around, and there are as many
 * connections as threads. */
#pragma once

#include "core/bus/redis_blocking.h"
#include "core/store/db.h"
#include "rest/service.h"

struct worker {
    struct db *db;
    struct redis_blocking *redis;
    struct redis_blocking *limits; /* the same Redis, asked with less patience: see limit.h */
};

/** The calling thread's worker. */
struct worker *worker_of_thread(const struct service *service);
