/* A proxy in front of PostgreSQL that cuts the connection around a COMMIT: the only way to see what a program
 * does when the most important answer is lost. One client at a time, in a thread of its own. */
#pragma once

#include "core/base/alloc.h"
#include "tests/unit/pg_scratch.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum cut {
    CUT_BEFORE_COMMIT, /* the server never sees it, and rolls back */
    CUT_AFTER_COMMIT,  /* the server carries it out; its answer is lost */
    CUT_FOR_GOOD       /* the same, and nobody gets through any more */
};

struct cutting_proxy {
    pthread_t thread;
    int listener;
    enum cut cut;
    bool has_cut; /* only the first COMMIT is met */
    char host[256], port[16];
};

static inline int cutting_proxy_dial(const struct cutting_proxy *proxy)
{
    if (proxy->host[0] == '/') {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        snprintf(address.sun_path, sizeof address.sun_path, "%.80s/.s.PGSQL.%s", proxy->host, proxy->port);
        int server = socket(AF_UNIX, SOCK_STREAM, 0);
        return connect(server, (struct sockaddr *)&address, sizeof address) == 0 ? server : -1;
    }
    struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
    if (getaddrinfo(proxy->host, proxy->port, &hints, &found) != 0)
        return -1;
    int server = socket(found->ai_family, SOCK_STREAM, 0);
    int failed = connect(server, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return failed == 0 ? server : -1;
}

/* Passes on what one side sent. False when the connection is over, by itself or by our cut. */
static inline bool cutting_proxy_pass(struct cutting_proxy *proxy, int from, int to, bool from_client)
{
    char bytes[65536];
    ssize_t size = recv(from, bytes, sizeof bytes, 0);
    if (size <= 0)
        return false;
    bool commit = from_client && !proxy->has_cut && memmem(bytes, (size_t)size, "COMMIT", 6) != NULL;
    if (commit && proxy->cut == CUT_BEFORE_COMMIT) {
        proxy->has_cut = true;
        return false;
    }
    if (send(to, bytes, (size_t)size, MSG_NOSIGNAL) != size)
        return false;
    if (!commit)
        return true;
    proxy->has_cut = true;
    (void)!recv(to, bytes, sizeof bytes, 0); /* the answer, which goes nowhere */
    return false;
}

static inline void cutting_proxy_serve(struct cutting_proxy *proxy, int client, int server)
{
    struct pollfd sides[2] = {
        {client, POLLIN, 0},
        {server, POLLIN, 0}
    };
    for (;;) {
        poll(sides, 2, -1);
        if (sides[0].revents != 0 && !cutting_proxy_pass(proxy, client, server, true))
            return;
        if (sides[1].revents != 0 && !cutting_proxy_pass(proxy, server, client, false))
            return;
    }
}

static inline void *cutting_proxy_run(void *context)
{
    struct cutting_proxy *proxy = context;
    int client;
    while ((client = accept(proxy->listener, NULL, NULL)) >= 0) {
        bool closed = proxy->has_cut && proxy->cut == CUT_FOR_GOOD;
        int server = closed ? -1 : cutting_proxy_dial(proxy);
        if (server >= 0) {
            cutting_proxy_serve(proxy, client, server);
            close(server);
        }
        close(client);
    }
    return NULL;
}

/* Returns the URL of the way through the proxy, to be freed. */
static inline char *cutting_proxy_start(struct cutting_proxy *proxy, const char *url, enum cut cut)
{
    PGconn *probe = PQconnectdb(url);
    *proxy = (struct cutting_proxy){.cut = cut, .listener = socket(AF_INET, SOCK_STREAM, 0)};
    snprintf(proxy->host, sizeof proxy->host, "%s", PQhost(probe));
    snprintf(proxy->port, sizeof proxy->port, "%s", PQport(probe));
    PQfinish(probe);

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(proxy->listener, (struct sockaddr *)&address, size) != 0 || listen(proxy->listener, 8) != 0 ||
        getsockname(proxy->listener, (struct sockaddr *)&address, &size) != 0)
        scratch_give_up("proxy", "cannot listen");
    pthread_create(&proxy->thread, NULL, cutting_proxy_run, proxy);

    /* what stands later in a keyword string wins */
    struct buffer text;
    buffer_init(&text, 4096);
    buffer_append_format(&text,
                         "%s host=127.0.0.1 hostaddr=127.0.0.1 port=%d sslmode=disable gssencmode=disable",
                         url, ntohs(address.sin_port));
    return text.data;
}

static inline void cutting_proxy_stop(struct cutting_proxy *proxy)
{
    shutdown(proxy->listener, SHUT_RDWR);
    pthread_join(proxy->thread, NULL);
    close(proxy->listener);
}
