/* What Redis holds of all processes is passed on as they wrote it. Without Redis there is this process alone
 * to speak for itself, and the answer says so. */
#include "rest/routes/nodes.h"

#include "core/base/clock.h"
#include "core/bus/vitals.h"
#include "core/wire/json_read.h"
#include "rest/jobs/pulse.h"
#include "rest/request.h"

#include <stdlib.h>
#include <string.h>

static void write_node(struct json *json, const char *id, int64_t age_ms, const char *text, size_t size)
{
    json_object(json, NULL);
    json_text(json, "id", id);
    json_int(json, "ageMs", age_ms);
    json_bool(json, "silent", age_ms >= VITALS_SILENT_MS);
    json_raw(json, "figures", text, size);
    json_object_end(json);
}

/* What another version of the programs wrote may be anything; what is no object is passed over. */
static bool is_object(const redisReply *text)
{
    const char *reason;
    cJSON *root = text->len <= VITALS_TEXT_MAX ? json_parse(text->str, text->len, &reason) : NULL;
    bool good = cJSON_IsObject(root);
    cJSON_Delete(root);
    return good;
}

/* Three elements for each process: who, how long ago, what. True when `own` was among them. */
static bool write_told(struct json *json, const redisReply *reply, const char *own)
{
    bool there = false;
    for (size_t i = 0; i + 2 < reply->elements && i < 3 * VITALS_MAX; i += 3) {
        redisReply *const *told = &reply->element[i];
        bool texts = told[0]->type == REDIS_REPLY_STRING && told[1]->type == REDIS_REPLY_STRING &&
                     told[2]->type == REDIS_REPLY_STRING;
        if (!texts || !is_object(told[2]))
            continue;
        there |= strcmp(told[0]->str, own) == 0;
        write_node(json, told[0]->str, strtoll(told[1]->str, NULL, 10), told[2]->str, told[2]->len);
    }
    return there;
}

static void write_own(struct json *json, struct pulse *pulse)
{
    struct buffer text;
    buffer_init(&text, VITALS_TEXT_MAX);
    pulse_copy(pulse, &text);
    write_node(json, pulse_identity(pulse), 0, text.data, text.size);
    buffer_finish(&text);
}

static void write_reachable(struct json *json, const char *name, bool reachable)
{
    json_object(json, name);
    json_bool(json, "reachable", reachable);
    json_object_end(json);
}

void nodes_get(struct request *request, struct response *response)
{
    struct worker *worker = request->worker;
    struct pulse *pulse = request->service->pulse;
    struct vitals_command command;
    vitals_list(&command);
    redisReply *reply =
        redis_blocking_command(worker->redis, command.count, command.arguments, command.sizes);
    bool told = reply != NULL && reply->type == REDIS_REPLY_ARRAY;

    struct json json = response_json_start(response, 200);
    json_object(&json, NULL);
    json_int(&json, "serverMs", clock_wall_ms());
    json_int(&json, "everyMs", VITALS_EVERY_MS);
    json_int(&json, "silentAfterMs", VITALS_SILENT_MS);
    json_bool(&json, "complete", told);
    write_reachable(&json, "postgresql", db_ready(worker->db, NULL));
    write_reachable(&json, "redis", told);
    json_array(&json, "items");
    if (!told || !write_told(&json, reply, pulse_identity(pulse)))
        write_own(&json, pulse);
    json_array_end(&json);
    json_object_end(&json);
    freeReplyObject(reply);
}
