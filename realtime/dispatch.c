#include "realtime/dispatch.h"

#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/reply.h"
#include "realtime/session_internal.h"

#include <stddef.h>
#include <string.h>

/* In the order of the label's values of METRIC_MESSAGES_IN, which has "unknown" behind them. */
static const struct command_event *const events[] = {
    &event_auction_join, &event_auction_leave, &event_auction_bid, &event_auth_refresh, &event_time_sync,
};
#define EVENTS (sizeof events / sizeof events[0])

/* What every message is: {"event", "id"?, "data"?}. */
struct envelope {
    const char *event;
    int64_t id;
    bool has_id;
    const cJSON *data;
};

/* An id is any integer that JSON carries exactly. */
#define ID_MAX ((INT64_C(1) << 53) - 1)

static const struct field envelope_fields[] = {
    {.name = "event",
     .type = FIELD_TEXT,
     .offset = offsetof(struct envelope, event),
     .required = true,
     .lowest = 1,
     .highest = 64},
    {.name = "id",
     .type = FIELD_INT,
     .offset = offsetof(struct envelope,                    id),
     .lowest = -ID_MAX,
     .highest = ID_MAX,
     .present = offsetof(struct envelope, has_id)},
    {.name = "data", .type = FIELD_OBJECT, .offset = offsetof(struct envelope,                  data)                         },
};
#define ENVELOPE_FIELDS (sizeof envelope_fields / sizeof envelope_fields[0])

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
    else if (fields_read(object, event->fields, event->field_count, data, &faults) && event->check != NULL)
        event->check(data, &faults);
    if (faults.count > 0) {
        if (event->refused != NULL)
            event->refused(node, session, VERDICT_INVALID_MESSAGE);
        misunderstood(session, request, VERDICT_INVALID_MESSAGE, &faults);
        return;
    }
    event->run(node, session, request, data);
}

static void take_envelope(struct node *node, struct session *session, const cJSON *root,
                          struct request *request)
{
    struct envelope envelope = {0};
    struct field_faults faults = {0};
    bool good = fields_read(root, envelope_fields, ENVELOPE_FIELDS, &envelope, &faults);
    request->wanted = json_whole(cJSON_GetObjectItemCaseSensitive(root, "id"), -ID_MAX, ID_MAX, &request->id);
    size_t event = good ? find_event(envelope.event) : EVENTS;
    metrics_add(METRIC_MESSAGES_IN, event, 1);
    if (!good)
        misunderstood(session, request, VERDICT_INVALID_MESSAGE, &faults);
    else if (event == EVENTS)
        misunderstood(session, request, VERDICT_UNKNOWN_EVENT, NULL);
    else
        run_event(node, session, request, events[event], envelope.data);
}

/* For text that is not acceptable JSON: cJSON is less strict, and where it finds an object with an id all the
 * same, the client can be told. */
static bool find_id(const char *text, size_t size, int64_t *id)
{
    cJSON *root = cJSON_ParseWithLength(text, size);
    bool found = json_whole(cJSON_GetObjectItemCaseSensitive(root, "id"), -ID_MAX, ID_MAX, id);
    cJSON_Delete(root);
    return found;
}

static void refuse_text(struct session *session, struct request *request, const char *text, size_t size,
                        const char *reason)
{
    metrics_add(METRIC_MESSAGES_IN, EVENTS, 1);
    request->wanted = find_id(text, size, &request->id);
    if (!request->wanted) {
        session_close(session, CLOSE_NOT_UNDERSTOOD, reason);
        return;
    }
    reply_refuse(session, request, VERDICT_INVALID_MESSAGE, NULL, reason);
    session_misunderstood(session);
}

void dispatch_message(struct node *node, struct session *session, const char *text, size_t size,
                      const struct reception *reception)
{
    struct request request = {.reception = *reception};
    const char *reason = NULL;
    cJSON *root = json_parse(text, size, &reason);
    if (root == NULL)
        refuse_text(session, &request, text, size, reason);
    else if (!cJSON_IsObject(root))
        refuse_text(session, &request, text, size, "a message must be an object");
    else
        take_envelope(node, session, root, &request);
    cJSON_Delete(root);
}
