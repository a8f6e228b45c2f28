/* Reading JSON from strangers. First the text is checked strictly (json_check.h) and cJSON builds the tree,
 * in which no object may have a name twice; then a table of fields says what an object may hold: an unknown,
 * missing, or mistyped field is named in the answer. All faults of an object are collected, not only the
 * first. */
#pragma once

#include "core/base/json.h"
#include "core/base/uuid.h"
#include "core/wire/json_check.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stddef.h>

/** The largest whole number, either sign, that every JSON reader keeps exactly (RFC 8785, I-JSON). */
#define JSON_INT_MAX INT64_C(9007199254740991)

/** Parses one JSON text. NULL, and `*reason` a constant sentence, when it is not well-formed. Free with
 * cJSON_Delete. */
cJSON *json_parse(const char *text, size_t size, const char **reason);

/** Reads a whole number from lowest to highest (within ±JSON_INT_MAX whatever these say). False, and nothing
 * written, for any other value and for NULL. */
[[gnu::warn_unused_result]] bool json_whole(const cJSON *value, int64_t lowest, int64_t highest,
                                            int64_t *out);

enum field_type {
    FIELD_INT,  /* a whole number between lowest and highest (beyond JSON_INT_MAX never) */
    FIELD_TEXT, /* UTF-8, lowest to highest characters, no control characters but \n and \t */
    FIELD_BOOL,
    FIELD_UUID,
    FIELD_DATE,    /* "2025-03-09", a real day */
    FIELD_INSTANT, /* RFC 3339, stored as ms since 1970 */
    FIELD_ENUM,    /* one of `names`, stored as its index */
    FIELD_OBJECT,  /* kept as cJSON */
    FIELD_ARRAY    /* kept as cJSON, lowest to highest elements */
};

/** A member an object may have. Values are stored at `offset` of the target struct: int64_t for INT, INSTANT;
 * int for ENUM; const char * for TEXT and DATE (borrowed from the tree); bool; struct uuid; const cJSON *.
 * Absent and null members leave the target alone. */
struct field {
    const char *name;
    enum field_type type;
    size_t offset;
    bool required;
    bool nullable;            /* null counts as absent; `present` tells the two apart */
    int64_t lowest, highest;  /* INT: value; TEXT: characters; ARRAY: elements */
    const char *const *names; /* ENUM, NULL-terminated */
    size_t present; /* offset of a bool set true when the member is there, null included; 0: not wanted */
};

/** What an object may hold, and the struct that it is read into. */
struct schema {
    const struct field *fields;
    size_t count;
    size_t size; /* of the struct, which is zeroed before */
};

/** A row of a table of fields: kind as in FIELD_INT, struct, its member, name, then what else the row says.
 */
#define FIELD(kind, target, member, text, ...)                                                               \
    {                                                                                                        \
        .name = (text), .type = FIELD_##kind, .offset = offsetof(target, member), __VA_ARGS__                \
    }

#define SCHEMA(type, table)                                                                                  \
    {                                                                                                        \
        .fields = (table), .count = sizeof(table) / sizeof(table)[0], .size = sizeof(type)                   \
    }

#define FIELD_FAULTS_MAX 16

/** What is wrong with which member, in both languages. Names that the sender made up are cut to fit. */
struct field_faults {
    int count;
    struct {
        char field[64];
        char message[128]; /* in English */
        char message_ja[192];
    } list[FIELD_FAULTS_MAX];
};

/** Adds a fault that the table cannot express, in English; phrases.h has the Japanese. */
[[gnu::format(printf, 3, 4)]] void field_fault(struct field_faults *faults, const char *field,
                                               const char *format, ...);
[[gnu::format(printf, 3, 0)]] void field_fault_list(struct field_faults *faults, const char *field,
                                                    const char *format, va_list arguments);

/** Reads `object` into `target`. True when there is no fault. `object` not being an object is a fault of
 * field "". */
[[gnu::warn_unused_result]] bool fields_read(const cJSON *object, const struct field *fields, size_t count,
                                             void *target, struct field_faults *faults);

/** The same for what lies within a body, at `place` there: a fault of its member "x" is one of "place.x". */
[[gnu::warn_unused_result]] bool fields_read_within(const cJSON *object, const char *place,
                                                    const struct field *fields, size_t count, void *target,
                                                    struct field_faults *faults);
