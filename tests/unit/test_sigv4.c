/* Presigned URLs, by the example that AWS publishes, and links of our own. */
#include "core/auth/link_seal.h"
#include "core/auth/sigv4.h"
#include "tests/unit/suite.h"

static const struct sigv4_account account = {
    .access_key = "AKIAIOSFODNN7EXAMPLE",
    .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    .region = "us-east-1",
};

START_TEST(the_published_example_comes_out)
{
    struct buffer url;
    buffer_init(&url, 4096);
    sigv4_presign(&account,
                  &(struct sigv4_request){.method = "GET",
                                          .endpoint = "https://examplebucket.s3.amazonaws.com",
                                          .path = "/test.txt",
                                          .at_s = 1369353600,
                                          .valid_s = 86400},
                  &url);
    ck_assert(!url.failed);
    ck_assert_str_eq(url.data,
                     "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                     "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                     "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                     "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    buffer_finish(&url);
}
END_TEST

START_TEST(further_members_are_encoded_and_signed)
{
    struct buffer url;
    buffer_init(&url, 4096);
    const char *const query[] = {"response-content-disposition", "attachment; filename=\"a.pdf\"", NULL};
    sigv4_presign(&account,
                  &(struct sigv4_request){.method = "GET",
                                          .endpoint = "http://127.0.0.1:9000",
                                          .path = "/a bucket/key",
                                          .query = query,
                                          .at_s = 1369353600,
                                          .valid_s = 60},
                  &url);
    ck_assert_ptr_nonnull(strstr(url.data, "http://127.0.0.1:9000/a%20bucket/key?"));
    ck_assert_ptr_nonnull(
        strstr(url.data, "&response-content-disposition=attachment%3B%20filename%3D%22a.pdf%22&X-Amz-Sig"));
    buffer_finish(&url);
}
END_TEST

START_TEST(a_seal_holds_for_just_what_it_was_made_for)
{
    uint8_t key[LINK_KEY_SIZE], other[LINK_KEY_SIZE];
    link_key_derive("k:secret", "media", key);
    link_key_derive("k:secret", "other", other);
    char seal[LINK_SEAL_SIZE];
    link_seal(key, 7, 42, 1000, seal);
    ck_assert_uint_eq(strlen(seal), 64);
    ck_assert(link_seal_holds(key, 7, 42, 1000, seal));
    ck_assert(!link_seal_holds(key, 8, 42, 1000, seal));
    ck_assert(!link_seal_holds(key, 7, 43, 1000, seal));
    ck_assert(!link_seal_holds(key, 7, 42, 1001, seal));
    ck_assert(!link_seal_holds(other, 7, 42, 1000, seal));
    ck_assert(!link_seal_holds(key, 7, 42, 1000, ""));
    seal[10] = seal[10] == 'a' ? 'b' : 'a';
    ck_assert(!link_seal_holds(key, 7, 42, 1000, seal));
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("signed links");
    tcase_add_test(tests, the_published_example_comes_out);
    tcase_add_test(tests, further_members_are_encoded_and_signed);
    tcase_add_test(tests, a_seal_holds_for_just_what_it_was_made_for);
    Suite *suite = suite_create("signed links");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
