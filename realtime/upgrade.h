/* A request to upgrade to WebSocket (RFC 6455, 4.2), whoever it is from: is it one, and the answer. Pure. */
#pragma once

#include "realtime/door.h"

enum { UPGRADE_ANSWER_MAX = 512 /* bytes */ };

/** NULL when it is one; else why not. */
const struct refusal *upgrade_judge(const struct http_head *head);

/** Writes the answer to one that is. `subprotocol` is the one chosen; NULL: none. */
void upgrade_answer(const struct http_head *head, const char *subprotocol, struct buffer *out);
