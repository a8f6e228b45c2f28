/* The parts of one realtime node and who knows whom. There is one struct node a process; it is handed to the
 * parts at their creation, never reached through a global. Everything runs on one libuv loop: nothing here
 * may block. */
#pragma once

#include "core/auth/token.h"
#include "core/base/config.h"
#include "core/bus/redis.h"
#include "core/domain/wheel.h"
#include "core/store/pool.h"

struct node {
    const struct config *config;
    char name[64];     /* of this process in logs and application_name */
    char identity[96]; /* the same with its incarnation: no other process has had it or will */
    uv_loop_t *loop;
    struct pool *pool;
    struct redis *redis;
    struct token_keys *keys;
    struct proxies *proxies;
    struct tls_context *tls; /* NULL: connections come in clear */
    struct wheel *wheel;     /* runs on database time: see clocksync.h */
    struct clocksync *clocksync;
    struct timekeeper *timekeeper;
    struct replicas *replicas;
    struct leases *leases;
    struct desks *desks;
    struct inbox *inbox;
    struct audit *audit;
    struct access *access;
    struct rooms *rooms; /* of lots */
    struct joins *joins;
    struct presence *presence;
    struct rooms *sale_rooms; /* of sales */
    struct boards *boards;
    struct you *you;
    struct clerks *clerks;
    struct consoles *consoles;
    struct sessions *sessions;
    struct overload *overload;
    struct pulse *pulse;
    struct server *server;
    bool draining;
};

/** The database's clock as this node knows it, in ms since 1970. Read once a turn of the loop. */
int64_t node_now_ms(const struct node *node);
