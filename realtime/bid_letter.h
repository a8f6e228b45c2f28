/* A bid on its way from the node that received it to the one that holds the lot's desk, and the answer on its
 * way back: JSON both ways, read as strictly as what comes from clients, with unknown members passed over, so
 * that nodes of two versions can work side by side. What the session claims about its user is not in it: the
 * desk asks the ledger. */
#pragma once

#include "core/base/buffer.h"
#include "realtime/desk.h"
#include "realtime/lease.h"

#define BID_LETTER_MAX 1024 /* bytes, either way */

struct bid_letter {
    char from[LEASE_NAME_SIZE];        /* the node that waits for the answer */
    int64_t number;                    /* by which that node knows it again */
    int64_t deadline_ms;               /* database time; after it nobody waits any more */
    int64_t uncertainty_ms;            /* of the clock that says when it was received */
    struct admission_answer admission; /* but for what is left: its own node tells the client */
    struct desk_bid bid;
};

void bid_letter_write(const struct bid_letter *letter, struct buffer *out);
/** False when it is not one, or says what no node says. */
[[gnu::warn_unused_result]] bool bid_letter_read(const char *text, size_t size, struct bid_letter *out);

/** All of an answer but bids_left. */
void bid_answer_write(int64_t number, const struct desk_answer *answer, struct buffer *out);
[[gnu::warn_unused_result]] bool bid_answer_read(const char *text, size_t size, int64_t *number,
                                                 struct desk_answer *out);
