/* The office's desk at a sale: `desk:join`, then `desk:update`, until `desk:leave`. What it shows is for the
 * auctioneer and the operator alone, so it is no room: each update is sent to those who at that moment have
 * the role, and who has lost it is let out. At most once a second, and only when something has changed.
 *
 * Who is connected is asked of all nodes by Redis while somebody looks, and of none while nobody does;
 * without Redis a desk shows those of its own node. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct consoles; /* opaque: all of the node */
struct node;
struct request;
struct session;

struct consoles *consoles_create(struct node *node);
/** Before the pool and Redis. */
void consoles_destroy(struct consoles **consoles);

/** Puts a session to the desk of a sale, away from any other, and answers the request, later. */
void consoles_join(struct consoles *consoles, struct session *session, const struct request *request,
                   int64_t sale_id);

/** Takes a session away from the desk of a sale. A join under way is answered, and no more; it is no fault
 * not to sit there. */
void consoles_leave(struct consoles *consoles, const struct session *session, int64_t sale_id);

/** Once a second. */
void consoles_turn(struct consoles *consoles);

/** A message of Redis'; false when it is none about desks. */
bool consoles_hear(struct consoles *consoles, const char *channel, const char *text, size_t size);
