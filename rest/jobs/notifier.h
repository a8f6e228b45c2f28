/* Follows the ledger, beside it and never in its way, and tells people what concerns them: a thread with its
 * own connections, in every REST process; they share the work by locks on rows. It also tells those who watch
 * a lot that it is about to start, hands what is new to the nodes (Redis) for live connections, and forgets
 * what is old.
 *
 * What is told is a row in `notifications`, written in one transaction with the place reached in the ledger,
 * so nothing is told twice or never. Handing it to the nodes is done at least once; a client knows a
 * notification by its id. */
#pragma once

#include "core/base/config.h"

struct notifier; /* opaque */

/** Starts the thread. `config` is borrowed. */
struct notifier *notifier_start(const struct config *config);

/** Ends it after the statement under way. Accepts a pointer to NULL. */
void notifier_stop(struct notifier **notifier);
