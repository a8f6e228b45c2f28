/* Events as bytes: golden texts of every kind, nothing lost between writing and reading, nothing private in
 * public, and no harm from a damaged row. */
#include "core/wire/event.h"

#include "core/base/buffer.h"
#include "core/wire/json_read.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

static const struct auction_terms terms = {
    .start_price = 5000000,
    .rules = {.duration_ms = 300000,
              .extension_window_ms = 300001,
              .extension_ms = 300002,
              .late_ms = 60000,
              .close_grace_ms = 1000,
              .mode = EXTENSION_ADD,
              .max_extensions = 9},
    .ladder = {.count = 2,      .rungs = {{1000000, 10000}, {0, 50000}}       },
};

static const struct uuid bid_id = {
    {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x4d, 0xef, 0x81, 0x23, 1, 2, 3, 4, 5, 0xff}
};

/* The private values occur nowhere else: 770001 (who), 8880000 (amounts), 9990000 (maxima), 6660000
 * (reserves), the bidId. */
static const char *const private_texts[] = {"77000",  "888000", "999000", "666000",    "12345678-9abc",
                                            "userId", "actor",  "bidId",  "maxAmount", "reserve"};

/* clang-format off */
static const struct {
    struct auction_event event;
    const char *public_part;
    const char *private_part;
} cases[] = {
    {{.kind = EVENT_SCHEDULED, .seq = 1, .at_ms = 1000, .actor = 770001, .terms = &terms, .reserve = 6660000, .starts_at_ms = 5000},
     "{\"atMs\":1000,\"ladder\":[[1000000,10000],[null,50000]],\"rules\":{\"closeGraceMs\":1000,\"durationMs\":300000,\"extensionMs\":300002,"
     "\"extensionWindowMs\":300001,\"lateMs\":60000,\"maxExtensions\":9,\"mode\":\"add\"},\"seq\":1,\"startPrice\":5000000,\"startsAtMs\":5000,"
     "\"type\":\"scheduled\"}",
     "{\"actor\":770001,\"reserve\":6660000}"},
    {{.kind = EVENT_SCHEDULED, .seq = 1, .at_ms = 1000, .terms = &terms},
     "{\"atMs\":1000,\"ladder\":[[1000000,10000],[null,50000]],\"rules\":{\"closeGraceMs\":1000,\"durationMs\":300000,\"extensionMs\":300002,"
     "\"extensionWindowMs\":300001,\"lateMs\":60000,\"maxExtensions\":9,\"mode\":\"add\"},\"seq\":1,\"startPrice\":5000000,\"startsAtMs\":null,"
     "\"type\":\"scheduled\"}",
     "{}"},
    {{.kind = EVENT_STARTED, .seq = 2, .at_ms = 2000, .actor = 770001, .ends_at_ms = 302000},
     "{\"atMs\":2000,\"endsAtMs\":302000,\"seq\":2,\"type\":\"started\"}", "{\"actor\":770001}"},
    {{.kind = EVENT_BID, .seq = 3, .at_ms = 3000, .actor = 770002, .user = 770002, .paddle = 12, .amount = 5000000, .given_amount = 8880000,
      .maximum = 9990000, .bid_id = bid_id},
     "{\"amount\":5000000,\"atMs\":3000,\"auto\":false,\"paddle\":12,\"seq\":3,\"type\":\"bid\"}",
     "{\"actor\":770002,\"amount\":8880000,\"bidId\":\"12345678-9abc-4def-8123-0102030405ff\",\"maxAmount\":9990000,\"userId\":770002}"},
    {{.kind = EVENT_BID, .seq = 4, .at_ms = 3000, .user = 770003, .paddle = 5, .amount = 5050000, .automatic = true, .cause = 3, .maximum = 9990000},
     "{\"amount\":5050000,\"atMs\":3000,\"auto\":true,\"cause\":3,\"paddle\":5,\"seq\":4,\"type\":\"bid\"}",
     "{\"maxAmount\":9990000,\"userId\":770003}"},
    {{.kind = EVENT_RAISED, .seq = 5, .at_ms = 3500, .actor = 770003, .user = 770003, .paddle = 5, .maximum = 9990001, .bid_id = bid_id},
     "{\"atMs\":3500,\"seq\":5,\"type\":\"sealed\"}",
     "{\"actor\":770003,\"bidId\":\"12345678-9abc-4def-8123-0102030405ff\",\"maxAmount\":9990001,\"paddle\":5,\"type\":\"raised\",\"userId\":770003}"},
    {{.kind = EVENT_MAXIMUM_LEFT, .seq = 5, .at_ms = 3500, .actor = 770003, .user = 770003, .paddle = 5, .maximum = 9990001, .bid_id = bid_id},
     "{\"atMs\":3500,\"seq\":5,\"type\":\"sealed\"}",
     "{\"actor\":770003,\"bidId\":\"12345678-9abc-4def-8123-0102030405ff\",\"maxAmount\":9990001,\"paddle\":5,\"type\":\"maximum_left\",\"userId\":770003}"},
    {{.kind = EVENT_MAXIMUM_LEFT, .seq = 5, .at_ms = 3500, .actor = 770003, .user = 770003, .bid_id = bid_id},
     "{\"atMs\":3500,\"seq\":5,\"type\":\"sealed\"}",
     "{\"actor\":770003,\"bidId\":\"12345678-9abc-4def-8123-0102030405ff\",\"type\":\"maximum_left\",\"userId\":770003}"},
    {{.kind = EVENT_EXTENDED, .seq = 6, .at_ms = 3600, .ends_at_ms = 303600, .extensions = 2},
     "{\"atMs\":3600,\"endsAtMs\":303600,\"extensions\":2,\"seq\":6,\"type\":\"extended\"}", "{}"},
    {{.kind = EVENT_PAUSED, .seq = 7, .at_ms = 4000, .actor = 770001, .remaining_ms = 299600, .text = "\"Rain\"\n\xe9\x9b\xa8\x01"},
     "{\"atMs\":4000,\"reason\":\"\\\"Rain\\\"\\n\xe9\x9b\xa8\\u0001\",\"remainingMs\":299600,\"seq\":7,\"type\":\"paused\"}", "{\"actor\":770001}"},
    {{.kind = EVENT_PAUSED, .seq = 7, .at_ms = 4000, .outage = true},
     "{\"atMs\":4000,\"outage\":true,\"remainingMs\":0,\"seq\":7,\"type\":\"paused\"}", "{}"},
    {{.kind = EVENT_RESUMED, .seq = 8, .at_ms = 5000, .actor = 770001, .ends_at_ms = 304600},
     "{\"atMs\":5000,\"endsAtMs\":304600,\"seq\":8,\"type\":\"resumed\"}", "{\"actor\":770001}"},
    {{.kind = EVENT_STEP_CHANGED, .seq = 9, .at_ms = 5001, .step = 30000},
     "{\"atMs\":5001,\"seq\":9,\"step\":30000,\"type\":\"step_changed\"}", "{}"},
    {{.kind = EVENT_STEP_CHANGED, .seq = 9, .at_ms = 5001, .start_price = 4000000},
     "{\"atMs\":5001,\"seq\":9,\"startPrice\":4000000,\"step\":null,\"type\":\"step_changed\"}", "{}"},
    {{.kind = EVENT_BID_RETRACTED, .seq = 10, .at_ms = 6000, .actor = 770001, .user = 770002, .paddle = 12, .amount = 5100000, .cause = 4,
      .maximum = 9990000, .bid_count = 3, .ends_at_ms = 306000, .text = "Slip"},
     "{\"atMs\":6000,\"bidCount\":3,\"endsAtMs\":306000,\"paddle\":12,\"price\":5100000,\"reason\":\"Slip\",\"retracts\":4,\"seq\":10,"
     "\"type\":\"bid_retracted\"}",
     "{\"actor\":770001,\"maxAmount\":9990000,\"userId\":770002}"},
    {{.kind = EVENT_BID_RETRACTED, .seq = 10, .at_ms = 6000, .actor = 770001, .cause = 3, .remaining_ms = 300000, .text = "Slip"},
     "{\"atMs\":6000,\"bidCount\":0,\"paddle\":null,\"price\":null,\"reason\":\"Slip\",\"remainingMs\":300000,\"retracts\":3,\"seq\":10,"
     "\"type\":\"bid_retracted\"}",
     "{\"actor\":770001}"},
    {{.kind = EVENT_MESSAGE, .seq = 11, .at_ms = 6100, .text = "\xe3\x82\xbb\xe3\x83\xaa"},
     "{\"atMs\":6100,\"message\":\"\xe3\x82\xbb\xe3\x83\xaa\",\"seq\":11,\"type\":\"message\"}", "{}"},
    {{.kind = EVENT_WARNED, .seq = 12, .at_ms = 6200, .actor = 770001},
     "{\"atMs\":6200,\"seq\":12,\"type\":\"warned\"}", "{\"actor\":770001}"},
    {{.kind = EVENT_WARNED, .seq = 12, .at_ms = 6200, .text = "Going twice"},
     "{\"atMs\":6200,\"message\":\"Going twice\",\"seq\":12,\"type\":\"warned\"}", "{}"},
    {{.kind = EVENT_RESERVE_CHANGED, .seq = 13, .at_ms = 6300, .actor = 770001, .reserve = 6660000},
     "{\"atMs\":6300,\"seq\":13,\"type\":\"sealed\"}", "{\"actor\":770001,\"reserve\":6660000,\"type\":\"reserve_changed\"}"},
    {{.kind = EVENT_RESERVE_CHANGED, .seq = 13, .at_ms = 6300, .actor = 770001, .text = "770009 asked for it"},
     "{\"atMs\":6300,\"seq\":13,\"type\":\"sealed\"}",
     "{\"actor\":770001,\"reason\":\"770009 asked for it\",\"reserve\":0,\"type\":\"reserve_changed\"}"},
    {{.kind = EVENT_HAMMERED, .seq = 14, .at_ms = 6400, .actor = 770001, .ends_at_ms = 6400},
     "{\"atMs\":6400,\"endsAtMs\":6400,\"seq\":14,\"type\":\"hammered\"}", "{\"actor\":770001}"},
    {{.kind = EVENT_SOLD, .seq = 15, .at_ms = 7400, .user = 770002, .paddle = 12, .amount = 5100000},
     "{\"atMs\":7400,\"paddle\":12,\"price\":5100000,\"seq\":15,\"type\":\"sold\"}", "{\"userId\":770002}"},
    {{.kind = EVENT_PASSED, .seq = 15, .at_ms = 7400},
     "{\"atMs\":7400,\"seq\":15,\"type\":\"passed\"}", "{}"},
    {{.kind = EVENT_WITHDRAWN, .seq = 15, .at_ms = 7400, .actor = 770001, .text = "Lame"},
     "{\"atMs\":7400,\"reason\":\"Lame\",\"seq\":15,\"type\":\"withdrawn\"}", "{\"actor\":770001}"},
    {{.kind = EVENT_REOPENED, .seq = 16, .at_ms = 8000, .actor = 770001, .ends_at_ms = 308000, .text = "By mistake"},
     "{\"atMs\":8000,\"endsAtMs\":308000,\"reason\":\"By mistake\",\"seq\":16,\"type\":\"reopened\"}", "{\"actor\":770001}"},
};
/* clang-format on */

static const char *public_of(const struct auction_event *event, struct buffer *buffer)
{
    buffer_clear(buffer);
    event_write_public(event, buffer);
    ck_assert(!buffer->failed);
    return buffer->data;
}

static const char *private_of(const struct auction_event *event, struct buffer *buffer)
{
    buffer_clear(buffer);
    event_write_private(event, buffer);
    ck_assert(!buffer->failed);
    return buffer->data;
}

static void assert_same(const struct auction_event *a, const struct auction_event *b)
{
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_int_eq(a->seq, b->seq);
    ck_assert_int_eq(a->at_ms, b->at_ms);
    ck_assert_int_eq(a->actor, b->actor);
    ck_assert_int_eq(a->user, b->user);
    ck_assert_int_eq(a->paddle, b->paddle);
    ck_assert_int_eq(a->amount, b->amount);
    ck_assert_int_eq(a->automatic, b->automatic);
    ck_assert_int_eq(a->cause, b->cause);
    ck_assert_int_eq(a->given_amount, b->given_amount);
    ck_assert_int_eq(a->maximum, b->maximum);
    ck_assert(uuid_equal(a->bid_id, b->bid_id));
    ck_assert_int_eq(a->bid_count, b->bid_count);
    ck_assert_int_eq(a->starts_at_ms, b->starts_at_ms);
    ck_assert_int_eq(a->ends_at_ms, b->ends_at_ms);
    ck_assert_int_eq(a->remaining_ms, b->remaining_ms);
    ck_assert_int_eq(a->extensions, b->extensions);
    ck_assert_int_eq(a->outage, b->outage);
    ck_assert_int_eq(a->step, b->step);
    ck_assert_int_eq(a->start_price, b->start_price);
    ck_assert_int_eq(a->reserve, b->reserve);
    ck_assert_pstr_eq(a->text, b->text);
    ck_assert_int_eq(a->terms != NULL, b->terms != NULL);
    if (a->terms == NULL)
        return;
    ck_assert_int_eq(a->terms->start_price, b->terms->start_price);
    ck_assert_mem_eq(&a->terms->rules, &b->terms->rules, sizeof a->terms->rules);
    ck_assert_int_eq(a->terms->ladder.count, b->terms->ladder.count);
    ck_assert_mem_eq(a->terms->ladder.rungs, b->terms->ladder.rungs,
                     (size_t)a->terms->ladder.count * sizeof *a->terms->ladder.rungs);
}

START_TEST(every_kind_is_written_as_agreed)
{
    struct buffer buffer;
    buffer_init(&buffer, 10000);
    ck_assert_str_eq(public_of(&cases[_i].event, &buffer), cases[_i].public_part);
    ck_assert_str_eq(private_of(&cases[_i].event, &buffer), cases[_i].private_part);
    buffer_finish(&buffer);
}
END_TEST

START_TEST(what_was_written_is_read_back_whole)
{
    struct event_storage storage;
    struct auction_event event;
    struct error error;
    ck_assert_msg(event_read(cases[_i].public_part, cases[_i].private_part, &storage, &event, &error), "%s",
                  error.text);
    assert_same(&event, &cases[_i].event);
}
END_TEST

START_TEST(every_kind_has_a_case)
{
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        bool found = false;
        for (int i = 0; i < COUNT(cases); i++)
            found |= cases[i].event.kind == (enum event_kind)kind;
        ck_assert_msg(found, "%s", event_kind_name((enum event_kind)kind));
    }
}
END_TEST

START_TEST(nothing_private_is_in_public)
{
    struct buffer buffer;
    buffer_init(&buffer, 10000);
    const char *text = public_of(&cases[_i].event, &buffer);
    for (int i = 0; i < COUNT(private_texts); i++)
        ck_assert_msg(strstr(text, private_texts[i]) == NULL, "%s in %s", private_texts[i], text);
    buffer_finish(&buffer);
}
END_TEST

/* An event with every field set, as no kind has it: what a kind does not own must not come along. */
START_TEST(fields_of_other_kinds_stay_out)
{
    struct auction_event event = cases[_i].event;
    event.user = event.actor = 770001;
    event.given_amount = 8880000;
    event.maximum = 9990000;
    event.reserve = 6660000;
    event.bid_id = bid_id;
    struct buffer buffer;
    buffer_init(&buffer, 10000);
    ck_assert_str_eq(public_of(&event, &buffer), cases[_i].public_part);
    buffer_finish(&buffer);
}
END_TEST

/* Names ascend and nothing stands between the tokens: read by cJSON and printed again, the text is the same.
 */
START_TEST(both_parts_are_canonical)
{
    const char *const parts[] = {cases[_i].public_part, cases[_i].private_part};
    for (int i = 0; i < 2; i++) {
        const char *reason;
        cJSON *root = json_parse(parts[i], strlen(parts[i]), &reason);
        ck_assert_ptr_nonnull(root);
        for (const cJSON *member = root->child; member != NULL && member->next != NULL; member = member->next)
            ck_assert_int_lt(strcmp(member->string, member->next->string), 0);
        char *printed = cJSON_PrintUnformatted(root);
        ck_assert_str_eq(printed, parts[i]);
        cJSON_free(printed);
        cJSON_Delete(root);
    }
}
END_TEST

START_TEST(the_public_event_adds_hash_and_seal)
{
    struct chain_hash hash, seal;
    memset(&hash, 0xab, sizeof hash);
    memset(&seal, 0x01, sizeof seal);
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    event_write_wire("{\"atMs\":1}", 10, hash, seal, &buffer);
    ck_assert_str_eq(
        buffer.data,
        "{\"atMs\":1,\"hash\":\"abababababababababababababababababababababababababababababababab\","
        "\"sealed\":\"0101010101010101010101010101010101010101010101010101010101010101\"}");
    buffer_finish(&buffer);
}
END_TEST

/* clang-format off */
static const char *const bad_rows[][2] = {
    {"", "{}"}, {"{}", ""}, {"{}", "{}"}, {"[]", "{}"}, {"null", "{}"},
    {"{\"atMs\":1,\"seq\":1}", "{}"},
    {"{\"atMs\":1,\"seq\":1,\"type\":\"nonsense\"}", "{}"},
    {"{\"atMs\":1,\"seq\":1,\"type\":7}", "{}"},
    {"{\"seq\":1,\"type\":\"passed\"}", "{}"},
    {"{\"atMs\":1,\"type\":\"passed\"}", "{}"},
    {"{\"atMs\":null,\"seq\":1,\"type\":\"passed\"}", "{}"},
    {"{\"atMs\":1,\"seq\":-1,\"type\":\"passed\"}", "{}"},
    {"{\"atMs\":1,\"seq\":1.5,\"type\":\"passed\"}", "{}"},
    {"{\"atMs\":1,\"seq\":1,\"type\":\"passed\",\"x\":1}", "{}"},
    {"{\"atMs\":1,\"seq\":1,\"type\":\"passed\"}", "{\"x\":1}"},
    {"{\"atMs\":1,\"seq\":1,\"type\":\"passed\"}", "{\"reserve\":1}"},
    {"{\"atMs\":1,\"seq\":1,\"type\":\"passed\"}", "[]"},
    {"{\"atMs\":1,\"seq\":1,\"type\":\"passed\",\"reason\":null}", "{}"},
    {"{\"atMs\":1,\"endsAtMs\":5,\"seq\":1,\"type\":\"passed\"}", "{}"},
    {"{\"atMs\":1,\"seq\":1,\"type\":\"raised\"}", "{}"},                                 /* a sealed kind in public */
    {"{\"atMs\":1,\"seq\":1,\"type\":\"sealed\"}", "{}"},                                 /* sealed, but what? */
    {"{\"atMs\":1,\"seq\":1,\"type\":\"sealed\"}", "{\"type\":\"passed\"}"},              /* no sealed kind */
    {"{\"atMs\":1,\"seq\":1,\"type\":\"sealed\"}", "{\"type\":\"sealed\"}"},
    {"{\"atMs\":1,\"paddle\":5,\"seq\":1,\"type\":\"sealed\"}", "{\"maxAmount\":1,\"type\":\"raised\"}"},
    {"{\"amount\":5,\"atMs\":1,\"auto\":0,\"paddle\":1,\"seq\":3,\"type\":\"bid\"}", "{}"},
    {"{\"amount\":-5,\"atMs\":1,\"auto\":true,\"paddle\":1,\"seq\":3,\"type\":\"bid\"}", "{}"},
    {"{\"amount\":1000000000001,\"atMs\":1,\"auto\":true,\"paddle\":1,\"seq\":3,\"type\":\"bid\"}", "{}"},
    {"{\"amount\":5,\"atMs\":1,\"auto\":true,\"paddle\":3000000000,\"seq\":3,\"type\":\"bid\"}", "{}"},
    {"{\"amount\":5,\"atMs\":1,\"auto\":true,\"paddle\":1,\"seq\":3,\"type\":\"bid\"}", "{\"bidId\":\"xyz\"}"},
    {"{\"amount\":5,\"atMs\":1,\"auto\":true,\"paddle\":null,\"seq\":3,\"type\":\"bid\"}", "{}"},
    {"{\"atMs\":1,\"message\":7,\"seq\":3,\"type\":\"message\"}", "{}"},
};

/* Ladders and rules that the rules could not be run on. */
static const char *const bad_terms[][2] = {
    {"[[null,50000]]", NULL}, /* the good one */
    {"[]", ""}, {"{}", ""}, {"null", ""}, {"[[0,50000]]", ""}, {"[[1000,50000]]", ""}, {"[[null]]", ""}, {"[[null,1,1]]", ""}, {"[null]", ""},
    {"[[null,0]]", ""}, {"[[null,-1]]", ""}, {"[[2000,10],[1000,10],[null,10]]", ""}, {"[[1000,10],[null,15]]", ""}, {"[[null,10],[null,10]]", ""},
    {"[[1,1],[2,1],[3,1],[4,1],[5,1],[6,1],[7,1],[8,1],[9,1],[10,1],[11,1],[12,1],[13,1],[14,1],[15,1],[16,1],[null,1]]", ""},
};
/* clang-format on */

START_TEST(a_wrong_row_is_refused_with_words)
{
    struct event_storage storage;
    struct auction_event event;
    struct error error = {""};
    ck_assert_msg(!event_read(bad_rows[_i][0], bad_rows[_i][1], &storage, &event, &error), "%s %s",
                  bad_rows[_i][0], bad_rows[_i][1]);
    ck_assert_str_ne(error.text, "");
}
END_TEST

START_TEST(terms_that_cannot_be_are_refused)
{
    struct event_storage storage;
    struct auction_event event;
    struct error error = {""};
    struct buffer buffer;
    buffer_init(&buffer, 10000);
    buffer_append_format(
        &buffer,
        "{\"atMs\":1,\"ladder\":%s,\"rules\":{\"closeGraceMs\":1000,\"durationMs\":300000,\"extensionMs\":"
        "300002,"
        "\"extensionWindowMs\":300001,\"lateMs\":60000,\"maxExtensions\":9,\"mode\":\"reset\"},\"seq\":1,"
        "\"startPrice\":10,\"startsAtMs\":null,\"type\":\"scheduled\"}",
        bad_terms[_i][0]);
    bool good = bad_terms[_i][1] == NULL;
    ck_assert_msg(event_read(buffer.data, "{}", &storage, &event, &error) == good, "%s", buffer.data);
    buffer_finish(&buffer);
}
END_TEST

START_TEST(a_text_over_its_limit_is_refused)
{
    struct event_storage storage;
    struct auction_event event;
    struct error error;
    for (size_t size = AUCTION_TEXT_MAX - 1; size <= AUCTION_TEXT_MAX; size++) {
        char text[AUCTION_TEXT_MAX + 1];
        memset(text, 'a', size);
        text[size] = '\0';
        struct buffer buffer;
        buffer_init(&buffer, 10000);
        event_write_public(&(struct auction_event){.kind = EVENT_MESSAGE, .seq = 1, .text = text}, &buffer);
        ck_assert_int_eq(event_read(buffer.data, "{}", &storage, &event, &error), size < AUCTION_TEXT_MAX);
        buffer_finish(&buffer);
    }
}
END_TEST

/* Random damage to good rows: read or refused, never a crash; what is read can be written again. */
START_TEST(damaged_rows_do_no_harm)
{
    static const char spice[] = "\"\\{}[],:ue0-9.19\x80\xe3\xff\n\t anulltypesealed";
    unsigned short seed[3] = {2, 7, (unsigned short)_i};
    struct event_storage storage;
    struct auction_event event;
    struct error error;
    struct buffer buffer;
    buffer_init(&buffer, 10000);
    for (int round = 0; round < 5000; round++) {
        char *parts[2] = {strdup(cases[_i].public_part), strdup(cases[_i].private_part)};
        for (long i = nrand48(seed) % 4; i >= 0; i--) {
            char *part = parts[nrand48(seed) % 2];
            part[(size_t)nrand48(seed) % strlen(part)] = spice[(size_t)nrand48(seed) % (sizeof spice - 1)];
        }
        if (event_read(parts[0], parts[1], &storage, &event, &error)) {
            public_of(&event, &buffer);
            private_of(&event, &buffer);
        }
        free(parts[0]);
        free(parts[1]);
    }
    buffer_finish(&buffer);
}
END_TEST

/* The public ledger alone yields the public state. */
START_TEST(folding_the_public_parts_gives_the_public_state)
{
    struct auction whole = {.id = 1}, seen = {.id = 1};
    int64_t seq = 0;
    for (int i = 0; i < COUNT(cases); i++) {
        struct auction_event event = cases[i].event;
        event.seq = ++seq;
        auction_apply(&whole, &event);
        if (event_is_sealed(event.kind)) {
            seen.seq = seq;
            continue;
        }
        struct buffer buffer;
        buffer_init(&buffer, 10000);
        struct event_storage storage;
        struct auction_event read;
        struct error error;
        ck_assert_msg(event_read(public_of(&event, &buffer), "{}", &storage, &read, &error), "%s",
                      error.text);
        auction_apply(&seen, &read);
        buffer_finish(&buffer);
        ck_assert_int_eq(seen.seq, whole.seq);
        ck_assert_int_eq(seen.status, whole.status);
        ck_assert_int_eq(seen.price, whole.price);
        ck_assert_int_eq(seen.leader_paddle, whole.leader_paddle);
        ck_assert_int_eq(seen.bid_count, whole.bid_count);
        ck_assert_int_eq(seen.terms.start_price, whole.terms.start_price);
        ck_assert_int_eq(auction_min_next_bid(&seen), auction_min_next_bid(&whole));
        ck_assert_int_eq(seen.starts_at_ms, whole.starts_at_ms);
        ck_assert_int_eq(seen.ends_at_ms, whole.ends_at_ms);
        ck_assert_int_eq(seen.remaining_ms, whole.remaining_ms);
        ck_assert_int_eq(seen.paused_by_outage, whole.paused_by_outage);
        ck_assert_int_eq(seen.extensions, whole.extensions);
        ck_assert_int_eq(seen.warned_at_ms, whole.warned_at_ms);
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("event");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, every_kind_is_written_as_agreed, 0, COUNT(cases));
    tcase_add_loop_test(tests, what_was_written_is_read_back_whole, 0, COUNT(cases));
    tcase_add_test(tests, every_kind_has_a_case);
    tcase_add_loop_test(tests, nothing_private_is_in_public, 0, COUNT(cases));
    tcase_add_loop_test(tests, fields_of_other_kinds_stay_out, 0, COUNT(cases));
    tcase_add_loop_test(tests, both_parts_are_canonical, 0, COUNT(cases));
    tcase_add_test(tests, the_public_event_adds_hash_and_seal);
    tcase_add_loop_test(tests, a_wrong_row_is_refused_with_words, 0, COUNT(bad_rows));
    tcase_add_loop_test(tests, terms_that_cannot_be_are_refused, 0, COUNT(bad_terms));
    tcase_add_test(tests, a_text_over_its_limit_is_refused);
    tcase_add_loop_test(tests, damaged_rows_do_no_harm, 0, COUNT(cases));
    tcase_add_test(tests, folding_the_public_parts_gives_the_public_state);
    Suite *suite = suite_create("event");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
