/* What this program counts, as rows of one table (core/base/metrics.h). The indices are the names by which
 * the parts count; names on the wire stand in metric.c. */
#pragma once

#include "core/base/metrics.h"
#include "core/domain/verdict.h"

enum realtime_metric {
    /* connections */
    METRIC_CONNECTIONS,         /* gauge */
    METRIC_CONNECTIONS_OPENED,  /* counter */
    METRIC_CONNECTIONS_REFUSED, /* counter by enum metric_refusal */
    METRIC_TLS_EXPIRES,         /* gauge, seconds since 1970 */
    METRIC_CLOSED,              /* counter by enum metric_close */
    METRIC_MESSAGES_IN,         /* counter by event (dispatch.c) */
    METRIC_MESSAGES_OUT,        /* counter by enum metric_out */
    METRIC_ACKS,                /* counter by enum metric_ack */
    METRIC_OUT_BYTES,           /* counter */
    METRIC_BUFFERED,            /* gauge, bytes: wait for clients */
    METRIC_STUCK,               /* gauge: clients for whom something waits */
    METRIC_MEMORY,              /* gauge, bytes */
    METRIC_ROOMS_REFUSED,       /* counter: a client was in too many already */
    /* rooms */
    METRIC_ROOMS,     /* gauge */
    METRIC_WATCHERS,  /* gauge */
    METRIC_FAN_OUT,   /* histogram: from a frame's entering the ring to the end of its pass */
    METRIC_RESYNCS,   /* counter: fell off the ring */
    METRIC_CONFLATED, /* counter: steps told together with the one before */
    METRIC_PRESENCE,  /* counter by enum metric_presence */
    /* bids: the desk's */
    METRIC_BIDS,             /* counter by verdict: label is enum verdict */
    METRIC_BID_HANDLED,      /* histogram: frame in to answer out */
    METRIC_BATCHES,          /* counter */
    METRIC_BATCHES_PRESUMED, /* counter: of them, decided without a read */
    METRIC_BATCH_BIDS,       /* counter: bids in these batches */
    METRIC_COMMANDS,         /* counter by verdict */
    METRIC_COMMANDS_PENDING, /* gauge */
    METRIC_TELLING_FAILED,   /* counter */
    METRIC_APPENDS,          /* counter by enum metric_append */
    METRIC_APPEND_TIME,      /* histogram */
    METRIC_DESK_PENDING,     /* gauge */
    METRIC_ADMITTED_ALONE,   /* counter */
    METRIC_BIDS_HELD,        /* gauge: stamped after the end, waiting */
    METRIC_LOTS_CLOSED,      /* counter: closed by this node's clock */
    METRIC_OUTAGES,          /* counter: lots paused for darkness */
    /* desks among nodes */
    METRIC_LEASES_HELD,     /* gauge */
    METRIC_LEASE_MOVES,     /* counter by enum metric_lease */
    METRIC_HANDED_OVER,     /* counter by enum metric_handover */
    METRIC_HANDED_OVER_NOW, /* gauge: on their way */
    METRIC_HANDOVER_TIME,   /* histogram: to the holder and back */
    METRIC_TAKEN_IN,        /* counter by enum metric_taken_in */
    /* replicas */
    METRIC_REPLICAS,      /* gauge */
    METRIC_REPLICA_LOADS, /* counter */
    METRIC_REPLICA_GAPS,  /* counter */
    /* clock and store */
    METRIC_CLOCK_OFFSET,      /* gauge, ms against the machine's wall clock */
    METRIC_CLOCK_UNCERTAINTY, /* gauge, ms */
    METRIC_LOOKS_FAILED,      /* counter: of the once-a-second look */
    METRIC_POOL_CONNECTED,    /* gauge */
    METRIC_POOL_PENDING,      /* gauge */
    METRIC_REDIS_CONNECTED,   /* gauge */
    METRIC_REDIS_DROPPED,     /* gauge */
    METRIC_AUDIT_WRITTEN,     /* counter */
    METRIC_AUDIT_DROPPED,     /* counter */
    METRIC_REALTIME_COUNT
};

enum metric_refusal {
    REFUSAL_REQUEST,
    REFUSAL_TOKEN,
    REFUSAL_ADDRESS,
    REFUSAL_TOTAL,
    REFUSAL_DRAINING,
    REFUSAL_MEMORY,
    REFUSAL_TIMEOUT, /* nothing, or no whole request, came in time */
    REFUSAL_CROWD,   /* too many had not said what they want; the oldest went */
    REFUSAL_TLS,     /* its handshake failed, or it spoke in clear */
};

enum metric_close {
    METRIC_CLOSE_PEER,
    METRIC_CLOSE_DRAINING,
    METRIC_CLOSE_TOO_BIG,
    METRIC_CLOSE_OVERLOADED,
    METRIC_CLOSE_NOT_UNDERSTOOD,
    METRIC_CLOSE_TOKEN,
    METRIC_CLOSE_FORBIDDEN,
    METRIC_CLOSE_REFUSED,
    METRIC_CLOSE_NO_HEARTBEAT,
    METRIC_CLOSE_TOO_MANY,
    METRIC_CLOSE_TOO_SLOW,
};

enum metric_out { METRIC_OUT_PRIVATE, METRIC_OUT_ROOM, METRIC_OUT_NOW, METRIC_OUT_STATE };

enum metric_presence { METRIC_PRESENCE_ALL, METRIC_PRESENCE_ALONE };

enum metric_ack { METRIC_ACK_OK, METRIC_ACK_REFUSED };

enum metric_append {
    METRIC_APPEND_DONE,
    METRIC_APPEND_CONFLICT,
    METRIC_APPEND_REJECTED,
    METRIC_APPEND_UNCERTAIN,
    METRIC_APPEND_DOWN,
};

enum metric_lease { METRIC_LEASE_TAKEN, METRIC_LEASE_GONE };

enum metric_handover {
    METRIC_HANDOVER_ANSWERED,
    METRIC_HANDOVER_UNHEARD,  /* no answer in time, or none of use: decided here */
    METRIC_HANDOVER_NOT_SENT, /* the holder has no inbox: decided here */
    METRIC_HANDOVER_LATE,     /* answers that nobody waited for any more */
};

enum metric_taken_in { METRIC_TAKEN_IN_GOOD, METRIC_TAKEN_IN_TOO_LATE, METRIC_TAKEN_IN_BAD };

/** Hands the table to core/base/metrics. Once, before anything is counted. */
void metric_start(void);
