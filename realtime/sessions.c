/* The registry: who is here, by id, by user and by address. A user's channel is listened to while he is here
 * on some device. */
#include "core/base/alloc.h"
#include "core/bus/announce.h"
#include "realtime/frame.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/session_parts.h"

#include <libwebsockets.h>
#include <stdlib.h>

enum { SHED_SCAN_MAX = 65536 /* clients looked at to find visitors */ };

/* Connections of one address, or of one neighbourhood of IPv6. Two addresses of one hash share a tally; the
 * limit is generous enough. */
struct tally {
    int count;
};

struct sessions *sessions_create(struct node *node)
{
    struct sessions *sessions = xcalloc(1, sizeof *sessions);
    sessions->node = node;
    sessions->message_us = 1000000 / config_int(node->config, "LIMIT_MESSAGES_PER_SECOND");
    sessions->ping_ms = config_int(node->config, "HEARTBEAT_INTERVAL_MS");
    sessions->silence_ms = config_int(node->config, "HEARTBEAT_TIMEOUT_MS");
    sessions->connect_ms = config_int(node->config, "CONNECT_TIMEOUT_MS");
    sessions->message_max = config_int(node->config, "LIMIT_MESSAGE_BYTES");
    sessions->stuck_ms = config_int(node->config, "SLOW_STUCK_MS");
    sessions->slow_ms = config_int(node->config, "SLOW_WRITE_MS");
    sessions->resync_ms = MINUTE_MS / config_int(node->config, "SLOW_RESYNCS_PER_MINUTE");
    sessions->buffered_max = config_int(node->config, "LIMIT_BUFFERED_BYTES");
    buffer_init(&sessions->scratch, LWS_PRE + FRAME_HEADER_MAX + PRIVATE_MESSAGE_MAX);
    return sessions;
}

static int64_t address_key(const char *client)
{
    char address[ADDRESS_SIZE];
    address_neighbourhood(client, address);
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (const char *at = address; *at != '\0'; at++)
        hash = (hash ^ (uint8_t)*at) * UINT64_C(1099511628211);
    return (int64_t)(hash >> 1 | 1);
}

int sessions_count(const struct sessions *sessions)
{
    return sessions->count;
}

int sessions_of_address(const struct sessions *sessions, const char *address)
{
    const struct tally *tally = idmap_get(&sessions->addresses, address_key(address));
    return tally != NULL ? tally->count : 0;
}

static void tally_add(struct sessions *sessions, const char *address, int change)
{
    int64_t key = address_key(address);
    struct tally *tally = idmap_get(&sessions->addresses, key);
    if (tally == NULL) {
        tally = xcalloc(1, sizeof *tally);
        idmap_put(&sessions->addresses, key, tally);
    }
    tally->count += change;
    if (tally->count == 0) {
        idmap_remove(&sessions->addresses, key);
        free(tally);
    }
}

void session_join_user(struct session *session, int64_t user_id)
{
    struct sessions *sessions = session->sessions;
    struct user *user = idmap_get(&sessions->users, user_id);
    if (user == NULL) {
        user = xcalloc(1, sizeof *user);
        user->id = user_id;
        idmap_put(&sessions->users, user_id, user);
        char channel[CHANNEL_NAME_SIZE];
        channel_of_user(user_id, channel);
        redis_subscribe(sessions->node->redis, channel);
    }
    session->user = user;
    session->user_next = user->first;
    user->first = session;
}

void session_leave_user(struct session *session)
{
    struct sessions *sessions = session->sessions;
    struct user *user = session->user;
    if (user == NULL)
        return;
    session->user = NULL;
    struct session **link = &user->first;
    while (*link != session)
        link = &(*link)->user_next;
    *link = session->user_next;
    if (user->first != NULL)
        return;
    char channel[CHANNEL_NAME_SIZE];
    channel_of_user(user->id, channel);
    redis_unsubscribe(sessions->node->redis, channel);
    idmap_remove(&sessions->users, user->id);
    free(user);
}

struct session *sessions_find(struct sessions *sessions, uint64_t session_id)
{
    struct session *session = sessions != NULL ? idmap_get(&sessions->by_id, (int64_t)session_id) : NULL;
    return session != NULL && session_is_alive(session) ? session : NULL;
}

void sessions_each(struct sessions *sessions, void (*visit)(struct session *session, void *context),
                   void *context)
{
    for (struct session *session = sessions->all; session != NULL; session = session->all_next)
        visit(session, context);
}

void sessions_each_of_user(struct sessions *sessions, int64_t user_id,
                           void (*visit)(struct session *session, void *context), void *context)
{
    const struct user *user = idmap_get(&sessions->users, user_id);
    for (struct session *session = user != NULL ? user->first : NULL; session != NULL;
         session = session->user_next)
        visit(session, context);
}

int sessions_shed_visitors(struct sessions *sessions, int count)
{
    int shed = 0, scanned = 0;
    for (struct session *session = sessions->all; session != NULL && shed < count && scanned < SHED_SCAN_MAX;
         session = session->all_next, scanned++)
        if (session->user == NULL && session_is_alive(session)) {
            session_close(session, CLOSE_OVERLOADED, "this node has no room left; try again later");
            shed++;
        }
    return shed;
}

void sessions_add(struct session *session)
{
    struct sessions *sessions = session->sessions;
    session->id = ++sessions->last_id;
    idmap_put(&sessions->by_id, (int64_t)session->id, session);
    session->all_next = sessions->all;
    session->all_link = &sessions->all;
    if (sessions->all != NULL)
        sessions->all->all_link = &session->all_next;
    sessions->all = session;
    sessions->count++;
    tally_add(sessions, session->address, 1);
    metrics_set(METRIC_CONNECTIONS, 0, sessions->count);
}

void sessions_remove(struct session *session)
{
    struct sessions *sessions = session->sessions;
    session_leave_user(session);
    tally_add(sessions, session->address, -1);
    idmap_remove(&sessions->by_id, (int64_t)session->id);
    *session->all_link = session->all_next;
    if (session->all_next != NULL)
        session->all_next->all_link = session->all_link;
    sessions->count--;
    metrics_set(METRIC_CONNECTIONS, 0, sessions->count);
}

void sessions_destroy(struct sessions **sessions)
{
    if (*sessions == NULL)
        return;
    for (struct session *session = (*sessions)->all; session != NULL; session = session->all_next) {
        if (session->wsi != NULL)
            server_forget(session->wsi);
    }
    while ((*sessions)->all != NULL)
        session_free((*sessions)->all);
    wheel_cancel((*sessions)->node->wheel, &(*sessions)->look);
    idmap_finish(&(*sessions)->by_id);
    idmap_finish(&(*sessions)->users);
    idmap_finish(&(*sessions)->addresses);
    buffer_finish(&(*sessions)->scratch);
    free(*sessions);
    *sessions = NULL;
}
