/* Bids on their way to the node that holds the lot's desk: each goes into the holder's inbox (inbox.h) and
 * waits 100 ms for the answer; then, or when there is no inbox, it comes back to be decided here. At most
 * some thousands are on their way at once. */
#pragma once

#include "realtime/desk.h"

struct node;
struct handover;

enum handover_end {
    HANDOVER_NOT_SENT, /* it certainly reached nobody */
    HANDOVER_UNHEARD,  /* it may have been decided, or may yet be */
};

/** How a bid comes back: exactly one of the two, never before handover_send returned. */
struct handover_hooks {
    void (*answered)(void *bid, const struct desk_answer *answer, void *context);
    void (*returned)(void *bid, enum handover_end end, void *context);
};

/** `hooks` is borrowed for ever. */
struct handover *handover_create(struct node *node, const struct handover_hooks *hooks, void *context);
/** What is still on its way is returned first. */
void handover_destroy(struct handover **handover);

/** Hands `what` over to `holder` (not NULL); `bid` (borrowed until it comes back) is how the caller knows it.
 * False when it cannot be done now; nothing was sent then, and nothing comes back. */
[[gnu::warn_unused_result]] bool handover_send(struct handover *handover, const char *holder,
                                               const struct desk_bid *what,
                                               const struct admission_answer *admission, void *bid);

/** A message of Redis'; false when it is not an answer to this node. */
bool handover_hear(struct handover *handover, const char *channel, const char *text, size_t size);
