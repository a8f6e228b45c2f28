/* Packets of Engine.IO and Socket.IO. Whatever is read lies within the text, keeps to the rules of its type,
 * and is the same when it has been written and read again. */
#include "core/wire/socketio.h"

#include "core/wire/json_check.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static bool is_same(const char *a, size_t a_size, const char *b, size_t b_size)
{
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

static void check_packet(const struct socketio_packet *packet)
{
    bool binary = packet->type == SOCKETIO_BINARY_EVENT || packet->type == SOCKETIO_BINARY_ACK;
    bool event = packet->type == SOCKETIO_EVENT || packet->type == SOCKETIO_BINARY_EVENT;
    bool ack = packet->type == SOCKETIO_ACK || packet->type == SOCKETIO_BINARY_ACK;
    const char *reason;
    REQUIRE(packet->space[0] == '/' && packet->space_size <= SOCKETIO_NAMESPACE_MAX);
    REQUIRE(packet->attachments <= SOCKETIO_ATTACHMENTS_MAX && (packet->attachments > 0) == binary);
    REQUIRE(packet->id == SOCKETIO_NO_ID ? !ack : event || ack);
    REQUIRE(packet->payload_size == 0 || json_check(packet->payload, packet->payload_size, &reason));
    if (event)
        REQUIRE(json_check(packet->name, packet->name_size, &reason));
}

static void check_again(const struct socketio_packet *packet)
{
    struct socketio_packet again;
    struct buffer out;
    const char *fault;
    buffer_init(&out, 1 << 20);
    socketio_write_head(&out, packet->type, packet->attachments, packet->space, packet->space_size,
                        packet->id);
    buffer_append(&out, packet->payload, packet->payload_size);
    struct engine_packet engine;
    REQUIRE(!out.failed && engine_read(out.data, out.size, &engine) && engine.type == ENGINE_MESSAGE);
    REQUIRE(socketio_read(engine.data, engine.size, &again, &fault));
    REQUIRE(again.type == packet->type && again.id == packet->id && again.attachments == packet->attachments);
    REQUIRE(is_same(again.space, again.space_size, packet->space, packet->space_size));
    REQUIRE(is_same(again.payload, again.payload_size, packet->payload, packet->payload_size));
    REQUIRE(is_same(again.rest, again.rest_size, packet->rest, packet->rest_size));
    buffer_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *fault = NULL;
    struct engine_packet engine;
    struct socketio_packet packet;
    engine_judge(text, size);
    if (!engine_read(text, size, &engine) || engine.type != ENGINE_MESSAGE)
        return 0;
    REQUIRE(engine.data == text + 1 && engine.size == size - 1);
    if (!socketio_read(engine.data, engine.size, &packet, &fault)) {
        REQUIRE(fault != NULL);
        return 0;
    }
    check_packet(&packet);
    check_again(&packet);
    return 0;
}
