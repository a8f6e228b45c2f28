/* An answer over HTTP/1.1 that ends its connection, as bytes. Pure. */
#pragma once

#include "core/base/buffer.h"

/** What a request that was not granted is told. */
struct refusal {
    int status;
    const char *code; /* of the problem, as in REST */
    const char *title;
    const char *header; /* one more line of the answer's head, with CR LF; NULL: none */
};

/** Appends a whole answer. `header` is one more line, or NULL. */
void http_answer_write(struct buffer *out, int status, const char *type, const char *header, const char *body,
                       size_t size);

/** Appends a refusal as a problem of RFC 9457. */
void http_answer_refuse(struct buffer *out, const struct refusal *refusal);
