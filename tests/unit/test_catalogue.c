/* What a catalogue's text may look like, and that every fault of it is told at once, in its place. The sale's
 * side is pg_test_catalogue's. */
#include "core/store/catalogue.h"

#include "core/base/alloc.h"
#include "core/base/utf8.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define HEADER       "lot_number,sex,coat_colour,foaled_on,sire_ja,dam_ja,start_price\n"
#define GOOD         "1,牡,鹿毛,2025-03-09,ハヤテ,ミナモ,1000000\n"

static struct catalogue *catalogue;
static const struct catalogue_fault *faults;
static size_t told, total;

static void parse_bytes(const char *bytes, size_t size)
{
    /* a copy of exactly that size: reading beyond it is seen */
    char *copy = xmalloc(size > 0 ? size : 1);
    memcpy(copy, bytes, size);
    catalogue = catalogue_parse(copy, size);
    free(copy);
    faults = catalogue_faults(catalogue, &told, &total);
}

static void parse(const char *text)
{
    parse_bytes(text, strlen(text));
}

static void teardown(void)
{
    catalogue_destroy(&catalogue);
}

/* ---- files without a fault ---- */

static const struct {
    const char *why, *text;
    size_t rows;
} good[] = {
    {"one row",                      HEADER GOOD,                                                                   1},
    {"no end of line at the end",    HEADER "1,牡,鹿毛,2025-03-09,ハヤテ,ミナモ,1000000",                  1},
    {"a byte order mark",            "\xef\xbb\xbf" HEADER GOOD,                                                    1},
    {"CR LF",
     "lot_number,sex,coat_colour,foaled_on,sire_ja,dam_ja,start_price\r\n"
     "1,牡,鹿毛,2025-03-09,ハヤテ,ミナモ,1000000\r\n"
     "2,牝,栗毛,2025-03-10,ハヤテ,カゼ,1000000\r\n",                                                        2},
    {"CR alone",
     "lot_number,sex,coat_colour,foaled_on,sire_ja,dam_ja,start_price\r"
     "1,牡,鹿毛,2025-03-09,ハヤテ,ミナモ,1000000\r",                                                       1},
    {"another order of columns",
     "start_price,dam_ja,sire_ja,foaled_on,coat_colour,sex,lot_number\n"
     "1000000,ミナモ,ハヤテ,2025-03-09,鹿毛,牡,1\n",                                                       1},
    {"empty lines and empty rows",   "\n" HEADER "\n  \n" GOOD ",,,,,,\n\n",                                        1},
    {"every column",
     "lot_number,name_ja,name_en,sex,coat_colour,foaled_on,sire_ja,sire_en,dam_ja,dam_en,damsire_ja,"
     "damsire_en,breeder,consignor,disclosures,notes,start_price,reserve\n"
     "7,ナ,Na,female,dark_bay,2025-01-01,a,b,c,d,e,f,g,h,i,j,1,0\n",                                               1},
    {"sexes in either language",     HEADER "1,セン,白毛,2020-02-29,a,b,1\n2,gelding,white,2020-02-29,a,b,1\n",
     2                                                                                                               },
    {"a spreadsheet's date",         HEADER "1,牡,芦毛,2025/3/9,a,b,1\n",                                        1},
    {"white space around fields",    HEADER " 1 ,　牡,\"  栗毛 \",2025-03-09 , a\t,b,1\n",                      1},
    {"quotes, commas, lines inside",
     "lot_number,sex,coat_colour,foaled_on,sire_ja,dam_ja,start_price,notes\n"
     "1,牡,鹿毛,2025-03-09,\"ハヤ\"\"テ\",ミナモ,1000000,\"一行目, と\n二行目\"\n"
     "2,牡,鹿毛,2025-03-09,ハヤテ,ミナモ,1000000,\n",                                                      2},
    {"the largest numbers",          HEADER "999999,牡,鹿毛,2025-03-09,a,b,1000000000000\n",                     1},
};

START_TEST(a_catalogue_may_be_written_in_many_ways)
{
    parse(good[_i].text);
    if (total != 0)
        ck_abort_msg("%s: line %d, %s: %s", good[_i].why, (int)faults[0].line, faults[0].column,
                     faults[0].en);
    ck_assert_uint_eq(catalogue_rows(catalogue), good[_i].rows);
}
END_TEST

/* ---- single faults ---- */

static const struct {
    const char *text;
    int64_t line;
    const char *column, *words;
} bad[] = {
    {"",                                                          1, "coat_colour", "required"        },
    {HEADER,                                                      0, "",            "no lots"         },
    {"sex,coat_colour,foaled_on,sire_ja,dam_ja,start_price\n"
     "牡,鹿毛,2025-03-09,a,b,1\n",                        1, "lot_number",  "required"        },
    {"lot_number,sex,coat_colour,foaled_on,sire_ja,dam_ja,start_price,毛色\n"
     "1,牡,鹿毛,2025-03-09,a,b,1,x\n",                    1, "毛色",      "no column"       },
    {"lot_number,sex,coat_colour,foaled_on,sire_ja,dam_ja,start_price,sex\n"
     "1,牡,鹿毛,2025-03-09,a,b,1,牡\n",                  1, "sex",         "twice"           },
    {HEADER "1,牡,鹿毛,2025-03-09,a,b,1,extra\n",              2, "",            "more fields"     },
    {HEADER "1,牡,鹿毛,2025-03-09,a,b\n",                      2, "start_price", "must be given"   },
    {HEADER "1,牡,鹿毛,2025-03-09, ,b,1\n",                    2, "sire_ja",     "must be given"   },
    {HEADER "0,牡,鹿毛,2025-03-09,a,b,1\n",                    2, "lot_number",  "whole number"    },
    {HEADER "1000000,牡,鹿毛,2025-03-09,a,b,1\n",              2, "lot_number",  "whole number"    },
    {HEADER "-1,牡,鹿毛,2025-03-09,a,b,1\n",                   2, "lot_number",  "whole number"    },
    {HEADER "1,雄,鹿毛,2025-03-09,a,b,1\n",                    2, "sex",         "one of"          },
    {HEADER "1,牡,茶色,2025-03-09,a,b,1\n",                    2, "coat_colour", "one of"          },
    {HEADER "1,牡,鹿毛,2025-02-29,a,b,1\n",                    2, "foaled_on",   "real day"        },
    {HEADER "1,牡,鹿毛,2025-13-01,a,b,1\n",                    2, "foaled_on",   "real day"        },
    {HEADER "1,牡,鹿毛,2025-00-01,a,b,1\n",                    2, "foaled_on",   "real day"        },
    {HEADER "1,牡,鹿毛,2025-3-9,a,b,1\n",                      2, "foaled_on",   "real day"        },
    {HEADER "1,牡,鹿毛,2025-03/09,a,b,1\n",                    2, "foaled_on",   "real day"        },
    {HEADER "1,牡,鹿毛,09-03-2025,a,b,1\n",                    2, "foaled_on",   "real day"        },
    {HEADER "1,牡,鹿毛,1899-03-09,a,b,1\n",                    2, "foaled_on",   "real day"        },
    {HEADER "1,牡,鹿毛,2025-03-09,a,b,0\n",                    2, "start_price", "whole yen"       },
    {HEADER "1,牡,鹿毛,2025-03-09,a,b,1000000000001\n",        2, "start_price", "whole yen"       },
    {HEADER "1,牡,鹿毛,2025-03-09,a,b,99999999999999999999\n", 2, "start_price", "whole yen"       },
    {HEADER "1,牡,鹿毛,2025-03-09,a,b,\"1,000,000\"\n",        2, "start_price", "whole yen"       },
    {HEADER "1,牡,鹿毛,2025-03-09,a,b,1.5\n",                  2, "start_price", "whole yen"       },
    {HEADER "1,牡,鹿毛,2025-03-09,\x83\x6e\x83\x84,b,1\n",     2, "sire_ja",     "UTF-8"           },
    {HEADER "1,牡,鹿毛,2025-03-09,a\x01,b,1\n",                2, "sire_ja",     "control"         },
    {HEADER "1,牡,鹿毛,2025-03-09,\"a\nb\",b,1\n",             2, "sire_ja",     "control"         },
    {HEADER "1,牡,鹿毛,2025-03-09,a\"b,c,1\n",                 2, "",            "quotation"       },
    {HEADER GOOD "2,牡,鹿毛,2025-03-09,\"a,b,1\n",             3, "",            "quotation"       },
    {HEADER GOOD "\n1,牡,鹿毛,2025-03-09,a,b,1\n",             4, "lot_number",  "number of line 2"},
};

START_TEST(a_fault_is_told_by_line_and_column_in_both_languages)
{
    parse(bad[_i].text);
    ck_assert_uint_ge(total, 1);
    if (faults[0].line != bad[_i].line || strcmp(faults[0].column, bad[_i].column) != 0 ||
        strstr(faults[0].en, bad[_i].words) == NULL)
        ck_abort_msg("expected line %d, %s: %s; got line %d, %s: %s", (int)bad[_i].line, bad[_i].column,
                     bad[_i].words, (int)faults[0].line, faults[0].column, faults[0].en);
    if (bad[_i].text[0] != '\0')
        ck_assert_uint_eq(total, 1);
    ck_assert_str_ne(faults[0].ja, "");
    ck_assert_str_ne(faults[0].ja, faults[0].en);
}
END_TEST

/* ---- all of them at once ---- */

START_TEST(all_faults_are_told_in_order_of_line)
{
    parse(HEADER "x,牡,鹿毛,2025-03-09,a,b,1\n"      /* 2 */
                 "2,牡,鹿毛,2025-03-09,\"a\"b,c,1\n" /* 3 */
                 "3,y,z,2025-03-09,a,b,1\n"          /* 4, twice */
                 "\n"                                /* 5 */
                 "4,牡,鹿毛,2025-03-09,\"a\",b,1\n"  /* 6, good */
                 "4,牡,鹿毛,2025-03-32,a,b,1\n");    /* 7, twice */
    static const struct {
        int64_t line;
        const char *column;
    } expected[] = {
        {2, "lot_number" },
        {3, ""           },
        {4, "coat_colour"},
        {4, "sex"        },
        {7, "foaled_on"  },
        {7, "lot_number" },
    };
    ck_assert_uint_eq(told, COUNT(expected));
    for (int i = 0; i < COUNT(expected); i++) {
        ck_assert_int_eq(faults[i].line, expected[i].line);
        ck_assert_str_eq(faults[i].column, expected[i].column);
    }
}
END_TEST

START_TEST(faults_beyond_the_bound_are_counted)
{
    struct buffer text;
    buffer_init(&text, CATALOGUE_BYTES_MAX);
    buffer_append_text(&text, HEADER);
    for (int i = 1; i <= CATALOGUE_FAULTS_MAX + 500; i++)
        buffer_append_format(&text, "%d,牡,鹿毛,2025-03-09,a,b,0\n", i);
    parse_bytes(text.data, text.size);
    buffer_finish(&text);
    ck_assert_uint_eq(told, CATALOGUE_FAULTS_MAX);
    ck_assert_uint_eq(total, CATALOGUE_FAULTS_MAX + 500);
}
END_TEST

START_TEST(texts_are_bounded_by_characters_not_bytes)
{
    struct buffer text;
    buffer_init(&text, 1 << 16);
    for (int length = 100; length <= 101; length++) {
        buffer_clear(&text);
        buffer_append_text(&text, HEADER "1,牡,鹿毛,2025-03-09,");
        for (int i = 0; i < length; i++)
            buffer_append_text(&text, "ア");
        buffer_append_text(&text, ",b,1\n");
        parse_bytes(text.data, text.size);
        ck_assert_uint_eq(total, length > 100 ? 1 : 0);
        if (length > 100) {
            ck_assert_str_eq(faults[0].en, "may have at most 100 characters");
            ck_assert_str_eq(faults[0].ja, "100文字以内で入力してください");
        }
        catalogue_destroy(&catalogue);
    }
    buffer_finish(&text);
}
END_TEST

START_TEST(a_row_of_thousands_of_fields_is_one_fault)
{
    struct buffer text;
    buffer_init(&text, 1 << 20);
    buffer_append_text(&text, HEADER "1,牡,鹿毛,2025-03-09,a,b,1");
    for (int i = 0; i < 5000; i++)
        buffer_append_text(&text, ",z");
    parse_bytes(text.data, text.size);
    buffer_finish(&text);
    ck_assert_uint_eq(total, 1);
    ck_assert_int_eq(faults[0].line, 2);
}
END_TEST

/* Whatever bytes come, it neither reads nor writes where it must not, and its names are proper text. */
START_TEST(noise_is_survived)
{
    static const char letters[] = "1,\"\n\r\xef\xbb\xbf\x80 \t牡鹿毛lot_number,sex\n\n,,\"\"";
    unsigned short seed[3] = {7, 8, (unsigned short)_i};
    char text[400];
    size_t size = (size_t)(nrand48(seed) % (long)sizeof text);
    for (size_t i = 0; i < size; i++)
        text[i] = letters[nrand48(seed) % (long)(sizeof letters - 1)];
    parse_bytes(text, size);
    ck_assert_uint_ge(total, 1);
    for (size_t i = 0; i < told; i++)
        for (const char *at = faults[i].column; *at != '\0';) {
            size_t length = utf8_length(at, strlen(at));
            ck_assert_uint_gt(length, 0);
            at += length;
        }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("catalogue");
    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_loop_test(cases, a_catalogue_may_be_written_in_many_ways, 0, COUNT(good));
    tcase_add_loop_test(cases, a_fault_is_told_by_line_and_column_in_both_languages, 0, COUNT(bad));
    tcase_add_test(cases, all_faults_are_told_in_order_of_line);
    tcase_add_test(cases, faults_beyond_the_bound_are_counted);
    tcase_add_test(cases, texts_are_bounded_by_characters_not_bytes);
    tcase_add_test(cases, a_row_of_thousands_of_fields_is_one_fault);
    tcase_add_loop_test(cases, noise_is_survived, 0, 200);
    Suite *suite = suite_create("catalogue");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
