/* One JSON object a line on standard error: {"at","level","program","message", then the fields}. Operators
 * feed it to their collector as it is. Callers never pass passwords, tokens, maxima, reserves, names or
 * e-mail addresses. */
#pragma once

#include <stdint.h>

enum log_level { LOG_DEBUG_LEVEL, LOG_INFO_LEVEL, LOG_WARN_LEVEL, LOG_ERROR_LEVEL };

/** A named value of a line. Made by the three functions below; borrowed texts live until the call returns. */
struct log_field {
    const char *name;
    const char *text; /* NULL: the number counts */
    int64_t number;
};

struct log_field log_text(const char *name, const char *text);
struct log_field log_number(const char *name, int64_t number);

/** Names the program and the lowest level that is written. `program` is borrowed for ever. */
void log_start(const char *program, enum log_level lowest);

/** Reads "debug", "info", "warn" or "error"; -1 for anything else. */
int log_level_parse(const char *text);

/** Writes one line with one write(2), from any thread. `fields` ends with a field whose name is NULL. */
void log_write(enum log_level level, const char *message, const struct log_field *fields);

#define LOG_FIELDS(...)         ((const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}})
#define log_debug(message, ...) log_write(LOG_DEBUG_LEVEL, message, LOG_FIELDS(__VA_ARGS__))
#define log_info(message, ...)  log_write(LOG_INFO_LEVEL, message, LOG_FIELDS(__VA_ARGS__))
#define log_warn(message, ...)  log_write(LOG_WARN_LEVEL, message, LOG_FIELDS(__VA_ARGS__))
#define log_error(message, ...) log_write(LOG_ERROR_LEVEL, message, LOG_FIELDS(__VA_ARGS__))
