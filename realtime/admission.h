/* Check 4 of a bid, asked before it goes to its desk: whether its maker has a bid left within this minute,
 * over all nodes and REST. Redis counts for all (core/bus/rate.h); this node counts along, and decides alone
 * when Redis is away or takes longer than some milliseconds. What turns out to be known to the ledger already
 * was no new bid, and is given back. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct node;
struct admission;

/** What came of asking. */
struct admission_answer {
    bool limited;           /* one too many: RATE_LIMITED, unless the bid is known */
    int64_t retry_after_ms; /* when limited */
    int left;               /* more that the user may make now; -1: there is no limit */
};

/** Called once for each question that admission_ask took, never before it returned. */
typedef void (*admission_callback)(void *bid, const struct admission_answer *answer, void *context);

struct admission *admission_create(struct node *node, admission_callback callback, void *context);
/** Questions under way are answered first, by this node's own count. */
void admission_destroy(struct admission **admission);

/** Asks for `bid` (borrowed until it is answered). True: the answer comes; false: it is in `*answer`. */
[[gnu::warn_unused_result]] bool admission_ask(struct admission *admission, int64_t user, void *bid,
                                               struct admission_answer *answer);

/** The user's last bid was none. */
void admission_give_back(struct admission *admission, int64_t user);

/** Forgets the silent. To be called now and then. */
void admission_sweep(struct admission *admission);
