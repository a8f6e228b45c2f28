/* Of the rooms, what their driver and the sessions need beyond room.h. */
#pragma once

#include "realtime/room.h"

/** The most rooms, of any kind, that one session may be in. */
#define ROOMS_A_SESSION 20

/** Moves cursors forward: one slice of all that is due. True when more is left for the next turn. Also lets
 * go of rooms without watchers. */
bool rooms_turn(struct rooms *rooms);

/** Sends a session that has become ready what it missed in its rooms, until it is not ready any more. */
void rooms_catch_up(struct session *session);

/** In how many rooms a session is, of all kinds. */
int room_count_of(const struct session *session);
