/* The audit log from the event loop: entries wait in a bounded queue and are written in batches once a
 * second. What a flood would repeat (checks 1, 2, 4) is counted per user, address and code in lumps of 10 s.
 * A full queue drops and counts: the audit never holds up a bid. */
#pragma once

#include "core/domain/verdict.h"

#include <stdint.h>

struct node;
struct audit;

struct audit *audit_create(struct node *node);
void audit_destroy(struct audit **audit);

/** One bid's verdict. An accepted bid is in the ledger with all that an entry would say, so none is made (the
 * view audit_trail shows both); floods (UNAUTHENTICATED, FORBIDDEN, INVALID_MESSAGE, RATE_LIMITED) are lumped
 * by this function. `skew_ms`: client's clock against ours, 0 unknown. */
void audit_bid(struct audit *audit, int64_t user_id, int64_t auction_id, enum verdict verdict, int64_t amount,
               const char *address, int64_t skew_ms);
