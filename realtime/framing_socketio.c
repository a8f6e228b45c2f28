/* The Socket.IO framing: Socket.IO 5 on Engine.IO 4 over WebSocket alone, namespace "/". An event's data is
 * the one argument behind its name; an answer is the acknowledgement with that one argument. The client
 * introduces itself by CONNECT, with `auth: {token}`, and may do so again after a CONNECT_ERROR. Nothing
 * binary. */
#include "core/base/json.h"
#include "core/base/uuid.h"
#include "core/wire/socketio.h"
#include "realtime/dispatch.h"
#include "realtime/frame.h"
#include "realtime/framing.h"
#include "realtime/session_internal.h"

#include <string.h>

enum { HEAD_MAX = 512 }; /* bytes of a packet without events' data */

static void send_packet(struct session *session, const struct buffer *text)
{
    session_send_text(session, text->data, text->size);
}

/* ---- out ---- */

static void write_event(struct buffer *out, const char *name, const char *data, size_t size)
{
    socketio_write_head(out, SOCKETIO_EVENT, 0, "/", 1, SOCKETIO_NO_ID);
    struct json json = json_start(out);
    json_array(&json, NULL);
    json_text(&json, NULL, name);
    json_raw(&json, NULL, data, size);
    json_array_end(&json);
}

static void write_ack(struct buffer *out, int64_t id, const char *data, size_t size)
{
    socketio_write_head(out, SOCKETIO_ACK, 0, "/", 1, id);
    struct json json = json_start(out);
    json_array(&json, NULL);
    json_raw(&json, NULL, data, size);
    json_array_end(&json);
}

/* ---- coming and going ---- */

static void opened(struct session *session)
{
    char sid[UUID_TEXT_SIZE], memory[HEAD_MAX];
    struct buffer text;
    buffer_init_fixed(&text, memory, sizeof memory);
    uuid_format(uuid_random(), sid);
    struct engine_greeting greeting = {.sid = sid, .max_payload = session_message_max(session)};
    session_heartbeat(session, &greeting.ping_interval_ms, &greeting.ping_timeout_ms);
    engine_write_open(&text, &greeting);
    send_packet(session, &text);
}

static void admitted(struct session *session)
{
    char sid[UUID_TEXT_SIZE], memory[HEAD_MAX];
    struct buffer text;
    buffer_init_fixed(&text, memory, sizeof memory);
    uuid_format(uuid_random(), sid);
    socketio_write_head(&text, SOCKETIO_CONNECT, 0, "/", 1, SOCKETIO_NO_ID);
    struct json json = json_start(&text);
    json_object(&json, NULL);
    json_text(&json, "sid", sid);
    json_object_end(&json);
    send_packet(session, &text);
    session_greeted(session);
}

/* {"message", "data": {"code"}}, as the client's library hands them to `connect_error`. */
static void send_refusal(struct session *session, enum verdict verdict)
{
    const struct verdict_info *info = verdict_info(verdict);
    char memory[HEAD_MAX];
    struct buffer text;
    buffer_init_fixed(&text, memory, sizeof memory);
    socketio_write_head(&text, SOCKETIO_CONNECT_ERROR, 0, "/", 1, SOCKETIO_NO_ID);
    struct json json = json_start(&text);
    json_object(&json, NULL);
    json_text(&json, "message", session_is_english(session) ? info->en : info->ja);
    json_object(&json, "data");
    json_text(&json, "code", info->code);
    json_object_end(&json);
    json_object_end(&json);
    send_packet(session, &text);
}

static void refused(struct session *session)
{
    send_refusal(session, VERDICT_UNAUTHENTICATED);
}

static void dismissed(struct session *session)
{
    char memory[HEAD_MAX];
    struct buffer text;
    buffer_init_fixed(&text, memory, sizeof memory);
    socketio_write_head(&text, SOCKETIO_DISCONNECT, 0, "/", 1, SOCKETIO_NO_ID);
    send_packet(session, &text);
}

/* ---- in ---- */

static void close_bad(struct session *session, const char *reason)
{
    session_close(session, CLOSE_NOT_UNDERSTOOD, reason);
}

static void refuse_space(struct session *session, const struct socketio_packet *packet)
{
    static const char data[] = "{\"message\":\"Invalid namespace\"}";
    char memory[HEAD_MAX];
    struct buffer text;
    buffer_init_fixed(&text, memory, sizeof memory);
    socketio_write_head(&text, SOCKETIO_CONNECT_ERROR, 0, packet->space, packet->space_size, SOCKETIO_NO_ID);
    buffer_append(&text, data, sizeof data - 1);
    send_packet(session, &text);
}

/* `auth` may hold more than we know; a token that is null is none. */
static void take_connect(struct session *session, const struct socketio_packet *packet)
{
    const char *reason;
    cJSON *auth =
        packet->payload_size > 0 ? json_parse(packet->payload, packet->payload_size, &reason) : NULL;
    const cJSON *token = cJSON_GetObjectItemCaseSensitive(auth, "token");
    const char *text = cJSON_GetStringValue(token);
    bool malformed = packet->payload_size > 0 && auth == NULL;
    if (malformed || (token != NULL && text == NULL && !cJSON_IsNull(token)))
        send_refusal(session, VERDICT_INVALID_MESSAGE);
    else if (!session_introduce(session, text))
        send_refusal(session, VERDICT_UNAUTHENTICATED);
    cJSON_Delete(auth);
}

static void take_event(struct session *session, const struct socketio_packet *packet,
                       const struct reception *reception)
{
    struct request request = {
        .wanted = packet->id != SOCKETIO_NO_ID, .id = packet->id, .reception = *reception};
    struct field_faults faults = {0};
    const char *reason;
    cJSON *array = json_parse(packet->payload, packet->payload_size, &reason);
    const cJSON *name = cJSON_GetArrayItem(array, 0);
    if (array == NULL)
        field_fault(&faults, "", "%s", reason);
    else if (!cJSON_IsString(name) || cJSON_GetArraySize(array) > 2)
        field_fault(&faults, "", "an event is a name and one argument");
    else if (name->next != NULL && !cJSON_IsObject(name->next))
        field_fault(&faults, "data", "must be an object");
    if (faults.count > 0)
        dispatch_fault(session, &request, &faults);
    else
        dispatch_event(session_node(session), session, name->valuestring, name->next, &request);
    cJSON_Delete(array);
}

static void take_space_packet(struct session *session, const struct socketio_packet *packet,
                              const struct reception *reception)
{
    switch (packet->type) {
    case SOCKETIO_CONNECT: close_bad(session, "CONNECT came twice"); return;
    case SOCKETIO_DISCONNECT: session_close(session, CLOSE_LEFT, "disconnected"); return;
    case SOCKETIO_EVENT: take_event(session, packet, reception); return;
    case SOCKETIO_ACK: return; /* nothing of ours asks for one */
    case SOCKETIO_CONNECT_ERROR: close_bad(session, "CONNECT_ERROR is the server's to send"); return;
    case SOCKETIO_BINARY_EVENT:
    case SOCKETIO_BINARY_ACK: close_bad(session, "nothing binary is understood"); return;
    }
}

static void take_packet(struct session *session, const struct engine_packet *message,
                        const struct reception *reception)
{
    struct socketio_packet packet;
    const char *fault;
    if (!socketio_read(message->data, message->size, &packet, &fault))
        close_bad(session, fault);
    else if (packet.type == SOCKETIO_CONNECT && packet.space_size > 1)
        refuse_space(session, &packet);
    else if (packet.space_size > 1)
        close_bad(session, "not connected to this namespace");
    else if (!session_is_waiting(session))
        take_space_packet(session, &packet, reception);
    else if (packet.type == SOCKETIO_CONNECT)
        take_connect(session, &packet);
    else
        close_bad(session, "CONNECT comes first");
}

static void received(struct session *session, const char *bytes, size_t size, bool is_text,
                     const struct reception *reception)
{
    struct engine_packet packet;
    if (!is_text) {
        close_bad(session, "nothing binary is understood");
        return;
    }
    if (!engine_read(bytes, size, &packet)) {
        close_bad(session, "this is no packet of Engine.IO that a client may send");
        return;
    }
    switch (packet.type) {
    case ENGINE_CLOSE: session_close(session, CLOSE_LEFT, "closed"); return;
    case ENGINE_PONG: session_pong(session); return;
    case ENGINE_MESSAGE:
        if (!session_hold(session, bytes, size, reception))
            take_packet(session, &packet, reception);
        return;
    case ENGINE_OPEN:
    case ENGINE_PING:
    case ENGINE_UPGRADE:
    case ENGINE_NOOP: return;
    }
}

const struct framing framing_socketio = {
    .kind = FRAMING_SOCKETIO,
    .ping = "\x81\x01\x32", /* a text frame, one byte long: Engine.IO's "2" */
    .ping_size = 3,
    .write_head = frame_text_header,
    .length = frame_length,
    .write_event = write_event,
    .write_ack = write_ack,
    .received = received,
    .opened = opened,
    .admitted = admitted,
    .refused = refused,
    .dismissed = dismissed,
};
