/* What all threads of the program share, made by main before there are threads and read-only afterwards but
 * for what guards itself. Handlers reach it through their request. */
#pragma once

#include "core/auth/link_seal.h"
#include "core/auth/token.h"
#include "core/base/address.h"
#include "core/base/config.h"
#include "rest/bid_audit.h"
#include "rest/jobs/slow.h"
#include "rest/limit.h"
#include "rest/media/store.h"
#include "rest/sessions.h"
#include "rest/spool.h"

#include <stdatomic.h>

#define ACCESS_TOKEN_S  (15 * 60)
#define REFRESH_TOKEN_S (7 * 24 * 60 * 60)

struct service {
    const struct config *config;
    struct token_keys *keys;
    struct limiter *limiter;
    struct sessions *sessions;
    struct proxies *proxies;
    struct slow *slow, *uploads, *writes, *reports; /* see enum slow_kind */
    struct spools *spools;
    struct bid_audit *bid_audit;
    struct pulse *pulse;
    struct media_store *media;
    uint8_t media_key[LINK_KEY_SIZE]; /* seals links to private media */
    bool secure_cookies;              /* people come by https */
    atomic_bool draining;             /* a shutdown has begun: every answer closes its connection */
};
