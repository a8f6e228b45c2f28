/* libjwt does the encoding and the HMAC, and compares signatures in constant time; what it leaves open is
 * closed here.
 *
 * It verifies with whatever algorithm the header names and looks at no `kid`. So a token is tried with each
 * key in turn, and only when a signature holds is the header asked whether it says HS256 and names that key.
 * The other way, reading `kid` first to choose the key, would mean trusting text of a stranger's before it is
 * verified, and decoding twice; keys are few, and a HMAC takes microseconds.
 *
 * Before libjwt sees a token, its length and its characters are checked: its base64 decoder skips what it
 * does not know, and its buffers are better not tried out by strangers. */
#include "core/auth/token.h"

#include "core/base/alloc.h"
#include "core/base/uuid.h"

#include <errno.h>
#include <inttypes.h>
#include <jwt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX        8
#define KEY_ID_MAX      32
#define SECRET_SIZE_MIN 32
#define SECRET_SIZE_MAX 512

static const char issuer[] = "seri";
static const char base64url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct token_key {
    char id[KEY_ID_MAX + 1];
    unsigned char secret[SECRET_SIZE_MAX];
    int size;
};

struct token_keys {
    int count;
    struct token_key list[KEYS_MAX];
};

/* ---- keys ---- */

static bool is_key_id(const char *text, size_t size)
{
    if (size == 0 || size > KEY_ID_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (memchr(base64url_digits, text[i], sizeof base64url_digits - 1) == NULL && text[i] != '.')
            return false;
    }
    return true;
}

/* White space at an end is what a careless file or shell adds, and then two nodes differ without anybody
 * seeing why. */
static bool has_white_space(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] <= ' ')
            return true;
    }
    return false;
}

static bool key_id_is_taken(const struct token_keys *keys, const char *id)
{
    for (int i = 0; i < keys->count; i++) {
        if (strcmp(keys->list[i].id, id) == 0)
            return true;
    }
    return false;
}

/* Adds one "kid:secret" or bare secret. NULL, or what is wrong: a constant, for the text may be a secret from
 * its first byte. */
static const char *add_key(struct token_keys *keys, const char *text, size_t size)
{
    const char *colon = memchr(text, ':', size);
    const char *id = colon != NULL ? text : "1";
    size_t id_size = colon != NULL ? (size_t)(colon - text) : 1;
    const char *secret = colon != NULL ? colon + 1 : text;
    size_t secret_size = size - (size_t)(secret - text);

    if (keys->count == KEYS_MAX)
        return "is one too many";
    if (!is_key_id(id, id_size))
        return "has a malformed id (letters, digits, '.', '_' and '-', at most 32)";
    if (secret_size < SECRET_SIZE_MIN)
        return "has a secret of less than 32 bytes";
    if (secret_size > SECRET_SIZE_MAX)
        return "has a secret of more than 512 bytes";
    if (has_white_space(secret, secret_size))
        return "has white space in its secret";

    struct token_key *key = &keys->list[keys->count];
    memcpy(key->id, id, id_size);
    key->id[id_size] = '\0';
    if (key_id_is_taken(keys, key->id))
        return "has the id of another";
    memcpy(key->secret, secret, secret_size);
    key->size = (int)secret_size;
    keys->count++;
    return NULL;
}

struct token_keys *token_keys_create(const char *secrets, struct error *error)
{
    struct token_keys *keys = xcalloc(1, sizeof *keys);
    for (const char *text = secrets;;) {
        size_t size = strcspn(text, ",");
        const char *fault = add_key(keys, text, size);
        if (fault != NULL) {
            error_set(error, "key %d %s", keys->count + 1, fault);
            token_keys_destroy(&keys);
            return NULL;
        }
        if (text[size] == '\0')
            return keys;
        text += size + 1;
    }
}

void token_keys_destroy(struct token_keys **keys)
{
    if (*keys == NULL)
        return;
    OPENSSL_cleanse(*keys, sizeof **keys);
    free(*keys);
    *keys = NULL;
}

/* ---- issuing ---- */

/* libjwt's calls fail for want of memory or by a slip of ours. */
static void must(int result)
{
    if (result != 0) {
        fprintf(stderr, "token: %s\n", strerror(result));
        abort();
    }
}

char *token_issue(const struct token_keys *keys, const struct token_claims *claims)
{
    const struct token_key *key = &keys->list[0];
    char subject[24];
    snprintf(subject, sizeof subject, "%" PRId64, claims->user_id);

    jwt_t *jwt = NULL;
    must(jwt_new(&jwt));
    must(jwt_add_header(jwt, "kid", key->id));
    must(jwt_add_grant(jwt, "iss", issuer));
    must(jwt_add_grant(jwt, "sub", subject));
    must(jwt_add_grant(jwt, "role", role_name(claims->role)));
    must(jwt_add_grant_int(jwt, "sid", claims->session_id));
    must(jwt_add_grant_int(jwt, "iat", claims->issued_at));
    must(jwt_add_grant_int(jwt, "exp", claims->expires_at));
    must(jwt_set_alg(jwt, JWT_ALG_HS256, key->secret, key->size));
    char *text = jwt_encode_str(jwt);
    jwt_free(jwt);
    if (text == NULL)
        must(ENOMEM);
    return text;
}

/* ---- verifying ---- */

/* Three parts of base64url, none of them empty. Copies the token, for libjwt wants a NUL behind it. */
static bool copy_token(const char *token, size_t size, char copy[TOKEN_SIZE_MAX + 1])
{
    if (size > TOKEN_SIZE_MAX)
        return false;
    int dots = 0;
    for (size_t i = 0; i < size; i++) {
        if (token[i] == '.') {
            if (i == 0 || i == size - 1 || token[i - 1] == '.')
                return false;
            dots++;
        } else if (memchr(base64url_digits, token[i], sizeof base64url_digits - 1) == NULL) {
            return false;
        }
        copy[i] = token[i];
    }
    copy[size] = '\0';
    return dots == 2;
}

static bool header_is(jwt_t *jwt, const char *name, const char *value)
{
    const char *found = jwt_get_header(jwt, name);
    return found != NULL && strcmp(found, value) == 0;
}

/* The token's claims if one of the keys signed it and the header says so; else NULL. */
static jwt_t *decode(const struct token_keys *keys, const char *token)
{
    for (int i = 0; i < keys->count; i++) {
        const struct token_key *key = &keys->list[i];
        jwt_t *jwt = NULL;
        if (jwt_decode(&jwt, token, key->secret, key->size) != 0)
            continue;
        if (header_is(jwt, "alg", "HS256") && header_is(jwt, "kid", key->id))
            return jwt;
        jwt_free(jwt);
    }
    return NULL;
}

/* A positive number as we write it: no sign, no leading zero, nothing behind it. */
static bool read_id(const char *text, int64_t *out)
{
    if (text == NULL || *text < '1' || *text > '9')
        return false;
    int64_t value = 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *text - '0', &value))
            return false;
    }
    *out = value;
    return true;
}

static bool read_positive(jwt_t *jwt, const char *claim, int64_t *out)
{
    errno = 0;
    *out = jwt_get_grant_int(jwt, claim);
    return errno == 0 && *out > 0;
}

static bool read_role(jwt_t *jwt, enum role *out)
{
    const char *name = jwt_get_grant(jwt, "role");
    int role = name != NULL ? role_parse(name) : -1;
    if (role < 0 || !roles_have(ROLES_LOGGED_IN, (enum role)role))
        return false;
    *out = (enum role)role;
    return true;
}

static bool read_claims(jwt_t *jwt, struct token_claims *out)
{
    const char *found = jwt_get_grant(jwt, "iss");
    return found != NULL && strcmp(found, issuer) == 0 && read_id(jwt_get_grant(jwt, "sub"), &out->user_id) &&
           read_role(jwt, &out->role) && read_positive(jwt, "sid", &out->session_id) &&
           read_positive(jwt, "iat", &out->issued_at) && read_positive(jwt, "exp", &out->expires_at) &&
           out->expires_at > out->issued_at;
}

enum token_result token_verify(const struct token_keys *keys, const char *token, size_t size, int64_t now,
                               struct token_claims *out)
{
    char copy[TOKEN_SIZE_MAX + 1];
    if (!copy_token(token, size, copy))
        return TOKEN_BAD;
    jwt_t *jwt = decode(keys, copy);
    if (jwt == NULL)
        return TOKEN_BAD;
    struct token_claims claims;
    bool complete = read_claims(jwt, &claims);
    jwt_free(jwt);
    if (!complete)
        return TOKEN_BAD;
    *out = claims;
    return now < claims.expires_at ? TOKEN_GOOD : TOKEN_EXPIRED;
}

/* ---- refresh tokens ---- */

#define REFRESH_BYTES 32

static void write_refresh_token(const uint8_t bytes[REFRESH_BYTES], char token[REFRESH_TOKEN_SIZE])
{
    unsigned char padded[REFRESH_TOKEN_SIZE + 1];
    EVP_EncodeBlock(padded, bytes, REFRESH_BYTES);
    for (size_t i = 0; i < REFRESH_TOKEN_SIZE - 1; i++)
        token[i] = padded[i] == '+' ? '-' : padded[i] == '/' ? '_' : (char)padded[i];
    token[REFRESH_TOKEN_SIZE - 1] = '\0';
}

void refresh_token_make(char token[REFRESH_TOKEN_SIZE])
{
    uint8_t bytes[REFRESH_BYTES];
    random_bytes(bytes, sizeof bytes);
    write_refresh_token(bytes, token);
}

/* The prefix keeps these HMACs apart from those that sign access tokens: what is signed there has no space.
 */
void refresh_token_next(const struct token_keys *keys, const char *token, char next[REFRESH_TOKEN_SIZE])
{
    static const char prefix[] = "refresh token after ";
    char text[sizeof prefix + REFRESH_TOKEN_SIZE];
    int size = snprintf(text, sizeof text, "%s%s", prefix, token);
    if (size >= (int)sizeof text)
        size = (int)sizeof text - 1;
    const struct token_key *key = &keys->list[0];
    uint8_t bytes[REFRESH_BYTES];
    if (HMAC(EVP_sha256(), key->secret, key->size, (const unsigned char *)text, (size_t)size, bytes, NULL) ==
        NULL)
        abort();
    write_refresh_token(bytes, next);
}

bool refresh_token_digest(const char *token, uint8_t digest[32])
{
    const size_t size = REFRESH_TOKEN_SIZE - 1;
    if (strnlen(token, size + 1) != size || strspn(token, base64url_digits) != size)
        return false;
    /* The last digit carries four bits of the 32 bytes: an encoder leaves the two others zero. */
    if ((strchr(base64url_digits, token[size - 1]) - base64url_digits) % 4 != 0)
        return false;
    SHA256((const unsigned char *)token, size, digest);
    return true;
}
