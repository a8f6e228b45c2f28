/* Redis' URL scheme as registered with IANA, without TLS: hiredis 0.14 has none. Errors are constant
 * sentences: the text at fault may hold a password, and what is malformed is the likeliest to hold it where
 * nobody would look. */
#include "core/bus/redis_url.h"

#include "core/bus/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT_DEFAULT 6379
#define DATABASE_MAX 65535

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes %XX. False when that is malformed, gives a NUL, or does not fit. */
static bool decode_percent(const char *text, size_t size, char *out, size_t out_size)
{
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= size || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
                return false;
            c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        if (c == '\0' || length + 1 >= out_size)
            return false;
        out[length++] = c;
    }
    out[length] = '\0';
    return true;
}

static bool read_number(const char *text, size_t size, int lowest, int highest, int *out)
{
    int value = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
        if (value > highest)
            return false;
    }
    *out = value;
    return size > 0 && value >= lowest;
}

/* [user]:password, or a password alone as older tools write it. */
static const char *read_login(const char *text, size_t size, struct redis_url *out)
{
    const char *colon = memchr(text, ':', size);
    size_t user_size = colon != NULL ? (size_t)(colon - text) : 0;
    const char *password = colon != NULL ? colon + 1 : text;
    if (!decode_percent(text, user_size, out->user, sizeof out->user))
        return "the user is malformed or too long";
    if (!decode_percent(password, size - (size_t)(password - text), out->password, sizeof out->password))
        return "the password is malformed or too long (special characters need percent-encoding)";
    if (out->password[0] == '\0' && (out->user[0] != '\0' || colon == NULL))
        return "the password is missing";
    return NULL;
}

static const char *read_host(const char *text, size_t size, struct redis_url *out)
{
    const char *end = text + size;
    const char *port = NULL;
    if (size > 0 && *text == '[') {
        const char *bracket = memchr(text, ']', size);
        if (bracket == NULL || (bracket + 1 < end && bracket[1] != ':'))
            return "the address in brackets is malformed";
        port = bracket + 1 < end ? bracket + 1 : NULL;
        text++;
        size = (size_t)(bracket - text);
    } else {
        port = memchr(text, ':', size);
        if (port != NULL)
            size = (size_t)(port - text);
    }
    if (size == 0 || size >= sizeof out->host)
        return "the host is missing or too long";
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] <= ' ' || strchr("%?#", text[i]) != NULL)
            return "the host is malformed";
    }
    memcpy(out->host, text, size);
    out->host[size] = '\0';
    if (port != NULL && !read_number(port + 1, (size_t)(end - port - 1), 1, 65535, &out->port))
        return "the port is malformed";
    return NULL;
}

static const char *parse(const char *text, struct redis_url *out)
{
    static const char scheme[] = "redis://";
    if (strncmp(text, scheme, sizeof scheme - 1) != 0)
        return "it must start with redis:// (TLS is not supported)";
    text += sizeof scheme - 1;
    size_t size = strcspn(text, "/");
    const char *database = text[size] == '/' ? text + size + 1 : "";
    if (*database != '\0' && !read_number(database, strlen(database), 0, DATABASE_MAX, &out->database))
        return "what follows the host must be the number of a database";

    const char *at = memrchr(text, '@', size);
    if (at != NULL) {
        const char *fault = read_login(text, (size_t)(at - text), out);
        if (fault != NULL)
            return fault;
        size -= (size_t)(at + 1 - text);
        text = at + 1;
    }
    return read_host(text, size, out);
}

bool redis_url_parse(const char *text, struct redis_url *out, struct error *error)
{
    *out = (struct redis_url){.port = PORT_DEFAULT};
    const char *fault = parse(text, out);
    if (fault != NULL)
        error_set(error, "not a URL of Redis: %s", fault);
    return fault == NULL;
}

void redis_url_parse_checked(const char *text, struct redis_url *out)
{
    struct error error;
    if (!redis_url_parse(text, out, &error)) {
        fprintf(stderr, "redis: %s\n", error.text);
        abort();
    }
}

bool redis_url_check(const char *url, struct error *error)
{
    struct redis_url parsed;
    return redis_url_parse(url, &parsed, error);
}

static struct redis_greeting_step *add_step(struct redis_greeting *greeting, int count, const char *first,
                                            const char *second, const char *third)
{
    struct redis_greeting_step *step = &greeting->steps[greeting->count++];
    *step = (struct redis_greeting_step){
        .count = count, .arguments = {first, second, third}
    };
    return step;
}

void redis_greeting_make(const struct redis_url *url, const char *name, struct redis_greeting *out)
{
    out->count = 0;
    if (url->user[0] != '\0')
        add_step(out, 3, "AUTH", url->user, url->password)->secret = true;
    else if (url->password[0] != '\0')
        add_step(out, 2, "AUTH", url->password, NULL)->secret = true;
    if (url->database != 0) {
        snprintf(out->database, sizeof out->database, "%d", url->database);
        add_step(out, 2, "SELECT", out->database, NULL);
    }
    add_step(out, 3, "CLIENT", "SETNAME", name)->optional = true;
    add_step(out, 1, "PING", NULL, NULL);
}

void redis_greeting_fault(const struct redis_greeting_step *step, const char *reply, char *text, int size)
{
    int quoted =
        (int)(step->secret ? strcspn(reply, " ") : strlen(reply)); /* the first word is the error's code */
    snprintf(text, (size_t)size, "%s is refused: %.*s", step->arguments[0], quoted, reply);
}
