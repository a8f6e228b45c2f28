/* The table of metrics. The codes of the verdicts are filled in at the start from their own table, so that a
 * new verdict has its counter without anybody thinking of it. */
#include "realtime/metric.h"

static const char *const refusals[] = {"request", "token",   "address", "total", "draining",
                                       "memory",  "timeout", "crowd",   "tls",   NULL};
static const char *const closes[] = {"peer",           "draining", "too_big",   "overloaded",
                                     "not_understood", "token",    "forbidden", "refused",
                                     "no_heartbeat",   "too_many", "too_slow",  NULL};
static const char *const outs[] = {"private", "room", "now", "state", NULL};
static const char *const presences[] = {"all", "alone", NULL};
static const char *const rooms[] = {"lot", "sale", NULL}; /* as enum rooms_kind */
static const char *const acks[] = {"ok", "refused", NULL};
static const char *const appends[] = {"done", "conflict", "rejected", "uncertain", "down", NULL};
static const char *const leases[] = {"taken", "gone", NULL};
static const char *const handovers[] = {"answered", "unheard", "not_sent", "late", NULL};
static const char *const taken_in[] = {"good", "too_late", "bad", NULL};
static const char *const events[] = {"auction:join",    "auction:leave",
                                     "auction:bid",     "auth:refresh",
                                     "time:sync",       "sale:join",
                                     "sale:leave",      "desk:join",
                                     "desk:leave",      "auction:start",
                                     "auction:pause",   "auction:resume",
                                     "auction:extend",  "auction:step",
                                     "auction:warn",    "auction:message",
                                     "auction:reserve", "auction:hammer",
                                     "auction:pass",    "auction:withdraw",
                                     "auction:undo",    "auction:reopen",
                                     "sale:pause",      "sale:resume",
                                     "unknown",         NULL};
static const char *verdicts[VERDICT_COUNT + 1];

/* clang-format off */
static const struct metric table[METRIC_REALTIME_COUNT] = {
    [METRIC_CONNECTIONS] = {METRIC_GAUGE, "seri_connections", "Clients connected", NULL, NULL},
    [METRIC_CONNECTIONS_OPENED] = {METRIC_COUNTER, "seri_connections_opened_total", "Clients that connected", NULL, NULL},
    [METRIC_CONNECTIONS_REFUSED] = {METRIC_COUNTER, "seri_connections_refused_total", "Connections refused before the upgrade", "reason", refusals},
    [METRIC_TLS_EXPIRES] = {METRIC_GAUGE, "seri_tls_certificate_expires_seconds", "When the certificate ends, in seconds since 1970; 0: no TLS here", NULL, NULL},
    [METRIC_CLOSED] = {METRIC_COUNTER, "seri_connections_closed_total", "Connections closed, by the reason given to the client", "reason", closes},
    [METRIC_MESSAGES_IN] = {METRIC_COUNTER, "seri_messages_in_total", "Messages received from clients", "event", events},
    [METRIC_MESSAGES_OUT] = {METRIC_COUNTER, "seri_messages_out_total", "Messages sent to clients", "kind", outs},
    [METRIC_ACKS] = {METRIC_COUNTER, "seri_acks_total", "Messages answered", "result", acks},
    [METRIC_OUT_BYTES] = {METRIC_COUNTER, "seri_out_bytes_total", "Bytes of frames handed to sockets", NULL, NULL},
    [METRIC_BUFFERED] = {METRIC_GAUGE, "seri_buffered_bytes", "Bytes that wait for clients who do not take them; looked at once a second", NULL, NULL},
    [METRIC_STUCK] = {METRIC_GAUGE, "seri_stuck_connections", "Clients for whom something waits; looked at once a second", NULL, NULL},
    [METRIC_MEMORY] = {METRIC_GAUGE, "seri_memory_bytes", "Resident memory of this node", NULL, NULL},
    [METRIC_ROOMS_REFUSED] = {METRIC_COUNTER, "seri_rooms_refused_total", "Joins refused because the connection was in too many rooms", NULL, NULL},
    [METRIC_ROOMS] = {METRIC_GAUGE, "seri_rooms", "Lots and sales watched at this node", "of", rooms},
    [METRIC_WATCHERS] = {METRIC_GAUGE, "seri_watchers", "Cursors in all rooms", "of", rooms},
    [METRIC_FAN_OUT] = {METRIC_HISTOGRAM_MS, "seri_fan_out_ms", "From a frame entering a room until it was offered to all its watchers", NULL, NULL},
    [METRIC_RESYNCS] = {METRIC_COUNTER, "seri_resyncs_total", "Watchers that fell off a ring and were sent the state", NULL, NULL},
    [METRIC_CONFLATED] = {METRIC_COUNTER, "seri_steps_conflated_total", "Steps of a lot that its room was told together with the one before, for it was behind", NULL, NULL},
    [METRIC_PRESENCE] = {METRIC_COUNTER, "seri_presence_counts_total", "Counts of who is in a room: over all nodes, or of this one alone, for Redis did not answer", "of", presences},
    [METRIC_BIDS] = {METRIC_COUNTER, "seri_bids_total", "Bids answered", "verdict", verdicts},
    [METRIC_BID_HANDLED] = {METRIC_HISTOGRAM_MS, "seri_bid_handled_ms", "From a bid's frame to its answer", NULL, NULL},
    [METRIC_BATCHES] = {METRIC_COUNTER, "seri_batches_total", "Batches of bids decided", NULL, NULL},
    [METRIC_BATCHES_PRESUMED] = {METRIC_COUNTER, "seri_batches_presumed_total", "Batches accepted by the holder of the desk without reading the ledger first", NULL, NULL},
    [METRIC_BATCH_BIDS] = {METRIC_COUNTER, "seri_batch_bids_total", "Bids in these batches", NULL, NULL},
    [METRIC_COMMANDS] = {METRIC_COUNTER, "seri_commands_total", "Commands of the auctioneer answered", "verdict", verdicts},
    [METRIC_COMMANDS_PENDING] = {METRIC_GAUGE, "seri_commands_pending", "Commands of the auctioneer waiting or being carried out", NULL, NULL},
    [METRIC_TELLING_FAILED] = {METRIC_COUNTER, "seri_telling_failed_total", "Messages about carried out commands that did not reach Redis", NULL, NULL},
    [METRIC_APPENDS] = {METRIC_COUNTER, "seri_appends_total", "Appends to the ledger", "outcome", appends},
    [METRIC_APPEND_TIME] = {METRIC_HISTOGRAM_MS, "seri_append_ms", "One append to the ledger", NULL, NULL},
    [METRIC_DESK_PENDING] = {METRIC_GAUGE, "seri_desk_pending", "Bids waiting or in flight", NULL, NULL},
    [METRIC_ADMITTED_ALONE] = {METRIC_COUNTER, "seri_bids_admitted_alone_total", "Bids whose limit a minute this node judged alone, for Redis did not answer in time", NULL, NULL},
    [METRIC_BIDS_HELD] = {METRIC_GAUGE, "seri_bids_held", "Bids stamped after the end, held until the lot closes or is extended", NULL, NULL},
    [METRIC_LOTS_CLOSED] = {METRIC_COUNTER, "seri_lots_closed_total", "Lots closed by this node's clock", NULL, NULL},
    [METRIC_OUTAGES] = {METRIC_COUNTER, "seri_outages_total", "Lots paused because their clock ran in the dark", NULL, NULL},
    [METRIC_LEASES_HELD] = {METRIC_GAUGE, "seri_leases_held", "Lots whose desk this node holds", NULL, NULL},
    [METRIC_LEASE_MOVES] = {METRIC_COUNTER, "seri_lease_moves_total", "Desks that this node took, and that are no longer its own", "what", leases},
    [METRIC_HANDED_OVER] = {METRIC_COUNTER, "seri_bids_handed_over_total", "Bids handed over to the holder of their desk, by what came of it; all but the answered ones are decided here", "end", handovers},
    [METRIC_HANDED_OVER_NOW] = {METRIC_GAUGE, "seri_bids_handed_over", "Bids on their way to the holder of their desk and back", NULL, NULL},
    [METRIC_HANDOVER_TIME] = {METRIC_HISTOGRAM_MS, "seri_handover_ms", "From handing a bid over to its answer", NULL, NULL},
    [METRIC_TAKEN_IN] = {METRIC_COUNTER, "seri_bids_taken_in_total", "Bids that other nodes handed over to this one", "what", taken_in},
    [METRIC_REPLICAS] = {METRIC_GAUGE, "seri_replicas", "Lots kept in memory", NULL, NULL},
    [METRIC_REPLICA_LOADS] = {METRIC_COUNTER, "seri_replica_loads_total", "Lots read from the ledger", NULL, NULL},
    [METRIC_REPLICA_GAPS] = {METRIC_COUNTER, "seri_replica_gaps_total", "Announcements missed and made up from the ledger", NULL, NULL},
    [METRIC_CLOCK_OFFSET] = {METRIC_GAUGE, "seri_clock_offset_ms", "The database's clock against this machine's", NULL, NULL},
    [METRIC_CLOCK_UNCERTAINTY] = {METRIC_GAUGE, "seri_clock_uncertainty_ms", "What the offset may be wrong by; -1: no sample yet", NULL, NULL},
    [METRIC_LOOKS_FAILED] = {METRIC_COUNTER, "seri_looks_failed_total", "Looks at the ledger that failed", NULL, NULL},
    [METRIC_POOL_CONNECTED] = {METRIC_GAUGE, "seri_database_connections", "Connections to PostgreSQL that stand", NULL, NULL},
    [METRIC_POOL_PENDING] = {METRIC_GAUGE, "seri_database_pending", "Statements waiting or in flight", NULL, NULL},
    [METRIC_REDIS_CONNECTED] = {METRIC_GAUGE, "seri_redis_connected", "1 while both connections to Redis stand", NULL, NULL},
    [METRIC_REDIS_DROPPED] = {METRIC_GAUGE, "seri_redis_dropped", "Redis commands dropped since the start", NULL, NULL},
    [METRIC_AUDIT_WRITTEN] = {METRIC_COUNTER, "seri_audit_written_total", "Audit entries written", NULL, NULL},
    [METRIC_AUDIT_DROPPED] = {METRIC_COUNTER, "seri_audit_dropped_total", "Audit entries dropped by a full queue", NULL, NULL},
};
/* clang-format on */

void metric_start(void)
{
    for (int i = 0; i < VERDICT_COUNT; i++)
        verdicts[i] = verdict_info((enum verdict)i)->code;
    metrics_start(table, METRIC_REALTIME_COUNT);
}
