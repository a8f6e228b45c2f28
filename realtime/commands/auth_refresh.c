/* auth:refresh: another token of the same user, before the old one runs out. A token that is not good, or is
 * somebody else's, ends the connection: whoever holds it is not who we took them for. */
#include "core/auth/token.h"
#include "realtime/dispatch.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/reply.h"
#include "realtime/session_internal.h"

#include <stddef.h>
#include <string.h>

struct auth_refresh {
    const char *token;
};

_Static_assert(sizeof(struct auth_refresh) <= COMMAND_DATA_MAX, "the gate has no room for it");

static const struct field fields[] = {
    {.name = "token",
     .type = FIELD_TEXT,
     .offset = offsetof(struct auth_refresh, token),
     .required = true,
     .lowest = 1,
     .highest = TOKEN_SIZE_MAX},
};

static const struct schema schema = SCHEMA(struct auth_refresh, fields);

static void run(struct node *node, struct session *session, const struct request *request, const void *data)
{
    const struct auth_refresh *refresh = data;
    struct token_claims claims;
    enum token_result result =
        token_verify(node->keys, refresh->token, strlen(refresh->token), node_now_ms(node) / 1000, &claims);
    if (result != TOKEN_GOOD || session_user(session) == 0 || claims.user_id != session_user(session)) {
        reply_refuse(session, request, VERDICT_UNAUTHENTICATED, NULL, NULL);
        session_close(session, CLOSE_TOKEN, "the token is not good for this connection");
        return;
    }
    session_refresh(session, &claims);
    char memory[64];
    struct buffer answer;
    buffer_init_fixed(&answer, memory, sizeof memory);
    struct json json = json_start(&answer);
    json_object(&json, NULL);
    json_bool(&json, "ok", true);
    json_int(&json, "expiresAtMs", claims.expires_at * 1000);
    json_object_end(&json);
    metrics_add(METRIC_ACKS, METRIC_ACK_OK, 1);
    reply_send(session, request, &answer);
}

const struct command_event event_auth_refresh = {
    .name = "auth:refresh",
    .roles = ROLES_ANYONE,
    .schema = &schema,
    .run = run,
};
