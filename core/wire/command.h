/* The auctioneer's commands as they are said, whichever way they come in: what each may say, and by what a
 * repeat of it is recognised. What each does is the domain's. */
#pragma once

#include "core/domain/auction.h"
#include "core/wire/json_read.h"

enum sale_lots {
    SALE_LOTS_SALE,   /* of a resumption: the lots that a pause of the sale paused */
    SALE_LOTS_OUTAGE, /* those that an outage paused; the sale itself stays as it is */
    SALE_LOTS_ALL,    /* all that are paused */
    SALE_LOTS_COUNT
};

/** Names as in the API, NULL-terminated. */
extern const char *const sale_lots_names[];

/** What was said. */
struct command_said {
    int64_t subject_id; /* the lot, or the sale */
    struct uuid command_id;
    int64_t expected_seq, starts_at_ms, by_ms, step, start_price, reserve, undo_seq;
    bool has_expected_seq, has_starts_at, has_by, has_step, has_start_price, has_reserve, has_undo_seq;
    int lots;         /* enum sale_lots */
    const char *text; /* a reason or message; borrowed; NULL: none */
};

/** The fields of each command about a lot, into a struct command_said; kinds that are not commands of a
 * person have none. In bodies the lot is not named: it stands in the path. */
extern const struct schema command_schemas[COMMAND_KIND_COUNT];
extern const struct schema command_bodies[COMMAND_KIND_COUNT];

/** The same about a sale: COMMAND_PAUSE and COMMAND_RESUME. */
extern const struct schema sale_command_schemas[COMMAND_KIND_COUNT];
extern const struct schema sale_command_bodies[COMMAND_KIND_COUNT];

/** What the tables cannot say. */
void command_check(enum command_kind kind, const struct command_said *said, struct field_faults *faults);

/** The command about a lot; its text is borrowed from what was said. */
struct command command_of(enum command_kind kind, const struct command_said *said, int64_t actor);

/** Writes what was said in canonical form: a repeat under the same commandId must say the same. */
void command_write_content(const struct command_said *said, struct buffer *out);
void sale_command_write_content(enum command_kind kind, const struct command_said *said, struct buffer *out);
