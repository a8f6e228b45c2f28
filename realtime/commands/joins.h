/* Joins: entering the room of a lot, however it was asked for. A client may leave before its join was
 * answered. */
#pragma once

#include "core/base/buffer.h"
#include "core/domain/verdict.h"

#include <stdbool.h>
#include <stdint.h>

struct joins; /* opaque: those of a node that are under way at the ledger, or wait for that */
struct node;
struct request;
struct session;

struct joins *joins_create(void);
/** After the pool, whose end answers all. */
void joins_destroy(struct joins **joins);

/** Which lot, and up to which seq the client knows everything of it. */
struct join_wish {
    int64_t auction_id;
    int64_t since_seq;
    bool has_since;
};

/** What a client is told that enters: all of one seq. */
struct join_answer {
    const struct buffer *state; /* <state> */
    const struct buffer
        *events; /* a JSON array of what was missed; empty: nothing was asked for, or resync */
    bool resync; /* too much was missed: only the state counts */
};

/** How the answer is told. One of the two is called, never before join_begin returned unless it refuses for
 * the number of rooms. The room's frames follow `joined`. */
struct join_teller {
    void (*joined)(struct session *session, const struct request *request, const struct join_answer *answer);
    void (*refused)(struct session *session, const struct request *request, enum verdict verdict);
};

void join_begin(struct node *node, struct session *session, const struct join_wish *wish,
                const struct request *request, const struct join_teller *teller);

/** The session does not want to enter this room any more; its join is still answered. */
void joins_abandon(struct session *session, int64_t auction_id);
