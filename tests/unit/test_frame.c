/* Frames as RFC 6455 has them, at the sizes where the header changes. */
#include "realtime/frame.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>

static const struct {
    size_t size;
    size_t header_size;
    uint8_t header[FRAME_HEADER_MAX];
} frames[] = {
    {0,       2,  {0x81, 0}                             },
    {125,     2,  {0x81, 125}                           },
    {126,     4,  {0x81, 126, 0, 126}                   },
    {65535,   4,  {0x81, 126, 0xff, 0xff}               },
    {65536,   10, {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}   },
    {1048577, 10, {0x81, 127, 0, 0, 0, 0, 0, 0x10, 0, 1}},
};

START_TEST(a_header_says_its_frame_s_length)
{
    uint8_t header[FRAME_HEADER_MAX];
    ck_assert_uint_eq(frame_header(header, FRAME_TEXT, frames[_i].size), frames[_i].header_size);
    ck_assert_mem_eq(header, frames[_i].header, frames[_i].header_size);
    ck_assert_uint_eq(frame_length(header, sizeof header), frames[_i].header_size + frames[_i].size);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("frame");
    tcase_add_loop_test(cases, a_header_says_its_frame_s_length, 0, sizeof frames / sizeof frames[0]);
    Suite *suite = suite_create("frame");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
