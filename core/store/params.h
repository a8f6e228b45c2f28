/* Parameters of one statement, in PostgreSQL's binary format: arrays carry a whole batch in one parameter,
 * and nothing is ever quoted. Every value is copied: a params outlives its sources. A column of another type
 * than those below is reached by a cast in the statement ($1::inet, $2::integer). */
#pragma once

#include "core/base/buffer.h"
#include "core/base/uuid.h"

#define PARAMS_MAX       64
#define PARAMS_BYTES_MAX ((size_t)16 << 20)

struct params {
    int count;
    size_t elements_left; /* of the array begun last */
    bool failed;
    unsigned types[PARAMS_MAX]; /* type oids */
    size_t offsets[PARAMS_MAX]; /* into bytes */
    int lengths[PARAMS_MAX];    /* -1: NULL */
    struct buffer bytes;
};

void params_init(struct params *params);
void params_finish(struct params *params);

/** Initialises `to` as a copy. */
void params_copy(struct params *to, const struct params *from);

/** True when something did not fit, or an array has not got all its elements; a statement is not sent with
 * failed parameters. */
bool params_failed(const struct params *params);

void params_int(struct params *params, int64_t value); /* bigint */
void params_int_or_null(struct params *params, int64_t value, int64_t null_value);
void params_bool(struct params *params, bool value);
void params_text(struct params *params, const char *text); /* NULL: null */
void params_text_size(struct params *params, const char *text, size_t size);
void params_bytes(struct params *params, const void *bytes, size_t size); /* bytea; NULL: null */
void params_uuid(struct params *params, struct uuid value);

/* Arrays: begin with the number of elements, then exactly that many elements. */
enum params_element { ELEMENT_INT, ELEMENT_TEXT, ELEMENT_BYTES, ELEMENT_UUID };
void params_array(struct params *params, enum params_element element, size_t count);
void params_element_int(struct params *params, int64_t value);
void params_element_text(struct params *params, const char *text, size_t size);   /* text NULL: null */
void params_element_bytes(struct params *params, const void *bytes, size_t size); /* NULL: null */
void params_element_uuid(struct params *params, struct uuid value);

/** What libpq is handed; borrowed from the params. */
struct params_bound {
    const char *values[PARAMS_MAX];
    int formats[PARAMS_MAX];
};

void params_bind(const struct params *params, struct params_bound *out);
