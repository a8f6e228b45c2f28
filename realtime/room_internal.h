/* Of the rooms, what their driver and the sessions need beyond room.h. */
#pragma once

#include "realtime/room.h"

/** Moves cursors forward: one slice of all that is due. True when more is left for the next turn. Also lets
 * go of rooms without watchers. */
bool rooms_turn(struct rooms *rooms);

/** Sends a session that has become ready what it missed in its rooms, until it is not ready any more. */
void rooms_catch_up(struct session *session);

/** True when a session may enter one more room, `under_way` joins of its being unanswered. */
bool rooms_have_place(const struct session *session, int under_way);
