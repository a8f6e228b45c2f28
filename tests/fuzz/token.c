/* Access tokens. The bytes are tried twice: as a token, and, since hardly any token gets past the signature,
 * as header and claims with a line feed between, which are signed here with the right key. A token that is
 * good says what its claims say when they are issued anew. */
#include "core/auth/token.h"

#include "tests/fuzz/fuzz.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#define NOW    INT64_C(1700000000)
#define SECRET "0123456789abcdef0123456789ABCDEF"

static const struct token_keys *the_keys(void)
{
    static struct token_keys *keys;
    struct error error;
    if (keys == NULL)
        keys = token_keys_create("a:" SECRET, &error);
    REQUIRE(keys != NULL);
    return keys;
}

static void check_token(const char *token, size_t size)
{
    struct token_claims claims, again;
    enum token_result result = token_verify(the_keys(), token, size, NOW, &claims);
    if (result == TOKEN_BAD)
        return;
    REQUIRE(claims.user_id > 0 && claims.session_id > 0 && claims.issued_at < claims.expires_at);
    REQUIRE(roles_have(ROLES_LOGGED_IN, claims.role) && (result == TOKEN_GOOD) == (NOW < claims.expires_at));
    char *issued = token_issue(the_keys(), &claims);
    REQUIRE(token_verify(the_keys(), issued, strlen(issued), NOW, &again) == result);
    REQUIRE(again.user_id == claims.user_id && again.session_id == claims.session_id);
    REQUIRE(again.role == claims.role && again.expires_at == claims.expires_at);
    free(issued);
}

/* Appends base64url and returns what follows it. */
static char *encode(const void *bytes, size_t size, char *out)
{
    EVP_EncodeBlock((unsigned char *)out, bytes, (int)size);
    for (; *out != '\0' && *out != '='; out++)
        *out = *out == '+' ? '-' : *out == '/' ? '_' : *out;
    return out;
}

static void check_signed(const uint8_t *header, size_t header_size, const uint8_t *claims, size_t claims_size)
{
    char token[2 * TOKEN_SIZE_MAX];
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_size;
    char *end = encode(header, header_size, token);
    *end++ = '.';
    end = encode(claims, claims_size, end);
    HMAC(EVP_sha256(), SECRET, strlen(SECRET), (unsigned char *)token, (size_t)(end - token), mac, &mac_size);
    *end++ = '.';
    end = encode(mac, mac_size, end);
    check_token(token, (size_t)(end - token));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_token((const char *)data, size);
    const uint8_t *end = size > 0 && size <= TOKEN_SIZE_MAX ? memchr(data, '\n', size) : NULL;
    if (end != NULL)
        check_signed(data, (size_t)(end - data), end + 1, size - (size_t)(end - data) - 1);
    return 0;
}
