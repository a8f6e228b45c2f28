/* Access tokens: what we issue verifies; everything a stranger, an attacker or another version could send
 * instead is bad, and says nothing. Forgeries are put together here by hand (base64url and OpenSSL's HMAC),
 * so that the test does not lean on the library under test. */
#include "core/auth/token.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW    INT64_C(1700000000)
#define SECRET "0123456789abcdef0123456789ABCDEF"

static const char secret[] = SECRET;
static const char second_secret[] = "fedcba9876543210fedcba9876543210";
static struct token_keys *keys; /* "a" signs, "b" verifies as well */

static void make_keys(void)
{
    struct error error;
    keys = token_keys_create("a:" SECRET ",b:fedcba9876543210fedcba9876543210", &error);
    ck_assert_ptr_nonnull(keys);
}

static void drop_keys(void)
{
    token_keys_destroy(&keys);
    ck_assert_ptr_null(keys);
    token_keys_destroy(&keys);
}

/* ---- forging ---- */

static void encode(const void *bytes, size_t size, char *out)
{
    EVP_EncodeBlock((unsigned char *)out, bytes, (int)size);
    size_t length = strcspn(out, "=");
    out[length] = '\0';
    for (size_t i = 0; i < length; i++)
        out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
}

static void forge(const char *header, const char *claims, const EVP_MD *digest, const char *key,
                  char out[2048])
{
    char head[512], body[1024], signature[128];
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_size = 0;
    encode(header, strlen(header), head);
    encode(claims, strlen(claims), body);
    int size = snprintf(out, 2048, "%s.%s", head, body);
    HMAC(digest, key, (int)strlen(key), (const unsigned char *)out, (size_t)size, mac, &mac_size);
    encode(mac, mac_size, signature);
    snprintf(out + size, 2048 - (size_t)size, ".%s", signature);
}

static enum token_result verify(const char *token)
{
    struct token_claims claims;
    return token_verify(keys, token, strlen(token), NOW, &claims);
}

#define GOOD_HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"a\"}"
#define GOOD_CLAIMS                                                                                          \
    "{\"iss\":\"seri\",\"sub\":\"42\",\"role\":\"bidder\",\"sid\":7,\"iat\":1699999990,\"exp\":1700000900}"

/* ---- what is good ---- */

START_TEST(an_issued_token_verifies_to_its_claims)
{
    const struct token_claims given = {.user_id = 42,
                                       .session_id = INT64_C(9007199254740993),
                                       .role = (enum role)_i,
                                       .issued_at = NOW,
                                       .expires_at = NOW + 900};
    char *token = token_issue(keys, &given);
    struct token_claims found = {0};
    ck_assert_uint_le(strlen(token), TOKEN_SIZE_MAX);
    ck_assert_int_eq(token_verify(keys, token, strlen(token), NOW, &found), TOKEN_GOOD);
    ck_assert_int_eq(found.user_id, 42);
    ck_assert_int_eq(found.session_id, INT64_C(9007199254740993));
    ck_assert_int_eq(found.role, _i);
    ck_assert_int_eq(found.issued_at, NOW);
    ck_assert_int_eq(found.expires_at, NOW + 900);
    free(token);
}
END_TEST

START_TEST(an_issued_token_is_what_a_hand_made_one_would_be)
{
    char token[2048];
    forge(GOOD_HEADER, GOOD_CLAIMS, EVP_sha256(), secret, token);
    ck_assert_int_eq(verify(token), TOKEN_GOOD);

    const struct token_claims given = {42, 7, ROLE_BIDDER, NOW, NOW + 900};
    char *issued = token_issue(keys, &given);
    unsigned char decoded[256] = {0};
    char head[256] = {0};
    size_t size = strcspn(issued, ".");
    memcpy(head, issued, size);
    while (size % 4 != 0)
        head[size++] = '=';
    ck_assert_int_gt(EVP_DecodeBlock(decoded, (unsigned char *)head, (int)size), 0);
    ck_assert_ptr_nonnull(strstr((char *)decoded, "\"alg\":\"HS256\""));
    ck_assert_ptr_nonnull(strstr((char *)decoded, "\"kid\":\"a\""));
    free(issued);
}
END_TEST

START_TEST(a_token_expires_at_its_very_second)
{
    const struct token_claims given = {42, 7, ROLE_ADMIN, NOW, NOW + 900};
    char *token = token_issue(keys, &given);
    struct token_claims found = {0};
    ck_assert_int_eq(token_verify(keys, token, strlen(token), NOW + 899, &found), TOKEN_GOOD);
    ck_assert_int_eq(token_verify(keys, token, strlen(token), NOW + 900, &found), TOKEN_EXPIRED);
    ck_assert_int_eq(found.user_id, 42);
    ck_assert_int_eq(found.session_id, 7);
    free(token);
}
END_TEST

START_TEST(the_text_needs_no_nul_behind_it)
{
    const struct token_claims given = {42, 7, ROLE_ADMIN, NOW, NOW + 900};
    char *token = token_issue(keys, &given);
    size_t size = strlen(token);
    char *bare = malloc(size);
    memcpy(bare, token, size);
    struct token_claims found;
    ck_assert_int_eq(token_verify(keys, bare, size, NOW, &found), TOKEN_GOOD);
    free(bare);
    free(token);
}
END_TEST

START_TEST(keys_rotate_without_ending_sessions)
{
    const struct token_claims given = {42, 7, ROLE_BIDDER, NOW, NOW + 900};
    struct token_claims found;
    struct error error;
    char *old = token_issue(keys, &given);

    char text[256];
    snprintf(text, sizeof text, "b:%s,a:%s", second_secret, secret);
    struct token_keys *next = token_keys_create(text, &error);
    char *new = token_issue(next, &given);
    ck_assert_str_ne(old, new);
    ck_assert_int_eq(token_verify(next, old, strlen(old), NOW, &found), TOKEN_GOOD);
    ck_assert_int_eq(token_verify(keys, new, strlen(new), NOW, &found), TOKEN_GOOD);

    snprintf(text, sizeof text, "b:%s", second_secret);
    struct token_keys *last = token_keys_create(text, &error);
    ck_assert_int_eq(token_verify(last, new, strlen(new), NOW, &found), TOKEN_GOOD);
    ck_assert_int_eq(token_verify(last, old, strlen(old), NOW, &found), TOKEN_BAD);
    token_keys_destroy(&next);
    token_keys_destroy(&last);
    free(old);
    free(new);
}
END_TEST

/* ---- headers ---- */

static const struct {
    const char *header;
    enum token_result result;
} headers[] = {
    {GOOD_HEADER,                                           TOKEN_GOOD},
    {"{\"kid\":\"a\",\"alg\":\"HS256\"}",                   TOKEN_GOOD},
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\"}",                 TOKEN_BAD }, /* no kid */
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"b\"}",   TOKEN_BAD }, /* another key's */
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"c\"}",   TOKEN_BAD }, /* nobody's */
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"\"}",    TOKEN_BAD },
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"a \"}",  TOKEN_BAD },
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":1}",       TOKEN_BAD },
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":null}",    TOKEN_BAD },
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":[\"a\"]}", TOKEN_BAD },
    {"{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"a\"}",    TOKEN_BAD },
    {"{\"alg\":\"None\",\"kid\":\"a\"}",                    TOKEN_BAD },
    {"{\"alg\":\"hs256\",\"typ\":\"JWT\",\"kid\":\"a\"}",   TOKEN_BAD },
    {"{\"alg\":\"HS384\",\"typ\":\"JWT\",\"kid\":\"a\"}",   TOKEN_BAD },
    {"{\"alg\":\"HS512\",\"typ\":\"JWT\",\"kid\":\"a\"}",   TOKEN_BAD },
    {"{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"a\"}",   TOKEN_BAD },
    {"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"a\"}",   TOKEN_BAD },
    {"{\"alg\":\"XX256\",\"typ\":\"JWT\",\"kid\":\"a\"}",   TOKEN_BAD },
    {"{\"alg\":\"\",\"typ\":\"JWT\",\"kid\":\"a\"}",        TOKEN_BAD },
    {"{\"alg\":256,\"typ\":\"JWT\",\"kid\":\"a\"}",         TOKEN_BAD },
    {"{\"alg\":null,\"typ\":\"JWT\",\"kid\":\"a\"}",        TOKEN_BAD },
    {"{\"typ\":\"JWT\",\"kid\":\"a\"}",                     TOKEN_BAD },
    {"{\"alg\":\"HS256\",\"typ\":\"JWE\",\"kid\":\"a\"}",   TOKEN_BAD },
    {"{}",                                                  TOKEN_BAD },
    {"[]",                                                  TOKEN_BAD },
    {"\"HS256\"",                                           TOKEN_BAD },
    {"{\"alg\":\"HS256\",\"kid\":\"a\"",                    TOKEN_BAD },
    {"not json",                                            TOKEN_BAD },
};

START_TEST(a_header_must_say_hs256_and_name_the_key)
{
    char token[2048];
    forge(headers[_i].header, GOOD_CLAIMS, EVP_sha256(), secret, token);
    ck_assert_int_eq(verify(token), headers[_i].result);
}
END_TEST

START_TEST(another_algorithm_with_our_secret_is_bad_though_its_signature_holds)
{
    char token[2048];
    forge("{\"alg\":\"HS384\",\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD_CLAIMS, EVP_sha384(), secret, token);
    ck_assert_int_eq(verify(token), TOKEN_BAD);
    forge("{\"alg\":\"HS512\",\"typ\":\"JWT\",\"kid\":\"a\"}", GOOD_CLAIMS, EVP_sha512(), secret, token);
    ck_assert_int_eq(verify(token), TOKEN_BAD);
}
END_TEST

START_TEST(no_algorithm_and_no_signature_is_bad)
{
    char head[256], body[512], token[1024];
    static const char header[] = "{\"alg\":\"none\",\"kid\":\"a\"}";
    encode(header, strlen(header), head);
    encode(GOOD_CLAIMS, strlen(GOOD_CLAIMS), body);
    snprintf(token, sizeof token, "%s.%s.", head, body);
    ck_assert_int_eq(verify(token), TOKEN_BAD);
    snprintf(token, sizeof token, "%s.%s", head, body);
    ck_assert_int_eq(verify(token), TOKEN_BAD);
    snprintf(token, sizeof token, "%s.%s.AAAA", head, body);
    ck_assert_int_eq(verify(token), TOKEN_BAD);
}
END_TEST

START_TEST(another_secret_is_bad)
{
    char token[2048];
    forge(GOOD_HEADER, GOOD_CLAIMS, EVP_sha256(), "0123456789abcdef0123456789ABCDEf", token);
    ck_assert_int_eq(verify(token), TOKEN_BAD);
    forge(GOOD_HEADER, GOOD_CLAIMS, EVP_sha256(), second_secret, token); /* a key of ours, but not "a" */
    ck_assert_int_eq(verify(token), TOKEN_BAD);
    forge(GOOD_HEADER, GOOD_CLAIMS, EVP_sha256(), "", token);
    ck_assert_int_eq(verify(token), TOKEN_BAD);
}
END_TEST

/* ---- claims ---- */

#define CLAIMS(iss, sub, role, sid, iat, exp)                                                                \
    "{" iss "\"sub\":" sub ",\"role\":" role ",\"sid\":" sid ",\"iat\":" iat ",\"exp\":" exp "}"
#define ISS "\"iss\":\"seri\","

static const struct {
    const char *claims;
    enum token_result result;
} claims_cases[] = {
    {CLAIMS(ISS,                      "\"42\"",                          "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_GOOD},
    {CLAIMS(ISS,                            "\"9223372036854775807\"",                                                 "\"admin\"", "1", "1", "9223372036854775807"), TOKEN_GOOD},
    {CLAIMS(ISS "\"more\":[1,{}],",                     "\"42\"",                                                      "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_GOOD},
    {CLAIMS(ISS,"\"42\"","\"bidder\"", "7", "1699999990", "1700000000"), TOKEN_EXPIRED},
    {CLAIMS(ISS,                            "\"42\"",                                       "\"bidder\"", "7", "1", "2"), TOKEN_EXPIRED},

    {CLAIMS("",                               "\"42\"",                                    "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS("\"iss\":\"seri2\",",                   "\"42\"","\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS("\"iss\":\"\",",                  "\"42\"",                                         "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS("\"iss\":[\"seri\"],",                      "\"42\"",                                                                     "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS("\"iss\":null,",                            "\"42\"",                                                 "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},

    {CLAIMS(ISS,                  "42",                                                   "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,"\"\"","\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                            "\"0\"",                                                         "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                               "\"-42\"",                                                        "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                   "\"+42\"",              "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                  "\"042\"",                                          "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,     "\" 42\"",            "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                            "\"42 \"",                                                 "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                      "\"42.0\"",                                                       "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,      "\"4e1\"","\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                   "\"0x2a\"",                                       "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                               "\"42\\u0000\"",                                     "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                   "\"\xef\xbc\x94\xef\xbc\x92\"","\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                  "\"9223372036854775808\"",                                          "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,          "\"99999999999999999999999\"",        "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                            "null",                                                 "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                      "true",                                                       "\"bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},

    {CLAIMS(ISS,          "\"42\"","\"visitor\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                   "\"42\"",                                       "\"Bidder\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                               "\"42\"",                                                       "\"\"", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                   "\"42\"",                                                                       "4", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                  "\"42\"",                                          "[\"admin\"]", "7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                      "\"42\"",                     "null", "7", "1699999990", "1700000900"), TOKEN_BAD},

    {CLAIMS(ISS,                            "\"42\"",                                                 "\"bidder\"", "\"7\"", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                      "\"42\"",                                                       "\"bidder\"", "0", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,"\"42\"","\"bidder\"", "-7", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                   "\"42\"",                                       "\"bidder\"", "7.0", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                               "\"42\"",                                                       "\"bidder\"", "9223372036854775808", "1699999990", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                   "\"42\"",                                    "\"bidder\"", "null", "1699999990", "1700000900"), TOKEN_BAD},

    {CLAIMS(ISS,                  "\"42\"",                                          "\"bidder\"", "7", "\"1699999990\"", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                      "\"42\"",                             "\"bidder\"", "7", "0", "1700000900"), TOKEN_BAD},
    {CLAIMS(ISS,                            "\"42\"",                                                 "\"bidder\"", "7", "1699999990", "\"1700000900\""), TOKEN_BAD},
    {CLAIMS(ISS,                      "\"42\"",                                                       "\"bidder\"", "7", "1699999990", "1700000900.5"), TOKEN_BAD},
    {CLAIMS(ISS,                  "\"42\"",                            "\"bidder\"", "7", "1699999990", "1e10"), TOKEN_BAD},
    {CLAIMS(ISS,                   "\"42\"",                                       "\"bidder\"", "7", "1699999990", "true"), TOKEN_BAD},
    {CLAIMS(ISS,                               "\"42\"",                                                       "\"bidder\"", "7", "1699999990", "null"), TOKEN_BAD},
    {CLAIMS(ISS,                   "\"42\"", "\"bidder\"", "7", "1699999990", "-1"), TOKEN_BAD},
    {CLAIMS(ISS,                  "\"42\"",                                          "\"bidder\"", "7", "1700000900", "1700000900"), TOKEN_BAD},

 /* one claim missing */
    {"{" ISS "\"role\":\"bidder\",\"sid\":7,\"iat\":1699999990,\"exp\":1700000900}",                      TOKEN_BAD                       },
    {"{" ISS "\"sub\":\"42\",\"sid\":7,\"iat\":1699999990,\"exp\":1700000900}",                            TOKEN_BAD                                                },
    {"{" ISS "\"sub\":\"42\",\"role\":\"bidder\",\"iat\":1699999990,\"exp\":1700000900}",                      TOKEN_BAD                                                      },
    {"{" ISS "\"sub\":\"42\",\"role\":\"bidder\",\"sid\":7,\"exp\":1700000900}",                 TOKEN_BAD                                                   },
    {"{" ISS "\"sub\":\"42\",\"role\":\"bidder\",\"sid\":7,\"iat\":1699999990}",                   TOKEN_BAD                                      },

 /* no object of claims at all */
    {"{}",                               TOKEN_BAD                                                      },
    {"[]",                   TOKEN_BAD          },
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",                  TOKEN_BAD                                         },
    {"42",                      TOKEN_BAD         },
    {"\"claims\"",                            TOKEN_BAD                                                },
    {"null",                      TOKEN_BAD                                                      },
    {"{\"iss\":\"seri\"",TOKEN_BAD                       },
    {"\xff\xfe",                   TOKEN_BAD                                      },
};

START_TEST(claims_must_be_complete_and_well_typed)
{
    char token[2048];
    forge(GOOD_HEADER, claims_cases[_i].claims, EVP_sha256(), secret, token);
    ck_assert_int_eq(verify(token), claims_cases[_i].result);
}
END_TEST

/* ---- garbage ---- */

static const char *const garbage[] = {
    "",
    ".",
    "..",
    "...",
    "a",
    "a.b",
    "a.b.c",
    "a.b.c.d",
    ".b.c",
    "a..c",
    "a.b.",
    "e30.e30.e30",
    "e30.e30.",
    "Bearer x.y.z",
    "null",
    "\xff\xfe\xfd",
    "====.====.====",
    "%00.%00.%00",
    "   .   .   ",
    "\n.\n.\n",
    "eyJhbGciOiJIUzI1NiJ9.e30.",
    "eyJhbGciOiJub25lIn0.e30.",
    "eyJhbGciOiJub25lIn0..",
};

START_TEST(garbage_is_bad)
{
    ck_assert_int_eq(verify(garbage[_i]), TOKEN_BAD);
}
END_TEST

START_TEST(any_change_of_one_character_is_bad)
{
    char token[2048];
    forge(GOOD_HEADER, GOOD_CLAIMS, EVP_sha256(), secret, token);
    size_t size = strlen(token);
    for (size_t i = 0; i < size; i++) {
        static const char others[] = "Aa9-_.=+/ \x01\x80";
        char kept = token[i];
        for (size_t k = 0; k < sizeof others; k++) { /* its NUL too */
            struct token_claims claims;
            if (others[k] == kept)
                continue;
            token[i] = others[k];
            ck_assert_int_eq(token_verify(keys, token, size, NOW, &claims), TOKEN_BAD);
        }
        token[i] = kept;
    }
    ck_assert_int_eq(verify(token), TOKEN_GOOD);
}
END_TEST

START_TEST(any_shorter_or_longer_text_is_bad)
{
    char token[2048];
    forge(GOOD_HEADER, GOOD_CLAIMS, EVP_sha256(), secret, token);
    size_t size = strlen(token);
    struct token_claims claims;
    for (size_t i = 0; i < size; i++)
        ck_assert_int_eq(token_verify(keys, token, i, NOW, &claims), TOKEN_BAD);
    static const char *const tails[] = {"A", "=", ".", ".A", " ", "\n"};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        snprintf(token + size, sizeof token - size, "%s", tails[i]);
        ck_assert_int_eq(verify(token), TOKEN_BAD);
    }
    ck_assert_int_eq(token_verify(keys, token, size + 1, NOW, &claims), TOKEN_BAD);
}
END_TEST

START_TEST(a_huge_token_is_bad)
{
    size_t size = 4 * 1024 * 1024;
    char *token = malloc(size);
    memset(token, 'A', size);
    token[100] = token[200] = '.';
    struct token_claims claims;
    ck_assert_int_eq(token_verify(keys, token, size, NOW, &claims), TOKEN_BAD);
    ck_assert_int_eq(token_verify(keys, token, TOKEN_SIZE_MAX + 1, NOW, &claims), TOKEN_BAD);
    ck_assert_int_eq(token_verify(keys, token, TOKEN_SIZE_MAX, NOW, &claims), TOKEN_BAD);
    free(token);
}
END_TEST

START_TEST(random_text_is_bad)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.....";
    unsigned short seed[3] = {1, 2, 3};
    for (int i = 0; i < 20000; i++) {
        char token[TOKEN_SIZE_MAX];
        size_t size = (size_t)nrand48(seed) % (i % 50 == 0 ? sizeof token : 80);
        for (size_t k = 0; k < size; k++)
            token[k] = i % 2 == 0 ? digits[(size_t)nrand48(seed) % (sizeof digits - 1)] : (char)nrand48(seed);
        struct token_claims claims;
        ck_assert_int_eq(token_verify(keys, token, size, NOW, &claims), TOKEN_BAD);
    }
}
END_TEST

/* ---- keys ---- */

static const struct {
    const char *text;
    const char *complaint; /* NULL: none */
} key_texts[] = {
    {SECRET,                                             NULL                      },
    {"k:" SECRET,                                        NULL                      },
    {"2024-05.a_B:" SECRET ","
     "k2:" SECRET "x",
     NULL                                                                          },
    {SECRET ",2:" SECRET,                                NULL                      },
    {"k:" SECRET ":" SECRET,                             NULL                      },
    {"",                                                 "less than 32 bytes"      },
    {"k:",                                               "less than 32 bytes"      },
    {"0123456789abcdef0123456789ABCDE",                  "less than 32 bytes"      },
    {"k:0123456789abcdef0123456789ABCDE",                "less than 32 bytes"      },
    {SECRET ",",                                         "key 2 has a secret of le"},
    {"," SECRET,                                         "key 1 has a secret of le"},
    {"a:" SECRET ",b:short",                             "key 2 has a secret of le"},
    {":" SECRET,                                         "malformed id"            },
    {"k k:" SECRET,                                      "malformed id"            },
    {"0123456789012345678901234567890123456789:" SECRET, "malformed id"            },
    {"a:" SECRET ",a:" SECRET,                           "id of another"           },
    {SECRET ",1:" SECRET,                                "id of another"           },
    {"a:" SECRET "\n",                                   "white space"             },
    {"a: " SECRET,                                       "white space"             },
    {"a:" SECRET ",b:" SECRET ",c:" SECRET ",d:" SECRET ",e:" SECRET ",f:" SECRET ",g:" SECRET ",h:" SECRET
     ",i:" SECRET,
     "one too many"                                                                },
};

START_TEST(the_text_of_keys_is_checked_and_never_quoted)
{
    struct error error = {0};
    struct token_keys *read = token_keys_create(key_texts[_i].text, &error);
    if (key_texts[_i].complaint == NULL) {
        ck_assert_ptr_nonnull(read);
    } else {
        ck_assert_ptr_null(read);
        ck_assert_msg(strstr(error.text, key_texts[_i].complaint) != NULL, "%s", error.text);
        ck_assert_ptr_null(strstr(error.text, "0123456"));
    }
    token_keys_destroy(&read);
}
END_TEST

START_TEST(a_bare_secret_is_key_1)
{
    struct error error;
    struct token_keys *bare = token_keys_create(SECRET, &error);
    struct token_claims claims;
    char token[2048];
    forge("{\"alg\":\"HS256\",\"kid\":\"1\"}", GOOD_CLAIMS, EVP_sha256(), secret, token);
    ck_assert_int_eq(token_verify(bare, token, strlen(token), NOW, &claims), TOKEN_GOOD);
    forge(GOOD_HEADER, GOOD_CLAIMS, EVP_sha256(), secret, token);
    ck_assert_int_eq(token_verify(bare, token, strlen(token), NOW, &claims), TOKEN_BAD);
    token_keys_destroy(&bare);
}
END_TEST

/* ---- refresh tokens ---- */

START_TEST(a_refresh_token_is_43_characters_and_no_two_are_alike)
{
    char one[REFRESH_TOKEN_SIZE], other[REFRESH_TOKEN_SIZE];
    for (int i = 0; i < 200; i++) {
        uint8_t digest[32], expected[32];
        refresh_token_make(one);
        refresh_token_make(other);
        ck_assert_uint_eq(strlen(one), 43);
        ck_assert_uint_eq(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                          43);
        ck_assert_str_ne(one, other);
        ck_assert(refresh_token_digest(one, digest));
        SHA256((const unsigned char *)one, 43, expected);
        ck_assert_mem_eq(digest, expected, 32);
    }
}
END_TEST

START_TEST(a_refresh_token_has_one_successor_that_only_the_first_key_can_make)
{
    static const char both[] = "new:0123456789abcdef0123456789abcdef,old:fedcba9876543210fedcba9876543210";
    struct token_keys *rotated = token_keys_create(both, NULL);
    struct token_keys *first = token_keys_create("new:0123456789abcdef0123456789abcdef", NULL);
    struct token_keys *other = token_keys_create("old:fedcba9876543210fedcba9876543210", NULL);
    char token[REFRESH_TOKEN_SIZE], next[REFRESH_TOKEN_SIZE], again[REFRESH_TOKEN_SIZE];
    uint8_t digest[32];
    refresh_token_make(token);
    refresh_token_next(rotated, token, next);
    ck_assert(refresh_token_digest(next, digest));
    ck_assert_str_ne(next, token);
    refresh_token_next(first, token, again);
    ck_assert_str_eq(next, again);
    refresh_token_next(other, token, again);
    ck_assert_str_ne(next, again);
    refresh_token_make(token);
    refresh_token_next(first, token, again);
    ck_assert_str_ne(next, again);
    token_keys_destroy(&rotated);
    token_keys_destroy(&first);
    token_keys_destroy(&other);
}
END_TEST

static const char *const no_refresh_tokens[] = {
    "",
    "A",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",   /* 42 */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* 44 */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",  /* bits beyond the 32 bytes */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "AAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAA",
    "AAAAAAAAAAAAAAAAAAAA+AAAAAAAAAAAAAAAAAAAAAA",
    "AAAAAAAAAAAAAAAAAAAA\xff"
    "AAAAAAAAAAAAAAAAAAAAAA",
};

START_TEST(other_text_is_no_refresh_token)
{
    uint8_t digest[32];
    ck_assert(refresh_token_digest("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", digest));
    ck_assert(!refresh_token_digest(no_refresh_tokens[_i], digest));
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
    TCase *cases = tcase_create("token");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, make_keys, drop_keys);
    tcase_add_loop_test(cases, an_issued_token_verifies_to_its_claims, ROLE_VIEWER, ROLE_COUNT);
    tcase_add_test(cases, an_issued_token_is_what_a_hand_made_one_would_be);
    tcase_add_test(cases, a_token_expires_at_its_very_second);
    tcase_add_test(cases, the_text_needs_no_nul_behind_it);
    tcase_add_test(cases, keys_rotate_without_ending_sessions);
    tcase_add_loop_test(cases, a_header_must_say_hs256_and_name_the_key, 0, COUNT(headers));
    tcase_add_test(cases, another_algorithm_with_our_secret_is_bad_though_its_signature_holds);
    tcase_add_test(cases, no_algorithm_and_no_signature_is_bad);
    tcase_add_test(cases, another_secret_is_bad);
    tcase_add_loop_test(cases, claims_must_be_complete_and_well_typed, 0, COUNT(claims_cases));
    tcase_add_loop_test(cases, garbage_is_bad, 0, COUNT(garbage));
    tcase_add_test(cases, any_change_of_one_character_is_bad);
    tcase_add_test(cases, any_shorter_or_longer_text_is_bad);
    tcase_add_test(cases, a_huge_token_is_bad);
    tcase_add_test(cases, random_text_is_bad);
    tcase_add_loop_test(cases, the_text_of_keys_is_checked_and_never_quoted, 0, COUNT(key_texts));
    tcase_add_test(cases, a_bare_secret_is_key_1);
    tcase_add_test(cases, a_refresh_token_is_43_characters_and_no_two_are_alike);
    tcase_add_test(cases, a_refresh_token_has_one_successor_that_only_the_first_key_can_make);
    tcase_add_loop_test(cases, other_text_is_no_refresh_token, 0, COUNT(no_refresh_tokens));
    Suite *suite = suite_create("token");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
