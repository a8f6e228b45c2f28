/* The table of answers is whole: every verdict has its row, and codes, statuses and sentences keep their
 * promises. */
#include "core/domain/verdict.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

START_TEST(every_verdict_has_a_row)
{
    const struct verdict_info *info = verdict_info((enum verdict)_i);
    ck_assert_msg(info->code != NULL, "verdict %d has no row", _i);
    for (const char *c = info->code; *c; c++)
        ck_assert_msg(isupper((unsigned char)*c) || *c == '_', "%s", info->code);
    ck_assert_msg(_i == VERDICT_OK ? info->http_status == 200
                                   : info->http_status >= 400 && info->http_status <= 599,
                  "%s: %d", info->code, info->http_status);
    ck_assert_msg(ends_with(info->en, "."), "%s: %s", info->code, info->en);
    ck_assert_msg(ends_with(info->ja, "。"), "%s: %s", info->code, info->ja);
    ck_assert_uint_lt(strlen(info->en), 120);
}
END_TEST

START_TEST(codes_and_sentences_are_unique)
{
    const struct verdict_info *info = verdict_info((enum verdict)_i);
    for (int other = 0; other < _i; other++) {
        const struct verdict_info *before = verdict_info((enum verdict)other);
        ck_assert_str_ne(info->code, before->code);
        ck_assert_str_ne(info->en, before->en);
        ck_assert_str_ne(info->ja, before->ja);
    }
}
END_TEST

/* What the protocol and the rules of a lot name outright. */
static const struct {
    enum verdict verdict;
    const char *code;
    int http_status;
} contract[] = {
    {VERDICT_OK,                     "OK",                     200},
    {VERDICT_UNAUTHENTICATED,        "UNAUTHENTICATED",        401},
    {VERDICT_FORBIDDEN,              "FORBIDDEN",              403},
    {VERDICT_INVALID_MESSAGE,        "INVALID_MESSAGE",        400},
    {VERDICT_NOT_FOUND,              "NOT_FOUND",              404},
    {VERDICT_METHOD_NOT_ALLOWED,     "METHOD_NOT_ALLOWED",     405},
    {VERDICT_UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", 415},
    {VERDICT_PAYLOAD_TOO_LARGE,      "PAYLOAD_TOO_LARGE",      413},
    {VERDICT_PRECONDITION_FAILED,    "PRECONDITION_FAILED",    412},
    {VERDICT_PRECONDITION_REQUIRED,  "PRECONDITION_REQUIRED",  428},
    {VERDICT_CONFLICT,               "CONFLICT",               409},
    {VERDICT_RATE_LIMITED,           "RATE_LIMITED",           429},
    {VERDICT_INTERNAL,               "INTERNAL",               500},
    {VERDICT_UNAVAILABLE,            "UNAVAILABLE",            503},
    {VERDICT_UNCERTAIN,              "UNCERTAIN",              503},
    {VERDICT_BID_ID_REUSED,          "BID_ID_REUSED",          409},
    {VERDICT_AUCTION_NOT_FOUND,      "AUCTION_NOT_FOUND",      404},
    {VERDICT_AUCTION_ENDED,          "AUCTION_ENDED",          409},
    {VERDICT_NOT_APPROVED,           "NOT_APPROVED",           403},
    {VERDICT_ALREADY_LEADING,        "ALREADY_LEADING",        409},
    {VERDICT_BID_TOO_LOW,            "BID_TOO_LOW",            422},
    {VERDICT_BID_OFF_STEP,           "BID_OFF_STEP",           422},
    {VERDICT_CONFIRM_REQUIRED,       "CONFIRM_REQUIRED",       422},
    {VERDICT_CREDIT_EXCEEDED,        "CREDIT_EXCEEDED",        422},
    {VERDICT_STALE_COMMAND,          "STALE_COMMAND",          409},
};

START_TEST(the_contract_names_these)
{
    const struct verdict_info *info = verdict_info(contract[_i].verdict);
    ck_assert_str_eq(info->code, contract[_i].code);
    ck_assert_int_eq(info->http_status, contract[_i].http_status);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("verdict");
    tcase_add_loop_test(cases, every_verdict_has_a_row, 0, VERDICT_COUNT);
    tcase_add_loop_test(cases, codes_and_sentences_are_unique, 0, VERDICT_COUNT);
    tcase_add_loop_test(cases, the_contract_names_these, 0, (int)(sizeof contract / sizeof *contract));
    Suite *suite = suite_create("verdict");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
