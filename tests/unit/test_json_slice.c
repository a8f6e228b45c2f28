/* Members found in text that stays as it is: the right one, whole, to the byte. */
#include "core/wire/json_check.h"
#include "core/wire/json_slice.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The member "data" of a copy without a NUL behind it; NULL: none. Freed by the caller. */
static char *data_of(const char *text)
{
    size_t size = strlen(text);
    char *copy = malloc(size);
    const char *reason;
    struct json_slice data;
    memcpy(copy, text, size);
    ck_assert_msg(json_check(copy, size, &reason), "%s: %s", text, reason);
    char *found = json_slice_member((struct json_slice){copy, size}, "data", &data)
                      ? strndup(data.text, data.size)
                      : NULL;
    free(copy);
    return found;
}

START_TEST(a_member_is_found_as_it_stands)
{
    static const struct {
        const char *text, *data;
    } cases[] = {
        {"{\"event\":\"bid:outbid\",\"data\":{\"auctionId\":7}}",     "{\"auctionId\":7}"},
        {" { \"data\" : [ 1 , {} ] , \"event\" : \"x\" } ",           "[ 1 , {} ]"       },
        {"{\"a\":{\"data\":1,\"b\":[\"data\"]},\"data\":-1.5e3}",     "-1.5e3"           },
        {"{\"a\":\"}],\\\"data\\\":1\",\"data\":\"\\\\\"}",           "\"\\\\\""         },
        {"{\"a\":[[\"]\"],{}],\"b\":true,\"c\":null,\"data\":false}", "false"            },
        {"{\"data\":null,\"data2\":1}",                               "null"             },
        {"{\"data\":{\"name\":\"セリ\",\"n\":9007199254740993}}",
         "{\"name\":\"セリ\",\"n\":9007199254740993}"                                  },
        {"{\"dat\":1,\"datas\":2,\"xdata\":3}",                       NULL               },
        {"{}",                                                        NULL               },
        {"[\"data\",1]",                                              NULL               },
        {"\"data\"",                                                  NULL               },
        {"0",                                                         NULL               },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *found = data_of(cases[i].text);
        ck_assert_pstr_eq(found, cases[i].data);
        free(found);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("members");
    tcase_add_test(cases, a_member_is_found_as_it_stands);
    Suite *suite = suite_create("json slice");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
