#include "realtime/upgrade.h"

#include <string.h>

enum { KEY_SIZE = 24 };

static const struct refusal not_an_upgrade = {426, "UPGRADE_REQUIRED",
                                              "This address speaks WebSocket, version 13.",
                                              "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"};
static const struct refusal bad_request = {400, "INVALID_MESSAGE",
                                           "The request for the upgrade is malformed.", NULL};

/* True when some list header of that name has the element. */
static bool header_lists(const struct http_head *head, const char *name, const char *wanted)
{
    struct http_text list, element;
    for (int cursor = 0; http_head_next(head, name, &cursor, &list);)
        while (http_list_next(&list, &element))
            if (http_text_is(element, wanted))
                return true;
    return false;
}

static bool is_key(struct http_text key)
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    if (key.size != KEY_SIZE)
        return false;
    for (size_t i = 0; i < key.size; i++)
        if (memchr(base64, key.at[i], sizeof base64 - 1) == NULL)
            return false;
    return true;
}

const struct refusal *upgrade_judge(const struct http_head *head)
{
    struct http_text key, version;
    if (!header_lists(head, "Upgrade", "websocket") || !header_lists(head, "Connection", "upgrade") ||
        !http_head_only(head, "Sec-WebSocket-Version", &version) || !http_text_is(version, "13"))
        return &not_an_upgrade;
    if (!http_head_only(head, "Sec-WebSocket-Key", &key) || !is_key(key))
        return &bad_request;
    return NULL;
}

void upgrade_write(const struct http_head *head, const char *subprotocol, struct buffer *clean)
{
    struct http_text key = {0};
    if (!http_head_only(head, "Sec-WebSocket-Key", &key))
        return;
    buffer_append_format(clean,
                         "GET / HTTP/1.1\r\nHost: seri\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %.*s\r\n",
                         (int)key.size, key.at);
    if (subprotocol != NULL)
        buffer_append_format(clean, "Sec-WebSocket-Protocol: %s\r\n", subprotocol);
    buffer_append_text(clean, "\r\n");
}
