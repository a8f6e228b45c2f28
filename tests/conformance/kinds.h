/* What is spoken at the paths of the conformance server. */
#pragma once

#include "tests/conformance/peer.h"

extern const struct peer_kind kind_echo;     /* RFC 6455: every message comes back */
extern const struct peer_kind kind_engine;   /* Engine.IO 4: every message packet comes back */
extern const struct peer_kind kind_socketio; /* Socket.IO 5: see kind_socketio.c */

/** Greets as Engine.IO does. */
void engine_opened(struct peer *peer);
