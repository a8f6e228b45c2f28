/* The list of a key never has more moments than the limit, and it expires when its newest moment does: what
 * Redis holds is what was asked within the last minute. */
#include "core/bus/rate.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_BYTES 16

/* KEYS: the list. ARGV: limit, window. Reply: good, remaining, ms until there is one more. When the limit was
 * lowered the list may be longer than it: then the one to wait for is not the oldest. */
static const char script[] = "local time = redis.call('TIME')\n"
                             "local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"
                             "local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])\n"
                             "local list = KEYS[1]\n"
                             "while tonumber(redis.call('LINDEX', list, -1) or now) <= now - window do\n"
                             "  redis.call('RPOP', list)\n"
                             "end\n"
                             "local count = redis.call('LLEN', list)\n"
                             "local good = count < limit\n"
                             "if good then\n"
                             "  redis.call('LPUSH', list, now)\n"
                             "  redis.call('PEXPIRE', list, window)\n"
                             "  count = count + 1\n"
                             "end\n"
                             "local freed = redis.call('LINDEX', list, math.min(count, limit) - 1)\n"
                             "return {good and 1 or 0, math.max(limit - count, 0), freed + window - now}\n";

/* rate:{KIND:DIGEST}; the braces keep whatever may be added to a key in its slot of a cluster. */
static void write_key(char out[RATE_KEY_SIZE], const char *kind, const char *key)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    if (!EVP_Digest(key, strlen(key), hash, NULL, EVP_sha256(), NULL))
        abort();
    int size = snprintf(out, RATE_KEY_SIZE, "rate:{%.16s:", kind);
    for (int i = 0; i < DIGEST_BYTES; i++)
        size += snprintf(out + size, RATE_KEY_SIZE - (size_t)size, "%02x", hash[i]);
    snprintf(out + size, RATE_KEY_SIZE - (size_t)size, "}");
}

void rate_build(struct rate_command *command, const char *kind, const char *key, int64_t limit,
                int64_t window_ms)
{
    write_key(command->key, kind, key);
    snprintf(command->limit, sizeof command->limit, "%" PRId64, limit);
    snprintf(command->window, sizeof command->window, "%" PRId64, window_ms);
    const char *const arguments[RATE_ARGUMENTS] = {"EVAL",       script,         "1",
                                                   command->key, command->limit, command->window};
    for (int i = 0; i < RATE_ARGUMENTS; i++) {
        command->arguments[i] = arguments[i];
        command->sizes[i] = strlen(arguments[i]);
    }
}

bool rate_read(const redisReply *reply, int64_t limit, bool *good, struct rate_state *out)
{
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
        return false;
    for (size_t i = 0; i < reply->elements; i++)
        if (reply->element[i]->type != REDIS_REPLY_INTEGER)
            return false;
    *good = reply->element[0]->integer == 1;
    *out = (struct rate_state){
        .limit = limit,
        .remaining = reply->element[1]->integer,
        .reset_ms = reply->element[2]->integer > 0 ? reply->element[2]->integer : 1,
    };
    return true;
}
