/* What this node knows of each lot somebody watches here, or whose clock runs: the public view at the newest
 * known seq. It is fed by announcements (of this node's own desk, or over Redis) and made whole from the
 * ledger wherever a seq is missing. Every step forward becomes frames in the lot's room. */
#pragma once

#include "core/base/buffer.h"
#include "core/store/ledger.h"
#include "core/wire/announcement.h"

struct node;
struct replicas;

struct replicas *replicas_create(struct node *node);
void replicas_destroy(struct replicas **replicas);

/** Called when the lot is known (view at hand) or certainly does not exist (false; also on a draft), or
 * cannot be loaded now (`unavailable`). Never before the call returned. */
typedef void (*replica_callback)(bool found, bool unavailable, void *context);
void replica_open(struct replicas *replicas, int64_t auction_id, replica_callback callback, void *context);

/** The view of a known lot; NULL when it is not at hand. Borrowed until the next turn. */
const struct auction_view *replica_view(const struct replicas *replicas, int64_t auction_id);

/** Takes an announcement as it came over Redis: applied when it follows on, ignored when old, completed from
 * the ledger when there is a gap. One that tells nothing new, as those of the own desk, costs next to
 * nothing. */
void replica_hear(struct replicas *replicas, const char *message, size_t size);

/** The same for what the own desk has appended after `prev_seq`. */
void replica_append(struct replicas *replicas, int64_t prev_seq, const struct auction_view *view,
                    const struct ledger_batch *batch);

/** The ledger was seen at this seq: fills the gap if ours is older. Used by the once-a-second look. */
void replica_seen(struct replicas *replicas, int64_t auction_id, int64_t seq);

/** Calls back once the replica has reached `seq` (loading from the ledger if need be); false when it cannot
 * within 2 s. */
void replica_reach(struct replicas *replicas, int64_t auction_id, int64_t seq,
                   void (*callback)(bool reached, void *context), void *context);

/** Keeps, or lets go of, a lot that has watchers here, or soon will have (it is asked for): subscribes its
 * channel. Held before replica_open, it misses nothing. */
void replica_hold(struct replicas *replicas, int64_t auction_id);
void replica_release(struct replicas *replicas, int64_t auction_id);

/** Tells the lot's room at once what it has not been told yet for being behind: before somebody is let in. */
void replica_settle(struct replicas *replicas, int64_t auction_id);

/** Writes <state> for a session (0 user: visitor): view, card, serverMs; `you` (JSON object text or NULL for
 * null). */
void replica_write_state(const struct replicas *replicas, int64_t auction_id, const char *you,
                         struct buffer *out);
