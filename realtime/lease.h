/* The lease on one lot's desk, as one node sees it: who is the preferred writer, until when, and when Redis
 * is to be asked again. A lease makes races rare, nothing more: the ledger's compare-and-append keeps them
 * harmless, so a view that is out of date costs time and never money.
 *
 * A question claims the lease if it is free, prolongs it if it is ours, and tells whose it is otherwise.
 * Pure: it is told the time, which is monotonic, in ms. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LEASE_NAME_SIZE 96 /* of a node and its incarnation */

enum lease_state {
    LEASE_UNKNOWN, /* nobody is known to hold it: bids are decided here */
    LEASE_OURS,
    LEASE_THEIRS,  /* bids are handed over to the holder */
    LEASE_DOUBTED, /* theirs, but the holder let a bid wait: bids are decided here until it prolongs again */
};

struct lease {
    enum lease_state state;
    char holder[LEASE_NAME_SIZE]; /* THEIRS, DOUBTED */
    int64_t length_ms;
    int64_t until_ms;   /* OURS, THEIRS, DOUBTED: when it ends unless prolonged */
    int64_t doubted_ms; /* DOUBTED: since when */
    int64_t asked_ms;   /* a question is under way since then; 0: none */
    int64_t ask_ms;     /* when the next is due */
};

/** What Redis said. */
struct lease_answer {
    const char *owner; /* NULL: Redis did not answer; "": nobody */
    int64_t left_ms;   /* of the owner's lease */
};

/** A lease of which nothing is known; the first question is due at `ask_ms`. */
void lease_init(struct lease *lease, int64_t length_ms, int64_t ask_ms);

/** Lets time pass: a lease that was not prolonged ends. To be called before the state is looked at. */
void lease_advance(struct lease *lease, int64_t now_ms);

/** Whether Redis should be asked now; lease_asked says that it was. */
bool lease_wants_asking(const struct lease *lease, int64_t now_ms);
void lease_asked(struct lease *lease, int64_t now_ms);

/** The answer to the question; `self` is this node's name. */
void lease_answered(struct lease *lease, const struct lease_answer *answer, const char *self, int64_t now_ms);

/** There is a bid: if nobody is known to hold the lease, it is asked for at once. */
void lease_hurry(struct lease *lease, int64_t now_ms);

/** The holder of this name let a bid wait. Nothing, if it is not the holder any more. */
void lease_doubt(struct lease *lease, const char *holder, int64_t now_ms);

/** The holder said that it gave the lease up, or this node does. */
void lease_freed(struct lease *lease, int64_t now_ms);
