/* Buckets by neighbourhood, one lock. Stage and moment are atomic, for they change with every request, in
 * MHD's threads; the lock is taken when connections come and go and by the sweep, and holds a socket open
 * while it is shut down: MHD tells of an end before it closes. */
#include "rest/connections.h"

#include "core/base/alloc.h"
#include "core/base/json.h"
#include "core/domain/verdict.h"
#include "rest/meters.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define BUCKETS 4096

struct connection {
    struct connection *next; /* in its bucket */
    struct connection **link;
    int socket;
    bool counted; /* against its address: it is no proxy's */
    char neighbourhood[ADDRESS_SIZE];
    atomic_int stage;
    _Atomic int64_t until_ms;
    int64_t requests; /* of its own thread */
};

struct connections {
    const struct proxies *proxies;
    int64_t per_address;
    pthread_mutex_t lock;
    struct connection *buckets[BUCKETS];
};

struct connections *connections_create(const struct proxies *proxies, int64_t per_address)
{
    struct connections *connections = xcalloc(1, sizeof *connections);
    connections->proxies = proxies;
    connections->per_address = per_address;
    pthread_mutex_init(&connections->lock, NULL);
    return connections;
}

void connections_destroy(struct connections **connections)
{
    if (*connections == NULL)
        return;
    pthread_mutex_destroy(&(*connections)->lock);
    free(*connections);
    *connections = NULL;
}

static void write_neighbourhood(const struct sockaddr *peer, char out[ADDRESS_SIZE])
{
    char address[ADDRESS_SIZE];
    address_of_peer(peer, address);
    address_neighbourhood(address, out);
}

static struct connection **bucket_of(struct connections *connections, const char *neighbourhood)
{
    uint32_t hash = 2166136261u;
    for (; *neighbourhood != '\0'; neighbourhood++)
        hash = (hash ^ (uint8_t)*neighbourhood) * 16777619u;
    return &connections->buckets[hash % BUCKETS];
}

bool connections_admit(struct connections *connections, const struct sockaddr *peer)
{
    if (connections->per_address == 0 || proxies_have(connections->proxies, peer))
        return true;
    char neighbourhood[ADDRESS_SIZE];
    write_neighbourhood(peer, neighbourhood);
    int64_t count = 0;
    pthread_mutex_lock(&connections->lock);
    for (const struct connection *at = *bucket_of(connections, neighbourhood); at != NULL; at = at->next)
        count += at->counted && strcmp(at->neighbourhood, neighbourhood) == 0;
    pthread_mutex_unlock(&connections->lock);
    if (count < connections->per_address)
        return true;
    metrics_add(METER_CONNECTIONS_REFUSED, 0, 1);
    return false;
}

struct connection *connections_add(struct connections *connections, int socket, const struct sockaddr *peer,
                                   int64_t until_ms)
{
    struct connection *connection = xcalloc(1, sizeof *connection);
    connection->socket = socket;
    connection->counted = !proxies_have(connections->proxies, peer);
    write_neighbourhood(peer, connection->neighbourhood);
    connection_enter(connection, CONNECTION_IDLE, until_ms);
    pthread_mutex_lock(&connections->lock);
    struct connection **bucket = bucket_of(connections, connection->neighbourhood);
    connection->next = *bucket;
    connection->link = bucket;
    if (connection->next != NULL)
        connection->next->link = &connection->next;
    *bucket = connection;
    pthread_mutex_unlock(&connections->lock);
    metrics_add(METER_CONNECTIONS, 0, 1);
    return connection;
}

void connections_remove(struct connections *connections, struct connection **connection)
{
    if (*connection == NULL)
        return;
    pthread_mutex_lock(&connections->lock);
    *(*connection)->link = (*connection)->next;
    if ((*connection)->next != NULL)
        (*connection)->next->link = (*connection)->link;
    pthread_mutex_unlock(&connections->lock);
    free(*connection);
    *connection = NULL;
    metrics_add(METER_CONNECTIONS, 0, -1);
}

/* The sweep may see the new stage with the old moment or the other way round; hence work, which has no
 * moment, has the latest there is. */
void connection_enter(struct connection *connection, enum connection_stage stage, int64_t until_ms)
{
    atomic_store(&connection->until_ms, INT64_MAX);
    atomic_store(&connection->stage, (int)stage);
    if (stage != CONNECTION_WORK)
        atomic_store(&connection->until_ms, until_ms);
}

bool connection_is_last(struct connection *connection, int64_t most)
{
    return ++connection->requests >= most;
}

/* A problem like any other, but for what may not have been heard yet: the path, an id, a language. Written
 * here, past MHD, which has no answer for a request that is not whole. If it cannot be sent at once, it is
 * not sent. */
static void answer_late(int socket)
{
    const struct verdict_info *info = verdict_info(VERDICT_REQUEST_TIMEOUT);
    char memory[1024], head[256];
    struct buffer body;
    buffer_init_fixed(&body, memory, sizeof memory);
    struct json json = json_start(&body);
    json_object(&json, NULL);
    json_text(&json, "type", "urn:seri:problem:REQUEST_TIMEOUT");
    json_text(&json, "title", info->ja);
    json_int(&json, "status", info->http_status);
    json_text(&json, "code", info->code);
    json_object_end(&json);
    int size = snprintf(
        head, sizeof head,
        "HTTP/1.1 %d Request Timeout\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        "Content-Language: ja\r\nContent-Length: %zu\r\n\r\n",
        info->http_status, body.size);
    struct iovec parts[] = {
        {head,      (size_t)size},
        {body.data, body.size   }
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    (void)!sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void shut_down(struct connection *connection)
{
    enum connection_stage stage = (enum connection_stage)atomic_load(&connection->stage);
    if (stage == CONNECTION_REQUEST)
        answer_late(connection->socket);
    if (stage != CONNECTION_IDLE)
        metrics_add(METER_CONNECTIONS_SLOW, stage, 1);
    shutdown(connection->socket, SHUT_RDWR);
    atomic_store(&connection->until_ms, INT64_MAX);
}

void connections_sweep(struct connections *connections, int64_t now_ms)
{
    pthread_mutex_lock(&connections->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct connection *at = connections->buckets[i]; at != NULL; at = at->next)
            if (atomic_load(&at->until_ms) < now_ms)
                shut_down(at);
    pthread_mutex_unlock(&connections->lock);
}
