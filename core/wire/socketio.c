#include "core/wire/socketio.h"

#include "core/base/json.h"
#include "core/wire/json_read.h"

#include <string.h>

/* ---- Engine.IO ---- */

bool engine_read(const char *text, size_t size, struct engine_packet *out)
{
    static const struct {
        bool from_client, with_data;
    } types[] = {
        [ENGINE_OPEN] = {false, false},
          [ENGINE_CLOSE] = {true,  false},
          [ENGINE_PING] = {false, false},
        [ENGINE_PONG] = {true,  false},
          [ENGINE_MESSAGE] = {true,  true },
          [ENGINE_UPGRADE] = {false, false},
        [ENGINE_NOOP] = {true,  false},
    };
    if (size == 0 || text[0] < '0' || text[0] > '6')
        return false;
    enum engine_type type = (enum engine_type)(text[0] - '0');
    if (!types[type].from_client || (size > 1 && !types[type].with_data))
        return false;
    *out = (struct engine_packet){type, text + 1, size - 1};
    return true;
}

void engine_write_open(struct buffer *out, const struct engine_greeting *greeting)
{
    buffer_append_text(out, "0");
    struct json json = json_start(out);
    json_object(&json, NULL);
    json_text(&json, "sid", greeting->sid);
    json_array(&json, "upgrades");
    json_array_end(&json);
    json_int(&json, "pingInterval", greeting->ping_interval_ms);
    json_int(&json, "pingTimeout", greeting->ping_timeout_ms);
    json_int(&json, "maxPayload", greeting->max_payload);
    json_object_end(&json);
}

/* A piece of text, borrowed. */
struct piece {
    const char *at; /* NULL: not there */
    size_t size;
};

static bool is(struct piece piece, const char *word)
{
    return piece.at != NULL && piece.size == strlen(word) && memcmp(piece.at, word, piece.size) == 0;
}

/* The value of a parameter; one that stands there twice has none that is good for anything. */
static struct piece parameter(const char *query, size_t size, const char *name)
{
    struct piece found = {0};
    size_t name_size = strlen(name);
    for (const char *at = query, *end = query + size; at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        size_t length = (size_t)(stop - at);
        if (length > name_size && memcmp(at, name, name_size) == 0 && at[name_size] == '=') {
            bool first = found.at == NULL;
            found = (struct piece){at + name_size + 1, first ? length - name_size - 1 : 0};
        }
        at = stop + 1;
    }
    return found;
}

enum engine_refusal engine_judge(const char *query, size_t size)
{
    if (!is(parameter(query, size, "transport"), "websocket"))
        return ENGINE_UNKNOWN_TRANSPORT;
    if (parameter(query, size, "sid").at != NULL)
        return ENGINE_UNKNOWN_SESSION;
    return is(parameter(query, size, "EIO"), "4") ? ENGINE_GRANTED : ENGINE_UNSUPPORTED_VERSION;
}

const char *engine_refusal_text(enum engine_refusal refusal)
{
    static const char *const texts[] = {
        [ENGINE_UNKNOWN_TRANSPORT] = "{\"code\":0,\"message\":\"Transport unknown\"}",
        [ENGINE_UNKNOWN_SESSION] = "{\"code\":1,\"message\":\"Session ID unknown\"}",
        [ENGINE_BAD_METHOD] = "{\"code\":2,\"message\":\"Bad handshake method\"}",
        [ENGINE_BAD_REQUEST] = "{\"code\":3,\"message\":\"Bad request\"}",
        [ENGINE_FORBIDDEN] = "{\"code\":4,\"message\":\"Forbidden\"}",
        [ENGINE_UNSUPPORTED_VERSION] = "{\"code\":5,\"message\":\"Unsupported protocol version\"}",
        [ENGINE_GRANTED] = "{}",
    };
    return texts[refusal];
}

/* ---- Socket.IO ---- */

enum payload { PAYLOAD_NONE = 1, PAYLOAD_OBJECT = 2, PAYLOAD_TEXT = 4, PAYLOAD_ARRAY = 8 };

static const struct {
    bool binary;
    bool may_have_id, must_have_id;
    int payloads; /* enum payload, those allowed */
} types[] = {
    [SOCKETIO_CONNECT] = {false, false, false, PAYLOAD_NONE | PAYLOAD_OBJECT},
    [SOCKETIO_DISCONNECT] = {false, false, false, PAYLOAD_NONE                 },
    [SOCKETIO_EVENT] = {false, true,  false, PAYLOAD_ARRAY                },
    [SOCKETIO_ACK] = {false, true,  true,  PAYLOAD_ARRAY                },
    [SOCKETIO_CONNECT_ERROR] = {false, false, false, PAYLOAD_OBJECT | PAYLOAD_TEXT},
    [SOCKETIO_BINARY_EVENT] = {true,  true,  false, PAYLOAD_ARRAY                },
    [SOCKETIO_BINARY_ACK] = {true,  true,  true,  PAYLOAD_ARRAY                },
};

/* What has not been read yet. */
struct reader {
    const char *at, *end;
};

static char peek(const struct reader *reader)
{
    return reader->at < reader->end ? *reader->at : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits as an encoder writes them: no leading zero, at most 2^53 - 1. */
static bool take_number(struct reader *reader, int64_t *out)
{
    const char *start = reader->at;
    int64_t number = 0;
    while (is_digit(peek(reader)) && number <= JSON_INT_MAX)
        number = number * 10 + (*reader->at++ - '0');
    *out = number;
    return reader->at > start && number <= JSON_INT_MAX && (*start != '0' || reader->at == start + 1);
}

static bool take_attachments(struct reader *reader, struct socketio_packet *out)
{
    int64_t number;
    if (!take_number(reader, &number) || number < 1 || number > SOCKETIO_ATTACHMENTS_MAX ||
        peek(reader) != '-')
        return false;
    reader->at++;
    out->attachments = (int)number;
    return true;
}

/* The comma behind the namespace may be missing when nothing follows it. */
static bool take_space(struct reader *reader, struct socketio_packet *out)
{
    out->space = "/";
    out->space_size = 1;
    if (peek(reader) != '/')
        return true;
    const char *comma = memchr(reader->at, ',', (size_t)(reader->end - reader->at));
    out->space = reader->at;
    out->space_size = (size_t)((comma != NULL ? comma : reader->end) - reader->at);
    reader->at = comma != NULL ? comma + 1 : reader->end;
    return out->space_size <= SOCKETIO_NAMESPACE_MAX;
}

static enum payload payload_of(const struct socketio_packet *packet)
{
    if (packet->payload_size == 0)
        return PAYLOAD_NONE;
    switch (packet->payload[0]) {
    case '{': return PAYLOAD_OBJECT;
    case '[': return PAYLOAD_ARRAY;
    case '"': return PAYLOAD_TEXT;
    default: return 0;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct reader *reader)
{
    while (is_blank(peek(reader)))
        reader->at++;
}

/* Names that mean something else to those who listen for events. */
static bool is_reserved(const char *name)
{
    static const char *const reserved[] = {"connect",       "connect_error", "disconnect",
                                           "disconnecting", "newListener",   "removeListener"};
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strcmp(name, reserved[i]) == 0)
            return true;
    return false;
}

/* Past the text or number that stands first in an array that has been checked; false for anything else. */
static bool take_name(struct reader *reader)
{
    if (peek(reader) == '"') {
        for (reader->at++; *reader->at != '"'; reader->at++)
            reader->at += *reader->at == '\\';
        reader->at++;
        return true;
    }
    const char *start = reader->at;
    while (peek(reader) != '\0' && strchr("+-.0123456789eE", peek(reader)) != NULL)
        reader->at++;
    return reader->at > start;
}

/* Splits the array of an event, which is well-formed JSON, into its name and the rest. */
static bool split_event(struct socketio_packet *packet)
{
    struct reader reader = {packet->payload + 1, packet->payload + packet->payload_size};
    skip_blanks(&reader);
    packet->name = reader.at;
    if (!take_name(&reader))
        return false;
    packet->name_size = (size_t)(reader.at - packet->name);
    skip_blanks(&reader);
    if (peek(&reader) == ',')
        reader.at++;
    skip_blanks(&reader);
    packet->rest = reader.at;
    const char *end = reader.end;
    while (end[-1] != ']')
        end--;
    packet->rest_size = (size_t)(end - 1 - reader.at);

    cJSON *name = cJSON_ParseWithLength(packet->name, packet->name_size);
    bool good = name != NULL && !(cJSON_IsString(name) && is_reserved(name->valuestring));
    cJSON_Delete(name);
    return good;
}

/* Notes which attachments the placeholders in a value ask for; false when one is wrong or asked for twice.
 * The depth is the JSON check's. */
static bool note_placeholders(const cJSON *value, int attachments, unsigned *noted)
{
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(value, "_placeholder"))) {
        int64_t number;
        if (!json_whole(cJSON_GetObjectItemCaseSensitive(value, "num"), 0, attachments - 1, &number) ||
            (*noted >> number & 1) != 0)
            return false;
        *noted |= 1U << number;
        return true;
    }
    for (const cJSON *child = value->child; child != NULL; child = child->next)
        if (!note_placeholders(child, attachments, noted))
            return false;
    return true;
}

static bool check_placeholders(const struct socketio_packet *packet, const char **fault)
{
    unsigned noted = 0;
    cJSON *root = json_parse(packet->payload, packet->payload_size, fault);
    if (root == NULL)
        return false;
    bool good =
        note_placeholders(root, packet->attachments, &noted) && noted == (1U << packet->attachments) - 1;
    cJSON_Delete(root);
    *fault = "the placeholders are not one for each attachment";
    return good;
}

static bool check_payload(struct socketio_packet *packet, const char **fault)
{
    *fault = "the payload does not fit the packet's type";
    if ((types[packet->type].payloads & payload_of(packet)) == 0)
        return false;
    if (packet->payload_size > 0 && !json_check(packet->payload, packet->payload_size, fault))
        return false;
    bool event = packet->type == SOCKETIO_EVENT || packet->type == SOCKETIO_BINARY_EVENT;
    *fault = "an event begins with its name, and some names are reserved";
    if (event && !split_event(packet))
        return false;
    return !types[packet->type].binary || check_placeholders(packet, fault);
}

bool socketio_read(const char *text, size_t size, struct socketio_packet *out, const char **fault)
{
    struct reader reader = {text, text + size};
    *out = (struct socketio_packet){.id = SOCKETIO_NO_ID};
    *fault = "the packet's type is unknown";
    if (peek(&reader) < '0' || peek(&reader) > '6')
        return false;
    out->type = (enum socketio_type)(*reader.at++ - '0');
    *fault = "the number of attachments is missing, or too high";
    if (types[out->type].binary && !take_attachments(&reader, out))
        return false;
    *fault = "the namespace is too long";
    if (!take_space(&reader, out))
        return false;
    *fault = "the id is not one that this packet can have";
    bool has_id = is_digit(peek(&reader));
    if (has_id && (!types[out->type].may_have_id || !take_number(&reader, &out->id)))
        return false;
    if (!has_id && types[out->type].must_have_id)
        return false;
    out->payload = reader.at;
    out->payload_size = (size_t)(reader.end - reader.at);
    return check_payload(out, fault);
}

void socketio_write_head(struct buffer *out, enum socketio_type type, int attachments, const char *space,
                         size_t space_size, int64_t id)
{
    buffer_append_format(out, "4%d", (int)type);
    if (types[type].binary)
        buffer_append_format(out, "%d-", attachments);
    if (space_size > 1) {
        buffer_append(out, space, space_size);
        buffer_append_text(out, ",");
    }
    if (id != SOCKETIO_NO_ID)
        buffer_append_format(out, "%lld", (long long)id);
}
