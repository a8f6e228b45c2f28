/* A command about a whole sale: its pause, its resumption. The sale as such takes it once, and then it is
 * carried out on lot after lot as a command of its own, by ledger_execute, each lot remembering it under the
 * same id. So it may break off anywhere: repeated, it goes on where it was; and repeated after its end it
 * changes nothing. A newer command about the sale itself ends one that is under way, so that the later of two
 * has the last word on every lot: no lot is decided for the older once the newer has begun. A pause ends the
 * sale's pacing before it lists the lots, so none is started behind its back. */
#pragma once

#include "core/store/ledger.h"
#include "core/wire/command.h"

struct sale_command {
    int64_t sale_id;
    enum command_kind kind; /* COMMAND_PAUSE or COMMAND_RESUME */
    enum sale_lots lots;    /* of a resumption */
    int64_t actor;
    struct uuid command_id; /* never nil */
    const char *reason;     /* may be NULL */
    const char *content;    /* as in ledger_command */
};

/** Called for every lot, in order of lot number, with what became of it: to publish and to answer. What
 * `result` owns is gone afterwards. */
typedef void sale_command_lot(void *context, int64_t auction_id, int64_t lot_number,
                              const struct ledger_result *result);

/** OK when every lot has been asked, whatever each answered, or a newer command has taken over; `*duplicate`
 * tells that the command had been begun before. NOT_FOUND, COMMAND_ID_REUSED, COMMAND_NOT_ALLOWED;
 * UNAVAILABLE when nothing was done; UNCERTAIN when it broke off, or of some lot nobody knows: the caller
 * repeats it. `error` has words for the log of the last two. */
enum verdict sale_command_execute(struct db *db, const struct sale_command *command, sale_command_lot *on_lot,
                                  void *context, bool *duplicate, struct error *error);
