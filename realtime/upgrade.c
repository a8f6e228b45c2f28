#include "realtime/upgrade.h"

#include <openssl/evp.h>
#include <string.h>

enum { KEY_SIZE = 24, ACCEPT_SIZE = 29 /* with its NUL */ };

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

/* RFC 6455, 4.2.2: a digest of the key and of a text that only WebSocket has. */
static void write_accept(struct http_text key, char out[ACCEPT_SIZE])
{
    static const char secret[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t text[KEY_SIZE + sizeof secret], digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    memcpy(text, key.at, KEY_SIZE);
    memcpy(text + KEY_SIZE, secret, sizeof secret);
    EVP_Digest(text, KEY_SIZE + sizeof secret - 1, digest, &size, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)out, digest, (int)size);
}

void upgrade_answer(const struct http_head *head, const char *subprotocol, struct buffer *out)
{
    struct http_text key = {0};
    char accept[ACCEPT_SIZE];
    if (!http_head_only(head, "Sec-WebSocket-Key", &key))
        return;
    write_accept(key, accept);
    buffer_append_format(out,
                         "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Accept: %s\r\n",
                         accept);
    if (subprotocol != NULL)
        buffer_append_format(out, "Sec-WebSocket-Protocol: %s\r\n", subprotocol);
    buffer_append_text(out, "\r\n");
}
