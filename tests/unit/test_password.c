/* Passwords: only the right one passes, and no refusal is quicker than another. Time is the thread's own time
 * on the processor, so other work on the machine does not matter. */
#include "core/auth/password.h"
#include "tests/unit/suite.h"

#include <argon2.h>
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char password[] = "芝1200メートル, 良";

START_TEST(the_right_password_passes)
{
    char hash[PASSWORD_HASH_SIZE];
    bool outdated = true;
    password_hash(password, hash);
    ck_assert(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
    ck_assert(password_verify(password, hash, &outdated));
    ck_assert(!outdated);
}
END_TEST

START_TEST(another_password_does_not)
{
    char hash[PASSWORD_HASH_SIZE];
    bool outdated = true;
    password_hash(password, hash);
    ck_assert(!password_verify("芝1200メートル, 重", hash, &outdated));
    ck_assert(!password_verify("", hash, &outdated));
    ck_assert(!outdated);
}
END_TEST

START_TEST(the_same_password_hashes_differently_each_time)
{
    char one[PASSWORD_HASH_SIZE], other[PASSWORD_HASH_SIZE];
    password_hash(password, one);
    password_hash(password, other);
    ck_assert_str_ne(one, other);
}
END_TEST

/* Passes, KiB and lanes that are not today's. */
static const struct {
    uint32_t passes, memory_kib, lanes;
} old_parameters[] = {
    {1, 19456, 1},
    {2, 8192,  1},
    {2, 19456, 2},
    {3, 32768, 1},
};

START_TEST(a_hash_with_other_parameters_passes_and_is_outdated)
{
    char hash[PASSWORD_HASH_SIZE];
    bool outdated = false;
    int result = argon2id_hash_encoded(old_parameters[_i].passes, old_parameters[_i].memory_kib,
                                       old_parameters[_i].lanes, password, strlen(password),
                                       "0123456789abcdef", 16, 32, hash, sizeof hash);
    ck_assert_int_eq(result, ARGON2_OK);
    ck_assert(password_verify(password, hash, &outdated));
    ck_assert(outdated);
    ck_assert(!password_verify("something else", hash, &outdated));
    ck_assert(!outdated);
}
END_TEST

/* The last three are well-formed but ask for too much, or for another algorithm. */
static const char *const no_hashes[] = {
    NULL,
    "",
    "x",
    "$argon2id$",
    "$argon2id$v=19$m=19456,t=2,p=1$",
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$",
    "$argon2id$v=19$m=19456,t=2,p=1$!!!$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=99999999999999999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=-1,t=-1,p=-1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=0,t=0,p=0$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$2b$12$abcdefghijklmnopqrstuuKd4yq9Y3x7q5n1Zr0Vb8Yw2nXcJtW1a",
    "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=19456,t=4000000,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
};

static int64_t processor_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The least of some measurements: what is above it is the machine's noise. */
static int64_t least_us(const char *hash)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < 5; i++) {
        bool outdated;
        int64_t before = processor_us();
        ck_assert(!password_verify("wrong, but long enough", hash, &outdated));
        int64_t spent = processor_us() - before;
        if (spent < least)
            least = spent;
    }
    return least;
}

START_TEST(no_hash_takes_as_long_as_a_hash)
{
    char hash[PASSWORD_HASH_SIZE];
    password_hash(password, hash);
    int64_t real = least_us(hash);
    int64_t none = least_us(no_hashes[_i]);
    ck_assert_int_ge(real, 1000);
    ck_assert_int_ge(none, real * 6 / 10);
    ck_assert_int_le(none, real * 16 / 10);
}
END_TEST

START_TEST(a_hash_without_its_end_does_not_pass)
{
    char hash[PASSWORD_HASH_SIZE], endless[PASSWORD_HASH_SIZE];
    bool outdated;
    password_hash(password, hash);
    hash[strlen(hash) - 1] = '\0';
    ck_assert(!password_verify(password, hash, &outdated));
    memset(endless, 'A', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    ck_assert(!password_verify(password, endless, &outdated));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("password");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, the_right_password_passes);
    tcase_add_test(cases, another_password_does_not);
    tcase_add_test(cases, the_same_password_hashes_differently_each_time);
    tcase_add_loop_test(cases, a_hash_with_other_parameters_passes_and_is_outdated, 0,
                        (int)(sizeof old_parameters / sizeof *old_parameters));
    tcase_add_loop_test(cases, no_hash_takes_as_long_as_a_hash, 0,
                        (int)(sizeof no_hashes / sizeof *no_hashes));
    tcase_add_test(cases, a_hash_without_its_end_does_not_pass);
    Suite *suite = suite_create("password");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
