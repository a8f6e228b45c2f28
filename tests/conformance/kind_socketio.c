/* Socket.IO 5 with two namespaces, "/" and "/custom". On connecting comes the event `auth` with the payload
 * of the CONNECT (or {}); `message` is answered by `message-back` with the same arguments, `message-with-ack`
 * is acknowledged with them, attachments included. Other events are heard by nobody. */
#include "core/base/alloc.h"
#include "core/base/uuid.h"
#include "core/wire/socketio.h"
#include "tests/conformance/kinds.h"

#include <stdlib.h>
#include <string.h>

static const char *const spaces[] = {"/", "/custom"};
enum { SPACES = sizeof spaces / sizeof spaces[0] };

/* What is kept of a connection. */
struct memory {
    bool began; /* a CONNECT came */
    bool connected[SPACES];
    char *text; /* a packet that waits for its attachments, and these; NULL: none does */
    size_t size;
    int count;
    struct buffer attachments[SOCKETIO_ATTACHMENTS_MAX];
};

static void bad(struct peer *peer, const char *reason)
{
    peer_close(peer, PEER_BAD_PACKET, reason);
}

static int find_space(const struct socketio_packet *packet)
{
    for (int i = 0; i < SPACES; i++)
        if (packet->space_size == strlen(spaces[i]) &&
            memcmp(packet->space, spaces[i], packet->space_size) == 0)
            return i;
    return -1;
}

/* A packet with the given payload, made of up to three pieces. */
static void send_packet(struct peer *peer, enum socketio_type type, const struct socketio_packet *of,
                        int64_t id, const char *before, const char *payload, size_t size, const char *behind)
{
    struct buffer text;
    buffer_init(&text, 2 * ECHO_MESSAGE_MAX);
    socketio_write_head(&text, type, of->attachments, of->space, of->space_size, id);
    buffer_append_text(&text, before);
    buffer_append(&text, payload, size);
    buffer_append_text(&text, behind);
    peer_send(peer, text.data, text.size, true);
    buffer_finish(&text);
}

/* ---- namespaces ---- */

static void take_connect(struct peer *peer, struct memory *memory, const struct socketio_packet *packet)
{
    int space = find_space(packet);
    if (space < 0) {
        send_packet(peer, SOCKETIO_CONNECT_ERROR, packet, SOCKETIO_NO_ID,
                    "{\"message\":\"Invalid namespace\"}", "", 0, "");
        return;
    }
    if (memory->connected[space]) {
        bad(peer, "CONNECT came twice");
        return;
    }
    char sid[UUID_TEXT_SIZE];
    uuid_format(uuid_random(), sid);
    peer_connected(peer);
    memory->began = memory->connected[space] = true;
    send_packet(peer, SOCKETIO_CONNECT, packet, SOCKETIO_NO_ID, "{\"sid\":\"", sid, strlen(sid), "\"}");
    bool empty = packet->payload_size == 0;
    send_packet(peer, SOCKETIO_EVENT, packet, SOCKETIO_NO_ID, "[\"auth\",", empty ? "{}" : packet->payload,
                empty ? 2 : packet->payload_size, "]");
}

/* ---- events ---- */

static void answer_event(struct peer *peer, const struct memory *memory, const struct socketio_packet *packet)
{
    static const char message[] = "\"message\"", with_ack[] = "\"message-with-ack\"";
    bool binary = packet->attachments > 0;
    bool wants_ack = packet->id != SOCKETIO_NO_ID;
    if (packet->name_size == sizeof message - 1 && memcmp(packet->name, message, packet->name_size) == 0)
        send_packet(peer, binary ? SOCKETIO_BINARY_EVENT : SOCKETIO_EVENT, packet, SOCKETIO_NO_ID,
                    packet->rest_size > 0 ? "[\"message-back\"," : "[\"message-back\"", packet->rest,
                    packet->rest_size, "]");
    else if (wants_ack && packet->name_size == sizeof with_ack - 1 &&
             memcmp(packet->name, with_ack, packet->name_size) == 0)
        send_packet(peer, binary ? SOCKETIO_BINARY_ACK : SOCKETIO_ACK, packet, packet->id, "[", packet->rest,
                    packet->rest_size, "]");
    else
        return;
    for (int i = 0; i < packet->attachments; i++)
        peer_send(peer, memory->attachments[i].data, memory->attachments[i].size, false);
}

static void forget_attachments(struct memory *memory)
{
    free(memory->text);
    memory->text = NULL;
    while (memory->count > 0)
        buffer_finish(&memory->attachments[--memory->count]);
}

/* The packet waits for its attachments. */
static void keep(struct memory *memory, const struct engine_packet *message)
{
    memory->text = xmalloc(message->size);
    memory->size = message->size;
    memcpy(memory->text, message->data, message->size);
}

static void take_attachment(struct peer *peer, struct memory *memory, const char *bytes, size_t size)
{
    struct socketio_packet packet;
    const char *fault;
    if (memory->text == NULL || !socketio_read(memory->text, memory->size, &packet, &fault)) {
        bad(peer, "no attachment is awaited");
        return;
    }
    struct buffer *attachment = &memory->attachments[memory->count++];
    buffer_init(attachment, size + 1);
    buffer_append(attachment, bytes, size);
    if (memory->count < packet.attachments)
        return;
    if (packet.type == SOCKETIO_BINARY_EVENT)
        answer_event(peer, memory, &packet);
    forget_attachments(memory);
}

/* ---- packets ---- */

static void take_space_packet(struct peer *peer, struct memory *memory, const struct socketio_packet *packet,
                              const struct engine_packet *message)
{
    switch (packet->type) {
    case SOCKETIO_CONNECT: return; /* before it came here */
    case SOCKETIO_DISCONNECT: memory->connected[find_space(packet)] = false; return;
    case SOCKETIO_EVENT: answer_event(peer, memory, packet); return;
    case SOCKETIO_ACK: return; /* nobody asked for one */
    case SOCKETIO_CONNECT_ERROR: bad(peer, "CONNECT_ERROR is the server's to send"); return;
    case SOCKETIO_BINARY_EVENT:
    case SOCKETIO_BINARY_ACK: keep(memory, message); return;
    }
}

static void take_message(struct peer *peer, struct memory *memory, const struct engine_packet *message)
{
    struct socketio_packet packet;
    const char *fault;
    if (memory->text != NULL)
        bad(peer, "an attachment is awaited");
    else if (!socketio_read(message->data, message->size, &packet, &fault))
        bad(peer, fault);
    else if (packet.type == SOCKETIO_CONNECT)
        take_connect(peer, memory, &packet);
    else if (!memory->began)
        bad(peer, "CONNECT comes first");
    else if (find_space(&packet) < 0 || !memory->connected[find_space(&packet)])
        bad(peer, "not connected to this namespace");
    else
        take_space_packet(peer, memory, &packet, message);
}

static void received(struct peer *peer, const char *bytes, size_t size, bool text)
{
    struct memory *memory = *peer_memory(peer);
    struct engine_packet packet;
    if (!text) {
        take_attachment(peer, memory, bytes, size);
        return;
    }
    if (!engine_read(bytes, size, &packet)) {
        bad(peer, "this is no packet of Engine.IO that a client may send");
        return;
    }
    switch (packet.type) {
    case ENGINE_CLOSE: peer_close(peer, PEER_NORMAL, "closed"); return;
    case ENGINE_PONG: peer_pong(peer); return;
    case ENGINE_MESSAGE: take_message(peer, memory, &packet); return;
    case ENGINE_OPEN:
    case ENGINE_PING:
    case ENGINE_UPGRADE:
    case ENGINE_NOOP: return;
    }
}

/* ---- coming and going ---- */

static void opened(struct peer *peer)
{
    *peer_memory(peer) = xcalloc(1, sizeof(struct memory));
    engine_opened(peer);
    peer_await_connect(peer);
}

static void gone(struct peer *peer)
{
    forget_attachments(*peer_memory(peer));
    free(*peer_memory(peer));
    *peer_memory(peer) = NULL;
}

const struct peer_kind kind_socketio = {
    .path = "/socket.io/",
    .engine = true,
    .opened = opened,
    .received = received,
    .gone = gone,
};
