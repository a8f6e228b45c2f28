/* Where a Redis is and how to introduce oneself there: shared by the connections of the event loop and of
 * threads. */
#pragma once

#include "core/base/error.h"

#include <stdbool.h>

struct redis_url {
    char host[256];
    int port;
    int database;
    char user[128];     /* "": the default user */
    char password[512]; /* "": none */
};

/** Reads redis://[[user]:password@]host[:port][/database]. User and password may be percent-encoded; an IPv6
 * address stands in brackets. `error` never quotes the text, which may hold a password. */
[[gnu::warn_unused_result]] bool redis_url_parse(const char *text, struct redis_url *out,
                                                 struct error *error);

/** The same for a URL that redis_url_check has seen before: ends the process when it is malformed. */
void redis_url_parse_checked(const char *text, struct redis_url *out);

#define REDIS_GREETING_STEPS_MAX     4
#define REDIS_GREETING_ARGUMENTS_MAX 3

/** What is said after connecting, in order. An error in answer to a step means that the connection is of no
 * use, unless it is `optional`; that to a `secret` step is not to be quoted: Redis may repeat the arguments
 * in it. */
struct redis_greeting {
    int count;
    struct redis_greeting_step {
        int count;
        const char *arguments[REDIS_GREETING_ARGUMENTS_MAX];
        bool optional;
        bool secret;
    } steps[REDIS_GREETING_STEPS_MAX];
    char database[12];
};

/** AUTH, SELECT, CLIENT SETNAME as needed, and a PING, which is refused while Redis is loading or wants a
 * password that we do not have. Borrows from `url`, `name` and `out` itself. */
void redis_greeting_make(const struct redis_url *url, const char *name, struct redis_greeting *out);

/** Writes into `text` why a step failed, as far as it may be told. */
void redis_greeting_fault(const struct redis_greeting_step *step, const char *reply, char *text, int size);
