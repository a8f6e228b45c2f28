#include "realtime/reply.h"

#include "realtime/metric.h"
#include "realtime/session_internal.h"

void reply_error_begin(struct json *json, const struct session *session, enum verdict verdict)
{
    const struct verdict_info *info = verdict_info(verdict);
    json_object(json, "error");
    json_text(json, "code", info->code);
    json_text(json, "message", session_is_english(session) ? info->en : info->ja);
}

void reply_send(struct session *session, const struct request *request, const struct buffer *data)
{
    session_ack(session, request->wanted, request->id, data->data, data->size);
}

void reply_ok(struct session *session, const struct request *request)
{
    static const char ok[] = "{\"ok\":true}";
    metrics_add(METRIC_ACKS, METRIC_ACK_OK, 1);
    session_ack(session, request->wanted, request->id, ok, sizeof ok - 1);
}

void reply_refuse(struct session *session, const struct request *request, enum verdict verdict,
                  const char *field, const char *detail)
{
    char memory[1024];
    struct buffer data;
    buffer_init_fixed(&data, memory, sizeof memory);
    struct json json = json_start(&data);
    json_object(&json, NULL);
    json_bool(&json, "ok", false);
    reply_error_begin(&json, session, verdict);
    if (field != NULL)
        json_text(&json, "field", field);
    if (detail != NULL)
        json_text(&json, "detail", detail);
    json_object_end(&json);
    json_object_end(&json);
    metrics_add(METRIC_ACKS, METRIC_ACK_REFUSED, 1);
    reply_send(session, request, &data);
}
