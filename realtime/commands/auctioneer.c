/* The auctioneer's commands: the same as in REST, of which the fields, the checks and the answers are shared
 * (core/wire/command.h). They read and write the ledger in an order that only a thread can wait for, so they
 * go to the clerks. Their number is not limited; each is bound to its user's access at the moment it is
 * carried out. */
#include "core/wire/command.h"
#include "realtime/clerks.h"
#include "realtime/dispatch.h"
#include "realtime/node.h"

_Static_assert(sizeof(struct command_said) <= COMMAND_DATA_MAX, "the gate has no room for it");

static void check(const struct command_event *event, const void *data, struct field_faults *faults)
{
    command_check((enum command_kind)event->argument, data, faults);
}

static void run_lot(struct node *node, struct session *session, const struct request *request,
                    const void *data)
{
    clerks_command(node->clerks, session, request, (enum command_kind)request->event->argument, data);
}

static void run_sale(struct node *node, struct session *session, const struct request *request,
                     const void *data)
{
    clerks_sale_command(node->clerks, session, request, (enum command_kind)request->event->argument, data);
}

#define LOT_COMMAND(symbol, text, which)                                                                     \
    const struct command_event event_auction_##symbol = {                                                    \
        .name = (text),                                                                                      \
        .roles = ROLES_OFFICE,                                                                               \
        .schema = &command_schemas[which],                                                                   \
        .argument = (which),                                                                                 \
        .check = check,                                                                                      \
        .run = run_lot,                                                                                      \
    }
#define SALE_COMMAND(symbol, text, which)                                                                    \
    const struct command_event event_sale_##symbol = {                                                       \
        .name = (text),                                                                                      \
        .roles = ROLES_OFFICE,                                                                               \
        .schema = &sale_command_schemas[which],                                                              \
        .argument = (which),                                                                                 \
        .check = check,                                                                                      \
        .run = run_sale,                                                                                     \
    }

LOT_COMMAND(start, "auction:start", COMMAND_START);
LOT_COMMAND(pause, "auction:pause", COMMAND_PAUSE);
LOT_COMMAND(resume, "auction:resume", COMMAND_RESUME);
LOT_COMMAND(extend, "auction:extend", COMMAND_EXTEND);
LOT_COMMAND(step, "auction:step", COMMAND_STEP);
LOT_COMMAND(warn, "auction:warn", COMMAND_WARN);
LOT_COMMAND(message, "auction:message", COMMAND_MESSAGE);
LOT_COMMAND(reserve, "auction:reserve", COMMAND_RESERVE);
LOT_COMMAND(hammer, "auction:hammer", COMMAND_HAMMER);
LOT_COMMAND(pass, "auction:pass", COMMAND_PASS);
LOT_COMMAND(withdraw, "auction:withdraw", COMMAND_WITHDRAW);
LOT_COMMAND(undo, "auction:undo", COMMAND_UNDO);
LOT_COMMAND(reopen, "auction:reopen", COMMAND_REOPEN);
SALE_COMMAND(pause, "sale:pause", COMMAND_PAUSE);
SALE_COMMAND(resume, "sale:resume", COMMAND_RESUME);
