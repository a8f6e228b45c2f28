/* Listing sweeps; telling does so only when there are more fields than there should be, for each process
 * tells often and only an operator lists. */
#include "core/bus/vitals.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_OF(number)       TEXT_OF_VALUE(number)
#define TEXT_OF_VALUE(number) #number
#define HOST_MAX              65

#define NOW                                                                                                  \
    "local time = redis.call('TIME')\n"                                                                      \
    "local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"
#define SWEEP                                                                                                \
    "local fields, kept = redis.call('HGETALL', KEYS[1]), {}\n"                                              \
    "for i = 1, #fields, 2 do\n"                                                                             \
    "  local at, text = string.match(fields[i + 1], '^(%d+) (.*)$')\n"                                       \
    "  if at and now - at < tonumber(ARGV[1]) then\n"                                                        \
    "    kept[#kept + 1] = fields[i]\n"                                                                      \
    "    kept[#kept + 1] = tostring(math.max(0, now - at))\n"                                                \
    "    kept[#kept + 1] = text\n"                                                                           \
    "  else\n"                                                                                               \
    "    redis.call('HDEL', KEYS[1], fields[i])\n"                                                           \
    "  end\n"                                                                                                \
    "end\n"

/* KEYS: the hash. ARGV: for how many ms a field is kept, the most fields, the process, its figures. */
static const char tell_script[] =
    NOW "redis.call('HSET', KEYS[1], ARGV[3], string.format('%d ', now) .. ARGV[4])\n"
        "redis.call('PEXPIRE', KEYS[1], ARGV[1])\n"
        "if redis.call('HLEN', KEYS[1]) <= tonumber(ARGV[2]) then return end\n" SWEEP;

/* KEYS: the hash. ARGV: for how many ms a field is kept. */
static const char list_script[] = NOW SWEEP "return kept\n";

static void add(struct vitals_command *command, const char *text, size_t size)
{
    command->arguments[command->count] = text;
    command->sizes[command->count++] = size;
}

static void begin(struct vitals_command *command, const char *script)
{
    command->count = 0;
    add(command, "EVAL", 4);
    add(command, script, strlen(script));
    add(command, "1", 1);
    add(command, VITALS_KEY, strlen(VITALS_KEY));
    add(command, TEXT_OF(VITALS_KEPT_MS), strlen(TEXT_OF(VITALS_KEPT_MS)));
}

void vitals_tell(struct vitals_command *command, const char *identity, const char *text, size_t size)
{
    begin(command, tell_script);
    add(command, TEXT_OF(VITALS_MAX), strlen(TEXT_OF(VITALS_MAX)));
    add(command, identity, strlen(identity));
    add(command, text, size);
}

void vitals_end(struct vitals_command *command, const char *identity)
{
    command->count = 0;
    add(command, "HDEL", 4);
    add(command, VITALS_KEY, strlen(VITALS_KEY));
    add(command, identity, strlen(identity));
}

void vitals_list(struct vitals_command *command)
{
    begin(command, list_script);
}

void vitals_write_head(struct json *json, const struct vitals_head *head)
{
    char host[HOST_MAX] = "";
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    json_text(json, "program", head->program);
    json_text(json, "name", head->name);
    json_text(json, "id", head->identity);
    json_text(json, "host", host);
    json_int(json, "port", head->port);
    json_text(json, "version", SERI_VERSION);
    json_int(json, "startedAtMs", head->started_at_ms);
    json_int(json, "intervalMs", head->interval_ms);
    json_bool(json, "draining", head->draining);
    json_bool(json, "postgresql", head->postgresql);
    json_int(json, "memoryBytes", head->memory_bytes);
}
