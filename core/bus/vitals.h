/* The vital figures of every process, where the operator looks for them: one hash in Redis, `vitals`, a field
 * a process, of the moment (Redis' clock) and the figures as JSON. A process tells its own every few seconds;
 * one that was killed stays for a minute as what it last said, so that its silence is seen, and one that ends
 * takes its field along. The hash itself expires when nobody tells any more. Nothing private is in it.
 *
 * The commands are put together here and run by whoever has a connection. */
#pragma once

#include "core/base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VITALS_KEY       "vitals"
#define VITALS_EVERY_MS  2000
#define VITALS_SILENT_MS 7000  /* who has said nothing for so long is called silent */
#define VITALS_KEPT_MS   60000 /* and after so long is forgotten */
#define VITALS_MAX       64    /* processes; more than these are swept as soon as they may be */
#define VITALS_TEXT_MAX  2048  /* bytes of a process' figures */

/** Borrows what it was made from. */
struct vitals_command {
    int count;
    const char *arguments[8];
    size_t sizes[8];
};

/** Tells the figures of a process; `identity` is never another's, not even of one with the same name. */
void vitals_tell(struct vitals_command *command, const char *identity, const char *text, size_t size);

/** Takes a process' figures away. */
void vitals_end(struct vitals_command *command, const char *identity);

/** All figures: an array of identity, age in ms and text, three for each process. */
void vitals_list(struct vitals_command *command);

/** What every process tells, as the first members of its object. */
struct vitals_head {
    const char *program, *name, *identity;
    int64_t port, started_at_ms, interval_ms, memory_bytes;
    bool draining, postgresql;
};
void vitals_write_head(struct json *json, const struct vitals_head *head);
