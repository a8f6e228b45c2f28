/* Announcements as commands, the names of channels, the set of channels and Redis' URLs: what can be told
 * without a Redis. */
#include "core/bus/announce.h"
#include "core/bus/channel_set.h"
#include "core/bus/redis.h"
#include "core/bus/redis_url.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- commands ---- */

static const struct auction_view active = {
    .auction_id = 42,
    .sale_id = 3,
    .seq = 17,
    .status = AUCTION_ACTIVE,
    .price = 1500000,
    .leader_paddle = 8,
    .bid_count = 5,
    .ends_at_ms = 1700000300000,
    .extensions = 2,
};

static void check_arguments(const struct announce_command *command, int from, const char *const *expected,
                            int count)
{
    ck_assert_int_eq(command->count, from + count);
    for (int i = 0; i < count; i++) {
        ck_assert_str_eq(command->arguments[from + i], expected[i]);
        ck_assert_uint_eq(command->sizes[from + i], strlen(expected[i]));
    }
}

START_TEST(a_view_becomes_keys_values_channel_and_message)
{
    struct announce_command command;
    static const char message[] = "{\"prevSeq\":16}";
    announce_build(&command, &active, message, strlen(message));
    static const char *const expected[] = {
        "5",
        "auction:{42}:seq",
        "auction:{42}:status",
        "auction:{42}:price",
        "auction:{42}:end_time",
        "auction:{42}:extended",
        "17",
        "active",
        "1500000",
        "1700000300000",
        "true",
        "2592000",
        "auction:{42}:events",
        message,
    };
    ck_assert_int_le(command.count, ANNOUNCE_ARGUMENTS_MAX);
    ck_assert_str_eq(command.arguments[0], "EVAL");
    ck_assert_ptr_nonnull(strstr(command.arguments[1], "PUBLISH"));
    check_arguments(&command, 2, expected, 14);
    ck_assert(!command.text.failed);
    announce_finish(&command);
}
END_TEST

START_TEST(no_price_and_no_clock_are_empty_texts)
{
    struct auction_view view = active;
    view.status = AUCTION_SCHEDULED;
    view.price = 0;
    view.ends_at_ms = 0;
    view.extensions = 0;
    struct announce_command command;
    announce_build(&command, &view, "{}", 2);
    static const char *const expected[] = {"17",      "scheduled",           "",  "", "false",
                                           "2592000", "auction:{42}:events", "{}"};
    check_arguments(&command, 8, expected, 8);
    announce_finish(&command);
}
END_TEST

START_TEST(ended_lots_are_forgotten_sooner)
{
    static const enum auction_status ended[] = {AUCTION_SOLD, AUCTION_PASSED, AUCTION_WITHDRAWN};
    for (size_t i = 0; i < sizeof ended / sizeof *ended; i++) {
        struct auction_view view = active;
        view.status = ended[i];
        struct announce_command command;
        announce_build(&command, &view, "{}", 2);
        ck_assert_str_eq(command.arguments[13], "604800");
        announce_finish(&command);
    }
}
END_TEST

START_TEST(the_largest_numbers_and_a_long_message_fit)
{
    struct auction_view view = active;
    view.auction_id = view.seq = view.price = view.ends_at_ms = INT64_MAX;
    size_t size = 300000;
    char *message = malloc(size);
    memset(message, 'x', size);
    message[5] = '\0';
    struct announce_command command;
    announce_build(&command, &view, message, size);
    ck_assert(!command.text.failed);
    ck_assert_str_eq(command.arguments[14], "auction:{9223372036854775807}:events");
    ck_assert_uint_eq(command.sizes[15], size);
    ck_assert_mem_eq(command.arguments[15], message, size);
    announce_finish(&command);
    free(message);
}
END_TEST

START_TEST(a_user_is_told_on_the_users_channel)
{
    struct announce_command command;
    announce_user_build(&command, 7, "{\"event\":\"bid:outbid\"}", 22);
    static const char *const expected[] = {"PUBLISH", "user:{7}", "{\"event\":\"bid:outbid\"}"};
    check_arguments(&command, 0, expected, 3);
    announce_finish(&command);
}
END_TEST

/* ---- names of channels ---- */

static const int64_t ids[] = {1, 42, 9007199254740993, INT64_MAX};

START_TEST(a_channels_name_leads_back_to_its_id)
{
    char name[CHANNEL_NAME_SIZE];
    int64_t id = 0;
    bool is_user = true;
    channel_of_auction(ids[_i], name);
    ck_assert(channel_parse(name, &id, &is_user));
    ck_assert_int_eq(id, ids[_i]);
    ck_assert(!is_user);
    channel_of_user(ids[_i], name);
    ck_assert(channel_parse(name, &id, &is_user));
    ck_assert_int_eq(id, ids[_i]);
    ck_assert(is_user);
}
END_TEST

static const char *const strange_names[] = {
    "",
    "auction",
    "auction:{}:events",
    "auction:{0}:events",
    "auction:{042}:events",
    "auction:{-1}:events",
    "auction:{+1}:events",
    "auction:{ 1}:events",
    "auction:{1 }:events",
    "auction:{1}:event",
    "auction:{1}:eventss",
    "auction:{1}",
    "auction:1:events",
    "auction:{9223372036854775808}:events",
    "auction:{99999999999999999999999}:events",
    "auction:{1}:owner",
    "user:{1",
    "user:{1}x",
    "user:{}",
    "user:{a}",
    "user:1",
    "User:{1}",
    "auction:started",
};

START_TEST(other_names_are_no_channel)
{
    int64_t id = -5;
    bool is_user;
    ck_assert(!channel_parse(strange_names[_i], &id, &is_user));
    ck_assert_int_eq(id, -5);
}
END_TEST

/* ---- the set of channels ---- */

START_TEST(a_channel_stays_until_the_last_wish_for_it_is_gone)
{
    struct channel_set set;
    channel_set_init(&set);
    ck_assert(!channel_set_remove(&set, "a"));
    ck_assert(!channel_set_has(&set, "a"));
    ck_assert(channel_set_add(&set, "a"));
    ck_assert(!channel_set_add(&set, "a"));
    ck_assert(channel_set_add(&set, "b"));
    ck_assert(!channel_set_remove(&set, "a"));
    ck_assert(channel_set_has(&set, "a"));
    ck_assert(channel_set_remove(&set, "a"));
    ck_assert(!channel_set_has(&set, "a"));
    ck_assert(!channel_set_remove(&set, "a"));
    ck_assert(channel_set_has(&set, "b"));
    ck_assert_uint_eq(set.count, 1);
    channel_set_finish(&set);
}
END_TEST

START_TEST(a_walk_meets_each_of_many_channels_once)
{
    enum { MANY = 10000 };
    struct channel_set set;
    channel_set_init(&set);
    struct channel_walk walk = {0};
    ck_assert_ptr_null(channel_set_next(&set, &walk));
    char name[CHANNEL_NAME_SIZE];
    for (int id = 1; id <= MANY; id++) {
        channel_of_auction(id, name);
        ck_assert(channel_set_add(&set, name));
    }
    for (int id = 3; id <= MANY; id += 3) {
        channel_of_auction(id, name);
        ck_assert(channel_set_remove(&set, name));
    }
    static bool met[MANY + 1];
    size_t count = 0;
    walk = (struct channel_walk){0};
    for (const char *at; (at = channel_set_next(&set, &walk)) != NULL; count++) {
        int64_t id;
        bool is_user;
        ck_assert(channel_parse(at, &id, &is_user) && id % 3 != 0 && !met[id]);
        met[id] = true;
    }
    ck_assert_uint_eq(count, set.count);
    ck_assert_uint_eq(count, MANY - MANY / 3);
    channel_set_finish(&set);
}
END_TEST

/* ---- URLs ---- */

static const struct {
    const char *text;
    struct redis_url url;
} urls[] = {
    {"redis://localhost",                   {.host = "localhost", .port = 6379}                  },
    {"redis://localhost/",                  {.host = "localhost", .port = 6379}                  },
    {"redis://10.0.0.1:7000/15",            {.host = "10.0.0.1", .port = 7000, .database = 15}   },
    {"redis://:s3cret@redis:6380",          {.host = "redis", .port = 6380, .password = "s3cret"}},
    {"redis://s3cret@redis",                {.host = "redis", .port = 6379, .password = "s3cret"}},
    {"redis://seri:s3cret@redis/2",
     {.host = "redis", .port = 6379, .database = 2, .user = "seri", .password = "s3cret"}        },
    {"redis://se%3Ari:a%2fb%40%25:c@redis",
     {.host = "redis", .port = 6379, .user = "se:ri", .password = "a/b@%:c"}                     },
    {"redis://:a@b@redis",                  {.host = "redis", .port = 6379, .password = "a@b"}   },
    {"redis://:@redis",                     {.host = "redis", .port = 6379}                      },
    {"redis://[::1]:7000/1",                {.host = "::1", .port = 7000, .database = 1}         },
    {"redis://:pw@[fe80::1]",               {.host = "fe80::1", .port = 6379, .password = "pw"}  },
};

START_TEST(a_url_is_read)
{
    struct redis_url url;
    struct error error;
    ck_assert(redis_url_check(urls[_i].text, &error));
    ck_assert(redis_url_parse(urls[_i].text, &url, &error));
    ck_assert_str_eq(url.host, urls[_i].url.host);
    ck_assert_int_eq(url.port, urls[_i].url.port);
    ck_assert_int_eq(url.database, urls[_i].url.database);
    ck_assert_str_eq(url.user, urls[_i].url.user);
    ck_assert_str_eq(url.password, urls[_i].url.password);
}
END_TEST

static const char *const bad_urls[] = {
    "",
    "redis",
    "redis:",
    "redis:/",
    "redis://",
    "redis:///0",
    "http://s3cret@h",
    "rediss://:s3cret@h",
    "redis://:s3cret@",
    "redis://h:",
    "redis://h:0",
    "redis://h:65536",
    "redis://h:-1",
    "redis://h:s3cret",
    "redis://h/x",
    "redis://h/-1",
    "redis://h/1/2",
    "redis://h/65536",
    "redis://h/99999999999999999999",
    "redis://h?db=1",
    "redis://s3:cret:@:6379",
    "redis://seri:@h",
    "redis://@h",
    "redis://:%zz@h",
    "redis://:%2@h",
    "redis://:s3cret%00x@h",
    "redis://[::1",
    "redis://[::1]x",
    "redis://[]",
    "redis://h st",
    "redis://u:s3cret/x@h",
};

START_TEST(a_bad_url_is_refused_without_being_quoted)
{
    struct error error = {0};
    ck_assert_msg(!redis_url_check(bad_urls[_i], &error), "%s", bad_urls[_i]);
    ck_assert_uint_gt(strlen(error.text), 0);
    ck_assert_ptr_null(strstr(error.text, "cret"));
}
END_TEST

START_TEST(overlong_parts_of_a_url_are_refused)
{
    static const char *const shapes[] = {"redis://%s", "redis://:%s@h", "redis://%s:pw@h"};
    char part[600], text[700];
    memset(part, 'a', sizeof part - 1);
    part[sizeof part - 1] = '\0';
    struct error error;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const char *at = strstr(shapes[i], "%s");
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - shapes[i]), shapes[i], part, at + 2);
        ck_assert(!redis_url_check(text, &error));
    }
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
    TCase *cases = tcase_create("announce");
    tcase_add_test(cases, a_view_becomes_keys_values_channel_and_message);
    tcase_add_test(cases, no_price_and_no_clock_are_empty_texts);
    tcase_add_test(cases, ended_lots_are_forgotten_sooner);
    tcase_add_test(cases, the_largest_numbers_and_a_long_message_fit);
    tcase_add_test(cases, a_user_is_told_on_the_users_channel);
    tcase_add_loop_test(cases, a_channels_name_leads_back_to_its_id, 0, COUNT(ids));
    tcase_add_loop_test(cases, other_names_are_no_channel, 0, COUNT(strange_names));
    tcase_add_test(cases, a_channel_stays_until_the_last_wish_for_it_is_gone);
    tcase_add_test(cases, a_walk_meets_each_of_many_channels_once);
    tcase_add_loop_test(cases, a_url_is_read, 0, COUNT(urls));
    tcase_add_loop_test(cases, a_bad_url_is_refused_without_being_quoted, 0, COUNT(bad_urls));
    tcase_add_test(cases, overlong_parts_of_a_url_are_refused);
    Suite *suite = suite_create("announce");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
