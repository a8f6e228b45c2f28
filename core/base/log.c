/* A line is built in a fixed buffer on the stack and leaves in one write(2) of at most PIPE_BUF bytes: then
 * the lines of several threads, and of several programs on one pipe, never run into each other, and no lock
 * is held while standard error is slow. A line that would be longer loses its last fields and says so with
 * "cut":true. */
#include "core/base/log.h"

#include "core/base/clock.h"
#include "core/base/json.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_END_RESERVED 16 /* for ,"cut":true} and the line feed */
#define MESSAGE_MAX       512 /* six times as much when every byte is escaped: the head of a line always fits */
#define TEXT_MAX          1024

static const char *const level_names[] = {
    [LOG_DEBUG_LEVEL] = "debug",
    [LOG_INFO_LEVEL] = "info",
    [LOG_WARN_LEVEL] = "warn",
    [LOG_ERROR_LEVEL] = "error",
};

/* Written by log_start before there are threads, only read afterwards. */
static const char *program_name = "seri";
static enum log_level lowest_level = LOG_INFO_LEVEL;

struct log_field log_text(const char *name, const char *text)
{
    return (struct log_field){.name = name, .text = text != NULL ? text : ""};
}

struct log_field log_number(const char *name, int64_t number)
{
    return (struct log_field){.name = name, .number = number};
}

void log_start(const char *program, enum log_level lowest)
{
    program_name = program;
    lowest_level = lowest;
}

int log_level_parse(const char *text)
{
    for (int level = LOG_DEBUG_LEVEL; level <= LOG_ERROR_LEVEL; level++) {
        if (strcmp(text, level_names[level]) == 0)
            return level;
    }
    return -1;
}

static void write_time(struct json *json, int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    char text[40];
    size_t size = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + size, sizeof text - size, ".%03dZ", (int)(wall_ms % 1000));
    json_text(json, "at", text);
}

static void write_cut(struct json *json, const char *name, const char *text, size_t most)
{
    json_text_size(json, name, text, strnlen(text, most));
}

/* Returns false, with the line as it was before, if the field does not fit. */
static bool write_field(struct json *json, const struct log_field *field)
{
    struct buffer *line = json->buffer;
    size_t before = line->size;
    if (field->text != NULL)
        write_cut(json, field->name, field->text, TEXT_MAX);
    else
        json_int(json, field->name, field->number);
    if (!line->failed)
        return true;
    line->failed = false;
    line->size = before;
    return false;
}

static void send_line(const char *line, size_t size)
{
    ssize_t written;
    do
        written = write(STDERR_FILENO, line, size);
    while (written < 0 && errno == EINTR);
    /* Any other failure is let pass: there is nowhere left to report it. */
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    if (level < lowest_level)
        return;
    char memory[PIPE_BUF + 1];
    struct buffer line;
    buffer_init_fixed(&line, memory, sizeof memory);
    line.limit -= LINE_END_RESERVED;

    struct json json = json_start(&line);
    json_object(&json, NULL);
    write_time(&json, clock_wall_ms());
    json_text(&json, "level", level_names[level]);
    write_cut(&json, "program", program_name, 64);
    write_cut(&json, "message", message, MESSAGE_MAX);
    bool fits = true;
    for (; fields->name != NULL && fits; fields++)
        fits = write_field(&json, fields);

    line.limit += LINE_END_RESERVED;
    if (!fits)
        json_bool(&json, "cut", true);
    json_object_end(&json);
    buffer_append(&line, "\n", 1);
    send_line(line.data, line.size);
}
