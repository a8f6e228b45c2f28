/* What realtime/server.c and the sessions rely on libwebsockets for, where its documentation does not promise
 * it: a newer one that behaves otherwise fails here and not in production. A real context on a libuv loop of
 * ours, real sockets on loopback. */
#include "tests/unit/suite.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <libwebsockets.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

enum {
    SOCKETS = 20,
    TURNS = 100000,        /* of the loop, at most, for something to happen */
    WRITE_BYTES = 2097152, /* as realtime/server.c */
    BIG = 1500000,         /* more than a socket takes at once, less than WRITE_BYTES */
    SEND_BUFFER = 65536,   /* as realtime/door.c */
};

/* What happened at the server's end. */
static struct {
    uv_loop_t loop;
    struct lws_context *context;
    struct lws_vhost *vhost;
    bool ended;
    int adopted, closed, writeable;
    bool partial_when_writeable;
    char received[256];
    size_t received_size;
    int pieces;
} at;

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    (void)user;
    switch (reason) {
    case LWS_CALLBACK_RAW_ADOPT: at.adopted++; return 0;
    case LWS_CALLBACK_RAW_CLOSE: at.closed++; return 0;
    case LWS_CALLBACK_RAW_WRITEABLE:
        at.writeable++;
        at.partial_when_writeable |= lws_partial_buffered(wsi) != 0;
        return 0;
    case LWS_CALLBACK_RAW_RX:
        ck_assert_uint_le(at.received_size + size, sizeof at.received);
        memcpy(at.received + at.received_size, in, size);
        memset(in, 0, size); /* it is ours to change: the server unmasks in place */
        at.received_size += size;
        at.pieces++;
        return 0;
    case LWS_CALLBACK_PROTOCOL_DESTROY: at.ended = true; return 0;
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_HTTP: ck_abort_msg("a raw socket is taken for HTTP or WebSocket"); return 0;
    default: return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {.name = "seri",                 .callback = on_event, .tx_packet_size = WRITE_BYTES},
    {0},
};

static void start(void)
{
    memset(&at, 0, sizeof at);
    uv_loop_init(&at.loop);
    void *loops[] = {&at.loop};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .foreign_loops = loops,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .pt_serv_buf_size = 65536,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
    };
    lws_set_log_level(0, NULL);
    at.context = lws_create_context(&info);
    ck_assert_ptr_nonnull(at.context);
    at.vhost = lws_create_vhost(at.context, &info);
    ck_assert_ptr_nonnull(at.vhost);
}

/* The end as server_stop and server_destroy bring it about: the loop ends by itself, nothing leaks. */
static void stop(void)
{
    lws_context_destroy(at.context);
    uv_run(&at.loop, UV_RUN_DEFAULT);
    if (!at.ended)
        lws_context_destroy(at.context);
    ck_assert_int_eq(uv_loop_close(&at.loop), 0);
}

#define RUN_UNTIL(condition)                                                                                 \
    do {                                                                                                     \
        int turns = 0;                                                                                       \
        while (!(condition) && turns++ < TURNS)                                                              \
            uv_run(&at.loop, UV_RUN_NOWAIT);                                                                 \
        ck_assert_msg((condition), "waited in vain for %s", #condition);                                     \
    } while (0)

/* A connected pair: the client's end, blocking; the server's in libwebsockets' hands. */
static struct lws *adopt(int *client)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), buffer = SEND_BUFFER;
    setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *client = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(*client, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    ck_assert_int_eq(connect(*client, (struct sockaddr *)&address, sizeof address), 0);
    lws_sock_file_fd_type descriptor = {.sockfd =
                                            accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    close(listener);
    struct lws *wsi = lws_adopt_descriptor_vhost(at.vhost, LWS_ADOPT_SOCKET, descriptor, "seri", NULL);
    ck_assert_ptr_nonnull(wsi);
    return wsi;
}

/* Reads so many bytes at the client's end while the loop turns. */
static void read_client(int client, char *out, size_t size)
{
    size_t got = 0;
    for (int turns = 0; got < size && turns < TURNS; turns++) {
        ssize_t part = recv(client, out + got, size - got, MSG_DONTWAIT);
        ck_assert_msg(part > 0 || (part < 0 && errno == EAGAIN), "the connection ended after %zu bytes", got);
        if (part > 0)
            got += (size_t)part;
        uv_run(&at.loop, UV_RUN_NOWAIT);
    }
    ck_assert_uint_eq(got, size);
}

static char *pattern(size_t size)
{
    char *bytes = malloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    return bytes;
}

START_TEST(a_socket_is_adopted_raw_at_once_and_may_be_written_to)
{
    int client;
    char got[5];
    struct lws *wsi = adopt(&client);
    ck_assert_int_eq(at.adopted, 1);
    ck_assert_ptr_null(lws_get_opaque_user_data(wsi));
    ck_assert_int_eq(lws_write(wsi, (unsigned char *)"hello", 5, LWS_WRITE_RAW), 5);
    ck_assert_int_eq((int)recv(client, got, 5, MSG_WAITALL), 5); /* without a turn of the loop */
    ck_assert_mem_eq(got, "hello", 5);
    close(client);
    RUN_UNTIL(at.closed == 1);
    stop();
}
END_TEST

START_TEST(one_buffer_serves_many_sockets_and_is_left_alone)
{
    static const char run[] = "\x81\x05hello\x81\x02hi\x89\x00"; /* whole frames, one write */
    enum { SIZE = sizeof run - 1, AROUND = LWS_PRE };
    int clients[SOCKETS];
    unsigned char memory[AROUND + SIZE + AROUND], before[sizeof memory];
    memset(memory, 0xa5, sizeof memory);
    memcpy(memory + AROUND, run, SIZE);
    memcpy(before, memory, sizeof memory);
    for (int i = 0; i < SOCKETS; i++) {
        struct lws *wsi = adopt(&clients[i]);
        ck_assert_int_eq(lws_write(wsi, memory + AROUND, SIZE, LWS_WRITE_RAW), SIZE);
        ck_assert(!lws_partial_buffered(wsi));
    }
    ck_assert_mem_eq(memory, before, sizeof memory);
    for (int i = 0; i < SOCKETS; i++) {
        char got[SIZE];
        read_client(clients[i], got, SIZE);
        ck_assert_mem_eq(got, run, SIZE);
        close(clients[i]);
    }
    RUN_UNTIL(at.closed == SOCKETS);
    stop();
}
END_TEST

START_TEST(what_a_socket_does_not_take_is_kept_and_writeable_comes_when_it_is_gone)
{
    int client;
    struct lws *wsi = adopt(&client);
    char *sent = pattern(BIG), *copy = malloc(BIG), *got = malloc(BIG);
    memcpy(copy, sent, BIG);
    for (int round = 1; round <= 3; round++) {
        at.writeable = 0;
        ck_assert_int_eq(lws_write(wsi, (unsigned char *)sent, BIG, LWS_WRITE_RAW), BIG);
        ck_assert_msg(lws_partial_buffered(wsi), "a socket took all: the test needs more");
        memset(sent, 0, BIG); /* what waits is a copy */
        lws_callback_on_writable(wsi);
        for (int i = 0; i < 100; i++)
            uv_run(&at.loop, UV_RUN_NOWAIT);
        ck_assert_msg(at.writeable == 0 && lws_partial_buffered(wsi), "told too early that it may write");
        read_client(client, got, BIG);
        ck_assert_mem_eq(got, copy, BIG);
        RUN_UNTIL(at.writeable > 0);
        ck_assert(!at.partial_when_writeable);
        ck_assert(!lws_partial_buffered(wsi));
        memcpy(sent, copy, BIG);
    }
    close(client);
    RUN_UNTIL(at.closed == 1);
    free(sent);
    free(copy);
    free(got);
    stop();
}
END_TEST

START_TEST(what_is_written_while_bytes_are_held_goes_behind_them)
{
    int client;
    struct lws *wsi = adopt(&client);
    char *sent = pattern(BIG), *got = malloc(BIG + 10);
    ck_assert_int_eq(lws_write(wsi, (unsigned char *)sent, BIG, LWS_WRITE_RAW), BIG);
    ck_assert(lws_partial_buffered(wsi));
    ck_assert_int_ge(lws_write(wsi, (unsigned char *)"first", 5, LWS_WRITE_RAW), 0);
    ck_assert_int_ge(lws_write(wsi, (unsigned char *)"other", 5, LWS_WRITE_RAW), 0);
    ck_assert(lws_partial_buffered(wsi));
    lws_callback_on_writable(wsi);
    read_client(client, got, BIG + 10);
    ck_assert_mem_eq(got, sent, BIG);
    ck_assert_mem_eq(got + BIG, "firstother", 10);
    RUN_UNTIL(at.writeable > 0);
    ck_assert(!at.partial_when_writeable);
    close(client);
    RUN_UNTIL(at.closed == 1);
    free(sent);
    free(got);
    stop();
}
END_TEST

START_TEST(bytes_come_as_they_are_and_not_while_the_flow_is_stopped)
{
    static const char frame[] = "\x81\x85\x01\x02\x03\x04iggho";
    int client;
    struct lws *wsi = adopt(&client);
    ck_assert_int_eq((int)send(client, frame, sizeof frame - 1, 0), sizeof frame - 1);
    RUN_UNTIL(at.received_size == sizeof frame - 1);
    ck_assert_mem_eq(at.received, frame, sizeof frame - 1);
    lws_rx_flow_control(wsi, 0);
    ck_assert_int_eq((int)send(client, "later", 5, 0), 5);
    for (int i = 0; i < 1000; i++)
        uv_run(&at.loop, UV_RUN_NOWAIT);
    ck_assert_int_eq(at.pieces, 1);
    lws_rx_flow_control(wsi, 1);
    RUN_UNTIL(at.pieces == 2);
    ck_assert_mem_eq(at.received + sizeof frame - 1, "later", 5);
    close(client);
    RUN_UNTIL(at.closed == 1);
    stop();
}
END_TEST

START_TEST(requests_in_a_raw_socket_are_bytes_like_others)
{
    static const char posts[] = "POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
                                "POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"; /* as HTTP they hang it */
    int client;
    adopt(&client);
    ck_assert_int_eq((int)send(client, posts, sizeof posts - 1, 0), sizeof posts - 1);
    RUN_UNTIL(at.received_size == sizeof posts - 1);
    ck_assert_mem_eq(at.received, posts, sizeof posts - 1);
    close(client);
    RUN_UNTIL(at.closed == 1);
    stop();
}
END_TEST

START_TEST(half_a_close_leaves_the_other_half_open)
{
    int client;
    char byte;
    struct lws *wsi = adopt(&client);
    ck_assert_int_eq(lws_write(wsi, (unsigned char *)"x", 1, LWS_WRITE_RAW), 1);
    shutdown(lws_get_socket_fd(wsi), SHUT_WR);
    ck_assert_int_eq((int)recv(client, &byte, 1, 0), 1);
    ck_assert_int_eq((int)recv(client, &byte, 1, 0), 0);
    ck_assert_int_eq((int)send(client, "late", 4, MSG_NOSIGNAL), 4);
    RUN_UNTIL(at.received_size == 4);
    ck_assert_int_eq(at.closed, 0);
    close(client);
    RUN_UNTIL(at.closed == 1);
    stop();
}
END_TEST

START_TEST(a_socket_can_be_closed_at_once_outside_its_events)
{
    int client;
    char byte;
    struct lws *wsi = adopt(&client);
    for (int i = 0; i < 100; i++)
        uv_run(&at.loop, UV_RUN_NOWAIT);
    lws_set_timeout(wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
    ck_assert_int_eq(at.closed, 1);
    RUN_UNTIL(recv(client, &byte, 1, MSG_DONTWAIT) == 0); /* the socket itself follows with the loop */
    close(client);
    stop();
}
END_TEST

START_TEST(the_end_of_the_context_closes_what_is_open_and_leaves_the_loop)
{
    int clients[SOCKETS];
    char byte;
    for (int i = 0; i < SOCKETS; i++)
        adopt(&clients[i]);
    stop();
    ck_assert_int_eq(at.closed, SOCKETS);
    for (int i = 0; i < SOCKETS; i++) {
        ck_assert_int_eq((int)recv(clients[i], &byte, 1, 0), 0);
        close(clients[i]);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("facts");
    tcase_add_checked_fixture(cases, start, NULL);
    tcase_set_timeout(cases, 30);
    tcase_add_test(cases, a_socket_is_adopted_raw_at_once_and_may_be_written_to);
    tcase_add_test(cases, one_buffer_serves_many_sockets_and_is_left_alone);
    tcase_add_test(cases, what_a_socket_does_not_take_is_kept_and_writeable_comes_when_it_is_gone);
    tcase_add_test(cases, what_is_written_while_bytes_are_held_goes_behind_them);
    tcase_add_test(cases, bytes_come_as_they_are_and_not_while_the_flow_is_stopped);
    tcase_add_test(cases, requests_in_a_raw_socket_are_bytes_like_others);
    tcase_add_test(cases, half_a_close_leaves_the_other_half_open);
    tcase_add_test(cases, a_socket_can_be_closed_at_once_outside_its_events);
    tcase_add_test(cases, the_end_of_the_context_closes_what_is_open_and_leaves_the_loop);
    Suite *suite = suite_create("libwebsockets");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
