/* The judgement of a request to upgrade /ws: may it, as whom, and if not, why not. */
#pragma once

#include "core/base/buffer.h"
#include "realtime/http_head.h"
#include "realtime/session_internal.h"

struct node;

/** What a request that was not granted is told. */
struct refusal {
    int status;
    const char *code; /* of the problem, as in REST */
    const char *title;
    const char *header; /* one more line of the answer's head, with CR LF; NULL: none */
};

/** `peer` is the address of the socket. True: `greeting` is filled and `clean` holds the request as the
 * WebSocket library is to see it. False: `refusal` says why. */
bool handshake_judge(struct node *node, const struct http_head *head, const char *peer,
                     struct greeting *greeting, struct buffer *clean, struct refusal *refusal);
