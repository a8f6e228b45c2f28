#include "core/base/uuid.h"
#include "core/wire/socketio.h"
#include "tests/conformance/kinds.h"

void engine_opened(struct peer *peer)
{
    const struct peer_settings *settings = peer_settings(peer);
    char sid[UUID_TEXT_SIZE], memory[512];
    struct buffer text;
    buffer_init_fixed(&text, memory, sizeof memory);
    uuid_format(uuid_random(), sid);
    struct engine_greeting greeting = {sid, settings->ping_interval_ms, settings->ping_timeout_ms,
                                       settings->max_payload};
    engine_write_open(&text, &greeting);
    peer_send(peer, text.data, text.size, true);
}

static void received(struct peer *peer, const char *bytes, size_t size, bool text)
{
    struct engine_packet packet;
    if (!text) {
        peer_send(peer, bytes, size, false);
        return;
    }
    if (!engine_read(bytes, size, &packet)) {
        peer_close(peer, PEER_BAD_PACKET, "this is no packet of Engine.IO that a client may send");
        return;
    }
    switch (packet.type) {
    case ENGINE_CLOSE: peer_close(peer, PEER_NORMAL, "closed"); return;
    case ENGINE_PONG: peer_pong(peer); return;
    case ENGINE_MESSAGE: peer_send(peer, bytes, size, true); return;
    case ENGINE_OPEN:
    case ENGINE_PING:
    case ENGINE_UPGRADE:
    case ENGINE_NOOP: return;
    }
}

const struct peer_kind kind_engine = {
    .path = "/engine.io/",
    .engine = true,
    .opened = engine_opened,
    .received = received,
};
