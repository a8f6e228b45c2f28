/* The hash chain against vectors that another implementation worked out (chain_vectors.json says how), what a
 * change anywhere does to it, and use from several threads at once. */
#include "core/domain/chain.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- vectors ---- */

static cJSON *read_vectors(void)
{
    FILE *file = fopen(CHAIN_VECTORS, "rb");
    ck_assert_msg(file != NULL, CHAIN_VECTORS " cannot be read");
    static char text[1 << 17];
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    ck_assert_uint_lt(size, sizeof text);
    cJSON *root = cJSON_ParseWithLength(text, size);
    ck_assert_msg(root != NULL, CHAIN_VECTORS " is not JSON");
    return root;
}

static const char *member(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    ck_assert_msg(text != NULL, "no text named %s", name);
    return text;
}

static void bytes_of(const char *hex, uint8_t *out, size_t size)
{
    ck_assert_uint_eq(strlen(hex), 2 * size);
    for (size_t i = 0; i < size; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        char *end;
        out[i] = (uint8_t)strtoul(pair, &end, 16);
        ck_assert(*end == '\0');
    }
}

static void check_hash(struct chain_hash hash, const char *expected_hex)
{
    uint8_t expected[CHAIN_HASH_SIZE];
    bytes_of(expected_hex, expected, sizeof expected);
    ck_assert_mem_eq(hash.bytes, expected, sizeof expected);
}

static int check_events(const cJSON *vector)
{
    int count = 0;
    const cJSON *event;
    struct chain_hash hash = chain_seed(strtoll(member(vector, "auctionId"), NULL, 10));
    check_hash(hash, member(vector, "seed"));
    cJSON_ArrayForEach(event, cJSON_GetObjectItemCaseSensitive(vector, "events"))
    {
        const char *public_part = member(event, "public"), *private_part = member(event, "private");
        uint8_t salt[CHAIN_SALT_SIZE];
        bytes_of(member(event, "salt"), salt, sizeof salt);
        struct chain_hash seal = chain_seal(salt, private_part, strlen(private_part));
        check_hash(seal, member(event, "seal"));
        hash = chain_next(hash, public_part, strlen(public_part), seal);
        check_hash(hash, member(event, "hash"));
        count++;
    }
    return count;
}

START_TEST(the_vectors_come_out)
{
    cJSON *root = read_vectors();
    int events = 0, vectors = 0;
    const cJSON *vector;
    cJSON_ArrayForEach(vector, cJSON_GetObjectItemCaseSensitive(root, "vectors"))
    {
        events += check_events(vector);
        vectors++;
    }
    ck_assert_int_ge(vectors, 4);
    ck_assert_int_ge(events, 11);
    cJSON_Delete(root);
}
END_TEST

/* ---- properties ---- */

static const uint8_t some_salt[CHAIN_SALT_SIZE] = "0123456789abcde";

static struct chain_hash hash_of_two(int64_t auction_id, const char *first, const char *second,
                                     const char *secret)
{
    struct chain_hash seal = chain_seal(some_salt, secret, strlen(secret));
    struct chain_hash hash = chain_next(chain_seed(auction_id), first, strlen(first), seal);
    return chain_next(hash, second, strlen(second), seal);
}

START_TEST(the_last_hash_fixes_everything_before_it)
{
    struct chain_hash honest = hash_of_two(1, "first", "second", "secret");
    const struct chain_hash forged[] = {
        hash_of_two(2, "first", "second", "secret"),  hash_of_two(1, "First", "second", "secret"),
        hash_of_two(1, "first", "second.", "secret"), hash_of_two(1, "second", "first", "secret"),
        hash_of_two(1, "first", "second", "Secret"),
    };
    struct chain_hash again = hash_of_two(1, "first", "second", "secret");
    ck_assert_mem_eq(honest.bytes, again.bytes, CHAIN_HASH_SIZE);
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++)
        ck_assert_mem_ne(honest.bytes, forged[i].bytes, CHAIN_HASH_SIZE);
}
END_TEST

START_TEST(a_seal_depends_on_its_salt)
{
    uint8_t salt[CHAIN_SALT_SIZE];
    struct chain_hash seal = chain_seal(some_salt, "secret", 6);
    for (size_t i = 0; i < CHAIN_SALT_SIZE; i++) {
        memcpy(salt, some_salt, sizeof salt);
        salt[i] ^= 1;
        struct chain_hash other = chain_seal(salt, "secret", 6);
        ck_assert_mem_ne(seal.bytes, other.bytes, CHAIN_HASH_SIZE);
    }
}
END_TEST

/* ---- threads ---- */

#define THREADS     4
#define HASHES_EACH 20000

static struct chain_hash long_chain(int64_t auction_id)
{
    struct chain_hash hash = chain_seed(auction_id);
    for (int i = 0; i < HASHES_EACH; i++)
        hash = chain_next(hash, "an event", 8, chain_seal(some_salt, "a secret", 8));
    return hash;
}

static void *chain_in_thread(void *argument)
{
    struct chain_hash *out = argument;
    *out = long_chain(7);
    return NULL;
}

START_TEST(threads_hash_side_by_side)
{
    pthread_t threads[THREADS];
    struct chain_hash hashes[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, chain_in_thread, &hashes[i]), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    struct chain_hash alone = long_chain(7);
    for (int i = 0; i < THREADS; i++)
        ck_assert_mem_eq(hashes[i].bytes, alone.bytes, CHAIN_HASH_SIZE);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("chain");
    tcase_set_timeout(cases, 30);
    tcase_add_test(cases, the_vectors_come_out);
    tcase_add_test(cases, the_last_hash_fixes_everything_before_it);
    tcase_add_test(cases, a_seal_depends_on_its_salt);
    tcase_add_test(cases, threads_hash_side_by_side);
    Suite *suite = suite_create("chain");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
