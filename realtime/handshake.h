/* The judgement of a request to connect, as a WebSocket or as a stream of events: may it, as whom, and if
 * not, why not. */
#pragma once

#include "core/base/buffer.h"
#include "realtime/door.h"
#include "realtime/session_internal.h"

struct node;

/** `peer` is the socket's other end; the greeting's framing is given. True: `greeting` is filled and
 * `answer` holds what the client is told. False: `refusal` says why. A token that is
 * not good refuses where the handshake is all the introduction there is; else the greeting says so. */
bool handshake_judge(struct node *node, const struct http_head *head, const struct sockaddr *peer,
                     struct greeting *greeting, struct buffer *answer, struct refusal *refusal);

/** The same for a stream. */
bool handshake_judge_stream(struct node *node, const struct http_head *head, const struct sockaddr *peer,
                            struct greeting *greeting, struct refusal *refusal);
