/* The JSON writer: commas, escaping in the one form of RFC 8785, UTF-8 kept or mended. */
#include "core/base/json.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static struct buffer buffer;
static struct json json;

static void set_up(void)
{
    buffer_init(&buffer, 100000);
    json = json_start(&buffer);
}

static void tear_down(void)
{
    buffer_finish(&buffer);
}

START_TEST(nested_containers_get_their_commas)
{
    json_object(&json, NULL);
    json_array(&json, "bids");
    json_object(&json, NULL);
    json_object_end(&json);
    json_object(&json, NULL);
    json_int(&json, "amount", 150000);
    json_bool(&json, "leading", true);
    json_object_end(&json);
    json_int(&json, NULL, 1);
    json_array(&json, NULL);
    json_array_end(&json);
    json_array_end(&json);
    json_bool(&json, "final", false);
    json_null(&json, "leader");
    json_int_or_null(&json, "max", -1, -1);
    json_int_or_null(&json, "min", 7, -1);
    json_hex(&json, "hash", "\xab\x01", 2);
    json_raw(&json, "raw", "[1]", 3);
    json_text(&json, "who", NULL);
    json_text_size(&json, "part", "lot 12", 3);
    json_object_end(&json);
    ck_assert(!buffer.failed);
    ck_assert_str_eq(buffer.data, "{\"bids\":[{},{\"amount\":150000,\"leading\":true},1,[]],\"final\":false,"
                                  "\"leader\":null,\"max\":null,\"min\":7,\"hash\":\"ab01\",\"raw\":[1],"
                                  "\"who\":null,\"part\":\"lot\"}");
}
END_TEST

static const struct {
    int64_t value;
    const char *text;
} integers[] = {
    {0,                      "0"                   },
    {9,                      "9"                   },
    {10,                     "10"                  },
    {-1,                     "-1"                  },
    {-10,                    "-10"                 },
    {INT64_C(1000000000000), "1000000000000"       },
    {INT64_MAX,              "9223372036854775807" },
    {INT64_MIN,              "-9223372036854775808"},
};

START_TEST(integers_are_exact)
{
    json_int(&json, NULL, integers[_i].value);
    ck_assert_str_eq(buffer.data, integers[_i].text);
}
END_TEST

/* Wrong bytes are replaced one by one; right ones after them are kept. */
#define WRONG "\xef\xbf\xbd"
static const struct {
    const char *given, *written;
} texts[] = {
    {"",                                                                                     ""                      },
    {"plain /\x7f",                                                                          "plain /\x7f"           },
    {"\"\\",                                                                                 "\\\"\\\\"              },
    {"\b\t\n\f\r",                                                                           "\\b\\t\\n\\f\\r"       },
    {"\x01\x0b\x1f!",                                                                        "\\u0001\\u000b\\u001f!"},
    {"競走馬 é 🐎",                                                                    "競走馬 é 🐎"     },
    {"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
     "\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"                          },
    {"a\x80z",                                                                               "a" WRONG "z"           },
    {"\xc0\xaf",                                                                             WRONG WRONG             },
    {"\xc3(",                                                                                WRONG "("               },
    {"\xe0\x9f\xbf",                                                                         WRONG WRONG WRONG       },
    {"\xed\xa0\x80",                                                                         WRONG WRONG WRONG       },
    {"\xf0\x8f\xbf\xbf",                                                                     WRONG WRONG WRONG WRONG },
    {"\xf4\x90\x80\x80",                                                                     WRONG WRONG WRONG WRONG },
    {"\xf5\xff",                                                                             WRONG WRONG             },
    {"cut \xe7\xab",                                                                         "cut " WRONG WRONG      },
    {"\xf0\x9f\x90\"",                                                                       WRONG WRONG WRONG "\\\""},
};

START_TEST(texts_are_escaped_as_rfc_8785_wants_and_mended)
{
    json_text(&json, NULL, texts[_i].given);
    struct buffer expected;
    buffer_init(&expected, 1000);
    buffer_append_format(&expected, "\"%s\"", texts[_i].written);
    ck_assert_str_eq(buffer.data, expected.data);
    buffer_finish(&expected);
}
END_TEST

START_TEST(a_zero_byte_inside_is_escaped)
{
    json_text_size(&json, NULL, "a\0b", 3);
    ck_assert_str_eq(buffer.data, "\"a\\u0000b\"");
}
END_TEST

/* cJSON reads back what was written, whatever bytes went in. */
START_TEST(another_reader_understands_random_texts)
{
    unsigned state = 12345;
    for (int round = 0; round < 3000; round++) {
        char text[40];
        size_t size = 0;
        for (; size < sizeof text - 1; size++) {
            state = state * 1103515245U + 12345U;
            text[size] = (char)(1 + (state >> 16) % 255);
        }
        text[size] = '\0';
        buffer_clear(&buffer);
        json = json_start(&buffer);
        json_object(&json, NULL);
        json_text(&json, text, text);
        json_object_end(&json);
        cJSON *read = cJSON_ParseWithOpts(buffer.data, NULL, true);
        ck_assert_ptr_nonnull(read);
        ck_assert_str_eq(read->child->string, read->child->valuestring);
        cJSON_Delete(read);
    }
}
END_TEST

START_TEST(going_over_the_limit_is_seen_at_the_end)
{
    struct buffer small;
    buffer_init(&small, 10);
    struct json writer = json_start(&small);
    json_array(&writer, NULL);
    json_text(&writer, NULL, "far too long");
    json_array_end(&writer);
    ck_assert(small.failed);
    buffer_finish(&small);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("json");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, nested_containers_get_their_commas);
    tcase_add_loop_test(tests, integers_are_exact, 0, (int)(sizeof integers / sizeof integers[0]));
    tcase_add_loop_test(tests, texts_are_escaped_as_rfc_8785_wants_and_mended, 0,
                        (int)(sizeof texts / sizeof texts[0]));
    tcase_add_test(tests, a_zero_byte_inside_is_escaped);
    tcase_add_test(tests, another_reader_understands_random_texts);
    tcase_add_test(tests, going_over_the_limit_is_seen_at_the_end);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
