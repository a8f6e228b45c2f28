/* Which part of a file a Range header asks for. */
#include "core/wire/range.h"

#include "tests/unit/suite.h"

static const struct {
    const char *header;
    int64_t size;
    enum range_result result;
    int64_t offset, length;
} cases[] = {
    {NULL,                                        100, RANGE_WHOLE,   0,  100},
    {"bytes=0-0",                                 100, RANGE_PART,    0,  1  },
    {"bytes=0-99",                                100, RANGE_PART,    0,  100},
    {"bytes=0-",                                  100, RANGE_PART,    0,  100},
    {"bytes=99-",                                 100, RANGE_PART,    99, 1  },
    {"bytes=10-19",                               100, RANGE_PART,    10, 10 },
    {"bytes=90-1000",                             100, RANGE_PART,    90, 10 },
    {"bytes=90-99999999999999999999999999999999", 100, RANGE_PART,    90, 10 },
    {"bytes=-1",                                  100, RANGE_PART,    99, 1  },
    {"bytes=-100",                                100, RANGE_PART,    0,  100},
    {"bytes=-1000",                               100, RANGE_PART,    0,  100},
    {"bytes=100-",                                100, RANGE_NOWHERE, 0,  100},
    {"bytes=100-200",                             100, RANGE_NOWHERE, 0,  100},
    {"bytes=99999999999999999999-",               100, RANGE_NOWHERE, 0,  100},
    {"bytes=-0",                                  100, RANGE_NOWHERE, 0,  100},
    {"bytes=0-",                                  0,   RANGE_NOWHERE, 0,  0  },
    {"bytes=-5",                                  0,   RANGE_NOWHERE, 0,  0  },
    {"bytes=5-4",                                 100, RANGE_WHOLE,   0,  100},
    {"bytes=-",                                   100, RANGE_WHOLE,   0,  100},
    {"bytes=",                                    100, RANGE_WHOLE,   0,  100},
    {"bytes=5",                                   100, RANGE_WHOLE,   0,  100},
    {"bytes=0-1,5-6",                             100, RANGE_WHOLE,   0,  100},
    {"bytes= 0-1",                                100, RANGE_WHOLE,   0,  100},
    {"bytes=0x1-2",                               100, RANGE_WHOLE,   0,  100},
    {"bytes=--1",                                 100, RANGE_WHOLE,   0,  100},
    {"lines=0-1",                                 100, RANGE_WHOLE,   0,  100},
};

START_TEST(reads_a_range)
{
    int64_t offset = -1, length = -1;
    enum range_result result = range_read(cases[_i].header, cases[_i].size, &offset, &length);
    ck_assert_int_eq(result, cases[_i].result);
    ck_assert_int_eq(offset, cases[_i].offset);
    ck_assert_int_eq(length, cases[_i].length);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("range");
    tcase_add_loop_test(tests, reads_a_range, 0, sizeof cases / sizeof cases[0]);
    Suite *suite = suite_create("range");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
