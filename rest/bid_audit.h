/* The audit log of bids over REST: refusals wait in the bounded queue of core/store/audit_queue.h and are
 * written once a second by a thread with a connection of its own, so that no request waits for it. An
 * accepted bid is in the ledger with all that an entry would say. */
#pragma once

#include "core/store/audit_queue.h"

struct bid_audit; /* opaque; any thread */

/** Starts the thread. `database_url` is copied. */
struct bid_audit *bid_audit_start(const char *database_url);

/** Writes what there is, if the database can be reached, and ends the thread. Accepts a pointer to NULL. */
void bid_audit_stop(struct bid_audit **audit);

void bid_audit_add(struct bid_audit *audit, const struct audit_entry *entry);
