/* The public view of a lot and the announcement around it: what is shown in which status, nothing private,
 * nothing lost on the way to another node. */
#include "core/wire/view.h"

#include "core/base/buffer.h"
#include "core/wire/announcement.h"
#include "core/wire/json_read.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct auction lot = {
    .id = 7,
    .seq = 12,
    .status = AUCTION_ACTIVE,
    .terms = {.start_price = 5000000, .ladder = {.count = 2, .rungs = {{1000000, 10000}, {0, 50000}}}},
    .reserve = 6660000,
    .price = 5100000,
    .leader = 770001,
    .leader_paddle = 31,
    .leader_max = 9990000,
    .bid_count = 4,
    .starts_at_ms = 1000,
    .ends_at_ms = 301000,
    .remaining_ms = 5000,
    .extensions = 2,
};

static void write_members(const struct auction_view *view, struct buffer *buffer)
{
    buffer_init(buffer, 10000);
    struct json json = json_start(buffer);
    json_object(&json, NULL);
    view_write(view, &json);
    json_object_end(&json);
}

static void assert_same(const struct auction_view *a, const struct auction_view *b)
{
    ck_assert_int_eq(a->auction_id, b->auction_id);
    ck_assert_int_eq(a->sale_id, b->sale_id);
    ck_assert_int_eq(a->seq, b->seq);
    ck_assert_int_eq(a->status, b->status);
    ck_assert_int_eq(a->price, b->price);
    ck_assert_int_eq(a->leader_paddle, b->leader_paddle);
    ck_assert_int_eq(a->bid_count, b->bid_count);
    ck_assert_int_eq(a->min_next_bid, b->min_next_bid);
    ck_assert_int_eq(a->step, b->step);
    ck_assert_int_eq(a->start_price, b->start_price);
    ck_assert_int_eq(a->reserve, b->reserve);
    ck_assert_int_eq(a->starts_at_ms, b->starts_at_ms);
    ck_assert_int_eq(a->ends_at_ms, b->ends_at_ms);
    ck_assert_int_eq(a->remaining_ms, b->remaining_ms);
    ck_assert_int_eq(a->extensions, b->extensions);
}

START_TEST(an_active_lot_is_shown_without_its_private_parts)
{
    struct auction_view view = auction_view_of(&lot, 3);
    struct buffer buffer;
    write_members(&view, &buffer);
    ck_assert_str_eq(buffer.data, "{\"auctionId\":7,\"saleId\":3,\"seq\":12,\"status\":\"active\",\"price\":"
                                  "5100000,\"leader\":31,\"bidCount\":4,"
                                  "\"minNextBid\":5150000,\"step\":50000,\"startPrice\":5000000,\"reserve\":"
                                  "\"unmet\",\"startsAtMs\":1000,"
                                  "\"endsAtMs\":301000,\"remainingMs\":null,\"extensions\":2}");
    buffer_finish(&buffer);
}
END_TEST

START_TEST(a_lot_without_a_bid_has_no_price_and_no_leader)
{
    struct auction fresh = {.id = 7, .seq = 1, .status = AUCTION_SCHEDULED, .terms = lot.terms};
    struct auction_view view = auction_view_of(&fresh, 3);
    struct buffer buffer;
    write_members(&view, &buffer);
    ck_assert_str_eq(buffer.data, "{\"auctionId\":7,\"saleId\":3,\"seq\":1,\"status\":\"scheduled\","
                                  "\"price\":null,\"leader\":null,\"bidCount\":0,"
                                  "\"minNextBid\":5000000,\"step\":50000,\"startPrice\":5000000,\"reserve\":"
                                  "\"none\",\"startsAtMs\":null,"
                                  "\"endsAtMs\":null,\"remainingMs\":null,\"extensions\":0}");
    buffer_finish(&buffer);
}
END_TEST

/* Which of the clock's two values is shown where. */
static const struct {
    enum auction_status status;
    int64_t ends_at_ms, remaining_ms;
} clocks[] = {
    {AUCTION_DRAFT,     0,      0   },
    {AUCTION_SCHEDULED, 0,      0   },
    {AUCTION_ACTIVE,    301000, 0   },
    {AUCTION_PAUSED,    0,      5000},
    {AUCTION_SOLD,      301000, 0   },
    {AUCTION_PASSED,    301000, 0   },
    {AUCTION_WITHDRAWN, 301000, 0   },
};

START_TEST(the_clock_is_shown_by_status_and_every_view_is_read_back)
{
    struct auction auction = lot;
    auction.status = clocks[_i].status;
    struct auction_view view = auction_view_of(&auction, 3), read;
    ck_assert_int_eq(view.ends_at_ms, clocks[_i].ends_at_ms);
    ck_assert_int_eq(view.remaining_ms, clocks[_i].remaining_ms);
    struct buffer buffer;
    const char *reason;
    write_members(&view, &buffer);
    cJSON *root = json_parse(buffer.data, buffer.size, &reason);
    ck_assert(view_read(root, &read));
    assert_same(&view, &read);
    cJSON_Delete(root);
    buffer_finish(&buffer);
}
END_TEST

START_TEST(a_paused_lot_without_time_left_still_says_so)
{
    struct auction auction = lot;
    auction.status = AUCTION_PAUSED;
    auction.remaining_ms = 0;
    struct auction_view view = auction_view_of(&auction, 3);
    struct buffer buffer;
    write_members(&view, &buffer);
    ck_assert_ptr_nonnull(strstr(buffer.data, "\"remainingMs\":0"));
    buffer_finish(&buffer);
}
END_TEST

START_TEST(a_view_with_a_member_missing_or_wrong_is_refused)
{
    struct auction_view view = auction_view_of(&lot, 3), read;
    struct buffer buffer;
    const char *reason;
    write_members(&view, &buffer);
    cJSON *root = json_parse(buffer.data, buffer.size, &reason);
    int members = cJSON_GetArraySize(root);
    for (int i = 0; i < members; i++) {
        cJSON *without = cJSON_Duplicate(root, true);
        cJSON_DeleteItemFromArray(without, i);
        ck_assert(!view_read(without, &read));
        cJSON_Delete(without);
        cJSON *wrong = cJSON_Duplicate(root, true);
        cJSON_ReplaceItemInArray(wrong, i, cJSON_CreateArray());
        ck_assert(!view_read(wrong, &read));
        cJSON_Delete(wrong);
    }
    /* a newer node may say more */
    cJSON_AddNumberToObject(root, "later", 1);
    ck_assert(view_read(root, &read));
    ck_assert(!view_read(NULL, &read));
    cJSON_Delete(root);
    buffer_finish(&buffer);
}
END_TEST

START_TEST(an_announcement_is_read_back)
{
    struct auction_view view = auction_view_of(&lot, 3);
    static const char *const events[] = {"{\"seq\":11}", "{\"seq\":12,\"type\":\"bid\"}"};
    static const size_t sizes[] = {10, 23};
    struct buffer buffer;
    buffer_init(&buffer, 10000);
    announcement_write(10, &view, events, sizes, 2, &buffer);
    struct announcement read;
    ck_assert(announcement_read(buffer.data, buffer.size, &read));
    ck_assert_int_eq(read.prev_seq, 10);
    assert_same(&read.view, &view);
    ck_assert_int_eq(cJSON_GetArraySize(read.events), 2);
    char *printed = cJSON_PrintUnformatted(read.events);
    ck_assert_str_eq(printed, "[{\"seq\":11},{\"seq\":12,\"type\":\"bid\"}]");
    cJSON_free(printed);
    announcement_finish(&read);
    for (size_t size = 0; size < buffer.size; size++)
        ck_assert(!announcement_read(buffer.data, size, &read));
    buffer_finish(&buffer);
}
END_TEST

/* clang-format off */
static const char *const bad_frames[] = {
    "", "{}", "[]", "null", "{\"prevSeq\":10,\"events\":[{\"seq\":11},{\"seq\":12}]}",
    "{\"prevSeq\":10,\"view\":%s}", "{\"view\":%s,\"events\":[{\"seq\":11},{\"seq\":12}]}",
    "{\"prevSeq\":10,\"view\":[],\"events\":[{\"seq\":11},{\"seq\":12}]}",
    "{\"prevSeq\":-1,\"view\":%s,\"events\":[]}",
    "{\"prevSeq\":10,\"view\":%s,\"events\":{}}",
    "{\"prevSeq\":10,\"view\":%s,\"events\":[]}",                                          /* two are missing */
    "{\"prevSeq\":10,\"view\":%s,\"events\":[{\"seq\":11}]}",
    "{\"prevSeq\":10,\"view\":%s,\"events\":[{\"seq\":12},{\"seq\":11}]}",
    "{\"prevSeq\":10,\"view\":%s,\"events\":[{\"seq\":11},{\"seq\":12},{\"seq\":13}]}",
    "{\"prevSeq\":10,\"view\":%s,\"events\":[{\"seq\":11},12]}",
    "{\"prevSeq\":10,\"view\":%s,\"events\":[{\"seq\":11},{\"seq\":\"12\"}]}",
};
/* clang-format on */

START_TEST(a_malformed_announcement_is_refused)
{
    struct auction_view view = auction_view_of(&lot, 3);
    struct buffer members, frame;
    struct announcement read;
    write_members(&view, &members);
    buffer_init(&frame, 10000);
    const char *hole = strstr(bad_frames[_i], "%s");
    buffer_append(&frame, bad_frames[_i],
                  hole != NULL ? (size_t)(hole - bad_frames[_i]) : strlen(bad_frames[_i]));
    if (hole != NULL) {
        buffer_append(&frame, members.data, members.size);
        buffer_append_text(&frame, hole + 2);
    }
    ck_assert_msg(!announcement_read(frame.data, frame.size, &read), "%s", frame.data);
    buffer_finish(&members);
    buffer_finish(&frame);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("view");
    tcase_add_test(cases, an_active_lot_is_shown_without_its_private_parts);
    tcase_add_test(cases, a_lot_without_a_bid_has_no_price_and_no_leader);
    tcase_add_loop_test(cases, the_clock_is_shown_by_status_and_every_view_is_read_back, 0,
                        (int)(sizeof clocks / sizeof *clocks));
    tcase_add_test(cases, a_paused_lot_without_time_left_still_says_so);
    tcase_add_test(cases, a_view_with_a_member_missing_or_wrong_is_refused);
    tcase_add_test(cases, an_announcement_is_read_back);
    tcase_add_loop_test(cases, a_malformed_announcement_is_refused, 0,
                        (int)(sizeof bad_frames / sizeof *bad_frames));
    Suite *suite = suite_create("view");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
