/* libargon2's encoded form ($argon2id$v=19$m=…,t=…,p=…$salt$hash) is what the database keeps. Every refusal
 * costs one run of argon2 with today's parameters: where there is no usable hash, the password is measured
 * against one of zeros. It is a constant, because a hash made at the first need would make the first miss
 * after a start slower than the others. */
#include "core/auth/password.h"

#include "core/base/uuid.h"

#include <argon2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSES      2
#define MEMORY_KIB  19456
#define LANES       1
#define SALT_SIZE   16
#define DIGEST_SIZE 32

#define TEXT_OF(value) #value
#define TEXT(value)    TEXT_OF(value)
#define TODAYS_PREFIX  "$argon2id$v=19$m=" TEXT(MEMORY_KIB) ",t=" TEXT(PASSES) ",p=" TEXT(LANES) "$"

/* 16 and 32 zero bytes in base64. */
static const char nobodys_hash[] = TODAYS_PREFIX "AAAAAAAAAAAAAAAAAAAAAA$"
                                                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/* A hash may ask for this much and no more: what stands in the database must not be able to take all memory
 * or a core for minutes. */
#define MEMORY_KIB_MAX 262144
#define PASSES_MAX     16
#define LANES_MAX      4

void password_hash(const char *password, char hash[PASSWORD_HASH_SIZE])
{
    uint8_t salt[SALT_SIZE];
    random_bytes(salt, sizeof salt);
    int result = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, strlen(password), salt,
                                       sizeof salt, DIGEST_SIZE, hash, PASSWORD_HASH_SIZE);
    if (result != ARGON2_OK) {
        fprintf(stderr, "argon2: %s\n", argon2_error_message(result));
        abort();
    }
}

static bool is_affordable(const char *hash)
{
    unsigned version, memory, passes, lanes;
    if (strnlen(hash, PASSWORD_HASH_SIZE) == PASSWORD_HASH_SIZE)
        return false;
    if (sscanf(hash, "$argon2id$v=%4u$m=%9u,t=%9u,p=%9u$", &version, &memory, &passes, &lanes) != 4)
        return false;
    return memory <= MEMORY_KIB_MAX && passes <= PASSES_MAX && lanes <= LANES_MAX;
}

bool password_verify(const char *password, const char *hash, bool *outdated)
{
    *outdated = false;
    int result = ARGON2_DECODING_FAIL;
    if (hash != NULL && is_affordable(hash))
        result = argon2id_verify(hash, password, strlen(password));
    if (result == ARGON2_OK) {
        *outdated = strncmp(hash, TODAYS_PREFIX, strlen(TODAYS_PREFIX)) != 0;
        return true;
    }
    /* A mismatch has cost a run of argon2 already; any other failure is found at once and must cost one too.
     */
    if (result != ARGON2_VERIFY_MISMATCH)
        (void)argon2id_verify(nobodys_hash, password, strlen(password));
    return false;
}
