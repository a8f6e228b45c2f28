/* A request to upgrade to WebSocket (RFC 6455, 4.2.1), whoever it is from: is it one, and the clean request
 * that the WebSocket library is to see in its place. Pure. */
#pragma once

#include "realtime/door.h"

/** NULL when it is one; else why not. */
const struct refusal *upgrade_judge(const struct http_head *head);

/** Writes the clean request for one that is. `subprotocol` is the one to be chosen; NULL: none. */
void upgrade_write(const struct http_head *head, const char *subprotocol, struct buffer *clean);
