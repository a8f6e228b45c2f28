#include "realtime/handshake.h"

#include "core/auth/token.h"
#include "realtime/framing.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/overload.h"
#include "realtime/upgrade.h"

#include <string.h>
#include <strings.h>

static const char subprotocol[] = "auction.v1";
static const char bearer_prefix[] = "bearer.";

static const struct refusal bad_subprotocol = {400, "INVALID_MESSAGE",
                                               "Of the subprotocols only auction.v1 is spoken here.", NULL};
static const struct refusal bad_token = {401, "UNAUTHENTICATED", "The token is not valid, or has expired.",
                                         "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n"};
static const struct refusal address_full = {429, "RATE_LIMITED", "Too many connections from this address.",
                                            "Retry-After: 10\r\n"};
static const struct refusal node_full = {503, "UNAVAILABLE", "This node has no room left; try again later.",
                                         "Retry-After: 5\r\n"};
static const struct refusal node_draining = {503, "UNAVAILABLE", "This node is stopping; connect again.",
                                             "Retry-After: 1\r\n"};

static bool starts_with(struct http_text text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && memcmp(text.at, prefix, size) == 0;
}

static struct http_text without(struct http_text text, size_t size)
{
    return (struct http_text){text.at + size, text.size - size};
}

/* What the subprotocols say. */
struct offer {
    bool any;
    bool ours;
    struct http_text token; /* at NULL: none */
};

static struct offer read_offer(const struct http_head *head)
{
    struct offer offer = {0};
    struct http_text list, element;
    for (int cursor = 0; http_head_next(head, "Sec-WebSocket-Protocol", &cursor, &list);) {
        while (http_list_next(&list, &element)) {
            offer.any = true;
            if (element.size == sizeof subprotocol - 1 && starts_with(element, subprotocol))
                offer.ours = true;
            else if (starts_with(element, bearer_prefix))
                offer.token = without(element, sizeof bearer_prefix - 1);
        }
    }
    return offer;
}

/* The token, from the header that is made for it or else from the subprotocols; at NULL: none. */
static struct http_text find_token(const struct http_head *head, const struct offer *offer)
{
    struct http_text value;
    bool authorized = http_head_only(head, "Authorization", &value);
    if (authorized && value.size > 7 && strncasecmp(value.at, "Bearer ", 7) == 0)
        return without(value, 7);
    if (authorized && http_text_is(value, "Bearer"))
        return without(value, 6);
    return offer->token;
}

/* The first range of Accept-Language that we speak; Japanese if there is none. */
static bool prefers_english(const struct http_head *head)
{
    struct http_text list, range;
    for (int cursor = 0; http_head_next(head, "Accept-Language", &cursor, &list);) {
        while (http_list_next(&list, &range)) {
            if (starts_with(range, "ja"))
                return false;
            if (starts_with(range, "en"))
                return true;
        }
    }
    return false;
}

/* The client's address, as the proxies before us have it. */
static void find_address(const struct node *node, const struct http_head *head, const struct sockaddr *peer,
                         char out[ADDRESS_SIZE])
{
    char memory[HTTP_HEAD_MAX];
    struct buffer forwarded;
    struct http_text value;
    buffer_init_fixed(&forwarded, memory, sizeof memory);
    buffer_append_text(&forwarded, "");
    for (int cursor = 0; http_head_next(head, "X-Forwarded-For", &cursor, &value);) {
        buffer_append_text(&forwarded, forwarded.size > 0 ? "," : "");
        buffer_append(&forwarded, value.at, value.size);
    }
    address_of_client(node->proxies, peer, forwarded.data, out);
}

/* When a node is full, whoever has logged in takes the place of a visitor. */
static bool has_place(const struct node *node, bool logged_in)
{
    if (sessions_count(node->sessions) < config_int(node->config, "LIMIT_CONNECTIONS"))
        return true;
    return logged_in && sessions_shed_visitors(node->sessions, 1) == 1;
}

static const struct refusal *judge_limits(const struct node *node, const char *address, bool logged_in)
{
    int64_t per_address = config_int(node->config, "LIMIT_CONNECTIONS_PER_ADDRESS");
    if (node->draining) {
        metrics_add(METRIC_CONNECTIONS_REFUSED, REFUSAL_DRAINING, 1);
        return &node_draining;
    }
    if (per_address > 0 && sessions_of_address(node->sessions, address) >= per_address) {
        metrics_add(METRIC_CONNECTIONS_REFUSED, REFUSAL_ADDRESS, 1);
        return &address_full;
    }
    if (overload_is_on(node->overload)) {
        metrics_add(METRIC_CONNECTIONS_REFUSED, REFUSAL_MEMORY, 1);
        return &node_full;
    }
    if (!has_place(node, logged_in)) {
        metrics_add(METRIC_CONNECTIONS_REFUSED, REFUSAL_TOTAL, 1);
        return &node_full;
    }
    return NULL;
}

/* Judges what all have in common, if nothing has spoken against it so far (`why`). */
static bool judge(struct node *node, const struct http_head *head, const struct refusal *why,
                  struct http_text token, struct greeting *greeting, struct refusal *refusal)
{
    bool may_say_later = greeting->framing->opened != NULL && !greeting->framing->one_way;
    greeting->english = prefers_english(head);
    greeting->bad_token =
        token.at != NULL && token_verify(node->keys, token.at, token.size, node_now_ms(node) / 1000,
                                         &greeting->claims) != TOKEN_GOOD;
    if (why != NULL) {
        metrics_add(METRIC_CONNECTIONS_REFUSED, REFUSAL_REQUEST, 1);
    } else if (greeting->bad_token && !may_say_later) {
        metrics_add(METRIC_CONNECTIONS_REFUSED, REFUSAL_TOKEN, 1);
        why = &bad_token;
    } else {
        why = judge_limits(node, greeting->address, !greeting->bad_token && greeting->claims.user_id != 0);
    }
    if (why != NULL)
        *refusal = *why;
    return why == NULL;
}

bool handshake_judge(struct node *node, const struct http_head *head, const struct sockaddr *peer,
                     struct greeting *greeting, struct buffer *answer, struct refusal *refusal)
{
    bool introduces_itself = greeting->framing->opened != NULL;
    struct offer offer = read_offer(head);
    const struct refusal *why = upgrade_judge(head);
    if (why == NULL && offer.any && !offer.ours && !introduces_itself)
        why = &bad_subprotocol;
    find_address(node, head, peer, greeting->address);
    if (!judge(node, head, why, find_token(head, &offer), greeting, refusal))
        return false;
    upgrade_answer(head, offer.ours ? subprotocol : NULL, answer);
    return true;
}

bool handshake_judge_stream(struct node *node, const struct http_head *head, const struct sockaddr *peer,
                            struct greeting *greeting, struct refusal *refusal)
{
    static const struct offer no_offer;
    find_address(node, head, peer, greeting->address);
    return judge(node, head, NULL, find_token(head, &no_offer), greeting, refusal);
}
