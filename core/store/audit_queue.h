/* Verdicts on bids on their way to the audit log: a ring of entries that whoever judges bids fills, and that
 * one statement at a time empties. Entries leave the ring only when the log has them, so a database that is
 * away for a while costs nothing but places in the ring. What a flood repeats (checks 1, 2, 4) waits in a
 * small table of lumps first: there one row stands for any number of messages. Bounded: what finds no room is
 * dropped, and counted by the caller. Used by one thread at a time. */
#pragma once

#include "core/domain/verdict.h"
#include "core/store/params.h"

#define AUDIT_WRITE_MAX    1024 /* entries a statement */
#define AUDIT_LUMP_MS      10000
#define AUDIT_ADDRESS_SIZE 46

struct audit_queue; /* opaque */

struct audit_entry {
    int64_t at_ms;
    int64_t user_id;    /* 0: a visitor */
    int64_t auction_id; /* as the bid names it; 0: none */
    int64_t amount;     /* 0: none */
    int64_t skew_ms;    /* client's clock against ours; 0: unknown */
    enum verdict verdict;
    char address[AUDIT_ADDRESS_SIZE]; /* "": unknown */
};

struct audit_queue *audit_queue_create(void);
void audit_queue_destroy(struct audit_queue **queue);

/** Adds an entry; floods (UNAUTHENTICATED, FORBIDDEN, INVALID_MESSAGE, RATE_LIMITED) are lumped by user,
 * address and code. Returns how many verdicts had no room. */
[[gnu::warn_unused_result]] int audit_queue_add(struct audit_queue *queue, const struct audit_entry *entry);

/** Hands on the lumps that began up to that moment. Returns how many verdicts had no room. */
[[gnu::warn_unused_result]] int audit_queue_release(struct audit_queue *queue, int64_t before_ms);

/** Entries that can be written. */
size_t audit_queue_count(const struct audit_queue *queue);

/** Parameters of SQL_AUDIT_APPEND with the first entries; returns their number. 0: there are none, and no
 * params. */
size_t audit_queue_params(const struct audit_queue *queue, struct params *params);

/** Forgets the first `count` entries: they are written, or never will be. */
void audit_queue_drop(struct audit_queue *queue, size_t count);
