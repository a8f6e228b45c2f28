/* The bus on a real Redis of the test's own: a redis-server on a free port of the loopback, in a directory of
 * its own, which is stopped, frozen, killed and started again while connections are open. Every test ends by
 * closing the loop, which fails if a handle is left over. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/bus/announce.h"
#include "core/bus/rate.h"
#include "core/bus/redis.h"
#include "core/bus/redis_blocking.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the server ---- */

static char directory[] = "/tmp/seri-test-bus-XXXXXX";
static int port;
static pid_t server;

static int free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* One command over a connection of its own; its reply is the caller's. NULL: no server there. */
static redisReply *ask(const char *format, ...)
{
    redisContext *connection = redisConnectWithTimeout("127.0.0.1", port, (struct timeval){.tv_sec = 2});
    redisReply *reply = NULL;
    if (connection != NULL && connection->err == 0) {
        va_list arguments;
        va_start(arguments, format);
        reply = redisvCommand(connection, format, arguments);
        va_end(arguments);
    }
    if (connection != NULL)
        redisFree(connection);
    return reply;
}

/* The server dies with the test, however that ends. */
static void start_server(void)
{
    char port_text[12];
    snprintf(port_text, sizeof port_text, "%d", port);
    server = fork();
    ck_assert_int_ge(server, 0);
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        execlp("redis-server", "redis-server", "--port", port_text, "--bind", "127.0.0.1", "--save", "",
               "--dir", directory, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 500; i++) {
        redisReply *reply = ask("PING");
        bool up = reply != NULL;
        freeReplyObject(reply);
        if (up)
            return;
        usleep(10000);
    }
    ck_abort_msg("redis-server does not start");
}

static void stop_server(int how)
{
    if (server == 0)
        return;
    kill(server, how);
    waitpid(server, NULL, 0);
    server = 0;
}

/* ---- the client under test ---- */

static uv_loop_t loop;
static uv_timer_t alarm_clock;
static struct redis *redis;
static char url[128];

static struct {
    int connected, disconnected; /* calls of on_state */
    int replies, refusals;       /* calls of the commands' callback */
    char last[256];              /* reply */
    int64_t expected;            /* of the numbers that come as replies or messages, when they are counted */
    int messages;
    char channel[CHANNEL_NAME_SIZE];
    char message[256];
    size_t message_size;
    bool inside; /* a function of the bus is being called: no callback may come */
    bool closed;
} seen;

static void on_state(bool connected, void *context)
{
    ck_assert_ptr_eq(context, &seen);
    ck_assert(!seen.inside);
    ck_assert_int_eq(seen.connected - seen.disconnected, connected ? 0 : 1);
    if (connected)
        seen.connected++;
    else
        seen.disconnected++;
}

static void on_reply(const redisReply *reply, void *context)
{
    (void)context;
    ck_assert(!seen.inside);
    if (reply == NULL) {
        seen.refusals++;
        return;
    }
    seen.replies++;
    if (reply->str != NULL)
        snprintf(seen.last, sizeof seen.last, "%s", reply->str);
    else
        snprintf(seen.last, sizeof seen.last, "%lld", reply->integer);
}

static void on_message(const char *channel, const char *message, size_t size, void *context)
{
    ck_assert_ptr_eq(context, &seen);
    ck_assert(!seen.inside);
    seen.messages++;
    seen.message_size = size;
    snprintf(seen.channel, sizeof seen.channel, "%s", channel);
    snprintf(seen.message, sizeof seen.message, "%s", message);
}

static void on_closed(void *context)
{
    *(bool *)context = true;
}

/* Makes uv_run return now and then, so that conditions are looked at. */
static void on_alarm(uv_timer_t *timer)
{
    (void)timer;
}

/* Runs the loop until `*value` is at least `wanted`, for at most 10 seconds. */
static bool run_until(const int *value, int wanted)
{
    int64_t end = clock_monotonic_ms() + 10000;
    while (*value < wanted && clock_monotonic_ms() < end)
        uv_run(&loop, UV_RUN_ONCE);
    return *value >= wanted;
}

static void run_for(int ms)
{
    int64_t end = clock_monotonic_ms() + ms;
    while (clock_monotonic_ms() < end)
        uv_run(&loop, UV_RUN_ONCE);
}

static void create_with(const char *to, int queue_limit)
{
    const struct redis_options options = {
        .url = to, .name = "seri-test", .queue_limit = queue_limit, .on_state = on_state, .context = &seen};
    seen.inside = true;
    redis = redis_create(&loop, &options);
    redis_on_message(redis, on_message, &seen);
    seen.inside = false;
}

static void create(void)
{
    create_with(url, 20000);
    ck_assert(run_until(&seen.connected, 1));
}

static void send_words(int count, const char *const *words)
{
    size_t sizes[8];
    for (int i = 0; i < count; i++)
        sizes[i] = strlen(words[i]);
    seen.inside = true;
    redis_command(redis, count, words, sizes, on_reply, NULL);
    seen.inside = false;
}

#define SEND(...)                                                                                            \
    send_words((int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)),                           \
               (const char *const[]){__VA_ARGS__})

static void subscribe(const char *channel)
{
    seen.inside = true;
    redis_subscribe(redis, channel);
    seen.inside = false;
}

/* A command's answer tells nothing about the other connection: asks the server until it counts so many
 * subscribers. */
static void wait_for_subscribers(const char *channel, int wanted)
{
    for (int i = 0; i < 500; i++) {
        redisReply *reply = ask("PUBSUB NUMSUB %s", channel);
        int found = reply != NULL && reply->elements == 2 ? (int)reply->element[1]->integer : -1;
        freeReplyObject(reply);
        if (found == wanted)
            return;
        run_for(10);
    }
    ck_abort_msg("%s has not %d subscribers", channel, wanted);
}

static void set_up(void)
{
    signal(SIGPIPE, SIG_IGN); /* as the programs do */
    snprintf(directory, sizeof directory, "/tmp/seri-test-bus-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    port = free_port();
    start_server();
    snprintf(url, sizeof url, "redis://127.0.0.1:%d", port);
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    uv_timer_init(&loop, &alarm_clock);
    uv_timer_start(&alarm_clock, on_alarm, 10, 10);
}

static void tear_down(void)
{
    bool was_closed = redis == NULL;
    redis_destroy(&redis, on_closed, &seen.closed);
    ck_assert_ptr_null(redis);
    uv_close((uv_handle_t *)&alarm_clock, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert(was_closed || seen.closed);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    stop_server(SIGKILL);
    ck_assert_int_eq(rmdir(directory), 0);
}

/* ---- commands ---- */

START_TEST(a_command_is_answered_after_the_call_returned)
{
    create();
    ck_assert(redis_is_connected(redis));
    SEND("SET", "key", "value");
    ck_assert(run_until(&seen.replies, 1));
    ck_assert_str_eq(seen.last, "OK");
    SEND("GET", "key");
    ck_assert(run_until(&seen.replies, 2));
    ck_assert_str_eq(seen.last, "value");
    SEND("NO", "SUCH", "COMMAND");
    ck_assert(run_until(&seen.replies, 3));
    ck_assert_ptr_nonnull(strstr(seen.last, "ERR unknown command"));
    ck_assert_uint_eq(redis_dropped(redis), 0);
}
END_TEST

static void on_counted(const redisReply *reply, void *context)
{
    ck_assert_ptr_nonnull(reply);
    ck_assert_int_eq(reply->integer, ++seen.expected);
    ck_assert_int_eq((intptr_t)context, seen.expected);
    seen.replies++;
}

START_TEST(many_commands_at_once_are_answered_in_order)
{
    create();
    static const char *const words[] = {"INCR", "counter"};
    static const size_t sizes[] = {4, 7};
    for (intptr_t i = 1; i <= 20000; i++)
        redis_command(redis, 2, words, sizes, on_counted, (void *)i);
    ck_assert(run_until(&seen.replies, 20000));
    ck_assert_uint_eq(redis_dropped(redis), 0);
}
END_TEST

START_TEST(binary_and_large_arguments_pass)
{
    create();
    size_t size = 3 * 1024 * 1024;
    char *value = xmalloc(size);
    for (size_t i = 0; i < size; i++)
        value[i] = (char)(i * 7);
    redis_command(redis, 3, (const char *const[]){"SET", "k", value}, (const size_t[]){3, 1, size}, on_reply,
                  NULL);
    SEND("STRLEN", "k");
    ck_assert(run_until(&seen.replies, 2));
    ck_assert_str_eq(seen.last, "3145728");
    redisReply *reply = ask("GET k");
    ck_assert_uint_eq(reply->len, size);
    ck_assert_mem_eq(reply->str, value, size);
    freeReplyObject(reply);
    free(value);
}
END_TEST

START_TEST(more_than_the_limit_is_dropped_and_told)
{
    create_with(url, 10);
    ck_assert(run_until(&seen.connected, 1));
    for (int i = 0; i < 25; i++)
        SEND("INCR", "counter");
    ck_assert_int_eq(seen.refusals, 0);
    ck_assert(run_until(&seen.refusals, 15));
    ck_assert(run_until(&seen.replies, 10));
    ck_assert_uint_eq(redis_dropped(redis), 15);
    ck_assert_str_eq(seen.last, "10");
    redis_command(redis, 1, (const char *const[]){"PING"}, (const size_t[]){4}, NULL, NULL);
    SEND("INCR", "counter");
    ck_assert(run_until(&seen.replies, 11));
}
END_TEST

START_TEST(what_waits_to_be_sent_is_bounded)
{
    create();
    kill(server, SIGSTOP);
    size_t size = 1024 * 1024;
    char *value = xcalloc(1, size);
    for (int i = 0; i < 100; i++)
        redis_command(redis, 3, (const char *const[]){"SET", "k", value}, (const size_t[]){3, 1, size},
                      on_reply, NULL);
    ck_assert(run_until(&seen.refusals, 84));
    kill(server, SIGCONT);
    ck_assert(run_until(&seen.replies, 15));
    ck_assert_int_eq(seen.replies + seen.refusals, 100);
    free(value);
}
END_TEST

/* ---- subscriptions ---- */

START_TEST(messages_come_between_subscribing_and_unsubscribing)
{
    create();
    freeReplyObject(ask("PUBLISH auction:{1}:events before"));
    subscribe("auction:{1}:events");
    wait_for_subscribers("auction:{1}:events", 1);
    freeReplyObject(ask("PUBLISH auction:{1}:events during"));
    freeReplyObject(ask("PUBLISH auction:{2}:events other"));
    ck_assert(run_until(&seen.messages, 1));
    ck_assert_str_eq(seen.channel, "auction:{1}:events");
    ck_assert_str_eq(seen.message, "during");
    ck_assert_uint_eq(seen.message_size, 6);
    redis_unsubscribe(redis, "auction:{1}:events");
    wait_for_subscribers("auction:{1}:events", 0);
    freeReplyObject(ask("PUBLISH auction:{1}:events after"));
    run_for(50);
    ck_assert_int_eq(seen.messages, 1);
}
END_TEST

START_TEST(the_last_unsubscribe_counts)
{
    create();
    for (int i = 0; i < 3; i++)
        subscribe("user:{7}");
    wait_for_subscribers("user:{7}", 1);
    redis_unsubscribe(redis, "user:{7}");
    redis_unsubscribe(redis, "user:{7}");
    redis_unsubscribe(redis, "user:{8}");
    run_for(30);
    freeReplyObject(ask("PUBLISH user:{7} still"));
    ck_assert(run_until(&seen.messages, 1));
    redis_unsubscribe(redis, "user:{7}");
    redis_unsubscribe(redis, "user:{7}");
    wait_for_subscribers("user:{7}", 0);
    subscribe("user:{7}");
    redis_unsubscribe(redis, "user:{7}");
    subscribe("user:{7}");
    wait_for_subscribers("user:{7}", 1);
    freeReplyObject(ask("PUBLISH user:{7} again"));
    ck_assert(run_until(&seen.messages, 2));
}
END_TEST

START_TEST(a_message_that_was_under_way_when_its_channel_was_given_up_is_nobodys)
{
    create();
    subscribe("a");
    wait_for_subscribers("a", 1);
    freeReplyObject(ask("PUBLISH a late"));
    usleep(20000);
    redis_unsubscribe(redis, "a");
    run_for(50);
    ck_assert_int_eq(seen.messages, 0);
}
END_TEST

static void on_numbered(const char *channel, const char *message, size_t size, void *context)
{
    (void)channel;
    (void)context;
    ck_assert_int_eq(strtoll(message, NULL, 10), seen.messages++);
    ck_assert_uint_ge(size, 20000);
}

START_TEST(a_flood_of_messages_comes_whole_and_in_order)
{
    create();
    redis_on_message(redis, on_numbered, NULL);
    subscribe("flood");
    wait_for_subscribers("flood", 1);
    freeReplyObject(ask("EVAL %s 0", "local tail = string.rep(' ', 20000) "
                                     "for i = 0, 999 do redis.call('PUBLISH', 'flood', i .. tail) end"));
    ck_assert(run_until(&seen.messages, 1000));
}
END_TEST

/* ---- Redis goes and comes ---- */

START_TEST(after_a_restart_all_subscriptions_are_made_anew)
{
    create();
    char channel[CHANNEL_NAME_SIZE];
    for (int id = 1; id <= 3000; id++) {
        channel_of_auction(id, channel);
        subscribe(channel);
    }
    wait_for_subscribers("auction:{3000}:events", 1);
    stop_server(SIGTERM);
    ck_assert(run_until(&seen.disconnected, 1));
    ck_assert(!redis_is_connected(redis));

    redis_unsubscribe(redis, "auction:{5}:events");
    subscribe("auction:{3001}:events");
    SEND("INCR", "counter");
    redis_command(redis, 1, (const char *const[]){"PING"}, (const size_t[]){4}, NULL, NULL);
    ck_assert_int_eq(seen.refusals, 0);
    ck_assert(run_until(&seen.refusals, 1));
    ck_assert_uint_eq(redis_dropped(redis), 2);

    start_server();
    ck_assert(run_until(&seen.connected, 2));
    /* Told so, everything is in place: no waiting here. */
    freeReplyObject(ask("PUBLISH auction:{1}:events one"));
    freeReplyObject(ask("PUBLISH auction:{5}:events unwanted"));
    freeReplyObject(ask("PUBLISH auction:{2500}:events two"));
    freeReplyObject(ask("PUBLISH auction:{3001}:events three"));
    ck_assert(run_until(&seen.messages, 3));
    ck_assert_str_eq(seen.message, "three");
    run_for(30);
    ck_assert_int_eq(seen.messages, 3);
    redisReply *reply = ask("PUBSUB CHANNELS");
    ck_assert_uint_eq(reply->elements, 3000);
    freeReplyObject(reply);
    SEND("GET", "counter");
    ck_assert(run_until(&seen.replies, 1));
}
END_TEST

START_TEST(commands_in_flight_when_redis_dies_are_told_that_nobody_knows)
{
    create();
    kill(server, SIGSTOP);
    for (int i = 0; i < 5; i++)
        SEND("INCR", "counter");
    run_for(50);
    ck_assert_int_eq(seen.refusals, 0);
    stop_server(SIGKILL);
    ck_assert(run_until(&seen.refusals, 5));
    ck_assert_int_eq(seen.disconnected, 1);
    ck_assert_uint_eq(redis_dropped(redis), 5);
}
END_TEST

START_TEST(a_redis_that_falls_silent_counts_as_gone_and_may_come_back)
{
    create();
    subscribe("a");
    wait_for_subscribers("a", 1);
    run_for(2500); /* idle, but alive */
    ck_assert_int_eq(seen.disconnected, 0);
    kill(server, SIGSTOP);
    int64_t before = clock_monotonic_ms();
    SEND("INCR", "counter");
    ck_assert(run_until(&seen.refusals, 1));
    ck_assert_int_eq(seen.disconnected, 1);
    ck_assert_int_le(clock_monotonic_ms() - before, 4500);
    run_for(500);
    kill(server, SIGCONT);
    ck_assert(run_until(&seen.connected, 2));
    freeReplyObject(ask("PUBLISH a back"));
    ck_assert(run_until(&seen.messages, 1));
}
END_TEST

START_TEST(it_starts_without_a_redis_and_finds_it_later)
{
    stop_server(SIGKILL);
    create_with(url, 10);
    subscribe("a");
    SEND("PING");
    ck_assert(run_until(&seen.refusals, 1));
    run_for(500);
    ck_assert_int_eq(seen.connected, 0);
    start_server();
    ck_assert(run_until(&seen.connected, 1));
    freeReplyObject(ask("PUBLISH a hello"));
    ck_assert(run_until(&seen.messages, 1));
}
END_TEST

START_TEST(redis_may_throw_the_connections_out_again_and_again)
{
    create();
    subscribe("a");
    for (int i = 1; i <= 5; i++) {
        freeReplyObject(ask("CLIENT KILL TYPE %s", i % 2 == 0 ? "pubsub" : "normal"));
        freeReplyObject(ask("CLIENT KILL TYPE pubsub"));
        ck_assert(run_until(&seen.disconnected, i));
        ck_assert(run_until(&seen.connected, i + 1));
    }
    freeReplyObject(ask("PUBLISH a hello"));
    ck_assert(run_until(&seen.messages, 1));
}
END_TEST

START_TEST(a_name_with_several_addresses_is_tried_in_turn)
{
    char named[64];
    snprintf(named, sizeof named, "redis://localhost:%d", port);
    create_with(named, 10);
    ck_assert(run_until(&seen.connected, 1));
}
END_TEST

START_TEST(a_name_without_an_address_harms_nobody)
{
    create_with("redis://no-such-host.invalid", 10);
    SEND("PING");
    ck_assert(run_until(&seen.refusals, 1));
    run_for(300);
    ck_assert_int_eq(seen.connected, 0);
}
END_TEST

/* Speaks, but not Redis' language. */
static void on_stranger(uv_stream_t *listener, int status)
{
    static uv_tcp_t visitors[64];
    static int count;
    ck_assert_int_eq(status, 0);
    ck_assert_int_lt(count, 64);
    uv_tcp_t *visitor = &visitors[count++];
    uv_tcp_init(&loop, visitor);
    uv_accept(listener, (uv_stream_t *)visitor);
    static char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    uv_buf_t part = uv_buf_init(text, sizeof text - 1);
    ck_assert_int_gt(uv_try_write((uv_stream_t *)visitor, &part, 1), 0);
    uv_close((uv_handle_t *)visitor, NULL);
}

START_TEST(a_server_that_is_no_redis_is_not_connected_to)
{
    uv_tcp_t listener;
    struct sockaddr_in address;
    int other = free_port();
    char there[64];
    uv_ip4_addr("127.0.0.1", other, &address);
    uv_tcp_init(&loop, &listener);
    ck_assert_int_eq(uv_tcp_bind(&listener, (struct sockaddr *)&address, 0), 0);
    ck_assert_int_eq(uv_listen((uv_stream_t *)&listener, 8, on_stranger), 0);
    snprintf(there, sizeof there, "redis://127.0.0.1:%d", other);
    create_with(there, 10);
    run_for(1000);
    ck_assert_int_eq(seen.connected, 0);
    uv_close((uv_handle_t *)&listener, NULL);
    run_for(20);
}
END_TEST

/* ---- who are you ---- */

START_TEST(it_introduces_itself_and_selects_its_database)
{
    char there[64];
    snprintf(there, sizeof there, "redis://127.0.0.1:%d/3", port);
    create_with(there, 10);
    ck_assert(run_until(&seen.connected, 1));
    SEND("CLIENT", "GETNAME");
    ck_assert(run_until(&seen.replies, 1));
    ck_assert_str_eq(seen.last, "seri-test");
    SEND("SET", "here", "3");
    ck_assert(run_until(&seen.replies, 2));
    redisReply *reply = ask("EXISTS here");
    ck_assert_int_eq(reply->integer, 0);
    freeReplyObject(reply);
}
END_TEST

/* What is written to standard error from here on goes to a file of the test's. */
static int capture_errors(int *log)
{
    char path[64];
    snprintf(path, sizeof path, "%s/log", directory);
    *log = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    unlink(path);
    int kept = dup(STDERR_FILENO);
    dup2(*log, STDERR_FILENO);
    return kept;
}

static void read_errors(int kept, int log, char *text, size_t size)
{
    dup2(kept, STDERR_FILENO);
    close(kept);
    ssize_t length = pread(log, text, size - 1, 0);
    close(log);
    text[length > 0 ? length : 0] = '\0';
}

static const struct {
    const char *login;
    bool passes;
} logins[] = {
    {":t0psecret@",         true },
    {"t0psecret@",          true },
    {"default:t0psecret@",  true },
    {"seri:als0secret%21@", true },
    {":wr0ngsecret@",       false},
    {"seri:t0psecret@",     false},
    {"stranger:t0psecret@", false},
    {"",                    false},
};

START_TEST(a_password_is_given_and_never_told)
{
    freeReplyObject(ask("ACL SETUSER seri on >als0secret! ~* &* +@all"));
    freeReplyObject(ask("CONFIG SET requirepass t0psecret"));
    char there[128];
    snprintf(there, sizeof there, "redis://%s127.0.0.1:%d", logins[_i].login, port);
    int log;
    int kept = capture_errors(&log);
    create_with(there, 10);
    if (logins[_i].passes)
        run_until(&seen.connected, 1);
    else
        run_for(600);
    struct redis_blocking *blocking = redis_blocking_create(there, "seri-test", REDIS_BLOCKING_MS);
    struct error error = {0};
    bool ready = redis_blocking_ready(blocking, &error);
    redis_blocking_destroy(&blocking);
    char text[8192];
    read_errors(kept, log, text, sizeof text);

    ck_assert_int_eq(seen.connected, logins[_i].passes);
    ck_assert_int_eq(ready, logins[_i].passes);
    ck_assert_ptr_null(strstr(text, "secret"));
    ck_assert_ptr_null(strstr(error.text, "secret"));
    ck_assert_ptr_nonnull(strstr(text, logins[_i].passes ? "Redis is there" : "is refused"));
}
END_TEST

START_TEST(a_redis_without_the_command_auth_does_not_make_us_tell_the_password)
{
    stop_server(SIGTERM);
    char config[64];
    snprintf(config, sizeof config, "%s/redis.conf", directory);
    FILE *file = fopen(config, "w");
    fprintf(file, "port %d\nbind 127.0.0.1\nsave \"\"\ndir %s\nrename-command AUTH \"\"\n", port, directory);
    fclose(file);
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
        execlp("redis-server", "redis-server", config, (char *)NULL);
        _exit(127);
    }
    int log;
    int kept = capture_errors(&log);
    char there[128];
    snprintf(there, sizeof there, "redis://:t0psecret@127.0.0.1:%d", port);
    create_with(there, 10);
    run_for(1500);
    char text[8192];
    read_errors(kept, log, text, sizeof text);
    unlink(config);
    ck_assert_int_eq(seen.connected, 0);
    ck_assert_ptr_nonnull(strstr(text, "AUTH is refused: ERR"));
    ck_assert_ptr_null(strstr(text, "secret"));
}
END_TEST

/* ---- ending ---- */

static void destroy_now(void)
{
    redis_destroy(&redis, on_closed, &seen.closed);
}

static void destroy_on_reply(const redisReply *reply, void *context)
{
    on_reply(reply, context);
    destroy_now();
}

static void destroy_on_message(const char *channel, const char *message, size_t size, void *context)
{
    on_message(channel, message, size, context);
    destroy_now();
}

static void destroy_on_state(bool connected, void *context)
{
    if (connected == (context != NULL))
        destroy_now();
}

static void run_to_the_end(void)
{
    int64_t end = clock_monotonic_ms() + 10000;
    while (!seen.closed && clock_monotonic_ms() < end)
        uv_run(&loop, UV_RUN_ONCE);
    ck_assert(seen.closed);
}

START_TEST(destroyed_in_a_reply_the_commands_behind_it_are_told)
{
    create();
    for (int i = 0; i < 10; i++)
        redis_command(redis, 1, (const char *const[]){"PING"}, (const size_t[]){4},
                      i == 3 ? destroy_on_reply : on_reply, NULL);
    run_to_the_end();
    ck_assert_int_eq(seen.replies, 4);
    ck_assert_int_eq(seen.refusals, 6);
}
END_TEST

START_TEST(destroyed_in_a_refusal)
{
    create();
    kill(server, SIGSTOP);
    for (int i = 0; i < 10; i++)
        redis_command(redis, 1, (const char *const[]){"PING"}, (const size_t[]){4},
                      i == 3 ? destroy_on_reply : on_reply, NULL);
    run_for(20);
    stop_server(SIGKILL);
    run_to_the_end();
    ck_assert_int_eq(seen.replies, 0);
    ck_assert_int_eq(seen.refusals, 10);
}
END_TEST

START_TEST(destroyed_in_a_message)
{
    create();
    redis_on_message(redis, destroy_on_message, &seen);
    subscribe("a");
    wait_for_subscribers("a", 1);
    freeReplyObject(ask("EVAL %s 0", "for i = 1, 10 do redis.call('PUBLISH', 'a', 'm') end"));
    run_to_the_end();
    ck_assert_int_eq(seen.messages, 1);
}
END_TEST

/* 0: when the connection is lost, 1: when it is made. */
START_TEST(destroyed_when_the_state_changes)
{
    const struct redis_options options = {.url = url,
                                          .name = "seri-test",
                                          .queue_limit = 10,
                                          .on_state = destroy_on_state,
                                          .context = _i == 1 ? &seen : NULL};
    redis = redis_create(&loop, &options);
    if (_i == 0) {
        run_for(200);
        stop_server(SIGKILL);
    }
    run_to_the_end();
}
END_TEST

START_TEST(destroyed_at_any_moment_of_connecting)
{
    for (int turns = 0; turns < 40; turns++) {
        seen.closed = false;
        create_with(url, 10);
        subscribe("a");
        SEND("PING");
        for (int i = 0; i < turns; i++)
            uv_run(&loop, UV_RUN_NOWAIT);
        destroy_now();
        run_to_the_end();
        seen.connected = seen.disconnected = 0;
    }
    ck_assert_int_eq(seen.replies + seen.refusals, 40);
}
END_TEST

START_TEST(destroyed_while_the_server_is_away)
{
    stop_server(SIGKILL);
    for (int ms = 0; ms < 200; ms += 10) {
        seen.closed = false;
        create_with(url, 10);
        run_for(ms);
        destroy_now();
        run_to_the_end();
    }
}
END_TEST

/* ---- blocking ---- */

static redisReply *run_blocking(struct redis_blocking *blocking, const char *word, const char *key)
{
    return redis_blocking_command(blocking, key != NULL ? 2 : 1, (const char *const[]){word, key},
                                  (const size_t[]){strlen(word), key != NULL ? strlen(key) : 0});
}

START_TEST(a_thread_asks_and_waits)
{
    struct redis_blocking *blocking = redis_blocking_create(url, "seri-test", REDIS_BLOCKING_MS);
    struct error error;
    ck_assert(redis_blocking_ready(blocking, &error));
    for (int i = 1; i <= 100; i++) {
        redisReply *reply = run_blocking(blocking, "INCR", "counter");
        ck_assert_int_eq(reply->integer, i);
        freeReplyObject(reply);
    }
    redis_blocking_destroy(&blocking);
    ck_assert_ptr_null(blocking);
    redis_blocking_destroy(&blocking);
}
END_TEST

START_TEST(a_restart_between_two_questions_costs_none_of_them)
{
    struct redis_blocking *blocking = redis_blocking_create(url, "seri-test", REDIS_BLOCKING_MS);
    struct error error;
    ck_assert(redis_blocking_ready(blocking, &error));
    stop_server(SIGTERM);
    start_server();
    redisReply *reply = run_blocking(blocking, "INCR", "counter");
    ck_assert_ptr_nonnull(reply);
    freeReplyObject(reply);
    redis_blocking_destroy(&blocking);
}
END_TEST

START_TEST(a_redis_that_is_away_is_asked_once_a_second)
{
    stop_server(SIGTERM);
    struct redis_blocking *blocking = redis_blocking_create(url, "seri-test", REDIS_BLOCKING_MS);
    struct error error;
    ck_assert(!redis_blocking_ready(blocking, &error));
    ck_assert_str_eq(error.text, "Redis: Connection refused");
    start_server();
    int64_t before = clock_monotonic_ms();
    ck_assert_ptr_null(run_blocking(blocking, "PING", NULL));
    ck_assert(!redis_blocking_ready(blocking, &error));
    ck_assert_int_le(clock_monotonic_ms() - before, 100);
    usleep(1100000);
    ck_assert(redis_blocking_ready(blocking, &error));
    redis_blocking_destroy(&blocking);
}
END_TEST

START_TEST(a_frozen_redis_keeps_nobody_for_long)
{
    struct redis_blocking *blocking = redis_blocking_create(url, "seri-test", REDIS_BLOCKING_MS);
    struct error error;
    ck_assert(redis_blocking_ready(blocking, &error));
    kill(server, SIGSTOP);
    int64_t before = clock_monotonic_ms();
    ck_assert_ptr_null(run_blocking(blocking, "INCR", "late"));
    int64_t waited = clock_monotonic_ms() - before;
    ck_assert_int_ge(waited, 190);
    ck_assert_int_le(waited, 600);
    ck_assert(!redis_blocking_ready(blocking, &error));
    ck_assert_str_eq(error.text, "Redis: no answer in time");
    usleep(1100000);
    before = clock_monotonic_ms();
    ck_assert_ptr_null(run_blocking(blocking, "PING", NULL)); /* the kernel connects, but nobody greets */
    ck_assert_int_le(clock_monotonic_ms() - before, 800);
    kill(server, SIGCONT);
    usleep(1100000);
    redisReply *reply = run_blocking(blocking, "ECHO", "mine");
    ck_assert_str_eq(reply->str, "mine"); /* and not the answer to what came late */
    freeReplyObject(reply);
    redis_blocking_destroy(&blocking);
}
END_TEST

/* ---- announcements ---- */

static void announce(int64_t seq, enum auction_status status, yen price, int64_t ends_at_ms,
                     const char *message)
{
    const struct auction_view view = {.auction_id = 42,
                                      .seq = seq,
                                      .status = status,
                                      .price = price,
                                      .ends_at_ms = ends_at_ms,
                                      .extensions = seq > 5 ? 1 : 0};
    struct announce_command command;
    announce_build(&command, &view, message, strlen(message));
    int replies = seen.replies;
    redis_command(redis, command.count, command.arguments, command.sizes, on_reply, NULL);
    announce_finish(&command);
    ck_assert(run_until(&seen.replies, replies + 1));
    ck_assert_str_eq(seen.last, "1"); /* one subscriber: ourselves */
}

static void check_key(const char *name, const char *expected)
{
    redisReply *reply = ask("GET auction:{42}:%s", name);
    ck_assert_msg(reply != NULL && reply->str != NULL, "%s", name);
    ck_assert_str_eq(reply->str, expected);
    freeReplyObject(reply);
}

static void check_keys(const char *seq, const char *status, const char *price, const char *end_time,
                       const char *extended, int seconds_to_live)
{
    check_key("seq", seq);
    check_key("status", status);
    check_key("price", price);
    check_key("end_time", end_time);
    check_key("extended", extended);
    static const char *const names[] = {"seq", "status", "price", "end_time", "extended"};
    for (int i = 0; i < 5; i++) {
        redisReply *reply = ask("TTL auction:{42}:%s", names[i]);
        ck_assert_int_le(reply->integer, seconds_to_live);
        ck_assert_int_gt(reply->integer, seconds_to_live - 60);
        freeReplyObject(reply);
    }
}

START_TEST(an_announcement_sets_the_keys_and_is_published)
{
    create();
    subscribe("auction:{42}:events");
    wait_for_subscribers("auction:{42}:events", 1);
    announce(1, AUCTION_SCHEDULED, 0, 0, "{\"seq\":1}");
    check_keys("1", "scheduled", "", "", "false", 30 * 86400);
    ck_assert(run_until(&seen.messages, 1));
    ck_assert_str_eq(seen.message, "{\"seq\":1}");
    announce(9, AUCTION_ACTIVE, 1500000, 1700000300000, "{\"seq\":9}");
    check_keys("9", "active", "1500000", "1700000300000", "true", 30 * 86400);
    announce(10, AUCTION_SOLD, 1500000, 1700000300000, "{\"seq\":10}"); /* 10 > 9 as numbers, not as texts */
    check_keys("10", "sold", "1500000", "1700000300000", "true", 7 * 86400);
    ck_assert(run_until(&seen.messages, 3));
}
END_TEST

START_TEST(an_older_announcement_is_published_but_overwrites_nothing)
{
    create();
    subscribe("auction:{42}:events");
    wait_for_subscribers("auction:{42}:events", 1);
    announce(10, AUCTION_SOLD, 1500000, 1700000300000, "{\"seq\":10}");
    announce(9, AUCTION_ACTIVE, 1400000, 1700000200000, "{\"seq\":9}");
    announce(2, AUCTION_ACTIVE, 0, 1700000100000, "{\"seq\":2}");
    check_keys("10", "sold", "1500000", "1700000300000", "true", 7 * 86400);
    ck_assert(run_until(&seen.messages, 3));
    ck_assert_str_eq(seen.message, "{\"seq\":2}");
}
END_TEST

START_TEST(a_spoilt_key_keeps_nothing_from_being_published)
{
    create();
    subscribe("auction:{42}:events");
    wait_for_subscribers("auction:{42}:events", 1);
    freeReplyObject(ask("SET auction:{42}:seq garbage"));
    freeReplyObject(ask("RPUSH auction:{42}:price a b"));
    announce(4, AUCTION_ACTIVE, 1400000, 1700000200000, "{\"seq\":4}");
    check_keys("4", "active", "1400000", "1700000200000", "false", 30 * 86400);
    ck_assert(run_until(&seen.messages, 1));
    freeReplyObject(ask("DEL auction:{42}:seq"));
    freeReplyObject(ask("RPUSH auction:{42}:seq a b"));
    announce(5, AUCTION_ACTIVE, 1500000, 1700000200000, "{\"seq\":5}");
    check_keys("5", "active", "1500000", "1700000200000", "false", 30 * 86400);
    ck_assert(run_until(&seen.messages, 2));
}
END_TEST

START_TEST(a_user_is_reached_wherever_subscribed)
{
    create();
    char channel[CHANNEL_NAME_SIZE];
    channel_of_user(7, channel);
    subscribe(channel);
    wait_for_subscribers(channel, 1);
    struct announce_command command;
    announce_user_build(&command, 7, "{\"event\":\"bid:outbid\"}", 22);
    struct redis_blocking *blocking = redis_blocking_create(url, "seri-test", REDIS_BLOCKING_MS);
    redisReply *reply = redis_blocking_command(blocking, command.count, command.arguments, command.sizes);
    ck_assert_int_eq(reply->integer, 1);
    freeReplyObject(reply);
    redis_blocking_destroy(&blocking);
    announce_finish(&command);
    ck_assert(run_until(&seen.messages, 1));
    ck_assert_str_eq(seen.channel, "user:{7}");
    ck_assert_str_eq(seen.message, "{\"event\":\"bid:outbid\"}");
}
END_TEST

/* ---- how often ---- */

static bool take(struct redis_blocking *blocking, const char *key, int64_t limit, int64_t window_ms,
                 struct rate_state *state)
{
    struct rate_command command;
    rate_build(&command, "test", key, limit, window_ms);
    redisReply *reply = redis_blocking_command(blocking, RATE_ARGUMENTS, command.arguments, command.sizes);
    bool good = false;
    ck_assert(rate_read(reply, limit, &good, state));
    freeReplyObject(reply);
    return good;
}

START_TEST(a_limit_is_shared_by_all_who_take_from_it)
{
    struct redis_blocking *one = redis_blocking_create(url, "seri-test", REDIS_BLOCKING_MS);
    struct redis_blocking *other = redis_blocking_create(url, "seri-test", REDIS_BLOCKING_MS);
    struct rate_state state;
    for (int i = 9; i >= 0; i--) {
        ck_assert(take(i % 2 == 0 ? one : other, "shared", 10, RATE_WINDOW_MS, &state));
        ck_assert_int_eq(state.remaining, i);
    }
    ck_assert(!take(one, "shared", 10, RATE_WINDOW_MS, &state));
    ck_assert(!take(other, "shared", 10, RATE_WINDOW_MS, &state));
    ck_assert_int_eq(state.remaining, 0);
    ck_assert_int_gt(state.reset_ms, RATE_WINDOW_MS - 10000);
    ck_assert_int_le(state.reset_ms, RATE_WINDOW_MS);
    ck_assert(take(one, "another", 10, RATE_WINDOW_MS, &state));
    redis_blocking_destroy(&one);
    redis_blocking_destroy(&other);
}
END_TEST

/* Of 3 in any 500 ms, the fourth is good exactly when it was said to be, and what was refused did not count.
 */
START_TEST(a_limit_slides)
{
    struct redis_blocking *blocking = redis_blocking_create(url, "seri-test", REDIS_BLOCKING_MS);
    struct rate_state state;
    for (int i = 0; i < 3; i++)
        ck_assert(take(blocking, "sliding", 3, 500, &state));
    for (int i = 0; i < 20; i++)
        ck_assert(!take(blocking, "sliding", 3, 500, &state));
    usleep((useconds_t)(state.reset_ms + 1) * 1000);
    ck_assert(take(blocking, "sliding", 3, 500, &state));
    usleep(510000);
    redisReply *reply = ask("KEYS rate:{test:*");
    ck_assert_int_eq(reply->elements, 0);
    freeReplyObject(reply);
    redis_blocking_destroy(&blocking);
}
END_TEST

START_TEST(a_limit_that_was_lowered_holds_at_once_and_tells_when)
{
    struct redis_blocking *blocking = redis_blocking_create(url, "seri-test", REDIS_BLOCKING_MS);
    struct rate_state state;
    for (int i = 0; i < 10; i++)
        ck_assert(take(blocking, "lowered", 10, 1000, &state));
    usleep(300000);
    ck_assert(take(blocking, "lowered", 11, 1000, &state));
    ck_assert(!take(blocking, "lowered", 1, 1000, &state));
    ck_assert_int_gt(state.reset_ms, 900);
    redis_blocking_destroy(&blocking);
}
END_TEST

START_TEST(what_is_no_answer_of_the_script_is_none)
{
    struct rate_state state;
    bool good;
    ck_assert(!rate_read(NULL, 1, &good, &state));
    redisReply *reply = ask("INCR number");
    ck_assert(!rate_read(reply, 1, &good, &state));
    freeReplyObject(reply);
    reply = ask("NONSENSE");
    ck_assert(!rate_read(reply, 1, &good, &state));
    freeReplyObject(reply);
}
END_TEST

static Suite *make_suite(void)
{
    TCase *cases = tcase_create("bus");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, a_command_is_answered_after_the_call_returned);
    tcase_add_test(cases, many_commands_at_once_are_answered_in_order);
    tcase_add_test(cases, binary_and_large_arguments_pass);
    tcase_add_test(cases, more_than_the_limit_is_dropped_and_told);
    tcase_add_test(cases, what_waits_to_be_sent_is_bounded);
    tcase_add_test(cases, messages_come_between_subscribing_and_unsubscribing);
    tcase_add_test(cases, the_last_unsubscribe_counts);
    tcase_add_test(cases, a_message_that_was_under_way_when_its_channel_was_given_up_is_nobodys);
    tcase_add_test(cases, a_flood_of_messages_comes_whole_and_in_order);
    tcase_add_test(cases, after_a_restart_all_subscriptions_are_made_anew);
    tcase_add_test(cases, commands_in_flight_when_redis_dies_are_told_that_nobody_knows);
    tcase_add_test(cases, a_redis_that_falls_silent_counts_as_gone_and_may_come_back);
    tcase_add_test(cases, it_starts_without_a_redis_and_finds_it_later);
    tcase_add_test(cases, redis_may_throw_the_connections_out_again_and_again);
    tcase_add_test(cases, a_name_with_several_addresses_is_tried_in_turn);
    tcase_add_test(cases, a_name_without_an_address_harms_nobody);
    tcase_add_test(cases, a_server_that_is_no_redis_is_not_connected_to);
    tcase_add_test(cases, it_introduces_itself_and_selects_its_database);
    tcase_add_loop_test(cases, a_password_is_given_and_never_told, 0, (int)(sizeof logins / sizeof *logins));
    tcase_add_test(cases, a_redis_without_the_command_auth_does_not_make_us_tell_the_password);
    tcase_add_test(cases, destroyed_in_a_reply_the_commands_behind_it_are_told);
    tcase_add_test(cases, destroyed_in_a_refusal);
    tcase_add_test(cases, destroyed_in_a_message);
    tcase_add_loop_test(cases, destroyed_when_the_state_changes, 0, 2);
    tcase_add_test(cases, destroyed_at_any_moment_of_connecting);
    tcase_add_test(cases, destroyed_while_the_server_is_away);
    tcase_add_test(cases, a_thread_asks_and_waits);
    tcase_add_test(cases, a_restart_between_two_questions_costs_none_of_them);
    tcase_add_test(cases, a_redis_that_is_away_is_asked_once_a_second);
    tcase_add_test(cases, a_frozen_redis_keeps_nobody_for_long);
    tcase_add_test(cases, an_announcement_sets_the_keys_and_is_published);
    tcase_add_test(cases, an_older_announcement_is_published_but_overwrites_nothing);
    tcase_add_test(cases, a_spoilt_key_keeps_nothing_from_being_published);
    tcase_add_test(cases, a_user_is_reached_wherever_subscribed);
    tcase_add_test(cases, a_limit_is_shared_by_all_who_take_from_it);
    tcase_add_test(cases, a_limit_slides);
    tcase_add_test(cases, a_limit_that_was_lowered_holds_at_once_and_tells_when);
    tcase_add_test(cases, what_is_no_answer_of_the_script_is_none);
    Suite *suite = suite_create("bus");
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
