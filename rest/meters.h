/* The metrics of seri-rest. Requests are counted by group of routes, never by path: a path is the client's to
 * choose. */
#pragma once

#include "core/base/metrics.h"

enum route_group {
    GROUP_NONE, /* no such route */
    GROUP_SYSTEM,
    GROUP_AUTH,
    GROUP_USERS,     /* by the administrator */
    GROUP_CATALOGUE, /* horses, sales, auctions */
    GROUP_REGISTRATIONS,
    GROUP_COMMANDS,
    GROUP_LEDGER,
    GROUP_BIDS,
    GROUP_REPORTS,
    GROUP_PERSONAL, /* notifications, watch list */
    GROUP_COUNT
};

enum meter {
    METER_ANSWERS_2XX, /* the three by group */
    METER_ANSWERS_4XX,
    METER_ANSWERS_5XX,
    METER_REQUEST_MS, /* by group */
    METER_CONNECTIONS,
    METER_CONNECTIONS_REFUSED,
    METER_CONNECTIONS_SLOW, /* by enum connection_stage */
    METER_IN_FLIGHT,
    METER_ABANDONED,
    METER_RATE_LIMITED, /* by enum limit_kind */
    METER_LIMITED_ALONE,
    METER_SLOW_WAITING, /* the two by pool: see enum slow_kind */
    METER_SLOW_REFUSED,
    METER_PUBLISH_FAILED,
    METER_AUDIT_DROPPED,
    METER_PACED,
    METER_SPOOL_BYTES,
    METER_SPOOL_REFUSED,
    METER_JOBS_DONE, /* attempts, by what became of them */
    METER_JOBS_FAILED,
    METER_JOBS_DEAD,
    METER_JOBS_WAITING,
    METER_JOBS_OLDEST_S,
    METER_JOBS_DEAD_NOW,
    METER_NOTIFICATIONS,
    METER_ANNOUNCED,
    METER_COUNT
};

void meters_start(void);

/** Counts one answered request. */
void meters_count_request(enum route_group group, int status, int64_t duration_us);
