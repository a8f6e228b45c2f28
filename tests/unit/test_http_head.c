/* Request heads as strangers send them: what is read, and what is refused. */
#include "realtime/http_head.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct http_head head;
static size_t used;

static enum http_result read_text(const char *text)
{
    return http_head_read(text, strlen(text), &head, &used);
}

START_TEST(a_head_gives_method_path_and_headers)
{
    static const char text[] =
        "GET /ws?x=1 HTTP/1.1\r\nHost: a\r\nX-One:  two words \t\r\nx-one: three\r\n\r\nbehind";
    ck_assert_int_eq(read_text(text), HTTP_HEAD);
    ck_assert_uint_eq(used, sizeof text - 1 - strlen("behind"));
    ck_assert(http_text_is(head.method, "GET"));
    ck_assert(http_text_is(head.path, "/ws"));
    ck_assert(http_text_is(head.query, "x=1"));
    struct http_text value;
    int cursor = 0;
    ck_assert(http_head_next(&head, "X-ONE", &cursor, &value) && http_text_is(value, "two words"));
    ck_assert(http_head_next(&head, "X-ONE", &cursor, &value) && http_text_is(value, "three"));
    ck_assert(!http_head_next(&head, "X-ONE", &cursor, &value));
    ck_assert(!http_head_only(&head, "X-One", &value));
    ck_assert(http_head_only(&head, "host", &value) && http_text_is(value, "a"));
}
END_TEST

START_TEST(a_head_may_come_byte_by_byte)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (size_t size = 0; size < sizeof text - 1; size++)
        ck_assert_int_eq(http_head_read(text, size, &head, &used), HTTP_MORE);
    ck_assert_int_eq(http_head_read(text, sizeof text - 1, &head, &used), HTTP_HEAD);
}
END_TEST

static const char *const bad_heads[] = {
    "\r\n\r\n",
    "GET /\r\n\r\n",
    "GET  / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.1 \r\n\r\n",
    "GET x HTTP/1.1\r\n\r\n",
    "G(T / HTTP/1.1\r\n\r\n",
    "GET /\x01 HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nNo colon\r\n\r\n",
    "GET / HTTP/1.1\r\nName : value\r\n\r\n",
    "GET / HTTP/1.1\r\n: value\r\n\r\n",
    "GET / HTTP/1.1\r\nName: a\r\n folded\r\n\r\n",
    "GET / HTTP/1.1\r\nName: a\nOther: b\r\n\r\n",
    "GET / HTTP/1.1\r\nName: \x7f\r\n\r\n",
};

START_TEST(a_malformed_head_is_refused)
{
    ck_assert_msg(read_text(bad_heads[_i]) == HTTP_BAD, "%s", bad_heads[_i]);
}
END_TEST

START_TEST(a_head_without_end_is_refused)
{
    char *text = malloc(HTTP_HEAD_MAX + 1);
    memset(text, 'x', HTTP_HEAD_MAX + 1);
    ck_assert_int_eq(http_head_read(text, HTTP_HEAD_MAX - 1, &head, &used), HTTP_MORE);
    ck_assert_int_eq(http_head_read(text, HTTP_HEAD_MAX, &head, &used), HTTP_BAD);
    free(text);
}
END_TEST

START_TEST(more_headers_than_there_is_room_for_are_refused)
{
    char text[4096] = "GET / HTTP/1.1\r\n";
    size_t size = strlen(text);
    for (int i = 0; i <= HTTP_HEADERS_MAX; i++, size += 6)
        memcpy(text + size, "a: b\r\n", 6);
    memcpy(text + size, "\r\n", 3);
    ck_assert_int_eq(read_text(text), HTTP_BAD);
}
END_TEST

START_TEST(a_list_gives_its_elements)
{
    static const char text[] = " auction.v1 ,, bearer.abc\t, ";
    struct http_text list = {text, sizeof text - 1}, element;
    ck_assert(http_list_next(&list, &element) && http_text_is(element, "auction.v1"));
    ck_assert(http_list_next(&list, &element) && http_text_is(element, "bearer.abc"));
    ck_assert(!http_list_next(&list, &element));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("http_head");
    tcase_add_test(cases, a_head_gives_method_path_and_headers);
    tcase_add_test(cases, a_head_may_come_byte_by_byte);
    tcase_add_loop_test(cases, a_malformed_head_is_refused, 0, sizeof bad_heads / sizeof bad_heads[0]);
    tcase_add_test(cases, a_head_without_end_is_refused);
    tcase_add_test(cases, more_headers_than_there_is_room_for_are_refused);
    tcase_add_test(cases, a_list_gives_its_elements);
    Suite *suite = suite_create("http_head");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
