/* HMAC-SHA256 over a text in which every part has its place. */
#include "core/auth/link_seal.h"

#include "core/base/buffer.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

void link_key_derive(const char *secret, const char *purpose, uint8_t key[LINK_KEY_SIZE])
{
    HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)purpose, strlen(purpose), key,
         NULL);
}

void link_seal(const uint8_t key[LINK_KEY_SIZE], int64_t thing, int64_t user_id, int64_t until_ms,
               char seal[LINK_SEAL_SIZE])
{
    char text[96];
    int size = snprintf(text, sizeof text, "%" PRId64 ":%" PRId64 ":%" PRId64, thing, user_id, until_ms);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    HMAC(EVP_sha256(), key, LINK_KEY_SIZE, (const unsigned char *)text, (size_t)size, digest, NULL);
    struct buffer out;
    buffer_init_fixed(&out, seal, LINK_SEAL_SIZE);
    buffer_append_hex(&out, digest, sizeof digest);
}

bool link_seal_holds(const uint8_t key[LINK_KEY_SIZE], int64_t thing, int64_t user_id, int64_t until_ms,
                     const char *seal)
{
    char right[LINK_SEAL_SIZE];
    link_seal(key, thing, user_id, until_ms, right);
    return strlen(seal) == LINK_SEAL_SIZE - 1 && CRYPTO_memcmp(seal, right, LINK_SEAL_SIZE - 1) == 0;
}
