/* The plain framing: a text message is one JSON object, {"event", "id"?, "data"?}, and an answer is an event
 * "ack" with the same id. Clients are pinged by WebSocket's own frames and introduce themselves in the
 * handshake. */
#include "core/base/json.h"
#include "realtime/dispatch.h"
#include "realtime/frame.h"
#include "realtime/framing.h"
#include "realtime/session_internal.h"

#include <stddef.h>

/* ---- out ---- */

static void write_event(struct buffer *out, const char *name, const char *data, size_t size)
{
    struct json json = json_start(out);
    json_object(&json, NULL);
    json_text(&json, "event", name);
    json_raw(&json, "data", data, size);
    json_object_end(&json);
}

static void write_ack(struct buffer *out, int64_t id, const char *data, size_t size)
{
    struct json json = json_start(out);
    json_object(&json, NULL);
    json_text(&json, "event", "ack");
    json_int(&json, "id", id);
    json_raw(&json, "data", data, size);
    json_object_end(&json);
}

/* ---- in ---- */

struct envelope {
    const char *event;
    int64_t id;
    bool has_id;
    const cJSON *data;
};

static const struct field fields[] = {
    {.name = "event",
     .type = FIELD_TEXT,
     .offset = offsetof(struct envelope, event),
     .required = true,
     .lowest = 1,
     .highest = 64},
    {.name = "id",
     .type = FIELD_INT,
     .offset = offsetof(struct envelope,                    id),
     .lowest = -JSON_INT_MAX,
     .highest = JSON_INT_MAX,
     .present = offsetof(struct envelope, has_id)},
    {.name = "data", .type = FIELD_OBJECT, .offset = offsetof(struct envelope,            data)                   },
};

static bool read_id(const cJSON *root, int64_t *id)
{
    return json_whole(cJSON_GetObjectItemCaseSensitive(root, "id"), -JSON_INT_MAX, JSON_INT_MAX, id);
}

static void take_envelope(struct session *session, const cJSON *root, struct request *request)
{
    struct envelope envelope = {0};
    struct field_faults faults = {0};
    bool good = fields_read(root, fields, sizeof fields / sizeof fields[0], &envelope, &faults);
    request->wanted = read_id(root, &request->id);
    if (good)
        dispatch_event(session_node(session), session, envelope.event, envelope.data, request);
    else
        dispatch_fault(session, request, &faults);
}

/* For text that is not acceptable JSON: cJSON is less strict, and where it finds an object with an id all the
 * same, the client can be told. */
static void refuse_text(struct session *session, struct request *request, const char *text, size_t size,
                        const char *reason)
{
    struct field_faults faults = {0};
    field_fault(&faults, "", "%s", reason);
    cJSON *root = cJSON_ParseWithLength(text, size);
    request->wanted = read_id(root, &request->id);
    cJSON_Delete(root);
    dispatch_fault(session, request, &faults);
}

static void received(struct session *session, const char *text, size_t size, bool is_text,
                     const struct reception *reception)
{
    struct request request = {.reception = *reception};
    if (!is_text) {
        session_close(session, CLOSE_NOT_UNDERSTOOD, "only text messages are understood");
        return;
    }
    if (session_hold(session, text, size, reception))
        return;
    const char *reason = "a message must be an object";
    cJSON *root = json_parse(text, size, &reason);
    if (cJSON_IsObject(root))
        take_envelope(session, root, &request);
    else
        refuse_text(session, &request, text, size, reason);
    cJSON_Delete(root);
}

const struct framing framing_plain = {
    .kind = FRAMING_PLAIN,
    .ping = FRAME_PING,
    .ping_size = FRAME_PING_SIZE,
    .write_head = frame_text_header,
    .length = frame_length,
    .write_event = write_event,
    .write_ack = write_ack,
    .received = received,
};
