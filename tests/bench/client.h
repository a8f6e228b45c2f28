/* A WebSocket client that costs as little as can be: what is measured shares the machine with it. Blocking
 * handshake, then a socket for epoll; texts only. */
#pragma once

#include "core/base/buffer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    int fd;
    struct buffer in;
};

static inline int client_dial(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail("connect: %s", strerror(errno));
    return fd;
}

/** Connects; `token` NULL: as a visitor. */
static inline void client_connect(struct client *client, int port, const char *token)
{
    char head[2048];
    int size = snprintf(head, sizeof head,
                        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Protocol: auction.v1%s%s\r\n\r\n",
                        token != NULL ? ", bearer." : "", token != NULL ? token : "");
    client->fd = client_dial(port);
    buffer_init(&client->in, 8 << 20);
    if (write(client->fd, head, (size_t)size) != size)
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

/** Sends a text of less than 64 KB, masked with zeros. */
static inline void client_send(struct client *client, const char *text, size_t size)
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
    if (write(client->fd, frame, head + size) != (ssize_t)(head + size))
        fail("write: %s", strerror(errno));
}

/** Reads what is there and calls for each text. */
static inline void client_read(struct client *client,
                               void (*take)(const char *text, size_t size, void *context), void *context)
{
    char chunk[65536];
    ssize_t got;
    do {
        got = read(client->fd, chunk, sizeof chunk);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            fail("the server closed a connection");
        if (got > 0)
            buffer_append(&client->in, chunk, (size_t)got);
    } while (got == (ssize_t)sizeof chunk);

    size_t at = 0;
    for (;;) {
        const unsigned char *frame = (const unsigned char *)client->in.data + at;
        size_t left = client->in.size - at, head = 2;
        if (left < head)
            break;
        size_t size = frame[1];
        if (size == 126 && left >= (head = 4))
            size = (size_t)frame[2] << 8 | frame[3];
        else if (size == 127 && left >= (head = 10))
            size = (size_t)frame[6] << 24 | (size_t)frame[7] << 16 | (size_t)frame[8] << 8 | frame[9];
        if (left < head || left - head < size)
            break;
        if ((frame[0] & 15) == 1)
            take((const char *)frame + head, size, context);
        at += head + size;
    }
    buffer_consume(&client->in, at);
}

static inline void client_close(struct client *client)
{
    close(client->fd);
    buffer_finish(&client->in);
}

static inline void allow_many_files(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}
