/* SHA-256 by OpenSSL. One append hashes a whole batch of events while bidders wait, so the digest is looked
 * up once for the process and each thread keeps one context: a lookup or an allocation a hash would cost more
 * than the hashing. A hash that cannot be worked out ends the process, as a failed allocation does: an
 * unproven ledger is worse. */
#include "core/domain/chain.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct part {
    const void *bytes;
    size_t size;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t context_key; /* frees a thread's context when the thread ends */
static EVP_MD *sha256;
static _Thread_local EVP_MD_CTX *thread_context;

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

static void fetch_digest(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!sha256 || pthread_key_create(&context_key, free_context) != 0)
        abort();
}

static EVP_MD_CTX *context_of_this_thread(void)
{
    if (!thread_context) {
        if (pthread_once(&once, fetch_digest) != 0)
            abort();
        thread_context = EVP_MD_CTX_new();
        if (!thread_context || pthread_setspecific(context_key, thread_context) != 0)
            abort();
    }
    return thread_context;
}

static struct chain_hash hash_of(const struct part *parts, size_t count)
{
    EVP_MD_CTX *context = context_of_this_thread();
    struct chain_hash hash;
    if (!EVP_DigestInit_ex2(context, sha256, NULL))
        abort();
    for (size_t i = 0; i < count; i++)
        if (!EVP_DigestUpdate(context, parts[i].bytes, parts[i].size))
            abort();
    if (!EVP_DigestFinal_ex(context, hash.bytes, NULL))
        abort();
    return hash;
}

struct chain_hash chain_seed(int64_t auction_id)
{
    char name[40];
    int size = snprintf(name, sizeof name, "seri:auction:%" PRId64, auction_id);
    return hash_of(&(struct part){name, (size_t)size}, 1);
}

struct chain_hash chain_seal(const uint8_t salt[CHAIN_SALT_SIZE], const char *private_part, size_t size)
{
    const struct part parts[] = {
        {salt,         CHAIN_SALT_SIZE},
        {private_part, size           }
    };
    return hash_of(parts, 2);
}

struct chain_hash chain_next(struct chain_hash previous, const char *public_part, size_t size,
                             struct chain_hash seal)
{
    const struct part parts[] = {
        {previous.bytes, CHAIN_HASH_SIZE},
        {public_part,    size           },
        {seal.bytes,     CHAIN_HASH_SIZE}
    };
    return hash_of(parts, 3);
}
