/* The log: standard error is replaced by one end of a packet socket, where each packet is one write(2). */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int reading_end;
static int real_stderr;

static void set_up(void)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    reading_end = ends[0];
    real_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    log_start("seri-test", LOG_DEBUG_LEVEL);
}

static void tear_down(void)
{
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(reading_end);
}

/* The bytes of one write, without waiting; -1 if there was none. */
static ssize_t read_line(char *line, size_t size)
{
    ssize_t got = recv(reading_end, line, size - 1, MSG_DONTWAIT);
    line[got > 0 ? got : 0] = '\0';
    return got;
}

static cJSON *read_json(void)
{
    char line[2 * PIPE_BUF];
    ssize_t size = read_line(line, sizeof line);
    ck_assert_int_gt(size, 0);
    ck_assert_int_le(size, PIPE_BUF);
    ck_assert_ptr_eq(strchr(line, '\n'), line + size - 1);
    line[size - 1] = '\0';
    cJSON *json = cJSON_ParseWithOpts(line, NULL, true);
    ck_assert_ptr_nonnull(json);
    return json;
}

static const char *text_of(const cJSON *json, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(json, name));
    ck_assert_ptr_nonnull(text);
    return text;
}

START_TEST(a_line_has_its_four_members_first_and_then_the_fields)
{
    log_warn("redis is away", log_text("host", "127.0.0.1"), log_number("attempt", -3),
             log_text("none", NULL));
    cJSON *json = read_json();
    static const char *const names[] = {"at", "level", "program", "message", "host", "attempt", "none"};
    const cJSON *member = json->child;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++, member = member->next)
        ck_assert_str_eq(member->string, names[i]);
    ck_assert_ptr_null(member);
    ck_assert_str_eq(text_of(json, "level"), "warn");
    ck_assert_str_eq(text_of(json, "program"), "seri-test");
    ck_assert_str_eq(text_of(json, "message"), "redis is away");
    ck_assert_str_eq(text_of(json, "host"), "127.0.0.1");
    ck_assert_double_eq(cJSON_GetObjectItem(json, "attempt")->valuedouble, -3);
    ck_assert_str_eq(text_of(json, "none"), "");
    cJSON_Delete(json);
}
END_TEST

START_TEST(at_is_rfc_3339_in_utc_with_milliseconds)
{
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    int64_t before = clock_wall_ms();
    log_info("x");
    cJSON *json = read_json();
    const char *at = text_of(json, "at");
    ck_assert_uint_eq(strlen(at), strlen("2026-01-02T03:04:05.678Z"));
    struct tm utc = {0};
    const char *rest = strptime(at, "%Y-%m-%dT%H:%M:%S", &utc);
    ck_assert_ptr_nonnull(rest);
    ck_assert_int_eq(rest[0], '.');
    char *end;
    int64_t ms = strtol(rest + 1, &end, 10) + (int64_t)timegm(&utc) * 1000;
    ck_assert_str_eq(end, "Z");
    ck_assert_int_ge(ms, before);
    ck_assert_int_le(ms, clock_wall_ms());
    cJSON_Delete(json);
}
END_TEST

START_TEST(lower_levels_are_not_written)
{
    char line[PIPE_BUF];
    log_start("seri-test", LOG_WARN_LEVEL);
    log_debug("no");
    log_info("no");
    ck_assert_int_eq(read_line(line, sizeof line), -1);
    log_error("yes");
    ck_assert_int_gt(read_line(line, sizeof line), 0);
}
END_TEST

START_TEST(what_callers_pass_cannot_break_the_line)
{
    log_info("two\nlines \"quoted\" \\", log_text("bytes", "\xff\x01 競走馬"));
    cJSON *json = read_json();
    ck_assert_str_eq(text_of(json, "message"), "two\nlines \"quoted\" \\");
    ck_assert_str_eq(text_of(json, "bytes"), "\xef\xbf\xbd\x01 競走馬");
    cJSON_Delete(json);
}
END_TEST

START_TEST(a_line_too_long_loses_its_last_fields_and_says_so)
{
    char text[5000];
    for (int fill = 0; fill < 2; fill++) {
        memset(text, fill == 0 ? 'x' : '\x01', sizeof text - 1);
        text[sizeof text - 1] = '\0';
        log_info(text, log_text("first", fill == 0 ? text : "kept"), log_text("a", text), log_text("b", text),
                 log_text("c", text), log_text("last", "short"));
        cJSON *json = read_json();
        ck_assert(cJSON_IsTrue(cJSON_GetObjectItem(json, "cut")));
        ck_assert_ptr_nonnull(cJSON_GetObjectItem(json, "first"));
        ck_assert_ptr_null(cJSON_GetObjectItem(json, "last"));
        cJSON_Delete(json);
    }
}
END_TEST

/* Lengths all around the limit: always one packet, always whole JSON. */
START_TEST(every_length_gives_a_whole_line)
{
    char text[1025];
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (size_t cut = 0; cut < 1000; cut++) {
        log_info("m", log_text("a", text), log_text("b", text), log_text("c", text),
                 log_text("d", text + cut));
        cJSON_Delete(read_json());
    }
}
END_TEST

enum { THREADS = 4, LINES = 20 };

static void *write_lines(void *unused)
{
    (void)unused;
    for (int i = 0; i < LINES; i++)
        log_info("from a thread", log_number("line", i));
    return NULL;
}

START_TEST(threads_never_mix_their_lines)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
    for (int i = 0; i < THREADS * LINES; i++) {
        char line[PIPE_BUF];
        ssize_t size = recv(reading_end, line, sizeof line - 1, 0);
        ck_assert_int_gt(size, 0);
        line[size] = '\0';
        cJSON *json = cJSON_ParseWithOpts(line, NULL, true);
        ck_assert_ptr_nonnull(json);
        cJSON_Delete(json);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

START_TEST(levels_are_read_by_name)
{
    ck_assert_int_eq(log_level_parse("debug"), LOG_DEBUG_LEVEL);
    ck_assert_int_eq(log_level_parse("info"), LOG_INFO_LEVEL);
    ck_assert_int_eq(log_level_parse("warn"), LOG_WARN_LEVEL);
    ck_assert_int_eq(log_level_parse("error"), LOG_ERROR_LEVEL);
    ck_assert_int_eq(log_level_parse("INFO"), -1);
    ck_assert_int_eq(log_level_parse(""), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log");
    TCase *tests = tcase_create("log");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_line_has_its_four_members_first_and_then_the_fields);
    tcase_add_test(tests, at_is_rfc_3339_in_utc_with_milliseconds);
    tcase_add_test(tests, lower_levels_are_not_written);
    tcase_add_test(tests, what_callers_pass_cannot_break_the_line);
    tcase_add_test(tests, a_line_too_long_loses_its_last_fields_and_says_so);
    tcase_add_test(tests, every_length_gives_a_whole_line);
    tcase_add_test(tests, threads_never_mix_their_lines);
    tcase_add_test(tests, levels_are_read_by_name);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
