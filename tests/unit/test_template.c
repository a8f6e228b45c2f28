/* The table of letters is complete in both languages, and every letter comes out whole. */
#include "rest/mail/template.c"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>

/* The names between braces, each once, sorted into one text. */
static void places_of(const char *text, char *out, size_t room)
{
    char names[16][NAME_SIZE];
    int count = 0;
    while ((text = strchr(text, '{')) != NULL) {
        struct place place = read_place(text + 1, strcspn(text + 1, "}"));
        int at = 0;
        while (at < count && strcmp(names[at], place.name) < 0)
            at++;
        if (at == count || strcmp(names[at], place.name) != 0) {
            memmove(names[at + 1], names[at], (size_t)(count - at) * NAME_SIZE);
            snprintf(names[at], NAME_SIZE, "%s", place.name);
            count++;
        }
        text++;
    }
    struct buffer list;
    buffer_init_fixed(&list, out, room);
    for (int i = 0; i < count; i++)
        buffer_append_format(&list, "%s ", names[i]);
}

static bool has_japanese(const char *text)
{
    return strstr(text, "\xe3\x81") != NULL || strstr(text, "\xe3\x82") != NULL ||
           strstr(text, "\xe3\x83") != NULL;
}

START_TEST(every_letter_is_written_in_both_languages_about_the_same_things)
{
    const struct template *row = &templates[_i];
    ck_assert(_i == 0 || strcmp(templates[_i - 1].name, row->name) < 0);
    ck_assert_ptr_eq(template_find(row->name), row);
    char places[LANGUAGES][256];
    for (int language = 0; language < LANGUAGES; language++) {
        ck_assert(row->words[language].subject[0] != '\0' && row->words[language].body[0] != '\0');
        ck_assert(strpbrk(row->words[language].subject, "\r\n") == NULL);
        ck_assert_int_eq(has_japanese(row->words[language].body), language == LANGUAGE_JA);
        places_of(row->words[language].body, places[language], sizeof places[language]);
    }
    ck_assert_str_eq(places[LANGUAGE_JA], places[LANGUAGE_EN]);
}
END_TEST

static const char everything[] =
    "{\"name\":\"青井\",\"dear\":\"青井 様\",\"lot\":\"lot "
    "12\",\"sale\":\"Sale\",\"auctionId\":7,\"link\":\"https://x/y\","
    "\"price\":1234567,\"paddle\":5,\"limit\":90000000,\"reason\":\"why\",\"startsAt\":\"noon\"}";

START_TEST(every_letter_comes_out_whole)
{
    cJSON *data = cJSON_Parse(everything);
    for (int language = 0; language < LANGUAGES; language++) {
        struct buffer subject, body;
        struct error error = {0};
        buffer_init(&subject, 1 << 16);
        buffer_init(&body, 1 << 16);
        ck_assert_msg(template_render(&templates[_i], (enum language)language, data, "https://seri.example",
                                      &subject, &body, &error),
                      "%s", error.text);
        ck_assert(strpbrk(subject.data, "{}") == NULL && strpbrk(body.data, "{}") == NULL);
        ck_assert(strstr(body.data, "青井") != NULL && strstr(body.data, "https://seri.example") != NULL);
        buffer_finish(&subject);
        buffer_finish(&body);
    }
    cJSON_Delete(data);
}
END_TEST

START_TEST(says_what_is_missing)
{
    cJSON *data = cJSON_Parse("{\"dear\":\"x\",\"link\":\"\"}");
    struct buffer subject, body;
    struct error error = {0};
    buffer_init(&subject, 1 << 16);
    buffer_init(&body, 1 << 16);
    ck_assert(
        !template_render(template_find("reset_password"), LANGUAGE_EN, data, "", &subject, &body, &error));
    ck_assert_str_eq(error.text, "reset_password: the template needs \"link\"");
    buffer_finish(&subject);
    buffer_finish(&body);
    cJSON_Delete(data);
    ck_assert_ptr_null(template_find("nonsense"));
}
END_TEST

static const struct {
    const char *text, *data, *ja, *en;
} fillings[] = {
    {"{a}",          "{\"a\":\"x{b}\"}",  "x{b}",         "x{b}"       },
    {"{a:yen}",      "{\"a\":0}",         "0円",         "¥0"        },
    {"{a:yen}",      "{\"a\":1234567}",   "1,234,567円", "¥1,234,567"},
    {"{a:yen}",      "{\"a\":100}",       "100円",       "¥100"      },
    {"{a:yen|none}", "{\"a\":\"100\"}",   "none",         "none"       },
    {"{a|none}.",    "{\"a\":null}",      "none.",        "none."      },
    {"{a|none}",     "{}",                "none",         "none"       },
    {"{a} {a}{b}",   "{\"a\":1,\"b\":2}", "1 12",         "1 12"       },
    {"no places",    "{}",                "no places",    "no places"  },
};

START_TEST(fills_in_what_is_there)
{
    cJSON *data = cJSON_Parse(fillings[_i].data);
    for (int language = 0; language < LANGUAGES; language++) {
        struct buffer out;
        buffer_init(&out, 1 << 10);
        struct filling filling = {(enum language)language, data, ""};
        ck_assert(fill(&filling, fillings[_i].text, &out, NULL));
        ck_assert_str_eq(out.data, language == LANGUAGE_JA ? fillings[_i].ja : fillings[_i].en);
        buffer_finish(&out);
    }
    cJSON_Delete(data);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("template");
    int count = (int)templates_count;
    tcase_add_loop_test(tests, every_letter_is_written_in_both_languages_about_the_same_things, 0, count);
    tcase_add_loop_test(tests, every_letter_comes_out_whole, 0, count);
    tcase_add_test(tests, says_what_is_missing);
    tcase_add_loop_test(tests, fills_in_what_is_there, 0, sizeof fillings / sizeof fillings[0]);
    Suite *suite = suite_create("template");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
