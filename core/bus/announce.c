/* The cache keys are for outside eyes (dashboards, scripts, a node that has not loaded a lot yet) and are
 * written only forward in seq, because two writers' announcements may arrive in either order. The
 * announcement itself is published in any case: readers put announcements in order by their seq, and one that
 * is held back would be a gap. */
#include "core/bus/announce.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DAY_SECONDS    86400
#define OVERHEAD_LIMIT 4096 /* of a command beside its message */

/* KEYS: seq, status, price, end_time, extended. ARGV: their five values, seconds to live, channel, message. A
 * seq that is no number, or no text at all (then the answer is a table that holds the error), counts as none,
 * so that a key somebody spoilt by hand does not keep announcements from being published. */
static const char script[] = "local known = redis.pcall('GET', KEYS[1])\n"
                             "known = type(known) == 'string' and tonumber(known) or -1\n"
                             "if known < tonumber(ARGV[1]) then\n"
                             "  for i = 1, 5 do redis.call('SET', KEYS[i], ARGV[i], 'EX', ARGV[6]) end\n"
                             "end\n"
                             "return redis.call('PUBLISH', ARGV[7], ARGV[8])\n";

static const char *const keys[] = {"seq", "status", "price", "end_time", "extended"};
#define KEY_COUNT (sizeof keys / sizeof *keys)

/* ---- commands ---- */

static void start(struct announce_command *command, size_t message_size)
{
    command->count = 0;
    buffer_init(&command->text, message_size + OVERHEAD_LIMIT);
}

/* Each argument is followed by a NUL, and its address is known only when the buffer has grown to its end: see
 * finish_arguments. */
static void add(struct announce_command *command, const char *bytes, size_t size)
{
    buffer_append(&command->text, bytes, size);
    buffer_append(&command->text, "", 1);
    command->sizes[command->count++] = size;
}

static void add_text(struct announce_command *command, const char *text)
{
    add(command, text, strlen(text));
}

[[gnu::format(printf, 2, 3)]] static void add_format(struct announce_command *command, const char *format,
                                                     ...)
{
    char text[CHANNEL_NAME_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    add_text(command, text);
}

/* None of the numbers announced here is ever 0: that stands for "none", an empty text. */
static void add_number_or_nothing(struct announce_command *command, int64_t number)
{
    if (number != 0)
        add_format(command, "%" PRId64, number);
    else
        add_text(command, "");
}

static void finish_arguments(struct announce_command *command)
{
    size_t at = 0;
    for (int i = 0; i < command->count; i++) {
        command->arguments[i] = command->text.data + at;
        at += command->sizes[i] + 1;
    }
}

/* An ended lot is looked at for some days; a live one may sleep for weeks between its announcement and its
 * sale. */
static int seconds_to_live(enum auction_status status)
{
    switch (status) {
    case AUCTION_SOLD:
    case AUCTION_PASSED:
    case AUCTION_WITHDRAWN: return 7 * DAY_SECONDS;
    case AUCTION_DRAFT:
    case AUCTION_SCHEDULED:
    case AUCTION_ACTIVE:
    case AUCTION_PAUSED:
    case AUCTION_STATUS_COUNT: break;
    }
    return 30 * DAY_SECONDS;
}

void announce_build(struct announce_command *command, const struct auction_view *view, const char *message,
                    size_t size)
{
    char channel[CHANNEL_NAME_SIZE];
    channel_of_auction(view->auction_id, channel);
    start(command, size);
    add_text(command, "EVAL");
    add_text(command, script);
    add_format(command, "%zu", KEY_COUNT);
    for (size_t i = 0; i < KEY_COUNT; i++)
        add_format(command, "auction:{%" PRId64 "}:%s", view->auction_id, keys[i]);
    add_format(command, "%" PRId64, view->seq);
    add_text(command, auction_status_name(view->status));
    add_number_or_nothing(command, view->price);
    add_number_or_nothing(command, view->ends_at_ms);
    add_text(command, view->extensions > 0 ? "true" : "false");
    add_format(command, "%d", seconds_to_live(view->status));
    add_text(command, channel);
    add(command, message, size);
    finish_arguments(command);
}

void announce_user_build(struct announce_command *command, int64_t user_id, const char *message, size_t size)
{
    char channel[CHANNEL_NAME_SIZE];
    channel_of_user(user_id, channel);
    start(command, size);
    add_text(command, "PUBLISH");
    add_text(command, channel);
    add(command, message, size);
    finish_arguments(command);
}

void announce_started_build(struct announce_command *command, const struct auction_view *view, int lot_number,
                            const char *event, size_t size)
{
    struct buffer message;
    buffer_init(&message, size + OVERHEAD_LIMIT);
    struct json json = json_start(&message);
    json_object(&json, NULL);
    json_int(&json, "auctionId", view->auction_id);
    json_int(&json, "saleId", view->sale_id);
    json_int(&json, "lotNumber", lot_number);
    buffer_append_text(&message, ",");
    buffer_append(&message, event + 1, size - 2); /* its members */
    json_object_end(&json);
    start(command, message.size);
    add_text(command, "PUBLISH");
    add_text(command, CHANNEL_STARTED);
    add(command, message.data, message.size);
    finish_arguments(command);
    buffer_finish(&message);
}

void announce_finish(struct announce_command *command)
{
    buffer_finish(&command->text);
    command->count = 0;
}

/* ---- channels ---- */

static const struct {
    const char *before, *after; /* the id */
    bool is_user;
} kinds[] = {
    {"auction:{", "}:events", false},
    {"user:{",    "}",        true },
};

void channel_of_auction(int64_t auction_id, char name[CHANNEL_NAME_SIZE])
{
    snprintf(name, CHANNEL_NAME_SIZE, "auction:{%" PRId64 "}:events", auction_id);
}

void channel_of_user(int64_t user_id, char name[CHANNEL_NAME_SIZE])
{
    snprintf(name, CHANNEL_NAME_SIZE, "user:{%" PRId64 "}", user_id);
}

/* A positive number as we write it, and then exactly `after`. */
static bool read_id(const char *text, const char *after, int64_t *id)
{
    int64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *at - '0', &value))
            return false;
    }
    if (at == text || *text == '0' || strcmp(at, after) != 0)
        return false;
    *id = value;
    return true;
}

bool channel_parse(const char *name, int64_t *id, bool *is_user)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t size = strlen(kinds[i].before);
        if (strncmp(name, kinds[i].before, size) == 0 && read_id(name + size, kinds[i].after, id)) {
            *is_user = kinds[i].is_user;
            return true;
        }
    }
    return false;
}
