/* TLS in this process, for a node that has no proxy before it: a filter between the bytes of the wire and
 * clear ones. It reads and writes no socket, waits for nothing and knows no loop: whoever has the socket
 * hands bytes in and sends what comes out. */
#pragma once

#include "core/base/buffer.h"
#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_context; /* opaque: the certificate and the rules, for connections to come */
struct tls;         /* opaque: one connection, of which this is the server's end */

enum {
    TLS_RECORD_MAX = 16384, /* clear bytes that come at once, or not at all */
};

/** Reads the certificate, with the chain behind it, and its key from PEM files. NULL, with `error` naming the
 * setting, the file and why, when they cannot be used. */
struct tls_context *tls_context_create(const char *certificate_file, const char *key_file,
                                       struct error *error);

/** Reads the files again, for connections to come. False, with `error`: all stays as it was. */
[[gnu::warn_unused_result]] bool tls_context_reload(struct tls_context *context, struct error *error);

/** When the certificate ends, in seconds since 1970. */
int64_t tls_context_expires_at(const struct tls_context *context);

/** What clients will hold against the certificate at that time, in seconds since 1970; NULL: nothing. */
const char *tls_context_doubt(const struct tls_context *context, int64_t now);

/** After all of its connections. */
void tls_context_destroy(struct tls_context **context);

/** A connection that begins. */
struct tls *tls_create(const struct tls_context *context);
void tls_destroy(struct tls **tls);

/** True when the handshake is over. */
bool tls_is_greeted(const struct tls *tls);

enum tls_result {
    TLS_GOES_ON,
    TLS_ENDED,  /* the client will send nothing more; it may be sent to */
    TLS_BROKEN, /* nothing can be read or sent any more, but what is for the wire still goes out */
};

/** Takes all bytes that came. What is clear in them is appended to `clear`, never more than came by now; what
 * TLS itself has to say, such as its part of the handshake, to `wire`. */
enum tls_result tls_receive(struct tls *tls, const char *bytes, size_t size, struct buffer *clear,
                            struct buffer *wire);

/** Appends clear bytes to `wire`, sealed. False when the connection is broken, or `wire` is too small. After
 * the handshake, which is over when the first clear bytes have come. */
[[gnu::warn_unused_result]] bool tls_send(struct tls *tls, const void *bytes, size_t size,
                                          struct buffer *wire);

/** Appends to `wire` that nothing more will be sent; nothing once that was said, or if it cannot be. */
void tls_end(struct tls *tls, struct buffer *wire);

/** Why it is broken, for a log; never NULL. */
const char *tls_reason(const struct tls *tls);
