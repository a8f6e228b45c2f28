/* WebSocket frames of strangers. However the bytes are cut, the same comes of them; a text that is told of is
 * UTF-8, a message stays within the limit, and nothing is read past the bytes given. */
#include "core/wire/websocket.h"

#include "core/base/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT = 4096 };

/* What came of the bytes, in a sum in which the cuts between pieces do not show. */
struct outcome {
    uint64_t sum;
    int messages, controls, code;
};

static void add(struct outcome *outcome, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        outcome->sum = (outcome->sum ^ (uint8_t)bytes[i]) * UINT64_C(1099511628211);
}

static void check_text(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t length = utf8_length(text + at, size - at);
        REQUIRE(length > 0);
        at += length;
    }
}

static struct outcome read_all(const uint8_t *data, size_t size, size_t step)
{
    struct websocket reader = {.limit = LIMIT};
    struct outcome outcome = {0};
    static char message[LIMIT];
    size_t message_size = 0;
    for (size_t start = 0; start < size; start += step) {
        size_t length = size - start < step ? size - start : step, at = 0, used;
        char *copy = malloc(length);
        memcpy(copy, data + start, length);
        enum websocket_result result;
        struct websocket_event event = {0};
        while ((result = websocket_read(&reader, copy + at, length - at, &used, &event)) != WEBSOCKET_MORE) {
            at += used;
            REQUIRE(at <= length);
            if (result == WEBSOCKET_CLOSE || result == WEBSOCKET_FAULT) {
                outcome.code = event.code;
                free(copy);
                return outcome;
            }
            if (result != WEBSOCKET_PIECE) {
                REQUIRE(event.size <= WEBSOCKET_CONTROL_MAX);
                add(&outcome, event.data, event.size);
                outcome.controls++;
                continue;
            }
            REQUIRE(event.size <= LIMIT - message_size);
            memcpy(message + message_size, event.data, event.size);
            message_size += event.size;
            if (!event.whole)
                continue;
            if (event.text)
                check_text(message, message_size);
            add(&outcome, message, message_size);
            outcome.messages++;
            message_size = 0;
        }
        free(copy);
    }
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole = read_all(data, size, size + 1);
    for (size_t step = 1; step <= 5; step += 2) {
        struct outcome pieces = read_all(data, size, step);
        REQUIRE(pieces.sum == whole.sum && pieces.messages == whole.messages);
        REQUIRE(pieces.controls == whole.controls && pieces.code == whole.code);
    }
    return 0;
}
