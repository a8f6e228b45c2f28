/* Letters as bytes: what may stand in a header, and that nothing in a text can become one. (That mail
 * programs read them as they were meant is shown by tests/integration/smtp.test.mjs, with a parser that
 * others wrote.) */
#include "rest/mail/mime.c"
#include "tests/unit/suite.h"

#include <check.h>

static const struct {
    const char *text, *name, *address; /* address NULL: refused */
} mailboxes[] = {
    {"seri@example.com",                    "",                 "seri@example.com"},
    {"Seri <seri@example.com>",             "Seri",             "seri@example.com"},
    {"セリ 事務局 <seri@example.com>", "セリ 事務局", "seri@example.com"},
    {"<seri@example.com>",                  "",                 "seri@example.com"},
    {"",                                    "",                 NULL              },
    {"seri",                                "",                 NULL              },
    {"@example.com",                        "",                 NULL              },
    {"seri@",                               "",                 NULL              },
    {"a@b@c",                               "",                 NULL              },
    {"Seri <seri@example.com",              "",                 NULL              },
    {"Seri seri@example.com",               "",                 NULL              },
    {"a@b, c@d",                            "",                 NULL              },
    {"a@b\r\nBcc: c@d",                     "",                 NULL              },
    {"Seri\nBcc: x <a@b>",                  "",                 NULL              },
};

START_TEST(a_sender_is_an_address_with_or_without_a_name)
{
    struct mailbox mailbox;
    struct error error = {0};
    bool good = mailbox_parse(mailboxes[_i].text, &mailbox, &error);
    ck_assert_int_eq(good, mailboxes[_i].address != NULL);
    if (good) {
        ck_assert_str_eq(mailbox.name, mailboxes[_i].name);
        ck_assert_str_eq(mailbox.address, mailboxes[_i].address);
    } else {
        ck_assert(error.text[0] != '\0');
    }
}
END_TEST

static struct buffer out;

static void write_letter(const char *subject, const char *body)
{
    struct letter letter = {.to = "aoi@example.test", .subject = subject, .body = body, .language = "ja"};
    ck_assert(mailbox_parse("セリ <seri@example.com>", &letter.from, NULL));
    letter.id = "1.job-7";
    letter.now_ms = INT64_C(1741503661000);
    buffer_init(&out, 1 << 20);
    letter_write(&letter, &out);
    ck_assert(!out.failed);
}

/* Every line of any letter: ASCII, ended by CRLF, not too long. */
static void check_lines(void)
{
    size_t length = 0;
    for (size_t i = 0; i < out.size; i++) {
        unsigned char c = (unsigned char)out.data[i];
        ck_assert(c < 0x80 && c != 0);
        if (c == '\r') {
            ck_assert_int_eq(out.data[i + 1], '\n');
            ck_assert(length <= 78);
            length = 0;
            i++;
        } else {
            ck_assert(c != '\n');
            length++;
        }
    }
    ck_assert_int_eq(length, 0);
}

static const char *const texts[] = {
    "plain",
    "",
    "with\r\nBcc: evil@example.com\r\n\r\nand a body",
    "with\nX-Evil: 1",
    "looks =?UTF-8?B?ZXZpbA==?= encoded",
    "上場番号12「ハナノハハの2025」：他の入札者が上回りました、長い件名はいくつかの語に分かれます",
    "🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎",
    "a very long subject of plain letters that goes on and on for longer than a line of a letter may ever be",
    "\x01\x02\x7f",
};

START_TEST(no_text_breaks_out_of_its_place)
{
    write_letter(texts[_i], texts[_i]);
    check_lines();
    char *end = strstr(out.data, "\r\n\r\n");
    ck_assert(end != NULL);
    *end = '\0';
    ck_assert(strstr(out.data, "\r\nBcc:") == NULL && strstr(out.data, "\r\nX-Evil:") == NULL);
    ck_assert(strstr(out.data, "\r\nTo: aoi@example.test\r\n") != NULL);
    ck_assert(strstr(out.data, "\r\nDate: Sun, 9 Mar 2025 07:01:01 +0000\r\n") != NULL);
    ck_assert(strstr(out.data, "\r\nMessage-ID: <1.job-7@example.com>\r\n") != NULL);
    buffer_finish(&out);
}
END_TEST

static const struct {
    const char *body, *encoded;
} bodies[] = {
    {"Hello,\n\nworld.\n",         "quoted-printable\r\n\r\nHello,\r\n\r\nworld.\r\n"        },
    {"a = b \nend ",               "quoted-printable\r\n\r\na =3D b=20\r\nend=20\r\n"        },
    {"price ¥1,000 for lot 12\n", "quoted-printable\r\n\r\nprice =C2=A51,000 for lot 12\r\n"},
    {"落札\n",                   "base64\r\n\r\n6JC95pytDQo=\r\n"                          },
};

START_TEST(a_body_is_encoded_by_what_is_in_it)
{
    write_letter("x", bodies[_i].body);
    check_lines();
    size_t size = strlen(bodies[_i].encoded);
    ck_assert(out.size > size);
    ck_assert_str_eq(out.data + out.size - size, bodies[_i].encoded);
    buffer_finish(&out);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("mime");
    tcase_add_loop_test(tests, a_sender_is_an_address_with_or_without_a_name, 0,
                        sizeof mailboxes / sizeof mailboxes[0]);
    tcase_add_loop_test(tests, no_text_breaks_out_of_its_place, 0, sizeof texts / sizeof texts[0]);
    tcase_add_loop_test(tests, a_body_is_encoded_by_what_is_in_it, 0, sizeof bodies / sizeof bodies[0]);
    Suite *suite = suite_create("mime");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
