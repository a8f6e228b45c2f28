/* Ledger events as bytes: the canonical JSON (RFC 8785) that is hashed, and back. Which member stands in
 * which part of which kind is one table in event.c. Folding the public parts gives the public state, folding
 * both gives the whole state.
 *
 * - public: "atMs", "seq", "type", and as the kind needs "amount", "auto", "bidCount", "cause", "endsAtMs",
 *   "extensions", "ladder", "message", "outage", "paddle", "price", "reason", "remainingMs", "retracts",
 *   "rules", "startPrice", "startsAtMs", "step";
 * - private, as the kind needs: "actor", "amount", "bidId", "maxAmount", "paddle", "reason", "reserve",
 * "type", "userId".
 *
 * A maximum_left without maxAmount withdraws the one before. The public part of a sealed event is
 * {"atMs":…,"seq":…,"type":"sealed"}; its kind stands in the private part. What is absent is none, or false.
 *
 * A <public event> on the wire is the public part followed by "hash" and "sealed" (both hexadecimal): the
 * canonical public part is that object without these two members. */
#pragma once

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/domain/auction.h"
#include "core/domain/chain.h"

/** Appends the canonical public (private) part. */
void event_write_public(const struct auction_event *event, struct buffer *out);
void event_write_private(const struct auction_event *event, struct buffer *out);

/** Appends the <public event>: the given public part with "hash" and "sealed". */
void event_write_wire(const char *public_part, size_t size, struct chain_hash hash, struct chain_hash seal,
                      struct buffer *out);

/** What a decoded event borrows from: its text and its terms. */
struct event_storage {
    struct auction_terms terms;
    char text[AUCTION_TEXT_MAX];
};

/** Decodes the two parts of one event. `out` borrows from `storage`. */
[[gnu::warn_unused_result]] bool event_read(const char *public_part, const char *private_part,
                                            struct event_storage *storage, struct auction_event *out,
                                            struct error *error);
