/* The show: what demo-run does, turn by turn, as the auctioneer of the demo sale and as its buyers, through
 * the same doors as everybody else: REST and the WebSocket. Only a new demo sale, which no client can make,
 * comes from the database. */
#pragma once

#include "deploy/admin/demo.h"

struct show; /* opaque */

struct show_options {
    const char *rest; /* origin, as http://host:port */
    const char *ws;   /* as ws://host:port/ws */
    const struct demo_passwords *passwords;
    struct db *db;
    const volatile bool *stopping;
};

/** Everything is borrowed. NULL with `error`. */
[[gnu::warn_unused_result]] struct show *show_create(const struct show_options *options, struct error *error);
void show_destroy(struct show **show);

/** Does what is due, waiting a tenth of a second at most when nothing is. */
void show_turn(struct show *show);
