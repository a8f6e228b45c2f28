/* The board of a sale: its lots as everybody in the sale's room sees them, kept while somebody at this node
 * is in the room. It is read once when the first one comes; after that the once-a-second look at the ledger
 * names every lot that has changed, whoever watches it or not, so that watching a sale costs the database
 * nothing more. What has no event (an order changed by the office, a lot put on the list as a draft) is found
 * by reading it again every ten seconds, or every two while somebody of the office is in the room.
 *
 * Drafts, of lots and of sales, are for the office alone: they stand in its answers, and what changes of
 * them, up to their being struck off, is told to each of the office who is in the room, and never to the
 * room.
 */
#pragma once

#include "core/domain/auction.h"
#include "core/store/result.h"

struct boards; /* opaque: all of the node */
struct node;
struct request;
struct session;

struct board_lot {
    int64_t auction_id;
    int64_t lot_number;
    int64_t seq;
    enum auction_status status;
    yen price;            /* 0: no bid yet */
    int64_t starts_at_ms; /* 0: none */
    int64_t ends_at_ms;   /* as shown: while active, and the last one of an ended lot; 0: none */
    int64_t version;      /* of a draft, which no event tells of: each change raises it; 0: not known */
};

/** Reads the columns id, lot_number, seq, status, price, starts_at_ms, ends_at_ms of a row; no version. */
struct board_lot board_lot_read(const PGresult *result, int row);

struct boards *boards_create(struct node *node);
/** The rooms of sales have been destroyed. */
void boards_destroy(struct boards **boards);

/** Lets a session into the room of a sale and answers the request, now or later. */
void boards_join(struct boards *boards, struct session *session, const struct request *request,
                 int64_t sale_id);
/** Lets it out; a join under way is taken back, though still answered. */
void boards_leave(struct boards *boards, struct session *session, int64_t sale_id);

/** A lot as a look found it. */
void boards_see(struct boards *boards, int64_t sale_id, const struct board_lot *lot);
/** The end of a look: tells the rooms what has changed. */
void boards_turn(struct boards *boards);

/** `auction:started` as it came over Redis: for the room of the lot's sale. */
void boards_hear(struct boards *boards, const char *text, size_t size);
