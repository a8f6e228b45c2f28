/* Starts the lots of running sales when it is their turn: by their sale's pacing, or at their own startsAt. A
 * thread of its own, in every process; of all processes one acts at a time. Time is the database's, and what
 * has been done is in the ledger, so nothing is remembered here: after any outage it simply goes on. */
#pragma once

#include "rest/service.h"

struct pacer; /* opaque */

/** Starts the thread. */
struct pacer *pacer_start(struct service *service);

/** Lets a turn that has begun come to its end, and ends the thread. Accepts a pointer to NULL. */
void pacer_stop(struct pacer **pacer);
