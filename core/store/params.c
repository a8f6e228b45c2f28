/* The binary format is the type's "send" form: integers in network order, texts and bytea as they are, an
 * array as a small header followed by (length, bytes) for each element. It is stable between PostgreSQL's
 * versions, and unlike the text form it cannot be got wrong by a quote or a backslash. */
#include "core/store/params.h"

#include <limits.h>
#include <string.h>

/* From PostgreSQL's catalogue; the numbers are fixed for ever. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_TEXT = 25,
    OID_BYTEA_ARRAY = 1001,
    OID_TEXT_ARRAY = 1009,
    OID_INT8_ARRAY = 1016,
    OID_UUID = 2950,
    OID_UUID_ARRAY = 2951,
};

static const struct {
    unsigned element, array;
} element_types[] = {
    [ELEMENT_INT] = {OID_INT8,  OID_INT8_ARRAY },
    [ELEMENT_TEXT] = {OID_TEXT,  OID_TEXT_ARRAY },
    [ELEMENT_BYTES] = {OID_BYTEA, OID_BYTEA_ARRAY},
    [ELEMENT_UUID] = {OID_UUID,  OID_UUID_ARRAY },
};

void params_init(struct params *params)
{
    params->count = 0;
    params->elements_left = 0;
    params->failed = false;
    buffer_init(&params->bytes, PARAMS_BYTES_MAX);
}

void params_finish(struct params *params)
{
    buffer_finish(&params->bytes);
    params_init(params);
}

void params_copy(struct params *to, const struct params *from)
{
    params_init(to);
    size_t count = (size_t)from->count;
    to->count = from->count;
    to->elements_left = from->elements_left;
    to->failed = params_failed(from);
    memcpy(to->types, from->types, count * sizeof *to->types);
    memcpy(to->offsets, from->offsets, count * sizeof *to->offsets);
    memcpy(to->lengths, from->lengths, count * sizeof *to->lengths);
    if (!to->failed)
        buffer_append(&to->bytes, from->bytes.data, from->bytes.size);
}

bool params_failed(const struct params *params)
{
    return params->failed || params->bytes.failed || params->elements_left > 0;
}

static void append_int32(struct params *params, int32_t value)
{
    uint32_t bits = (uint32_t)value;
    uint8_t bytes[4] = {(uint8_t)(bits >> 24), (uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};
    buffer_append(&params->bytes, bytes, sizeof bytes);
}

static void append_int64(struct params *params, int64_t value)
{
    append_int32(params, (int32_t)((uint64_t)value >> 32));
    append_int32(params, (int32_t)(uint32_t)value);
}

/* Begins the next parameter, a null until bytes follow. */
static bool begin(struct params *params, unsigned type)
{
    if (params->elements_left > 0 || params->count == PARAMS_MAX)
        params->failed = true;
    if (params->failed)
        return false;
    params->types[params->count] = type;
    params->offsets[params->count] = params->bytes.size;
    params->lengths[params->count] = -1;
    params->count++;
    return true;
}

/* Everything appended since begin() is the parameter's value. */
static void end(struct params *params)
{
    int last = params->count - 1;
    params->lengths[last] = (int)(params->bytes.size - params->offsets[last]);
}

void params_int(struct params *params, int64_t value)
{
    if (!begin(params, OID_INT8))
        return;
    append_int64(params, value);
    end(params);
}

void params_int_or_null(struct params *params, int64_t value, int64_t null_value)
{
    if (value != null_value)
        params_int(params, value);
    else
        begin(params, OID_INT8);
}

void params_bool(struct params *params, bool value)
{
    if (!begin(params, OID_BOOL))
        return;
    buffer_append(&params->bytes, value ? "\1" : "\0", 1);
    end(params);
}

static void add_bytes(struct params *params, unsigned type, const void *bytes, size_t size)
{
    if (!begin(params, type) || bytes == NULL)
        return;
    buffer_append(&params->bytes, bytes, size);
    end(params);
}

void params_text(struct params *params, const char *text)
{
    add_bytes(params, OID_TEXT, text, text != NULL ? strlen(text) : 0);
}

void params_text_size(struct params *params, const char *text, size_t size)
{
    add_bytes(params, OID_TEXT, text, size);
}

void params_bytes(struct params *params, const void *bytes, size_t size)
{
    add_bytes(params, OID_BYTEA, bytes, size);
}

void params_uuid(struct params *params, struct uuid value)
{
    add_bytes(params, OID_UUID, value.bytes, sizeof value.bytes);
}

void params_array(struct params *params, enum params_element element, size_t count)
{
    if (!begin(params, element_types[element].array))
        return;
    if (count > PARAMS_BYTES_MAX / sizeof(int32_t)) {
        params->failed = true;
        return;
    }
    const int32_t may_hold_nulls = 1;
    append_int32(params, count > 0 ? 1 : 0); /* dimensions; an empty array has none */
    append_int32(params, may_hold_nulls);
    append_int32(params, (int32_t)element_types[element].element);
    if (count > 0) {
        append_int32(params, (int32_t)count);
        append_int32(params, 1); /* the first element's index */
    }
    end(params);
    params->elements_left = count;
}

/* Begins an element of `size` bytes, or a null one of -1. */
static bool begin_element(struct params *params, int32_t size)
{
    if (params->elements_left == 0)
        params->failed = true;
    if (params->failed)
        return false;
    params->elements_left--;
    append_int32(params, size);
    return true;
}

void params_element_int(struct params *params, int64_t value)
{
    if (!begin_element(params, sizeof value))
        return;
    append_int64(params, value);
    end(params);
}

void params_element_bytes(struct params *params, const void *bytes, size_t size)
{
    if (size > INT_MAX)
        params->failed = true;
    if (!begin_element(params, bytes != NULL ? (int32_t)size : -1))
        return;
    if (bytes != NULL)
        buffer_append(&params->bytes, bytes, size);
    end(params);
}

void params_element_text(struct params *params, const char *text, size_t size)
{
    params_element_bytes(params, text, size);
}

void params_element_uuid(struct params *params, struct uuid value)
{
    params_element_bytes(params, value.bytes, sizeof value.bytes);
}

void params_bind(const struct params *params, struct params_bound *out)
{
    const char *bytes = params->bytes.data != NULL ? params->bytes.data : "";
    for (int i = 0; i < params->count; i++) {
        out->values[i] = params->lengths[i] >= 0 ? bytes + params->offsets[i] : NULL;
        out->formats[i] = 1; /* binary */
    }
}
