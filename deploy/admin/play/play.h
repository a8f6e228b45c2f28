/* How the demo's buyers behave: which of them bids, on what, how much, and when. They make each lot worth
 * watching and still let a visitor win: a lot gets few or many bids, up to limits of their own around its
 * reserve, in its first minute only, and whoever outbids them is answered a few times and then left the
 * horse. No I/O and no clock: a whole sale can be played through in a test. Times are in ms on any one clock.
 */
#pragma once

#include "core/domain/money.h"

#include <stdbool.h>
#include <stdint.h>

#define PLAY_BUYERS   8
#define PLAY_LOTS_MAX 16

struct play; /* opaque */

/** `paddles` are those of the buyers, copied. */
struct play *play_create(uint64_t seed, const int paddles[PLAY_BUYERS]);
void play_destroy(struct play **play);

/** A lot has been opened (or is found open). Known ones are left as they are; over PLAY_LOTS_MAX it is not
 * played. `reserve` 0: none. */
void play_open(struct play *play, int64_t auction_id, yen start_price, yen reserve, int64_t now);

/** What everybody can see of a lot. */
struct play_view {
    int64_t auction_id;
    int64_t seq;
    bool open;    /* false: ended; it is forgotten */
    bool running; /* false: paused */
    yen price;    /* 0: no bid yet */
    int leader;   /* paddle; 0: nobody */
    yen min_next_bid, step;
};

/** Takes note; what is older than what is known is passed over, and so are lots not opened. */
void play_see(struct play *play, const struct play_view *view, int64_t now);

/** Forgets all lots. */
void play_forget(struct play *play);

struct play_bid {
    int buyer; /* 0 to PLAY_BUYERS - 1 */
    int64_t auction_id;
    yen amount, max_amount; /* max_amount 0: none */
};

/** The next bid that is due, if there is one: it counts as made. `ready` is a set of bits, one a buyer who
 * can be heard at the moment. Ask again until false. */
[[gnu::warn_unused_result]] bool play_next(struct play *play, unsigned ready, int64_t now,
                                           struct play_bid *out);
