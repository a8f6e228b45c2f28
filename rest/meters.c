/* The table that the metrics are made of. */
#include "rest/meters.h"

#include "rest/connections.h"
#include "rest/limit.h"

#include "rest/jobs/slow.h"

static const char *const groups[GROUP_COUNT + 1] = {
    [GROUP_NONE] = "none",         [GROUP_SYSTEM] = "system",       [GROUP_AUTH] = "auth",
    [GROUP_USERS] = "users",       [GROUP_CATALOGUE] = "catalogue", [GROUP_REGISTRATIONS] = "registrations",
    [GROUP_COMMANDS] = "commands", [GROUP_LEDGER] = "ledger",       [GROUP_BIDS] = "bids",
    [GROUP_REPORTS] = "reports",   [GROUP_PERSONAL] = "personal",
};

static const char *const pools[SLOW_KIND_COUNT + 1] = {
    [SLOW_WORK] = "work",
    [SLOW_UPLOADS] = "uploads",
    [SLOW_WRITES] = "writes",
    [SLOW_REPORTS] = "reports",
};

static const char *const stages[] = {
    [CONNECTION_IDLE] = "idle",
    [CONNECTION_REQUEST] = "request",
    [CONNECTION_WORK] = "work",
    [CONNECTION_ANSWER] = "answer",
    NULL,
};

/* clang-format off */
static const struct metric meters[METER_COUNT] = {
    [METER_ANSWERS_2XX]    = {METRIC_COUNTER, "seri_rest_answers_2xx_total", "Requests answered with success.", "group", groups},
    [METER_ANSWERS_4XX]    = {METRIC_COUNTER, "seri_rest_answers_4xx_total", "Requests refused as the client's fault.", "group", groups},
    [METER_ANSWERS_5XX]    = {METRIC_COUNTER, "seri_rest_answers_5xx_total", "Requests failed as the server's fault.", "group", groups},
    [METER_REQUEST_MS]     = {METRIC_HISTOGRAM_MS, "seri_rest_request_ms", "From a request's headers to its answer.", "group", groups},
    [METER_CONNECTIONS]    = {METRIC_GAUGE, "seri_rest_connections", "Connections open.", NULL, NULL},
    [METER_CONNECTIONS_REFUSED] = {METRIC_COUNTER, "seri_rest_connections_refused_total", "Connections refused as too many of one address.", NULL, NULL},
    [METER_CONNECTIONS_SLOW] = {METRIC_COUNTER, "seri_rest_connections_slow_total", "Connections ended because the client was too slow.", "at", stages},
    [METER_IN_FLIGHT]      = {METRIC_GAUGE, "seri_rest_requests_in_flight", "Requests begun and not finished.", NULL, NULL},
    [METER_ABANDONED]      = {METRIC_COUNTER, "seri_rest_requests_abandoned_total", "Requests that ended before they were complete.", NULL, NULL},
    [METER_RATE_LIMITED]   = {METRIC_COUNTER, "seri_rest_rate_limited_total", "Requests refused as too many.", "limit", limit_kind_names},
    [METER_LIMITED_ALONE]  = {METRIC_COUNTER, "seri_rest_limits_alone_total", "Requests counted by this process alone, Redis being away.", NULL, NULL},
    [METER_SLOW_WAITING]   = {METRIC_GAUGE, "seri_rest_slow_waiting", "Jobs waiting for a slow worker.", "pool", pools},
    [METER_SLOW_REFUSED]   = {METRIC_COUNTER, "seri_rest_slow_refused_total", "Jobs refused because too many wait.", "pool", pools},
    [METER_AUDIT_DROPPED] = {METRIC_COUNTER, "seri_rest_audit_dropped_total", "Verdicts on bids for which the audit log had no room.", NULL, NULL},
    [METER_PUBLISH_FAILED] = {METRIC_COUNTER, "seri_rest_publish_failed_total", "Announcements that did not reach Redis.", NULL, NULL},
    [METER_PACED]          = {METRIC_COUNTER, "seri_rest_paced_total", "Lots started by the clock.", NULL, NULL},
    [METER_SPOOL_BYTES]    = {METRIC_GAUGE, "seri_rest_spool_bytes", "Disk kept for temporary files.", NULL, NULL},
    [METER_SPOOL_REFUSED]  = {METRIC_COUNTER, "seri_rest_spool_refused_total", "Temporary files refused for want of room.", NULL, NULL},
    [METER_JOBS_DONE]      = {METRIC_COUNTER, "seri_rest_jobs_done_total", "Jobs done.", NULL, NULL},
    [METER_JOBS_FAILED]    = {METRIC_COUNTER, "seri_rest_jobs_failed_total", "Attempts at jobs that failed and are made again.", NULL, NULL},
    [METER_JOBS_DEAD]      = {METRIC_COUNTER, "seri_rest_jobs_dead_total", "Jobs given up.", NULL, NULL},
    [METER_JOBS_WAITING]   = {METRIC_GAUGE, "seri_rest_jobs_waiting", "Jobs that wait, over all processes.", NULL, NULL},
    [METER_JOBS_OLDEST_S]  = {METRIC_GAUGE, "seri_rest_jobs_oldest_s", "For how long the job due longest has been due, over all processes.", NULL, NULL},
    [METER_JOBS_DEAD_NOW]  = {METRIC_GAUGE, "seri_rest_jobs_dead", "Dead jobs that wait for the operator, over all processes.", NULL, NULL},
    [METER_NOTIFICATIONS]  = {METRIC_COUNTER, "seri_rest_notifications_total", "Notifications made from the ledger.", NULL, NULL},
    [METER_ANNOUNCED]      = {METRIC_COUNTER, "seri_rest_notifications_announced_total", "Notifications handed to the nodes.", NULL, NULL},
};
/* clang-format on */

void meters_start(void)
{
    metrics_start(meters, METER_COUNT);
}

void meters_count_request(enum route_group group, int status, int64_t duration_us)
{
    enum meter meter = status >= 500   ? METER_ANSWERS_5XX
                       : status >= 400 ? METER_ANSWERS_4XX
                                       : METER_ANSWERS_2XX;
    metrics_add(meter, group, 1);
    metrics_observe_us(METER_REQUEST_MS, group, duration_us);
}
