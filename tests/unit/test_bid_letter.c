/* Bids between nodes: what is written is read back as it was; what no node writes is not taken. */
#include "realtime/bid_letter.h"

#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

static char memory[BID_LETTER_MAX];
static struct buffer out;

static void set_up(void)
{
    buffer_init_fixed(&out, memory, sizeof memory);
}

static struct bid_letter some_letter(void)
{
    struct bid_letter letter = {
        .from = "seri-realtime:9001:1:00",
        .number = 7,
        .deadline_ms = 1700000000100,
        .uncertainty_ms = 3,
        .admission = {.limited = true,             .retry_after_ms = 1234},
        .bid = { .auction_id = 5,
                      .user = 6,
                      .bid = {.id = {.bytes = {1, 2, 3}}, .amount = 1000000, .maximum = 2000000, .confirm = true},
                      .received_at_ms = 1700000000000,
                      .sent_at_ms = 1699999999990,
                      .address = "2001:db8::1"},
    };
    return letter;
}

START_TEST(a_bid_arrives_as_it_was_sent)
{
    struct bid_letter letter = some_letter(), read;
    bid_letter_write(&letter, &out);
    ck_assert(!out.failed);
    ck_assert(bid_letter_read(out.data, out.size, &read));
    ck_assert_str_eq(read.from, letter.from);
    ck_assert_int_eq(read.number, letter.number);
    ck_assert_int_eq(read.deadline_ms, letter.deadline_ms);
    ck_assert_int_eq(read.uncertainty_ms, letter.uncertainty_ms);
    ck_assert(read.admission.limited);
    ck_assert_int_eq(read.admission.retry_after_ms, 1234);
    ck_assert_int_eq(read.bid.auction_id, 5);
    ck_assert_int_eq(read.bid.user, 6);
    ck_assert(uuid_equal(read.bid.bid.id, letter.bid.bid.id));
    ck_assert_int_eq(read.bid.bid.amount, 1000000);
    ck_assert_int_eq(read.bid.bid.maximum, 2000000);
    ck_assert(read.bid.bid.confirm);
    ck_assert_int_eq(read.bid.received_at_ms, letter.bid.received_at_ms);
    ck_assert_int_eq(read.bid.sent_at_ms, letter.bid.sent_at_ms);
    ck_assert_str_eq(read.bid.address, letter.bid.address);
}
END_TEST

START_TEST(the_longest_bid_fits)
{
    struct bid_letter letter = some_letter(), read;
    memset(letter.from, 'x', sizeof letter.from - 1);
    memset(letter.bid.address, 'f', sizeof letter.bid.address - 1);
    letter.number = letter.deadline_ms = letter.uncertainty_ms = letter.bid.auction_id = letter.bid.user =
        letter.bid.received_at_ms = letter.bid.sent_at_ms = (INT64_C(1) << 53) - 1;
    letter.bid.bid.amount = letter.bid.bid.maximum = MONEY_MAX;
    bid_letter_write(&letter, &out);
    ck_assert(!out.failed);
    ck_assert(bid_letter_read(out.data, out.size, &read));
}
END_TEST

/* `from` replaced by `to` in a good letter makes a bad one. */
static const struct {
    const char *from, *to;
} slips[] = {
    {"\"number\":7",       "\"number\":0"       },
    {"\"auctionId\":5",    "\"auctionId\":-5"   },
    {"\"auctionId\":5",    "\"auctionId\":\"5\""},
    {"\"user\":6",         "\"user\":0"         },
    {"\"bidId\":\"0",      "\"bidId\":\"x"      },
    {"\"amount\":1000000", "\"amount\":-1"      },
    {"\"maxAmount\":2",    "\"maxAmount\":2.5e" },
    {"\"confirm\":true",   "\"confirm\":1"      },
    {"\"address\"",        "\"adress\""         },
    {"{",                  "["                  },
};

START_TEST(what_no_node_writes_is_not_taken)
{
    struct bid_letter letter = some_letter(), read;
    bid_letter_write(&letter, &out);
    char bad[BID_LETTER_MAX];
    const char *at = strstr(out.data, slips[_i].from);
    ck_assert_ptr_nonnull(at);
    int size = snprintf(bad, sizeof bad, "%.*s%s%s", (int)(at - out.data), out.data, slips[_i].to,
                        at + strlen(slips[_i].from));
    ck_assert(!bid_letter_read(bad, (size_t)size, &read));
}
END_TEST

START_TEST(a_maximum_taken_back_arrives)
{
    struct bid_letter letter = some_letter(), read;
    letter.bid.bid.amount = letter.bid.bid.maximum = 0;
    bid_letter_write(&letter, &out);
    ck_assert(bid_letter_read(out.data, out.size, &read));
    ck_assert_int_eq(read.bid.bid.amount + read.bid.bid.maximum, 0);
}
END_TEST

START_TEST(an_answer_arrives_as_it_was_given)
{
    struct desk_answer answer = {
        .verdict = VERDICT_BID_TOO_LOW,
        .duplicate = true,
        .received_at_ms = 1700000000000,
        .view = {.auction_id = 5,
                 .sale_id = 2,
                 .seq = 9,
                 .status = AUCTION_ACTIVE,
                 .price = 1000000,
                 .leader_paddle = 12,
                 .min_next_bid = 1100000,
                 .step = 100000,
                 .start_price = 500000},
        .min_next_bid = 1100000,
        .step = 100000,
        .available = 900000,
    };
    struct desk_answer read;
    int64_t number;
    bid_answer_write(3, &answer, &out);
    ck_assert(!out.failed);
    ck_assert(bid_answer_read(out.data, out.size, &number, &read));
    ck_assert_int_eq(number, 3);
    ck_assert_int_eq(read.verdict, VERDICT_BID_TOO_LOW);
    ck_assert(read.duplicate && !read.retracted && !read.leading);
    ck_assert_int_eq(read.view.seq, 9);
    ck_assert_int_eq(read.view.price, 1000000);
    ck_assert_int_eq(read.min_next_bid, 1100000);
    ck_assert_int_eq(read.available, 900000);
}
END_TEST

START_TEST(an_answer_without_a_state_has_none)
{
    struct desk_answer answer = {.verdict = VERDICT_AUCTION_NOT_FOUND}, read;
    int64_t number;
    bid_answer_write(1, &answer, &out);
    ck_assert(bid_answer_read(out.data, out.size, &number, &read));
    ck_assert_int_eq(read.view.seq, 0);
}
END_TEST

START_TEST(a_verdict_of_a_later_version_is_no_answer)
{
    static const char text[] =
        "{\"number\":1,\"verdict\":\"NEVER_HEARD_OF\",\"duplicate\":false,\"retracted\":false,"
        "\"seq\":0,\"receivedAtMs\":0,\"leading\":false,\"minNextBid\":0,\"step\":0,\"available\":0,"
        "\"retryAfterMs\":0}";
    struct desk_answer read;
    int64_t number;
    ck_assert(!bid_answer_read(text, sizeof text - 1, &number, &read));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bid_letter");
    TCase *tests = tcase_create("bid_letter");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, a_bid_arrives_as_it_was_sent);
    tcase_add_test(tests, the_longest_bid_fits);
    tcase_add_loop_test(tests, what_no_node_writes_is_not_taken, 0, sizeof slips / sizeof *slips);
    tcase_add_test(tests, a_maximum_taken_back_arrives);
    tcase_add_test(tests, an_answer_arrives_as_it_was_given);
    tcase_add_test(tests, an_answer_without_a_state_has_none);
    tcase_add_test(tests, a_verdict_of_a_later_version_is_no_answer);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
