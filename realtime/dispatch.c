#include "realtime/dispatch.h"

#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/reply.h"
#include "realtime/session_internal.h"

#include <stddef.h>
#include <string.h>

/* In the order of the label's values of METRIC_MESSAGES_IN, which has "unknown" behind them. */
static const struct command_event *const events[] = {
    &event_auction_join,    &event_auction_leave,  &event_auction_bid,   &event_auth_refresh,
    &event_time_sync,       &event_sale_join,      &event_sale_leave,    &event_desk_join,
    &event_desk_leave,      &event_auction_start,  &event_auction_pause, &event_auction_resume,
    &event_auction_extend,  &event_auction_step,   &event_auction_warn,  &event_auction_message,
    &event_auction_reserve, &event_auction_hammer, &event_auction_pass,  &event_auction_withdraw,
    &event_auction_undo,    &event_auction_reopen, &event_sale_pause,    &event_sale_resume,
};
#define EVENTS (sizeof events / sizeof events[0])

static size_t find_event(const char *name)
{
    size_t i = 0;
    while (i < EVENTS && strcmp(events[i]->name, name) != 0)
        i++;
    return i;
}

/* Answers what was not understood, as long as there is an id to answer to. */
static void misunderstood(struct session *session, const struct request *request, enum verdict verdict,
                          const struct field_faults *faults)
{
    if (!request->wanted) {
        session_close(session, CLOSE_NOT_UNDERSTOOD, "a message without id was not understood");
        return;
    }
    bool named = faults != NULL && faults->count > 0;
    reply_refuse(session, request, verdict,
                 named && faults->list[0].field[0] != '\0' ? faults->list[0].field : NULL,
                 named ? faults->list[0].message : NULL);
    session_misunderstood(session);
}

static void refuse(struct node *node, struct session *session, const struct request *request,
                   const struct command_event *event, enum verdict verdict)
{
    if (event->refused != NULL)
        event->refused(node, session, verdict);
    reply_refuse(session, request, verdict, NULL, NULL);
}

static void run_event(struct node *node, struct session *session, const struct request *request,
                      const struct command_event *event, const cJSON *object)
{
    enum role role = session_role(session);
    if (!roles_have(event->roles, role)) {
        refuse(node, session, request, event,
               role == ROLE_VISITOR ? VERDICT_UNAUTHENTICATED : VERDICT_FORBIDDEN);
        return;
    }
    _Alignas(max_align_t) char data[COMMAND_DATA_MAX] = {0};
    struct field_faults faults = {0};
    if (object == NULL)
        field_fault(&faults, "data", "is required");
    else if (fields_read(object, event->schema->fields, event->schema->count, data, &faults) &&
             event->check != NULL)
        event->check(event, data, &faults);
    if (faults.count > 0) {
        if (event->refused != NULL)
            event->refused(node, session, VERDICT_INVALID_MESSAGE);
        misunderstood(session, request, VERDICT_INVALID_MESSAGE, &faults);
        return;
    }
    struct request granted = *request;
    granted.event = event;
    event->run(node, session, &granted, data);
}

void dispatch_event(struct node *node, struct session *session, const char *name, const cJSON *data,
                    const struct request *request)
{
    size_t event = find_event(name);
    metrics_add(METRIC_MESSAGES_IN, event, 1);
    if (event == EVENTS)
        misunderstood(session, request, VERDICT_UNKNOWN_EVENT, NULL);
    else
        run_event(node, session, request, events[event], data);
}

void dispatch_fault(struct session *session, const struct request *request, const struct field_faults *faults)
{
    metrics_add(METRIC_MESSAGES_IN, EVENTS, 1);
    misunderstood(session, request, VERDICT_INVALID_MESSAGE, faults);
}
