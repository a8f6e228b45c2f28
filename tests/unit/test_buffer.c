/* The byte buffer: what is appended is what comes out, the limit holds to the byte, failure sticks. */
#include "core/base/alloc.h"
#include "core/base/buffer.h"
#include "core/base/error.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(appended_pieces_come_out_in_order)
{
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    ck_assert_ptr_null(buffer.data);
    buffer_append_text(&buffer, "bid ");
    buffer_append_format(&buffer, "%d of %s", 150000, "lot 12");
    buffer_append(&buffer, "\0x", 2);
    buffer_append_hex(&buffer, "\x00\xff\x1a", 3);
    ck_assert(!buffer.failed);
    ck_assert_uint_eq(buffer.size, 28);
    ck_assert_mem_eq(buffer.data, "bid 150000 of lot 12\0x00ff1a", buffer.size + 1);
    buffer_finish(&buffer);
    ck_assert_ptr_null(buffer.data);
}
END_TEST

START_TEST(appending_nothing_gives_the_empty_text)
{
    struct buffer buffer;
    buffer_init(&buffer, 0);
    buffer_append(&buffer, NULL, 0);
    ck_assert(!buffer.failed);
    ck_assert_str_eq(buffer.data, "");
    buffer_finish(&buffer);
}
END_TEST

START_TEST(grows_to_its_limit_and_not_a_byte_further)
{
    const size_t limit = 10007;
    struct buffer buffer;
    buffer_init(&buffer, limit);
    for (size_t i = 0; i < limit; i++) {
        char byte = (char)('a' + i % 26);
        buffer_append(&buffer, &byte, 1);
        ck_assert_int_eq(buffer.data[buffer.size], '\0');
    }
    ck_assert(!buffer.failed);
    ck_assert_uint_eq(buffer.size, limit);
    ck_assert_uint_le(buffer.capacity, limit + 1);
    for (size_t i = 0; i < limit; i++)
        ck_assert_int_eq(buffer.data[i], (char)('a' + i % 26));
    buffer_append(&buffer, "x", 1);
    ck_assert(buffer.failed);
    ck_assert_uint_eq(buffer.size, limit);
    buffer_finish(&buffer);
}
END_TEST

START_TEST(failure_sticks_until_cleared)
{
    struct buffer buffer;
    buffer_init(&buffer, 4);
    buffer_append_text(&buffer, "ab");
    buffer_append_text(&buffer, "cde");
    ck_assert(buffer.failed);
    buffer_append_text(&buffer, "c");
    buffer_append_format(&buffer, "%d", 1);
    buffer_append_hex(&buffer, "c", 1);
    ck_assert(buffer.failed);
    ck_assert_str_eq(buffer.data, "ab");

    size_t capacity = buffer.capacity;
    buffer_clear(&buffer);
    ck_assert_uint_eq(buffer.capacity, capacity);
    ck_assert_str_eq(buffer.data, "");
    buffer_append_text(&buffer, "wxyz");
    ck_assert(!buffer.failed);
    ck_assert_str_eq(buffer.data, "wxyz");
    buffer_finish(&buffer);
}
END_TEST

START_TEST(formatted_text_obeys_the_limit)
{
    for (size_t limit = 0; limit < 200; limit++) {
        struct buffer buffer;
        buffer_init(&buffer, limit);
        buffer_append_format(&buffer, "%0*d", 100, 7);
        ck_assert_int_eq(buffer.failed, limit < 100);
        ck_assert_uint_eq(buffer.size, limit < 100 ? 0 : 100);
        ck_assert_uint_eq(strlen(buffer.data), buffer.size);
        buffer_finish(&buffer);
    }
}
END_TEST

START_TEST(absurd_sizes_fail_instead_of_wrapping_round)
{
    struct buffer buffer;
    buffer_init(&buffer, SIZE_MAX);
    buffer_append_text(&buffer, "a");
    buffer_append_hex(&buffer, "b", SIZE_MAX / 2 + 1);
    ck_assert(buffer.failed);
    buffer_clear(&buffer);
    buffer_append(&buffer, "b", SIZE_MAX);
    ck_assert(buffer.failed);
    buffer_finish(&buffer);
}
END_TEST

START_TEST(consuming_moves_the_rest_to_the_front)
{
    struct buffer buffer;
    buffer_init(&buffer, 100);
    buffer_consume(&buffer, 3);
    buffer_append_text(&buffer, "headbody");
    buffer_consume(&buffer, 4);
    ck_assert_str_eq(buffer.data, "body");
    buffer_consume(&buffer, 0);
    ck_assert_str_eq(buffer.data, "body");
    buffer_consume(&buffer, 1000);
    ck_assert_uint_eq(buffer.size, 0);
    ck_assert_str_eq(buffer.data, "");
    buffer_finish(&buffer);
}
END_TEST

START_TEST(fixed_memory_is_used_whole_and_never_left)
{
    char memory[6] = "?????";
    struct buffer buffer;
    buffer_init_fixed(&buffer, memory, sizeof memory);
    ck_assert_str_eq(buffer.data, "");
    buffer_append_text(&buffer, "12345");
    ck_assert(!buffer.failed);
    ck_assert_ptr_eq(buffer.data, memory);
    ck_assert_str_eq(memory, "12345");
    buffer_append_text(&buffer, "6");
    ck_assert(buffer.failed);
    ck_assert_ptr_eq(buffer.data, memory);
}
END_TEST

START_TEST(errors_gather_prefixes_and_are_cut_to_fit)
{
    struct error error;
    error_set(&error, "port %d is taken", 8081);
    error_prefix(&error, "cannot listen on %s", "127.0.0.1");
    ck_assert_str_eq(error.text, "cannot listen on 127.0.0.1: port 8081 is taken");
    error_set(&error, "again: %s", error.text);
    ck_assert_str_eq(error.text, "again: cannot listen on 127.0.0.1: port 8081 is taken");

    error_set(&error, "%0300d", 1);
    ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);
    error_prefix(&error, "%s", "whole");
    ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);
    ck_assert_int_eq(strncmp(error.text, "whole: 000", 10), 0);
    error_prefix(&error, "%0300d", 2);
    ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);

    error_set(NULL, "nobody asks");
    error_prefix(NULL, "nobody asks");
}
END_TEST

START_TEST(allocations_of_nothing_are_no_failure)
{
    char *none = xmalloc(0);
    none = xrealloc(none, 0);
    ck_assert_ptr_nonnull(none);
    free(none);
    free(xcalloc(0, 8));
    char *text = xstrndup("hammer", 3);
    ck_assert_str_eq(text, "ham");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buffer");
    TCase *tests = tcase_create("buffer");
    tcase_add_test(tests, appended_pieces_come_out_in_order);
    tcase_add_test(tests, appending_nothing_gives_the_empty_text);
    tcase_add_test(tests, grows_to_its_limit_and_not_a_byte_further);
    tcase_add_test(tests, failure_sticks_until_cleared);
    tcase_add_test(tests, formatted_text_obeys_the_limit);
    tcase_add_test(tests, absurd_sizes_fail_instead_of_wrapping_round);
    tcase_add_test(tests, consuming_moves_the_rest_to_the_front);
    tcase_add_test(tests, fixed_memory_is_used_whole_and_never_left);
    tcase_add_test(tests, errors_gather_prefixes_and_are_cut_to_fit);
    tcase_add_test(tests, allocations_of_nothing_are_no_failure);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
