/* The one gate of all client messages. What a framing has read as an event passes it in this order: known
 * event, role, fields; only then does a command run, and so commands hold no policy. The table of events is
 * here; a new event is a row of it and a file in commands/. */
#pragma once

#include "core/auth/role.h"
#include "core/domain/verdict.h"
#include "core/wire/json_read.h"

struct node;
struct session;

/** When a message came in. */
struct reception {
    int64_t at_ms; /* database time; 0: this node's clock is not trusted */
    int64_t monotonic_us;
};

/** A message on its way through a command: what is needed to answer it. */
struct request {
    const struct command_event *event; /* which one it is, once it has passed the gate */
    bool wanted;                       /* an answer */
    int64_t id;
    struct reception reception;
};

/** The most bytes of a struct that the fields of an event are stored into. */
#define COMMAND_DATA_MAX 128

/** One event that clients may send. */
struct command_event {
    const char *name;
    role_set roles;
    const struct schema *schema; /* its struct has COMMAND_DATA_MAX bytes at most */
    int argument;                /* for those that share what follows */
    /** What the fields cannot express; may be NULL. */
    void (*check)(const struct command_event *event, const void *data, struct field_faults *faults);
    /** Carries it out and answers it once, now or later. Borrowed data is gone when it returns. */
    void (*run)(struct node *node, struct session *session, const struct request *request, const void *data);
    /** A refusal at the gate, for the audit; may be NULL. */
    void (*refused)(struct node *node, const struct session *session, enum verdict verdict);
};

/** Handles one event of a client. `data` is what came with it, to be an object; NULL: nothing. */
void dispatch_event(struct node *node, struct session *session, const char *name, const cJSON *data,
                    const struct request *request);

/** Answers a message that is none of an event, or closes if it wants no answer. */
void dispatch_fault(struct session *session, const struct request *request,
                    const struct field_faults *faults);

extern const struct command_event event_auction_join;
extern const struct command_event event_auction_leave;
extern const struct command_event event_auction_bid;
extern const struct command_event event_auth_refresh;
extern const struct command_event event_time_sync;
extern const struct command_event event_sale_join;
extern const struct command_event event_sale_leave;
extern const struct command_event event_desk_join;
extern const struct command_event event_desk_leave;

/** The auctioneer's commands about a lot, and about a sale. */
extern const struct command_event event_auction_start, event_auction_pause, event_auction_resume,
    event_auction_extend, event_auction_step, event_auction_warn, event_auction_message,
    event_auction_reserve, event_auction_hammer, event_auction_pass, event_auction_withdraw,
    event_auction_undo, event_auction_reopen, event_sale_pause, event_sale_resume;
