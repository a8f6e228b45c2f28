/* Writes JSON into a buffer, piece by piece, with commas and quoting taken care of. Integers only: Seri has
 * no fractions. The writer adds no white space, so objects whose members are written in ascending order of
 * name are canonical in the sense of RFC 8785 (the ledger relies on that). */
#pragma once

#include "core/base/buffer.h"

struct json {
    struct buffer *buffer; /* borrowed */
    bool comma;            /* a value was written at this level: the next one needs a comma */
};

struct json json_start(struct buffer *buffer);

/* Containers. A `name` is NULL inside an array and at the top. */
void json_object(struct json *json, const char *name);
void json_object_end(struct json *json);
void json_array(struct json *json, const char *name);
void json_array_end(struct json *json);

/* Values. Strings are UTF-8; a byte that is not comes out as U+FFFD. `text` NULL writes null. */
void json_int(struct json *json, const char *name, int64_t value);
void json_bool(struct json *json, const char *name, bool value);
void json_null(struct json *json, const char *name);
void json_text(struct json *json, const char *name, const char *text);
void json_text_size(struct json *json, const char *name, const char *text, size_t size);
void json_hex(struct json *json, const char *name, const void *bytes, size_t size);

/** Inserts a value that is JSON already. */
void json_raw(struct json *json, const char *name, const char *value, size_t size);

/** An integer, or null where `value` is `none`. */
void json_int_or_null(struct json *json, const char *name, int64_t value, int64_t none);
