/* The buyers' lines to the sale: one WebSocket each, as any client of /ws has it. A line is opened when it is
 * asked for and tells when it is lost; opening it again is the caller's. All callbacks run from lines_turn.
 */
#pragma once

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define LINES_MAX 16

struct lines; /* opaque */

struct lines_handlers {
    void (*opened)(void *context, int line);
    /** One whole text message, not terminated. */
    void (*received)(void *context, int line, const char *text, size_t size);
    /** The line is gone, or could not be opened; `refused` tells that it was for the token. */
    void (*closed)(void *context, int line, bool refused);
};

/** `url` as ws://host:port/path or wss://…; NULL with `error` when it is not. `handlers` is copied. */
[[gnu::warn_unused_result]] struct lines *lines_create(const char *url, const struct lines_handlers *handlers,
                                                       void *context, struct error *error);

/** Ends all lines, without telling. */
void lines_destroy(struct lines **lines);

/** Begins to open a line (0 to LINES_MAX - 1) that is closed. `token` is copied. */
void lines_open(struct lines *lines, int line, const char *token);
bool lines_is_open(const struct lines *lines, int line);
bool lines_is_closed(const struct lines *lines, int line);

/** Sends a text, copied. On a line that is not open, or behind too much that is unsent, it is dropped. */
void lines_send(struct lines *lines, int line, const char *text, size_t size);

/** Waits for something to happen, for a tenth of a second at most, and handles it. */
void lines_turn(struct lines *lines);
