/* Joins under way. A client may leave before its join was answered. */
#pragma once

#include <stdint.h>

struct session;

/** The session does not want to enter this room any more; its join is still answered. */
void joins_abandon(struct session *session, int64_t auction_id);
