/* A catalogue against a real sale: all or nothing, the sale's own demands, and that a hundred thousand lots
 * are no trouble. */
#include "core/base/clock.h"
#include "core/store/catalogue.h"
#include "core/store/migrate.h"
#include "tests/unit/pg_scratch.h"
#include "tests/unit/suite.h"

#include <check.h>

#define HEADER                                                                                               \
    "lot_number,name_ja,sex,coat_colour,foaled_on,sire_ja,dam_ja,dam_en,breeder,consignor,disclosures,"      \
    "notes,start_price,"                                                                                     \
    "reserve\n"

static struct scratch scratch;
static struct db *db;
static struct error error;
static int64_t sale;

static void script(const char *sql)
{
    if (!db_script(db, sql, &error))
        ck_abort_msg("%s: %s", sql, error.text);
}

/* The single value of a query. */
static int64_t number(const char *sql)
{
    PGresult *result = PQexec(db_connection(db), sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        ck_abort_msg("%s: %s", sql, PQresultErrorMessage(result));
    int64_t value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return value;
}

static void setup(void)
{
    scratch = scratch_create();
    db = db_create(scratch.url, "catalogue-test");
    error.text[0] = '\0';
    if (migrate_run(db, &error) < 0)
        ck_abort_msg("%s", error.text);
    script("INSERT INTO sales (name_ja, name_en) VALUES ('試験', 'Test')");
    sale = number("SELECT id FROM sales");
}

static void teardown(void)
{
    db_destroy(&db);
    scratch_drop(&scratch);
}

/* Imports and commits when there is nothing against it; `first` gets the first fault. */
static enum catalogue_outcome import(const char *text, struct catalogue_fault *first)
{
    struct catalogue *catalogue = catalogue_parse(text, strlen(text));
    ck_assert_int_eq(db_begin(db, &error), DB_DONE);
    enum catalogue_outcome outcome = catalogue_import(catalogue, db, sale, true, &error);
    if (outcome == CATALOGUE_IMPORTED)
        ck_assert_int_eq(db_commit(db, &error), DB_DONE);
    else
        db_rollback(db);
    size_t count, total;
    const struct catalogue_fault *faults = catalogue_faults(catalogue, &count, &total);
    ck_assert((outcome == CATALOGUE_FAULTY) == (count > 0));
    if (count > 0 && first != NULL)
        *first = faults[0];
    catalogue_destroy(&catalogue);
    return outcome;
}

START_TEST(lots_become_drafts_with_their_horses_and_parties)
{
    script("INSERT INTO parties (name) VALUES ('みなと牧場')");
    ck_assert_int_eq(
        import(HEADER "1,,牡,黒鹿毛,2025-03-09,ハヤテ,ミナモ,Minamo,花田 太郎,みなと牧場,,,1000000,\n"
                      "20,ハナ,牝,芦毛,2024/2/29,ハヤテ,カゼ,,,丘の上牧場,さく癖,\"一\n二\",2000000,3000000\n"
                      "3,,female,grey,2024-02-29,ハヤテ,ソラ,,,,,,10000,0\n",
               NULL),
        CATALOGUE_IMPORTED);
    ck_assert_int_eq(number("SELECT count(*) FROM auctions WHERE status = 'draft' AND seq = 0"), 3);
    ck_assert_int_eq(number("SELECT count(*) FROM horses WHERE demo"), 3);
    ck_assert_int_eq(number("SELECT count(*) FROM parties"), 2);
    ck_assert_int_eq(
        number("SELECT count(*) FROM auctions a JOIN horses h ON h.id = a.horse_id JOIN parties p ON p.id = "
               "h.consignor_id "
               "WHERE a.lot_number = 20 AND a.start_price = 2000000 AND a.reserve = 3000000 AND h.name_ja = "
               "'ハナ' "
               "AND h.name_en IS NULL AND h.sex = 'female' AND h.coat_colour = 'grey' AND h.foaled_on = "
               "'2024-02-29' "
               "AND p.name = '丘の上牧場' AND disclosures_text(h) = 'さく癖' AND h.notes = E'一\\n二'"),
        1);
    ck_assert_int_eq(
        number("SELECT count(*) FROM auctions a JOIN horses h ON h.id = a.horse_id WHERE a.lot_number = 1 "
               "AND display_name_ja(h) = 'ミナモの2025' AND display_name_en(h) = 'Minamo 2025' AND a.reserve "
               "= 0 "
               "AND h.breeder = '花田 太郎' AND disclosures_text(h) = ''"),
        1);
    /* horses made by hand afterwards get ids of their own */
    script("INSERT INTO horses (sex, coat_colour, foaled_on, sire_ja, dam_ja) VALUES ('male', 'bay', "
           "'2025-01-01', 'a', 'b')");
}
END_TEST

START_TEST(nothing_is_imported_unless_all_rows_are_good)
{
    struct catalogue_fault fault;
    ck_assert_int_eq(import(HEADER "1,,牡,黒鹿毛,2025-03-09,ハヤテ,ミナモ,,,甲牧場,,,1000000,\n"
                                   "2,,牡,黒鹿毛,2025-03-09,ハヤテ,,,,乙牧場,,,1000000,\n",
                            &fault),
                     CATALOGUE_FAULTY);
    ck_assert_str_eq(fault.column, "dam_ja");
    ck_assert_int_eq(number("SELECT (SELECT count(*) FROM auctions) + (SELECT count(*) FROM horses) + "
                            "(SELECT count(*) FROM parties)"),
                     0);
}
END_TEST

static const struct {
    const char *row, *column, *words;
} sale_faults[] = {
    {"5,,牡,鹿毛,2025-03-09,a,b,,,,,,10000,\n",  "lot_number",  "already"           },
    {"6,,牡,鹿毛,2025-03-09,a,b,,,,,,15000,\n",  "start_price", "multiple of 10000 "},
    {"6,,牡,鹿毛,2025-03-09,a,b,,,,,,10000,1\n", "reserve",     "multiple of 10000 "},
    {"6,,牡,鹿毛,2199-03-09,a,b,,,,,,10000,\n",  "foaled_on",   "future"            },
};

START_TEST(the_sale_has_demands_of_its_own)
{
    ck_assert_int_eq(import(HEADER "5,,牡,鹿毛,2025-03-09,a,b,,,,,,10000,\n", NULL), CATALOGUE_IMPORTED);
    char text[1000];
    snprintf(text, sizeof text, "%s%s", HEADER, sale_faults[_i].row);
    struct catalogue_fault fault;
    ck_assert_int_eq(import(text, &fault), CATALOGUE_FAULTY);
    ck_assert_int_eq(fault.line, 2);
    ck_assert_str_eq(fault.column, sale_faults[_i].column);
    ck_assert_ptr_nonnull(strstr(fault.en, sale_faults[_i].words));
}
END_TEST

START_TEST(a_ladder_of_the_sale_counts)
{
    script("UPDATE sales SET ladder = '{0,7}'");
    ck_assert_int_eq(import(HEADER "5,,牡,鹿毛,2025-03-09,a,b,,,,,,14,21\n", NULL), CATALOGUE_IMPORTED);
}
END_TEST

START_TEST(a_closed_or_missing_sale_takes_no_lots)
{
    script("UPDATE sales SET status = 'closed'");
    ck_assert_int_eq(import(HEADER "5,,牡,鹿毛,2025-03-09,a,b,,,,,,10000,\n", NULL), CATALOGUE_SALE_CLOSED);
    sale += 1000;
    ck_assert_int_eq(import(HEADER "5,,牡,鹿毛,2025-03-09,a,b,,,,,,10000,\n", NULL), CATALOGUE_NO_SALE);
}
END_TEST

START_TEST(texts_larger_than_a_statement_go_in_several)
{
    struct buffer text;
    buffer_init(&text, CATALOGUE_BYTES_MAX);
    buffer_append_text(&text, HEADER);
    for (int i = 1; i <= 800; i++) {
        buffer_append_format(&text, "%d,,牡,鹿毛,2025-03-09,a,b,,,,", i);
        for (int character = 0; character < 10000; character++)
            buffer_append_text(&text, "あ");
        buffer_append_text(&text, ",,10000,\n");
    }
    ck_assert_int_eq(import(text.data, NULL), CATALOGUE_IMPORTED);
    buffer_finish(&text);
    ck_assert_int_eq(number("SELECT count(*) FROM disclosures WHERE length(text) = 10000"), 800);
}
END_TEST

START_TEST(a_hundred_thousand_lots_are_imported)
{
    enum { LOTS = 100000 };
    struct buffer text;
    buffer_init(&text, CATALOGUE_BYTES_MAX);
    buffer_append_text(&text, HEADER);
    for (int i = 1; i <= LOTS; i++)
        buffer_append_format(
            &text,
            "%d,,牡,鹿毛,2025-03-09,ハヤテ,ミナモ%d,Minamo %d,花田 太郎,第%d牧場,左前球節に骨片,,%d0000,\n",
            i, i, i, i % 100, 100 + i % 900);
    int64_t begin = clock_monotonic_ms();
    ck_assert_int_eq(import(text.data, NULL), CATALOGUE_IMPORTED);
    printf("%d lots in %d ms\n", LOTS, (int)(clock_monotonic_ms() - begin));
    buffer_finish(&text);
    ck_assert_int_eq(number("SELECT count(*) FROM auctions a JOIN horses h ON h.id = a.horse_id "
                            "WHERE h.dam_ja = 'ミナモ' || a.lot_number AND h.consignor_id IS NOT NULL"),
                     LOTS);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("catalogue");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, lots_become_drafts_with_their_horses_and_parties);
    tcase_add_test(cases, nothing_is_imported_unless_all_rows_are_good);
    tcase_add_loop_test(cases, the_sale_has_demands_of_its_own, 0,
                        (int)(sizeof sale_faults / sizeof sale_faults[0]));
    tcase_add_test(cases, a_ladder_of_the_sale_counts);
    tcase_add_test(cases, a_closed_or_missing_sale_takes_no_lots);
    tcase_add_test(cases, texts_larger_than_a_statement_go_in_several);
    tcase_add_test(cases, a_hundred_thousand_lots_are_imported);
    Suite *suite = suite_create("catalogue");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
