/* What strangers may send: exactly RFC 8259, nothing that two readers could take differently, and within an
 * object only what its table of fields names, with every slip told at once. */
#include "core/wire/json_read.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- well-formed or not ---- */

#define SIXTEEN_OPEN  "[[[[[[[[[[[[[[[["
#define SIXTEEN_CLOSE "]]]]]]]]]]]]]]]]"

/* clang-format off */
static const char *const good_texts[] = {
    "null", "true", "false", "0", "-0", "10", "-1.5", "1e3", "1E+3", "1.25e-2", "\"\"", "{}", "[]", " \t\r\n[ 1 , 2 ]\n",
    "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"e\"}", "{\"\":1}", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
    "\"\xe3\x82\xbb\xe3\x83\xaa \xf0\x9f\x90\x8e \xf4\x8f\xbf\xbf \xed\x9f\xbf \xee\x80\x80\"", "\"\x7f\"", "9007199254740993",
    "0.1", "0.30000000000000004", "5e-324", "1.7976931348623157e308", "100.000e2", "12e-0", "1000e-3", "0e400", "0.000",
    SIXTEEN_OPEN SIXTEEN_CLOSE, "[{\"a\":1},{\"a\":2}]", "{\"a\":{\"a\":1}}",
    "123456789012345678901234567890123456789012345678901234567890123",
};

static const char *const bad_texts[] = {
    "", " ", "nul", "nullx", "True", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1 2", "'a'", "a",
    "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:2}", "{,}",
    "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\":1]", "{}{}", "[]]", "// x\n1", "/* x */1", "\xef\xbb\xbf" "1", "1\v", "\f1",
    "\"", "\"a", "\"\\", "\"\\\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u\"", "\"a\nb\"", "\"a\tb\"", "\"\x01\"", "\"\x1f\"",
    /* NUL by escape, half surrogates */
    "\"\\u0000\"", "{\"\\u0000\":1}", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud83d\\u0041\"",
    /* not UTF-8: a lone continuation, cut off, overlong, a surrogate, over U+10FFFF */
    "\"\x80\"", "\"\xc3\"", "\"\xe3\x82\"", "\"\xf0\x9f\x90\"", "\"\xc0\xaf\"", "\"\xc1\xbf\"", "\"\xe0\x80\xaf\"", "\"\xf0\x80\x80\xaf\"",
    "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"", "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xfe\"", "\"\xff\"", "\"\xc3\x28\"",
    /* numbers a double cannot tell from others */
    "1e400", "-1e400", "1e999999999999999999999", "1.00000000000000000001", "9007199254740991.4", "1e-400", "0.9999999999999999999999",
    "1234567890123456789012345678901234567890123456789012345678901234",
    /* depth 17 */
    SIXTEEN_OPEN "[]" SIXTEEN_CLOSE, SIXTEEN_OPEN "{}" SIXTEEN_CLOSE,
    /* duplicates, also under another spelling and deep inside */
    "{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":2,\"\\u0061\":3}", "[1,[{\"x\":{\"y\":1,\"z\":{\"k\":1,\"k\":2}}}]]", "[{\"a\":[],\"b\":{}},{\"c\":1,\"c\":1}]",
};
/* clang-format on */

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

/* A copy without a NUL behind it, so that the sanitizer sees one byte read too many. */
static cJSON *parse_exactly(const char *text, size_t size, const char **reason)
{
    char *copy = malloc(size > 0 ? size : 1);
    memcpy(copy, text, size);
    *reason = NULL;
    cJSON *root = json_parse(copy, size, reason);
    free(copy);
    return root;
}

static cJSON *parse(const char *text)
{
    const char *reason;
    cJSON *root = parse_exactly(text, strlen(text), &reason);
    ck_assert_msg(root != NULL, "%s: %s", text, reason);
    return root;
}

START_TEST(well_formed_texts_are_taken)
{
    cJSON_Delete(parse(good_texts[_i]));
}
END_TEST

START_TEST(anything_else_is_refused_with_a_reason)
{
    const char *reason;
    ck_assert_msg(parse_exactly(bad_texts[_i], strlen(bad_texts[_i]), &reason) == NULL, "taken: %s",
                  bad_texts[_i]);
    ck_assert_ptr_nonnull(reason);
}
END_TEST

START_TEST(a_raw_nul_is_refused_wherever_it_stands)
{
    static const char *const texts[] = {"{\"a\":12}", "[\"text\"]", "  true  "};
    const char *reason;
    for (int i = 0; i < COUNT(texts); i++) {
        size_t size = strlen(texts[i]);
        for (size_t at = 0; at <= size; at++) {
            char text[32];
            memcpy(text, texts[i], at);
            text[at] = '\0';
            memcpy(text + at + 1, texts[i] + at, size - at);
            ck_assert_ptr_null(parse_exactly(text, size + 1, &reason));
        }
    }
}
END_TEST

START_TEST(every_beginning_of_a_text_is_refused)
{
    static const char text[] =
        "{\"a\":[1,-2.5e3,\"\\u00e9\\ud83d\\ude00\xe3\x82\xbb\",true,false,null,{}],\"b\":{\"c\":[]}}";
    const char *reason;
    for (size_t size = 0; size < sizeof text - 1; size++)
        ck_assert_ptr_null(parse_exactly(text, size, &reason));
    cJSON_Delete(parse(text));
}
END_TEST

START_TEST(depth_and_size_cost_no_stack_and_little_time)
{
    enum { SIZE = 1 << 20 };
    const char *reason;
    char *text = malloc(SIZE);
    memset(text, '[', SIZE);
    ck_assert_ptr_null(parse_exactly(text, SIZE, &reason));

    /* one object with as many names as fit: finding duplicates must not cost the square of it */
    size_t size = 0;
    for (int i = 0; size < SIZE - 20; i++)
        size += (size_t)snprintf(text + size, SIZE - size, "%s\"%x\":0", i == 0 ? "{" : ",", i);
    text[size++] = '}';
    cJSON_Delete(parse_exactly(text, size, &reason));
    ck_assert_ptr_null(reason);
    free(text);
}
END_TEST

/* Random bytes put into a good text: taken or refused, never a crash; what is taken is one value. */
START_TEST(damaged_texts_do_no_harm)
{
    static const char text[] =
        "{\"a\":[1,-2.5e3,\"\\u00e9\\ud83d\\ude00\xe3\x82\xbb\",true,null],\"b\":{\"c\":\"x\"}}";
    static const char spice[] = "\"\\{}[],:ue0-9.\x80\xe3\xff\n\t ";
    unsigned short seed[3] = {3, 1, 4};
    const char *reason;
    for (int round = 0; round < 100000; round++) {
        char damaged[sizeof text];
        memcpy(damaged, text, sizeof text);
        for (long i = nrand48(seed) % 4; i >= 0; i--)
            damaged[(size_t)nrand48(seed) % (sizeof text - 1)] =
                spice[(size_t)nrand48(seed) % (sizeof spice - 1)];
        cJSON_Delete(parse_exactly(damaged, sizeof text - 1, &reason));
    }
}
END_TEST

/* ---- fields ---- */

struct target {
    int64_t number;
    int64_t instant;
    int choice;
    bool flag;
    bool number_present;
    const char *text;
    const char *day;
    struct uuid id;
    const cJSON *object;
    const cJSON *array;
};

static const char *const choices[] = {"bay", "black", "grey", NULL};

#define AT(member) offsetof(struct target, member)

/* clang-format off */
static const struct field fields[] = {
    {.name = "number", .type = FIELD_INT, .offset = AT(number), .lowest = INT64_MIN, .highest = INT64_MAX, .nullable = true,
     .present = AT(number_present)},
    {.name = "small", .type = FIELD_INT, .offset = AT(number), .lowest = 1, .highest = 10},
    {.name = "text", .type = FIELD_TEXT, .offset = AT(text), .lowest = 1, .highest = 5},
    {.name = "flag", .type = FIELD_BOOL, .offset = AT(flag)},
    {.name = "id", .type = FIELD_UUID, .offset = AT(id)},
    {.name = "day", .type = FIELD_DATE, .offset = AT(day)},
    {.name = "instant", .type = FIELD_INSTANT, .offset = AT(instant)},
    {.name = "choice", .type = FIELD_ENUM, .offset = AT(choice), .names = choices},
    {.name = "object", .type = FIELD_OBJECT, .offset = AT(object)},
    {.name = "array", .type = FIELD_ARRAY, .offset = AT(array), .lowest = 1, .highest = 3},
};
/* clang-format on */

static bool read_fields(const char *text, struct target *target, struct field_faults *faults)
{
    cJSON *root = parse(text);
    faults->count = 0;
    bool good = fields_read(root, fields, sizeof fields / sizeof *fields, target, faults);
    cJSON_Delete(root);
    return good;
}

static const struct {
    const char *text;
    int64_t value;
} good_numbers[] = {
    {"0",                 0            },
    {"-0",                0            },
    {"1",                 1            },
    {"-1",                -1           },
    {"1.0",               1            },
    {"1e3",               1000         },
    {"12.50e1",           125          },
    {"1000e-3",           1            },
    {"0.0",               0            },
    {"1000000000000",     1000000000000},
    {"9007199254740991",  JSON_INT_MAX },
    {"-9007199254740991", -JSON_INT_MAX},
};

START_TEST(whole_numbers_are_read_exactly)
{
    char text[100];
    struct field_faults faults;
    struct target target = {.number = 77};
    snprintf(text, sizeof text, "{\"number\":%s}", good_numbers[_i].text);
    ck_assert(read_fields(text, &target, &faults));
    ck_assert_int_eq(target.number, good_numbers[_i].value);
    ck_assert(target.number_present);
}
END_TEST

static const struct {
    const char *text;    /* an object with one slip */
    const char *field;   /* that is named */
    const char *message; /* a part of it */
} slips[] = {
    {"{\"number\":1.5}",                                 "number",  "whole number"     },
    {"{\"number\":0.0001}",                              "number",  "whole number"     },
    {"{\"number\":9007199254740992}",                    "number",  "whole number"     },
    {"{\"number\":9007199254740993}",                    "number",  "whole number"     },
    {"{\"number\":-9007199254740992}",                   "number",  "whole number"     },
    {"{\"number\":1e300}",                               "number",  "whole number"     },
    {"{\"number\":\"1\"}",                               "number",  "whole number"     },
    {"{\"number\":true}",                                "number",  "whole number"     },
    {"{\"number\":[1]}",                                 "number",  "whole number"     },
    {"{\"small\":0}",                                    "small",   "from 1 to 10"     },
    {"{\"small\":11}",                                   "small",   "from 1 to 10"     },
    {"{\"small\":null}",                                 "small",   "null"             },
    {"{\"text\":\"\"}",                                  "text",    "1 to 5 characters"},
    {"{\"text\":\"abcdef\"}",                            "text",    "1 to 5 characters"},
    {"{\"text\":\"a\\rb\"}",                             "text",    "control"          },
    {"{\"text\":\"a\\u0085\"}",                          "text",    "control"          },
    {"{\"text\":\"a\\u007f\"}",                          "text",    "control"          },
    {"{\"text\":1}",                                     "text",    "must be a text"   },
    {"{\"flag\":1}",                                     "flag",    "true or false"    },
    {"{\"flag\":\"true\"}",                              "flag",    "true or false"    },
    {"{\"id\":\"12345678-1234-1234-1234-12345678901\"}", "id",      "UUID"             },
    {"{\"id\":12}",                                      "id",      "UUID"             },
    {"{\"day\":\"2025-02-29\"}",                         "day",     "a day"            },
    {"{\"day\":\"1900-02-29\"}",                         "day",     "a day"            },
    {"{\"day\":\"2025-13-01\"}",                         "day",     "a day"            },
    {"{\"day\":\"2025-00-01\"}",                         "day",     "a day"            },
    {"{\"day\":\"2025-04-31\"}",                         "day",     "a day"            },
    {"{\"day\":\"2025-04-00\"}",                         "day",     "a day"            },
    {"{\"day\":\"0000-04-01\"}",                         "day",     "a day"            },
    {"{\"day\":\"2025-4-1\"}",                           "day",     "a day"            },
    {"{\"day\":\"2025-04-01 \"}",                        "day",     "a day"            },
    {"{\"day\":\"2025-04\"}",                            "day",     "a day"            },
    {"{\"day\":20250401}",                               "day",     "a day"            },
    {"{\"instant\":\"2025-03-09T10:00:00\"}",            "instant", "an instant"       },
    {"{\"instant\":\"2025-03-09 10:00:00Z\"}",           "instant", "an instant"       },
    {"{\"instant\":\"2025-03-09T24:00:00Z\"}",           "instant", "an instant"       },
    {"{\"instant\":\"2025-03-09T10:60:00Z\"}",           "instant", "an instant"       },
    {"{\"instant\":\"2025-03-09T10:00:60Z\"}",           "instant", "an instant"       },
    {"{\"instant\":\"2025-03-09T10:00:00.Z\"}",          "instant", "an instant"       },
    {"{\"instant\":\"2025-03-09T10:00Z\"}",              "instant", "an instant"       },
    {"{\"instant\":\"2025-03-09T10:00:00+24:00\"}",      "instant", "an instant"       },
    {"{\"instant\":\"2025-03-09T10:00:00+0900\"}",       "instant", "an instant"       },
    {"{\"instant\":\"2025-03-09T10:00:00Zx\"}",          "instant", "an instant"       },
    {"{\"instant\":\"2025-02-30T10:00:00Z\"}",           "instant", "an instant"       },
    {"{\"instant\":1741514400000}",                      "instant", "an instant"       },
    {"{\"choice\":\"Bay\"}",                             "choice",  "allowed words"    },
    {"{\"choice\":0}",                                   "choice",  "allowed words"    },
    {"{\"object\":[]}",                                  "object",  "an object"        },
    {"{\"object\":\"{}\"}",                              "object",  "an object"        },
    {"{\"array\":{}}",                                   "array",   "an array"         },
    {"{\"array\":[]}",                                   "array",   "1 to 3 elements"  },
    {"{\"array\":[1,2,3,4]}",                            "array",   "1 to 3 elements"  },
    {"{\"Number\":1}",                                   "Number",  "not known"        },
    {"{\"\":1}",                                         "",        "not known"        },
    {"[]",                                               "",        "an object"        },
    {"null",                                             "",        "an object"        },
};

START_TEST(a_slip_is_named_and_leaves_the_target_alone)
{
    struct field_faults faults;
    struct target target = {.number = 77, .instant = 77, .choice = 77};
    ck_assert_msg(!read_fields(slips[_i].text, &target, &faults), "taken: %s", slips[_i].text);
    ck_assert_int_eq(faults.count, 1);
    ck_assert_str_eq(faults.list[0].field, slips[_i].field);
    ck_assert_msg(strstr(faults.list[0].message, slips[_i].message) != NULL, "%s: %s", slips[_i].text,
                  faults.list[0].message);
    ck_assert_int_eq(target.number, 77);
    ck_assert_int_eq(target.instant, 77);
    ck_assert_int_eq(target.choice, 77);
    ck_assert_ptr_null(target.text);
    ck_assert_ptr_null(target.array);
}
END_TEST

START_TEST(every_type_is_stored)
{
    cJSON *root =
        parse("{\"small\":10,\"text\":\"\xe3\x82\xbb\xe3\x83\xaa\\n\\t\xf0\x9f\x90\x8e\",\"flag\":true,"
              "\"id\":\"12345678-9ABC-4def-8123-123456789abc\",\"day\":\"2024-02-29\",\"choice\":\"grey\","
              "\"object\":{\"x\":1},\"array\":[1,2,3]}");
    struct field_faults faults = {0};
    struct target target = {0};
    ck_assert(fields_read(root, fields, sizeof fields / sizeof *fields, &target, &faults));
    ck_assert_int_eq(target.number, 10);
    ck_assert_str_eq(target.text, "\xe3\x82\xbb\xe3\x83\xaa\n\t\xf0\x9f\x90\x8e");
    ck_assert(target.flag);
    ck_assert_int_eq(target.id.bytes[0], 0x12);
    ck_assert_int_eq(target.id.bytes[15], 0xbc);
    ck_assert_str_eq(target.day, "2024-02-29");
    ck_assert_int_eq(target.choice, 2);
    ck_assert_int_eq(cJSON_GetArraySize(target.object), 1);
    ck_assert_int_eq(cJSON_GetArraySize(target.array), 3);
    cJSON_Delete(root);
}
END_TEST

static const struct {
    const char *text;
    int64_t ms;
} instants[] = {
    {"1970-01-01T00:00:00Z",           0              },
    {"1970-01-01T00:00:00.001Z",       1              },
    {"1969-12-31T23:59:59.999Z",       -1             },
    {"2025-03-09T10:00:00Z",           1741514400000  },
    {"2025-03-09T19:00:00+09:00",      1741514400000  },
    {"2025-03-09T05:30:00.5-04:30",    1741514400500  },
    {"2025-03-09t10:00:00.123456789z", 1741514400123  },
    {"2024-02-29T23:59:59.99Z",        1709251199990  },
    {"2000-02-29T00:00:00Z",           951782400000   },
    {"9999-12-31T23:59:59.999Z",       253402300799999},
    {"0001-01-01T00:00:00Z",           -62135596800000},
};

START_TEST(instants_are_milliseconds_since_1970)
{
    char text[100];
    struct field_faults faults;
    struct target target = {.instant = 77};
    snprintf(text, sizeof text, "{\"instant\":\"%s\"}", instants[_i].text);
    ck_assert(read_fields(text, &target, &faults));
    ck_assert_int_eq(target.instant, instants[_i].ms);
}
END_TEST

START_TEST(null_counts_as_absent_where_it_may_stand)
{
    struct field_faults faults;
    struct target target = {.number = 77};
    ck_assert(read_fields("{\"number\":null}", &target, &faults));
    ck_assert_int_eq(target.number, 77);
    ck_assert(target.number_present);
    target.number_present = false;
    ck_assert(read_fields("{}", &target, &faults));
    ck_assert(!target.number_present);
}
END_TEST

START_TEST(a_required_field_must_be_there)
{
    static const struct field required[] = {
        {.name = "number",   .type = FIELD_INT, .required = true, .offset = AT(number), .highest = 9},
        { .name = "text",
         .type = FIELD_TEXT,
         .required = true,
         .nullable = true,
         .offset = AT(text),
         .highest = 9},
    };
    struct target target = {0};
    struct field_faults faults = {0};
    cJSON *root = parse("{\"text\":null}");
    ck_assert(!fields_read(root, required, 2, &target, &faults));
    ck_assert_int_eq(faults.count, 1);
    ck_assert_str_eq(faults.list[0].field, "number");
    ck_assert_str_eq(faults.list[0].message, "is required");
    cJSON_Delete(root);
}
END_TEST

START_TEST(all_slips_are_told_at_once_but_not_without_end)
{
    struct field_faults faults;
    struct target target = {0};
    ck_assert(!read_fields("{\"number\":0.5,\"text\":\"\",\"flag\":0,\"x\":1,\"y\":2}", &target, &faults));
    ck_assert_int_eq(faults.count, 5);
    ck_assert_str_eq(faults.list[0].field, "number");
    ck_assert_str_eq(faults.list[4].field, "y");

    char text[1000];
    size_t size = 0;
    for (int i = 0; i < 40; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s\"x%d\":0", i == 0 ? "{" : ",", i);
    snprintf(text + size, sizeof text - size, "}");
    ck_assert(!read_fields(text, &target, &faults));
    ck_assert_int_eq(faults.count, FIELD_FAULTS_MAX);

    /* an answer that is full already still says no */
    cJSON *root = parse("{}");
    ck_assert(!fields_read(root, fields, sizeof fields / sizeof *fields, &target, &faults));
    cJSON_Delete(root);
}
END_TEST

START_TEST(a_long_made_up_name_is_cut_between_characters)
{
    char name[121];
    char text[200];
    for (int i = 0; i < 120; i++)
        name[i] = "\xe3\x82\xbb"[i % 3];
    name[120] = '\0';
    snprintf(text, sizeof text, "{\"%s\":1}", name);
    struct field_faults faults;
    struct target target = {0};
    ck_assert(!read_fields(text, &target, &faults));
    ck_assert_int_eq(strlen(faults.list[0].field), 63);
    ck_assert_str_eq(faults.list[0].field + 60, "\xe3\x82\xbb");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("json_read");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, well_formed_texts_are_taken, 0, COUNT(good_texts));
    tcase_add_loop_test(cases, anything_else_is_refused_with_a_reason, 0, COUNT(bad_texts));
    tcase_add_test(cases, a_raw_nul_is_refused_wherever_it_stands);
    tcase_add_test(cases, every_beginning_of_a_text_is_refused);
    tcase_add_test(cases, depth_and_size_cost_no_stack_and_little_time);
    tcase_add_test(cases, damaged_texts_do_no_harm);
    tcase_add_loop_test(cases, whole_numbers_are_read_exactly, 0, COUNT(good_numbers));
    tcase_add_loop_test(cases, a_slip_is_named_and_leaves_the_target_alone, 0, COUNT(slips));
    tcase_add_test(cases, every_type_is_stored);
    tcase_add_loop_test(cases, instants_are_milliseconds_since_1970, 0, COUNT(instants));
    tcase_add_test(cases, null_counts_as_absent_where_it_may_stand);
    tcase_add_test(cases, a_required_field_must_be_there);
    tcase_add_test(cases, all_slips_are_told_at_once_but_not_without_end);
    tcase_add_test(cases, a_long_made_up_name_is_cut_between_characters);
    Suite *suite = suite_create("json_read");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
