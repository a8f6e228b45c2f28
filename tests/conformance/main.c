/* seri-conformance: the parts of a realtime node that speak WebSocket, Engine.IO and Socket.IO (door,
 * upgrade, server, frame, core/wire/socketio), with handlers that echo. Public suites of these protocols are
 * pointed at it; see README.md. No database, no Redis. */
#include "core/base/log.h"
#include "core/wire/socketio.h"
#include "realtime/door.h"
#include "realtime/upgrade.h"
#include "tests/conformance/kinds.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_BAD_OPTION = 2 };
enum { HEAD_TIMEOUT_MS = 10000 };

struct options {
    int64_t port;
    struct peer_settings peer;
};

static const struct {
    const char *name;
    size_t offset;
    int64_t lowest, highest;
    const char *text;
} flags[] = {
    {"--port",               offsetof(struct options, port),                    1, 65535,            "to listen on at 127.0.0.1 (3000)"},
    {"--ping-interval-ms",   offsetof(struct options, peer.ping_interval_ms),   1, 86400000,
     "of Engine.IO's heartbeat (25000)"                                                                                                },
    {"--ping-timeout-ms",    offsetof(struct options, peer.ping_timeout_ms),    1, 86400000,
     "to answer a ping (20000)"                                                                                                        },
    {"--max-payload",        offsetof(struct options, peer.max_payload),        1, ECHO_MESSAGE_MAX,
     "bytes of one message of Engine.IO (1000000)"                                                                                     },
    {"--connect-timeout-ms", offsetof(struct options, peer.connect_timeout_ms), 1, 86400000,
     "for the first CONNECT of Socket.IO (45000)"                                                                                      },
};
#define FLAGS (sizeof flags / sizeof flags[0])

struct program {
    struct options options;
    uv_loop_t loop;
    struct peers peers;
    struct door *door;
    struct server *server;
    uv_signal_t signals[2];
};

/* ---- options ---- */

static void show_help(void)
{
    puts("Usage: seri-conformance [--FLAG VALUE | --FLAG=VALUE]…\n\n"
         "Echoes for protocol suites: RFC 6455 at /echo, Engine.IO 4 at /engine.io/, Socket.IO 5 at\n"
         "/socket.io/ (namespaces / and /custom); see tests/conformance/README.md.\n");
    for (size_t i = 0; i < FLAGS; i++)
        printf("  %-21s %s\n", flags[i].name, flags[i].text);
}

static bool parse_value(size_t flag, const char *text, struct options *options)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < flags[flag].lowest ||
        value > flags[flag].highest) {
        fprintf(stderr, "seri-conformance: %s must be a number from %lld to %lld\n", flags[flag].name,
                (long long)flags[flag].lowest, (long long)flags[flag].highest);
        return false;
    }
    *(int64_t *)((char *)options + flags[flag].offset) = value;
    return true;
}

static bool parse_options(char **arguments, struct options *options)
{
    for (char **at = arguments; *at != NULL; at++) {
        size_t length = strcspn(*at, "=");
        size_t flag = 0;
        while (flag < FLAGS &&
               (strlen(flags[flag].name) != length || strncmp(flags[flag].name, *at, length) != 0))
            flag++;
        const char *value = (*at)[length] == '=' ? *at + length + 1 : at[1];
        if (flag == FLAGS || value == NULL) {
            fprintf(stderr, "seri-conformance: %s %s (see --help)\n", *at,
                    flag == FLAGS ? "is unknown" : "needs a value");
            return false;
        }
        if (!parse_value(flag, value, options))
            return false;
        at += (*at)[length] != '=';
    }
    return true;
}

/* ---- places ---- */

static void hand_over(struct stranger *stranger, const struct http_head *head, size_t used,
                      const struct peer_kind *kind)
{
    struct program *program = stranger_context(stranger);
    const struct refusal *refusal = upgrade_judge(head);
    if (refusal != NULL) {
        stranger_refuse(stranger, refusal);
        return;
    }
    char memory[UPGRADE_ANSWER_MAX];
    struct buffer answer, behind;
    buffer_init_fixed(&answer, memory, sizeof memory);
    buffer_init(&behind, DOOR_AHEAD_MAX);
    upgrade_answer(head, NULL, &answer);
    struct server_arrival arrival = {
        .greeting = kind,
        .message_max = (uint64_t)(kind->engine ? program->options.peer.max_payload : ECHO_MESSAGE_MAX),
        .answer = &answer,
        .behind = &behind,
    };
    arrival.socket = stranger_hand_over(stranger, used, &behind, &arrival.tls);
    server_adopt(program->server, &arrival);
    buffer_finish(&behind);
}

static void answer_echo(struct stranger *stranger, const struct http_head *head, size_t used)
{
    hand_over(stranger, head, used, &kind_echo);
}

static void answer_engine(struct stranger *stranger, const struct http_head *head, size_t used)
{
    enum engine_refusal refusal = engine_judge(head->query.at, head->query.size);
    const char *text = engine_refusal_text(refusal);
    bool socketio = http_text_is(head->path, kind_socketio.path);
    if (refusal == ENGINE_GRANTED)
        hand_over(stranger, head, used, socketio ? &kind_socketio : &kind_engine);
    else
        stranger_answer(stranger, 400, "application/json", NULL, text, strlen(text));
}

static const struct door_place places[] = {
    {"/echo",       answer_echo,   false},
    {"/engine.io/", answer_engine, false},
    {"/socket.io/", answer_engine, false},
};

/* ---- life ---- */

static void on_signal(uv_signal_t *signal, int number)
{
    struct program *program = signal->data;
    (void)number;
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&program->signals[i], NULL);
    door_destroy(&program->door);
    server_stop(program->server);
    peers_finish(&program->peers);
}

static void watch_signals(struct program *program)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&program->loop, &program->signals[i]);
        program->signals[i].data = program;
        uv_signal_start(&program->signals[i], on_signal, numbers[i]);
    }
    signal(SIGPIPE, SIG_IGN);
}

static int run(struct program *program)
{
    struct error error;
    struct door_options door = {
        .loop = &program->loop,
        .host = "127.0.0.1",
        .port = program->options.port,
        .places = places,
        .place_count = sizeof places / sizeof places[0],
        .patience_ms = HEAD_TIMEOUT_MS,
        .context = program,
    };
    int result = EXIT_FAILURE;
    uv_loop_init(&program->loop);
    program->door = door_create(&door, &error);
    if (program->door == NULL)
        goto failed;
    program->server = server_create(&program->loop, &peer_hooks, &program->peers, &error);
    if (program->server == NULL)
        goto failed;
    peers_init(&program->peers, &program->loop, &program->options.peer);
    watch_signals(program);
    printf("listening on 127.0.0.1:%lld\n", (long long)program->options.port);
    fflush(stdout);
    uv_run(&program->loop, UV_RUN_DEFAULT);
    server_destroy(&program->server);
    result = EXIT_SUCCESS;
    goto close_loop;

failed:
    fprintf(stderr, "seri-conformance: %s\n", error.text);
    door_destroy(&program->door);
    uv_run(&program->loop, UV_RUN_DEFAULT);
close_loop:
    uv_loop_close(&program->loop);
    return result;
}

int main(int argc, char **argv)
{
    struct program program = {
        .options = {.port = 3000,
                    .peer = {.ping_interval_ms = 25000,
                             .ping_timeout_ms = 20000,
                             .connect_timeout_ms = 45000,
                             .max_payload = 1000000}},
    };
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        show_help();
        return EXIT_SUCCESS;
    }
    if (!parse_options(argv + (argc > 0), &program.options))
        return EXIT_BAD_OPTION;
    log_start("seri-conformance", LOG_WARN_LEVEL);
    return run(&program);
}
