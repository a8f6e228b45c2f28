/* A WebSocket client that costs as little as can be: what is measured shares the machine with it. Blocking
 * handshake, then a socket for epoll; texts only. Connections come from as many addresses of this machine as
 * it takes not to run out of ports, so that open files are what limits their number. */
#pragma once

#include "core/base/buffer.h"
#include "core/base/uuid.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENT_PORTS_AN_ADDRESS 20000
#define CLIENT_HEAD_MAX         2048

struct client {
    int fd;
    struct buffer in; /* the beginning of a frame whose end has not come */
};

/** Called for each text, which is good until it returns. */
typedef void (*client_text_callback)(const char *text, size_t size, void *context);

/** A socket of loopback that is not connected yet, with the address to connect it to. */
static inline int client_socket(int port, struct sockaddr_in *to)
{
    static uint32_t made;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + made++ / CLIENT_PORTS_AN_ADDRESS % 100);
    *to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        fail("socket: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0)
        fail("bind: %s", strerror(errno));
    return fd;
}

static inline int client_dial(int port)
{
    struct sockaddr_in address;
    int fd = client_socket(port, &address);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail("connect: %s", strerror(errno));
    return fd;
}

/** What asks for the upgrade; `token` NULL: as a visitor. */
static inline size_t client_greeting(char head[CLIENT_HEAD_MAX], const char *token)
{
    return (size_t)snprintf(head, CLIENT_HEAD_MAX,
                            "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                            "Connection: Upgrade\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Protocol: auction.v1%s%s\r\n\r\n",
                            token != NULL ? ", bearer." : "", token != NULL ? token : "");
}

/** Connects; `token` NULL: as a visitor. */
static inline void client_connect(struct client *client, int port, const char *token)
{
    char head[CLIENT_HEAD_MAX];
    size_t size = client_greeting(head, token);
    client->fd = client_dial(port);
    buffer_init(&client->in, 8 << 20);
    if (write(client->fd, head, size) != (ssize_t)size)
        fail("write: %s", strerror(errno));
    size_t got = 0;
    while (got < 4 || memcmp(head + got - 4, "\r\n\r\n", 4) != 0) {
        if (got == sizeof head || read(client->fd, head + got, 1) != 1)
            fail("the handshake failed");
        got++;
    }
    if (memcmp(head, "HTTP/1.1 101", 12) != 0)
        fail("the handshake was refused: %.*s", (int)got, head);
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
}

/** Sends a text of less than 1 KB, masked with zeros. False: the server is gone. */
static inline bool client_send(struct client *client, const char *text, size_t size)
{
    unsigned char frame[1024];
    size_t head = size < 126 ? 6 : 8;
    frame[0] = 0x81;
    frame[1] = (unsigned char)(0x80 | (size < 126 ? size : 126));
    if (size >= 126) {
        frame[2] = (unsigned char)(size >> 8);
        frame[3] = (unsigned char)size;
    }
    memset(frame + head - 4, 0, 4);
    if (head + size > sizeof frame)
        fail("the message is too long");
    memcpy(frame + head, text, size);
    return send(client->fd, frame, head + size, MSG_NOSIGNAL) == (ssize_t)(head + size);
}

/** Asks to watch a lot, with the message's id 1. */
static inline void client_join(struct client *client, int64_t auction_id)
{
    char text[128];
    int size =
        snprintf(text, sizeof text,
                 "{\"event\":\"auction:join\",\"id\":1,\"data\":{\"auctionId\":%" PRId64 "}}", auction_id);
    if (!client_send(client, text, (size_t)size))
        fail("join: %s", strerror(errno));
}

/** Bids, with the message's id 1. False: the server is gone. */
static inline bool client_bid(struct client *client, int64_t auction_id, struct uuid bid_id, int64_t amount)
{
    char text[256], id[UUID_TEXT_SIZE];
    uuid_format(bid_id, id);
    int size = snprintf(text, sizeof text,
                        "{\"event\":\"auction:bid\",\"id\":1,\"data\":{\"auctionId\":%" PRId64
                        ",\"bidId\":\"%s\",\"amount\":%" PRId64 ",\"confirm\":true}}",
                        auction_id, id, amount);
    return client_send(client, text, (size_t)size);
}

/* Calls for each whole text and answers pings; returns how many bytes that were. */
static inline size_t client_take(const struct client *client, const char *bytes, size_t size,
                                 client_text_callback take, void *context)
{
    static const unsigned char pong[] = {0x8a, 0x80, 0, 0, 0, 0};
    size_t at = 0;
    for (;;) {
        const unsigned char *frame = (const unsigned char *)bytes + at;
        size_t left = size - at, head = 2;
        if (left < head)
            return at;
        size_t length = frame[1];
        if (length == 126 && left >= (head = 4))
            length = (size_t)frame[2] << 8 | frame[3];
        else if (length == 127 && left >= (head = 10))
            length = (size_t)frame[6] << 24 | (size_t)frame[7] << 16 | (size_t)frame[8] << 8 | frame[9];
        if (left < head || left - head < length)
            return at;
        if ((frame[0] & 15) == 1)
            take((const char *)frame + head, length, context);
        else if ((frame[0] & 15) == 9)
            (void)send(client->fd, pong, sizeof pong, MSG_NOSIGNAL); /* who is gone is found out by reading */
        at += head + length;
    }
}

/** Reads what is there and calls for each text. False: the server closed the connection. */
[[gnu::warn_unused_result]] static inline bool client_read(struct client *client, client_text_callback take,
                                                           void *context)
{
    static char chunk[262144];
    ssize_t got;
    do {
        got = read(client->fd, chunk, sizeof chunk);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            return false;
        if (got <= 0)
            return true;
        size_t size = (size_t)got;
        if (client->in.size == 0) {
            size_t taken = client_take(client, chunk, size, take, context);
            buffer_append(&client->in, chunk + taken, size - taken);
        } else {
            buffer_append(&client->in, chunk, size);
            buffer_consume(&client->in, client_take(client, client->in.data, client->in.size, take, context));
        }
    } while (got == (ssize_t)sizeof chunk);
    return true;
}

static inline void client_close(struct client *client)
{
    close(client->fd);
    buffer_finish(&client->in);
}

/** As an entry of an epoll, to be read when there is something. */
static inline void client_watch(struct client *client, int epoll, void *context)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = context};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
        fail("epoll_ctl: %s", strerror(errno));
}

/* ---- reading what came ---- */

static inline bool text_begins(const char *text, size_t size, const char *with)
{
    size_t length = strlen(with);
    return size >= length && memcmp(text, with, length) == 0;
}

static inline bool text_has(const char *text, size_t size, const char *what)
{
    return memmem(text, size, what, strlen(what)) != NULL;
}

/** The number behind the first `name`, which is given as it stands there: "\"seq\":"; -1 without. */
static inline int64_t text_number(const char *text, size_t size, const char *name)
{
    const char *found = memmem(text, size, name, strlen(name));
    if (found == NULL)
        return -1;
    int64_t number = 0;
    for (const char *at = found + strlen(name); at < text + size && *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (*at - '0');
    return number;
}

/* ---- how many ---- */

/** Raises what may be raised, and fails if so many files are more than what is left. */
static inline void allow_files(int files)
{
    struct rlimit limit, wish = {1 << 20, 1 << 20};
    if (setrlimit(RLIMIT_NOFILE, &wish) == 0)
        return; /* as root, where the machine lets root */
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < (rlim_t)files)
        fail("%d files are needed; RLIMIT_NOFILE allows %" PRIu64 " a process, and is not ours to raise",
             files, (uint64_t)limit.rlim_cur);
}
