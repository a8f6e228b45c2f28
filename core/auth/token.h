/* Access tokens: JWT, HS256, header `kid`, claims iss "seri", sub (user id as a string), role, sid (session),
 * iat, exp. Several keys may verify, the first signs, so keys can be rotated without ending sessions:
 * JWT_SECRET is "kid:secret[,kid:secret…]"; a bare secret has kid "1". */
#pragma once

#include "core/auth/role.h"
#include "core/base/error.h"

#include <stddef.h>
#include <stdint.h>

struct token_keys; /* opaque; read-only after creation, any thread */

/** NULL, with `error`, when the text is malformed or a secret is shorter than 32 bytes. */
struct token_keys *token_keys_create(const char *secrets, struct error *error);
void token_keys_destroy(struct token_keys **keys);

struct token_claims {
    int64_t user_id;
    int64_t session_id;
    enum role role;
    int64_t issued_at; /* seconds since 1970, as JWT has it */
    int64_t expires_at;
};

#define TOKEN_SIZE_MAX 1024

/** Signs; the text is owned by the caller (free). */
char *token_issue(const struct token_keys *keys, const struct token_claims *claims);

enum token_result { TOKEN_GOOD, TOKEN_EXPIRED, TOKEN_BAD };

/** Verifies signature (HS256 and a known kid only, whatever the header says), issuer, shape and expiry at
 * `now` seconds. `out` is filled for TOKEN_GOOD and TOKEN_EXPIRED. */
enum token_result token_verify(const struct token_keys *keys, const char *token, size_t size, int64_t now,
                               struct token_claims *out);

/* Refresh tokens, and the tokens in the links of letters: 32 bytes that nobody can guess, in base64url (43
 * characters). The database keeps their SHA-256 only. */
#define REFRESH_TOKEN_SIZE 44
void refresh_token_make(char token[REFRESH_TOKEN_SIZE]);
/** The token that follows `token` in its session. Made from it with the first key, so that an exchange which
 * is asked for twice, because its answer was lost, can be answered twice with the same. */
void refresh_token_next(const struct token_keys *keys, const char *token, char next[REFRESH_TOKEN_SIZE]);
/** False for text that is no refresh token. */
bool refresh_token_digest(const char *token, uint8_t digest[32]);
