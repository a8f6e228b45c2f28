/* seri-realtime: one libuv loop, on which everything runs. A turn of it: sockets, statements and timers call
 * the parts; before the loop sleeps again, what has come due on the wheel fires, rooms move their cursors a
 * slice forward, and what was closed goes. If rooms have more to send, the loop does not sleep.
 *
 * On SIGTERM the node drains: it listens no more, gives its leases up to the others, sends its clients away
 * spread over DRAIN_MS, lets the desks finish, and ends. On SIGHUP it reads its certificate again, if it has
 * one. */
#include "core/base/address.h"
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/settings.h"
#include "core/base/uuid.h"
#include "realtime/access.h"
#include "realtime/audit.h"
#include "realtime/board.h"
#include "realtime/clerks.h"
#include "realtime/clocksync.h"
#include "realtime/commands/joins.h"
#include "realtime/console.h"
#include "realtime/desk.h"
#include "realtime/door.h"
#include "realtime/inbox.h"
#include "realtime/leases.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/overload.h"
#include "realtime/places.h"
#include "realtime/presence.h"
#include "realtime/pulse.h"
#include "realtime/relay.h"
#include "realtime/replica.h"
#include "realtime/room_internal.h"
#include "realtime/server.h"
#include "realtime/session_internal.h"
#include "realtime/timekeeper.h"
#include "realtime/tls.h"
#include "realtime/you.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    QUEUE_LIMIT = 10000, /* statements, and commands to Redis, waiting or in flight */
    STATEMENT_TIMEOUT_MS = 5000,
    DESCRIPTORS_BESIDE = 1024, /* beyond the clients' */
    DRAIN_LOOK_MS = 100,
    DRAIN_PATIENCE_MS = 8000, /* for desks and sockets, after the clients were told */
    SET_BACK_MS = 100,        /* the database's clock was set, where samples only correct by less */
};

enum { EXIT_FAILED = 1, EXIT_BAD_SETTINGS = 2 };
enum { SIGNALS = 3 };

/* The draining of a node, from the signal to the end of the loop. */
struct drain {
    uv_timer_t timer;
    int64_t began_ms; /* 0: not draining */
    int told;         /* clients, so far */
    int clients;      /* when it began */
    bool closing;     /* 1001 was asked for, for all that were left */
};

struct program {
    struct node node;
    uv_loop_t loop;
    struct config *config;
    struct door *door;
    struct drain drain;
    uv_prepare_t turn;
    uv_idle_t busy;   /* active: the loop does not sleep */
    uv_timer_t alarm; /* wakes the loop for the wheel */
    uv_signal_t signals[SIGNALS];
};

/* ---- turns ---- */

/* Before the database was heard the first time, nothing is due but what is due at once: this machine's clock
 * may be hours off, and what is set for the time to come would be as far off when it is known. */
static int64_t wheel_time(const struct node *node)
{
    bool known = clocksync_uncertainty_ms(node->clocksync, clock_monotonic_us()) != INT64_MAX;
    return known ? node_now_ms(node) : 0;
}

static void on_alarm(uv_timer_t *timer)
{
    (void)timer; /* the turn does it */
}

static void on_busy(uv_idle_t *idle)
{
    (void)idle;
}

static void arm_alarm(struct program *program, int64_t now_ms)
{
    int64_t next_ms = wheel_next_ms(program->node.wheel);
    if (next_ms == INT64_MAX)
        uv_timer_stop(&program->alarm);
    else
        uv_timer_start(&program->alarm, on_alarm, next_ms > now_ms ? (uint64_t)(next_ms - now_ms) : 0, 0);
}

static void on_turn(uv_prepare_t *prepare)
{
    struct program *program = prepare->data;
    struct node *node = &program->node;
    int64_t now_ms = wheel_time(node);
    door_turn(program->door);
    if (now_ms < wheel_now_ms(node->wheel) - SET_BACK_MS)
        wheel_set_back(node->wheel, now_ms);
    wheel_advance(node->wheel, now_ms);
    bool more = rooms_turn(node->rooms);
    more |= rooms_turn(node->sale_rooms);
    sessions_turn(node->sessions);
    if (more)
        uv_idle_start(&program->busy, on_busy);
    else
        uv_idle_stop(&program->busy);
    uv_update_time(&program->loop); /* a turn may have been long, and the alarm counts from the loop's time */
    arm_alarm(program, now_ms);
}

/* ---- the end ---- */

/* Everything lets go of the loop, which then ends by itself. Clients' sessions first: they use all the
 * others. */
static void stop(struct program *program)
{
    struct node *node = &program->node;
    uv_close((uv_handle_t *)&program->turn, NULL);
    uv_close((uv_handle_t *)&program->busy, NULL);
    uv_close((uv_handle_t *)&program->alarm, NULL);
    uv_close((uv_handle_t *)&program->drain.timer, NULL);
    for (int i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&program->signals[i], NULL);
    door_destroy(&program->door);
    desks_destroy(&node->desks);
    clerks_destroy(&node->clerks);
    consoles_destroy(&node->consoles);
    inbox_destroy(&node->inbox);
    leases_destroy(&node->leases);
    overload_destroy(&node->overload);
    sessions_destroy(&node->sessions);
    server_stop(node->server);
    rooms_destroy(&node->rooms);
    presence_destroy(&node->presence);
    rooms_destroy(&node->sale_rooms);
    boards_destroy(&node->boards);
    you_destroy(&node->you);
    access_destroy(&node->access);
    timekeeper_destroy(&node->timekeeper);
    replicas_destroy(&node->replicas);
    audit_destroy(&node->audit);
    pool_destroy(&node->pool, NULL, NULL);
    joins_destroy(&node->joins);
    redis_destroy(&node->redis, NULL, NULL);
}

static void tell_one(struct session *session, int64_t reconnect_in_ms)
{
    char memory[64];
    struct buffer data;
    buffer_init_fixed(&data, memory, sizeof memory);
    struct json json = json_start(&data);
    json_object(&json, NULL);
    json_int(&json, "reconnectInMs", reconnect_in_ms);
    json_object_end(&json);
    session_send_event(session, "server:draining", data.data, data.size);
}

/* Clients are told to come back elsewhere one after the other over the whole time, so that the other nodes
 * get them spread. */
static void tell(struct session *session, void *context)
{
    struct program *program = context;
    int64_t drain_ms = config_int(program->config, "DRAIN_MS");
    tell_one(session, drain_ms * program->drain.told / program->drain.clients);
    program->drain.told++;
}

static void send_away(struct session *session, void *context)
{
    (void)context;
    session_close(session, CLOSE_DRAINING, "this node is stopping");
}

static void on_drain(uv_timer_t *timer)
{
    struct program *program = timer->data;
    struct node *node = &program->node;
    struct drain *drain = &program->drain;
    int64_t drain_ms = config_int(program->config, "DRAIN_MS");
    int64_t passed_ms = clock_monotonic_ms() - drain->began_ms;
    int pending = desks_pending(node->desks) + clerks_pending(node->clerks);
    bool out_of_patience = passed_ms >= drain_ms + DRAIN_PATIENCE_MS;
    if (!drain->closing && pending == 0 && (passed_ms >= drain_ms || sessions_count(node->sessions) == 0)) {
        drain->closing = true;
        sessions_each(node->sessions, send_away, NULL);
    }
    if ((drain->closing && sessions_count(node->sessions) == 0) || out_of_patience) {
        if (node->pulse != NULL) {
            pulse_destroy(&node->pulse); /* its last word needs a turn to go out */
            return;
        }
        log_info("stopped", log_number("clients left", sessions_count(node->sessions)),
                 log_number("decisions left", pending));
        stop(program);
    }
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct program *program = signal->data;
    struct drain *drain = &program->drain;
    (void)number;
    if (drain->began_ms != 0)
        return;
    drain->began_ms = clock_monotonic_ms();
    drain->clients = sessions_count(program->node.sessions);
    program->node.draining = true;
    log_info("draining", log_number("clients", drain->clients));
    door_shut(program->door);
    leases_drain(program->node.leases);
    sessions_each(program->node.sessions, tell, program);
    uv_timer_start(&drain->timer, on_drain, 0, DRAIN_LOOK_MS);
}

/* ---- the certificate ---- */

static void look_at_certificate(const struct node *node)
{
    const char *doubt = tls_context_doubt(node->tls, clock_wall_ms() / 1000);
    metrics_set(METRIC_TLS_EXPIRES, 0, tls_context_expires_at(node->tls));
    if (doubt != NULL)
        log_warn("clients will not trust the certificate", log_text("reason", doubt));
}

/* Connections go on with the certificate they began with. */
static void on_hangup(uv_signal_t *signal, int number)
{
    const struct program *program = signal->data;
    struct error error;
    (void)number;
    if (program->node.tls == NULL)
        return;
    if (!tls_context_reload(program->node.tls, &error)) {
        log_error("the certificate could not be read again; the old one stays",
                  log_text("reason", error.text));
        return;
    }
    log_info("the certificate was read again");
    look_at_certificate(&program->node);
}

/* ---- the beginning ---- */

static void raise_descriptor_limit(const struct config *config)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    /* libwebsockets sets tables of this size aside, so not just any number */
    rlim_t wanted = (rlim_t)(config_int(config, "LIMIT_CONNECTIONS") + DESCRIPTORS_BESIDE);
    if (limit.rlim_max < wanted) {
        log_warn("the limit of open files is below LIMIT_CONNECTIONS",
                 log_number("limit", (int64_t)limit.rlim_max));
        wanted = limit.rlim_max;
    }
    limit.rlim_cur = wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void init_handles(struct program *program)
{
    uv_loop_t *loop = &program->loop;
    uv_prepare_init(loop, &program->turn);
    uv_idle_init(loop, &program->busy);
    uv_timer_init(loop, &program->alarm);
    uv_timer_init(loop, &program->drain.timer);
    program->turn.data = program->busy.data = program->alarm.data = program->drain.timer.data = program;
    uv_prepare_start(&program->turn, on_turn);
    static const struct {
        int number;
        uv_signal_cb callback;
    } signals[SIGNALS] = {
        {SIGTERM, on_signal},
        {SIGINT,  on_signal},
        {SIGHUP,  on_hangup},
    };
    for (int i = 0; i < SIGNALS; i++) {
        uv_signal_init(loop, &program->signals[i]);
        program->signals[i].data = program;
        uv_signal_start(&program->signals[i], signals[i].callback, signals[i].number);
    }
    signal(SIGPIPE, SIG_IGN);
}

/* ---- what the clock and the look at the ledger set going ---- */

static void on_due(struct node *node, int64_t auction_id)
{
    desk_close(node->desks, auction_id);
}

static void on_moved(struct node *node, int64_t auction_id)
{
    desk_moved(node->desks, auction_id);
}

static void on_seen(struct node *node, int64_t auction_id, int64_t seq)
{
    replica_seen(node->replicas, auction_id, seq);
}

static void on_listed(struct node *node, int64_t sale_id, const struct board_lot *lot)
{
    boards_see(node->boards, sale_id, lot);
}

static void on_looked(struct node *node)
{
    boards_turn(node->boards);
    consoles_turn(node->consoles);
}

static void on_running(struct node *node, int64_t auction_id)
{
    leases_watch(node->leases, auction_id);
}

static int64_t patience_ms(struct node *node, int64_t auction_id)
{
    return leases_patience_ms(node->leases, auction_id);
}

static const struct timekeeper_hooks timekeeper_hooks = {on_due,    on_moved,   on_seen,    on_listed,
                                                         on_looked, on_running, patience_ms};

/* The parts that need nothing that may fail. */
static void create_parts(struct node *node)
{
    struct pool_options pool = {
        .url = config_text(node->config, "DATABASE_URL"),
        .name = node->name,
        .connections = (int)config_int(node->config, "POOL_CONNECTIONS"),
        .queue_limit = QUEUE_LIMIT,
        .request_timeout_ms = STATEMENT_TIMEOUT_MS,
    };
    struct redis_options redis = {
        .url = config_text(node->config, "REDIS_URL"),
        .name = node->name,
        .queue_limit = QUEUE_LIMIT,
    };
    node->wheel = wheel_create(0, node);
    node->clocksync = clocksync_create();
    node->pool = pool_create(node->loop, &pool);
    node->redis = redis_create(node->loop, &redis);
    node->rooms = rooms_create(node, ROOMS_OF_LOTS);
    node->sale_rooms = rooms_create(node, ROOMS_OF_SALES);
    node->boards = boards_create(node);
    node->you = you_create(node);
    node->sessions = sessions_create(node);
    node->overload = overload_create(node);
    node->replicas = replicas_create(node);
    node->joins = joins_create();
    node->presence = presence_create(node);
    node->timekeeper = timekeeper_create(node, &timekeeper_hooks);
    node->audit = audit_create(node);
    node->access = access_create(node);
    node->leases = leases_create(node);
    node->desks = desks_create(node);
    node->clerks = clerks_create(node);
    node->consoles = consoles_create(node);
    node->inbox = inbox_create(node);
    node->pulse = pulse_create(node);
    relay_start(node);
}

static bool load_certificate(const struct config *config, struct node *node, struct error *error)
{
    const char *certificate = config_text(config, "TLS_CERT_FILE"),
               *key = config_text(config, "TLS_KEY_FILE");
    if (certificate[0] == '\0' && key[0] == '\0')
        return true;
    if (certificate[0] == '\0' || key[0] == '\0') {
        error_set(error, "%s is missing: TLS_CERT_FILE and TLS_KEY_FILE go together",
                  key[0] == '\0' ? "TLS_KEY_FILE" : "TLS_CERT_FILE");
        return false;
    }
    node->tls = tls_context_create(certificate, key, error);
    return node->tls != NULL;
}

/* The same for what was asked for, but with no half a start: what is certainly wrong ends the program now. */
static bool check_settings(const struct config *config, struct node *node, struct error *error)
{
    if (log_level_parse(config_text(config, "LOG_LEVEL")) < 0) {
        error_set(error, "LOG_LEVEL must be debug, info, warn or error");
        return false;
    }
    if (!redis_url_check(config_text(config, "REDIS_URL"), error)) {
        error_prefix(error, "REDIS_URL");
        return false;
    }
    if (config_int(config, "HEARTBEAT_TIMEOUT_MS") <= config_int(config, "HEARTBEAT_INTERVAL_MS")) {
        error_set(error, "HEARTBEAT_TIMEOUT_MS must be greater than HEARTBEAT_INTERVAL_MS");
        return false;
    }
    node->proxies = proxies_create(config_text(config, "TRUSTED_PROXIES"), error);
    if (node->proxies == NULL)
        return false;
    node->keys = token_keys_create(config_text(config, "JWT_SECRET"), error);
    if (node->keys == NULL) {
        error_prefix(error, "JWT_SECRET");
        return false;
    }
    return load_certificate(config, node, error);
}

static void finish(struct program *program)
{
    struct node *node = &program->node;
    clocksync_destroy(&node->clocksync);
    wheel_destroy(&node->wheel);
    tls_context_destroy(&node->tls);
    token_keys_destroy(&node->keys);
    proxies_destroy(&node->proxies);
    config_destroy(&program->config);
}

/* Names of processes come again; what stands in Redis under this one must not be taken for another's. */
static void name_incarnation(struct node *node)
{
    uint64_t incarnation;
    random_bytes(&incarnation, sizeof incarnation);
    snprintf(node->identity, sizeof node->identity, "%s:%016" PRIx64, node->name, incarnation);
}

static void on_put_out(enum door_reason reason, void *context)
{
    (void)context;
    static const enum metric_refusal refusals[] = {
        [DOOR_TIMEOUT] = REFUSAL_TIMEOUT,
        [DOOR_CROWD] = REFUSAL_CROWD,
        [DOOR_TLS] = REFUSAL_TLS,
    };
    metrics_add(METRIC_CONNECTIONS_REFUSED, refusals[reason], 1);
}

/* Runs from the first turn to the last. */
static int run(struct program *program)
{
    struct node *node = &program->node;
    struct error error;
    int result = EXIT_FAILED;
    uv_loop_init(&program->loop);
    node->loop = &program->loop;
    snprintf(node->name, sizeof node->name, "seri-realtime:%d:%d",
             (int)config_int(program->config, "REALTIME_PORT"), (int)getpid());
    name_incarnation(node);

    struct door_options door = {
        .loop = node->loop,
        .host = config_text(program->config, "REALTIME_HOST"),
        .port = config_int(program->config, "REALTIME_PORT"),
        .places = node_places,
        .place_count = node_place_count,
        .patience_ms = config_int(program->config, "HANDSHAKE_TIMEOUT_MS"),
        .tls = node->tls,
        .put_out = on_put_out,
        .context = node,
    };
    program->door = door_create(&door, &error);
    if (program->door == NULL)
        goto close_loop;
    node->server = server_create(node->loop, &session_hooks, node, &error);
    if (node->server == NULL) {
        door_destroy(&program->door);
        uv_run(&program->loop, UV_RUN_DEFAULT);
        goto close_loop;
    }
    init_handles(program);
    create_parts(node);
    log_info("listening", log_text("host", config_text(program->config, "REALTIME_HOST")),
             log_number("port", config_int(program->config, "REALTIME_PORT")));
    uv_run(&program->loop, UV_RUN_DEFAULT);
    server_destroy(&node->server);
    result = EXIT_SUCCESS;

close_loop:
    if (result != EXIT_SUCCESS)
        log_error(error.text);
    uv_loop_close(&program->loop);
    return result;
}

int main(int argc, char **argv)
{
    struct program program = {0};
    struct error error;
    switch (config_load(settings, settings_count, PROGRAM_REALTIME, argc, argv, &program.config, &error)) {
    case CONFIG_OK: break;
    case CONFIG_HELP_SHOWN: return EXIT_SUCCESS;
    case CONFIG_BAD: fprintf(stderr, "seri-realtime: %s\n", error.text); return EXIT_BAD_SETTINGS;
    }
    program.node.config = program.config;
    if (!check_settings(program.config, &program.node, &error)) {
        fprintf(stderr, "seri-realtime: %s\n", error.text);
        finish(&program);
        return EXIT_BAD_SETTINGS;
    }
    log_start("seri-realtime", (enum log_level)log_level_parse(config_text(program.config, "LOG_LEVEL")));
    metric_start();
    if (program.node.tls != NULL)
        look_at_certificate(&program.node);
    raise_descriptor_limit(program.config);
    int result = run(&program);
    finish(&program);
    return result;
}
