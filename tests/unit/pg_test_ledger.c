/* The ledger on a real PostgreSQL: a lot's whole life through batches, and everything that the append must
 * refuse whoever asks. Two sides are always compared: the row of the lot and the fold of its events. */
#include "core/store/ledger.h"

#include "core/store/migrate.h"
#include "core/wire/event.h"
#include "core/wire/json_read.h"
#include "tests/unit/cutting_proxy.h"
#include "tests/unit/pg_scratch.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <pthread.h>
#include <time.h>

#define OFFICE 1 /* users */
#define ALICE  2
#define BOB    3
#define CAROL  4 /* not approved */
#define DAVE   5 /* belongs to the consignor of lot 1 */
#define VERA   6 /* a viewer */
#define GONE   7 /* inactive */

static struct scratch scratch;
static struct db *db;
static struct error error;

static void script(const char *sql)
{
    if (!db_script(db, sql, &error))
        ck_abort_msg("%s: %s", sql, error.text);
}

/* Lots 1 to 3 of horses 1 to 3; lot 4 is horse 1 again. Short times, so that a test can see a lot close. */
static void setup(void)
{
    scratch = scratch_create();
    db = db_create(scratch.url, "ledger-test");
    if (migrate_run(db, &error) < 0)
        ck_abort_msg("%s", error.text);
    script("INSERT INTO users (email, name, password_hash, role, active) VALUES"
           " ('o@x.jp', 'Office', 'x', 'auctioneer', true), ('a@x.jp', 'Alice', 'x', 'bidder', true),"
           " ('b@x.jp', 'Bob', 'x', 'bidder', true), ('c@x.jp', 'Carol', 'x', 'bidder', true),"
           " ('d@x.jp', 'Dave', 'x', 'bidder', true), ('v@x.jp', 'Vera', 'x', 'viewer', true),"
           " ('g@x.jp', 'Gone', 'x', 'bidder', false);"
           "INSERT INTO sales (name_ja, name_en, status, duration_ms, extension_window_ms, extension_ms, "
           "late_ms, "
           "close_grace_ms, max_extensions)"
           " VALUES ('S', 'S', 'published', 2000, 1000, 1000, 1000, 500, 9);"
           "INSERT INTO registrations (sale_id, user_id, status, paddle) VALUES (1, 2, 'approved', 12), (1, "
           "3, 'approved', 13),"
           " (1, 4, 'revoked', 14), (1, 5, 'approved', 15), (1, 7, 'approved', 17);"
           "INSERT INTO parties (name) VALUES ('Farm');"
           "INSERT INTO party_users VALUES (1, 5);"
           "INSERT INTO horses (sex, coat_colour, foaled_on, sire_ja, dam_ja, consignor_id) VALUES"
           " ('male', 'bay', '2024-01-01', 'a', 'b', 1), ('female', 'grey', '2024-01-01', 'a', 'b', NULL),"
           " ('male', 'black', '2024-01-01', 'a', 'b', NULL);"
           "INSERT INTO auctions (sale_id, lot_number, horse_id, start_price, reserve) VALUES (1, 1, 1, "
           "1000000, 1200000),"
           " (1, 2, 2, 1000000, 0), (1, 3, 3, 1000000, 0), (1, 4, 1, 1000000, 0);"
           "UPDATE liveness SET alive_at = clock_timestamp()");
}

static void teardown(void)
{
    db_destroy(&db);
    scratch_drop(&scratch);
}

static void sleep_ms(int64_t ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* ---- the ledger's steps ---- */

static PGresult *run_on(struct db *connection, enum sql_query query, struct params *params)
{
    struct db_answer answer = db_run(connection, query, params, &error);
    params_finish(params);
    ck_assert_msg(answer.outcome == DB_DONE, "%s", error.text);
    return answer.result;
}

static struct ledger_lot load_on(struct db *connection, int64_t id, enum sql_query query)
{
    struct params params;
    struct ledger_lot lot;
    ledger_load_params(&params, id);
    PGresult *result = run_on(connection, query, &params);
    ck_assert(ledger_load_read(result, &lot));
    PQclear(result);
    return lot;
}

static struct ledger_lot load(int64_t id)
{
    return load_on(db, id, SQL_LEDGER_LOAD);
}

static struct auction_facts facts_of(int64_t lot, int64_t user, struct uuid bid_id, bool *bidder)
{
    struct params params;
    struct auction_facts facts = {0};
    int64_t received_at_ms;
    ledger_facts_params(&params, lot, &(struct ledger_question){user, bid_id}, 1);
    PGresult *result = run_on(db, SQL_LEDGER_FACTS, &params);
    ledger_facts_read(result, 0, &facts, &received_at_ms, bidder);
    PQclear(result);
    return facts;
}

static enum ledger_outcome append_on(struct db *connection, const struct ledger_batch *batch, char reason[64])
{
    struct params params;
    const char *why;
    ledger_append_params(&params, batch);
    struct db_answer answer = db_run(connection, SQL_LEDGER_APPEND, &params, &error);
    params_finish(&params);
    enum ledger_outcome outcome = ledger_append_read(&answer, &why);
    snprintf(reason, 64, "%s", why != NULL ? why : "");
    PQclear(answer.result);
    return outcome;
}

static void assert_append(const struct ledger_batch *batch, enum ledger_outcome outcome, const char *reason)
{
    char why[64];
    ck_assert_int_eq(append_on(db, batch, why), outcome);
    ck_assert_str_eq(why, reason);
}

/* Decides one command upon the batch and adds it. */
static int64_t add(struct ledger_batch *batch, const struct command *command, int64_t now_ms)
{
    const struct auction_facts facts = {
        .now_ms = now_ms, .approved = true, .paddle = 10 + (int)command->actor};
    struct decision decision;
    auction_decide(ledger_batch_state(batch), command, &facts, &decision);
    ck_assert_int_eq(decision.kind, DECISION_EVENTS);
    ledger_batch_add(batch, &decision);
    return decision.events[0].seq;
}

/* The least bid of `user`, received at `at_ms`, with its memory. */
static void add_bid(struct ledger_batch *batch, int64_t user, struct uuid id, int64_t at_ms)
{
    struct command command = {.kind = COMMAND_BID, .actor = user, .at_ms = at_ms};
    command.bid = (struct bid){.id = id, .amount = auction_min_next_bid(ledger_batch_state(batch))};
    int64_t seq = add(batch, &command, at_ms);
    ledger_batch_add_bid(batch, user, &command.bid, seq, VERDICT_OK, at_ms, at_ms - 5, "2001:db8::7");
}

static enum verdict execute(struct ledger_command *command, int64_t *seq, bool *duplicate)
{
    struct ledger_result result;
    ledger_execute(db, command, &result, &error);
    if (seq != NULL)
        *seq = result.seq;
    if (duplicate != NULL)
        *duplicate = result.duplicate;
    ledger_batch_destroy(&result.batch);
    return result.verdict;
}

/* A command of the office, with the newest seq and a new id. */
static struct ledger_command office(int64_t lot, enum command_kind kind)
{
    return (struct ledger_command){
        .auction_id = lot,
        .command = {.kind = kind, .actor = OFFICE, .expected_seq = load(lot).auction.seq, .text = "because"},
        .command_id = uuid_random(),
        .content = "{}",
    };
}

static void assert_office(int64_t lot, enum command_kind kind, enum verdict verdict)
{
    struct ledger_command command = office(lot, kind);
    ck_assert_int_eq(execute(&command, NULL, NULL), verdict);
}

static struct ledger_command bid_of(int64_t lot, int64_t user, yen amount, yen maximum)
{
    return (struct ledger_command){
        .auction_id = lot,
        .command = {.kind = COMMAND_BID, .actor = user, .bid = {uuid_random(), amount, maximum, true}},
    };
}

static void assert_bid(int64_t lot, int64_t user, yen amount, yen maximum, enum verdict verdict)
{
    struct ledger_command command = bid_of(lot, user, amount, maximum);
    ck_assert_int_eq(execute(&command, NULL, NULL), verdict);
}

static void open_lot(int64_t lot)
{
    assert_office(lot, COMMAND_SCHEDULE, VERDICT_OK);
    assert_office(lot, COMMAND_START, VERDICT_OK);
}

/* ---- the two sides ---- */

static void assert_same_lot(const struct auction *a, const struct auction *b)
{
    ck_assert_int_eq(a->seq, b->seq);
    ck_assert_int_eq(a->status, b->status);
    ck_assert_int_eq(a->terms.start_price, b->terms.start_price);
    ck_assert_mem_eq(&a->terms.rules, &b->terms.rules, sizeof a->terms.rules);
    ck_assert_int_eq(a->terms.ladder.count, b->terms.ladder.count);
    ck_assert_mem_eq(a->terms.ladder.rungs, b->terms.ladder.rungs,
                     (size_t)a->terms.ladder.count * sizeof *a->terms.ladder.rungs);
    ck_assert_int_eq(a->reserve, b->reserve);
    ck_assert_int_eq(a->step_override, b->step_override);
    ck_assert_int_eq(a->price, b->price);
    ck_assert_int_eq(a->leader, b->leader);
    ck_assert_int_eq(a->leader_paddle, b->leader_paddle);
    ck_assert_int_eq(a->leader_max, b->leader_max);
    ck_assert_int_eq(a->bid_count, b->bid_count);
    ck_assert_int_eq(a->starts_at_ms, b->starts_at_ms);
    ck_assert_int_eq(a->ends_at_ms, b->ends_at_ms);
    ck_assert_int_eq(a->remaining_ms, b->remaining_ms);
    ck_assert_int_eq(a->paused_by_outage, b->paused_by_outage);
    ck_assert_int_eq(a->extensions, b->extensions);
    ck_assert_int_eq(a->warned_at_ms, b->warned_at_ms);
}

/* Walks the stored rows as anybody could who downloads them. */
static void assert_chain_holds(int64_t id)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "SELECT public_part, private_part, encode(salt, 'hex') AS salt, hash FROM auction_events WHERE "
             "auction_id = %lld ORDER BY seq",
             (long long)id);
    struct ledger_lot lot = load(id);
    PGresult *result = PQexec(db_connection(db), sql);
    struct chain_hash hash = chain_seed(id), stored;
    for (int row = 0; row < PQntuples(result); row++) {
        uint8_t salt[CHAIN_SALT_SIZE];
        const char *hex = result_text(result, row, "salt");
        for (size_t i = 0; i < sizeof salt; i++)
            salt[i] = (uint8_t)strtoul((char[]){hex[2 * i], hex[2 * i + 1], '\0'}, NULL, 16);
        const char *open = result_text(result, row, "public_part"),
                   *closed = result_text(result, row, "private_part");
        hash = chain_next(hash, open, strlen(open), chain_seal(salt, closed, strlen(closed)));
        ck_assert(result_bytes(result, row, "hash", stored.bytes, sizeof stored.bytes));
        ck_assert_mem_eq(hash.bytes, stored.bytes, sizeof hash.bytes);
    }
    ck_assert_mem_eq(hash.bytes, lot.head.bytes, sizeof hash.bytes);
    PQclear(result);
}

/* One number from the database. */
static int64_t number(const char *sql)
{
    PGresult *result = PQexec(db_connection(db), sql);
    ck_assert_msg(PQntuples(result) == 1, "%s: %s", sql, PQerrorMessage(db_connection(db)));
    int64_t value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return value;
}

static void limit(int64_t user, yen credit_limit)
{
    char sql[120];
    snprintf(sql, sizeof sql, "UPDATE registrations SET credit_limit = %lld WHERE user_id = %lld",
             (long long)credit_limit, (long long)user);
    script(sql);
}

static void assert_exposure(int64_t user, yen exposure)
{
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT exposure FROM registrations WHERE user_id = %lld", (long long)user);
    ck_assert_int_eq(number(sql), exposure);
}

/* What the events leave standing of the maxima before the start is what is kept beside them. */
static void assert_maxima_hold(int64_t id, const struct auction_event *events, size_t count)
{
    yen left[8] = {0}; /* by user */
    bool early = true;
    for (size_t i = 0; i < count; i++) {
        early &= events[i].kind == EVENT_SCHEDULED || event_is_sealed(events[i].kind);
        if (events[i].kind == EVENT_MAXIMUM_LEFT)
            left[events[i].user] = events[i].maximum;
    }
    for (int user = 0; user < 8; user++) {
        char sql[160];
        snprintf(
            sql, sizeof sql,
            "SELECT coalesce(sum(maximum), 0) FROM early_maxima WHERE auction_id = %lld AND user_id = %d",
            (long long)id, user);
        ck_assert_int_eq(number(sql), early ? left[user] : 0);
    }
}

/* The row equals the fold of the events, both loads agree, the chain holds, and so do the exposures. */
static struct ledger_lot assert_sound(int64_t id)
{
    struct params params;
    struct ledger_lot lot = load(id), locked;
    ledger_history_params(&params, id);
    PGresult *result = run_on(db, SQL_LEDGER_HISTORY, &params);
    struct ledger_history *history = ledger_history_read(result, &error);
    ck_assert_msg(history != NULL, "%s", error.text);
    size_t count;
    const struct auction_event *events = ledger_history_events(history, &count);
    struct auction folded = {.id = id};
    for (size_t i = 0; i < count; i++)
        auction_apply(&folded, &events[i]);
    assert_same_lot(&lot.auction, &folded);
    assert_maxima_hold(id, events, count);
    ck_assert_int_eq(number("SELECT count(*) FROM exposure_faults"), 0);
    ledger_history_destroy(&history);
    PQclear(result);

    ck_assert_int_eq(db_begin(db, &error), DB_DONE);
    locked = load_on(db, id, SQL_LEDGER_LOAD_LOCKED);
    db_rollback(db);
    assert_same_lot(&lot.auction, &locked.auction);
    ck_assert_mem_eq(lot.head.bytes, locked.head.bytes, sizeof lot.head.bytes);
    ck_assert_int_eq(lot.sale_id, locked.sale_id);
    ck_assert_int_eq(lot.lot_number, locked.lot_number);
    ck_assert_int_eq(lot.dark_since_ms, locked.dark_since_ms);
    assert_chain_holds(id);
    return lot;
}

/* ---- tests ---- */

START_TEST(a_lot_lives_from_draft_to_sold_and_is_reopened)
{
    struct ledger_lot lot = load(1);
    ck_assert_int_eq(lot.auction.status, AUCTION_DRAFT);
    ck_assert_int_eq(lot.auction.terms.rules.duration_ms, 2000); /* the sale's */
    ck_assert_int_eq(lot.auction.terms.ladder.count, 6);
    ck_assert_int_eq(lot.sale_id, 1);
    ck_assert_int_eq(lot.lot_number, 1);
    struct chain_hash seed = chain_seed(1);
    ck_assert_mem_eq(lot.head.bytes, seed.bytes, sizeof seed.bytes);

    open_lot(1);
    assert_sound(1);
    assert_bid(1, ALICE, 1000000, 1500000, VERDICT_OK); /* the price goes to the reserve */
    assert_bid(1, BOB, 1250000, 0, VERDICT_OK);         /* and Alice's answer */
    lot = assert_sound(1);
    ck_assert_int_eq(lot.auction.leader, ALICE);
    ck_assert_int_eq(lot.auction.leader_paddle, 12);
    assert_bid(1, ALICE, 0, 2000000, VERDICT_OK); /* a raise */
    lot = assert_sound(1);
    ck_assert_int_eq(lot.auction.price, 1300000);
    ck_assert_int_eq(lot.auction.leader_max, 2000000);

    assert_office(1, COMMAND_CLOSE, VERDICT_UNAVAILABLE); /* not yet */
    sleep_ms(lot.auction.ends_at_ms + 500 - load(1).db_now_ms + 20);
    struct ledger_command close = {.auction_id = 1, .command = {.kind = COMMAND_CLOSE}};
    ck_assert_int_eq(execute(&close, NULL, NULL), VERDICT_OK);
    lot = assert_sound(1);
    ck_assert_int_eq(lot.auction.status, AUCTION_SOLD);
    assert_bid(1, BOB, 5000000, 0, VERDICT_AUCTION_ENDED);

    assert_office(1, COMMAND_REOPEN, VERDICT_OK);
    lot = assert_sound(1);
    ck_assert_int_eq(lot.auction.status, AUCTION_ACTIVE);
    ck_assert_int_eq(lot.auction.leader_max, 1300000);
    assert_office(1, COMMAND_WITHDRAW, VERDICT_OK);
    ck_assert_int_eq(assert_sound(1).auction.status, AUCTION_WITHDRAWN);
}
END_TEST

START_TEST(every_command_of_the_office_leaves_row_and_fold_alike)
{
    struct ledger_command command = office(2, COMMAND_SCHEDULE);
    command.command.starts_at_ms = 1900000000123;
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_OK);
    ck_assert_int_eq(assert_sound(2).auction.starts_at_ms, 1900000000123);
    assert_office(2, COMMAND_START, VERDICT_OK);
    command = office(2, COMMAND_RESERVE);
    command.command.reserve = 0;
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_OK);
    command = office(2, COMMAND_STEP);
    command.command.step = 20000;
    command.command.start_price = 500000;
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_OK);
    ck_assert_int_eq(assert_sound(2).auction.terms.start_price, 500000);
    command = office(2, COMMAND_EXTEND);
    command.command.by_ms = 60000;
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_OK);
    assert_bid(2, ALICE, 500000, 0, VERDICT_OK);
    assert_bid(2, BOB, 520000, 600000, VERDICT_OK);
    assert_office(2, COMMAND_MESSAGE, VERDICT_OK);
    assert_office(2, COMMAND_WARN, VERDICT_OK);
    ck_assert_int_ne(assert_sound(2).auction.warned_at_ms, 0);
    assert_office(2, COMMAND_HAMMER, VERDICT_WARNING_REQUIRED);
    assert_office(2, COMMAND_UNDO, VERDICT_OK); /* Bob's bid */
    struct ledger_lot lot = assert_sound(2);
    ck_assert_int_eq(lot.auction.leader, ALICE);
    ck_assert_int_eq(lot.auction.price, 500000);
    ck_assert_int_eq(lot.auction.bid_count, 1);
    assert_office(2, COMMAND_PAUSE, VERDICT_OK);
    ck_assert_int_gt(assert_sound(2).auction.remaining_ms, 50000);
    assert_office(2, COMMAND_RESUME, VERDICT_OK);
    assert_sound(2);
    assert_office(2, COMMAND_PASS, VERDICT_OK);
    ck_assert_int_eq(assert_sound(2).auction.status, AUCTION_PASSED);
}
END_TEST

START_TEST(many_bids_go_in_as_one_batch)
{
    open_lot(2);
    struct ledger_lot lot = load(2);
    struct ledger_batch *batch = ledger_batch_create(&lot);
    ck_assert(ledger_batch_is_empty(batch));
    for (int i = 0; i < 200; i++)
        add_bid(batch, i % 2 == 0 ? ALICE : BOB, uuid_random(), lot.db_now_ms);
    ck_assert_uint_ge(ledger_batch_count(batch), 200);

    struct auction folded = lot.auction;
    struct chain_hash hash = lot.head;
    for (size_t i = 0; i < ledger_batch_count(batch); i++) {
        size_t size;
        const char *text = ledger_batch_public_event(batch, i, &size), *reason;
        auction_apply(&folded, ledger_batch_event(batch, i));
        cJSON *event = json_parse(text, size, &reason);
        ck_assert_ptr_nonnull(event);
        int64_t seq;
        ck_assert(json_whole(cJSON_GetObjectItemCaseSensitive(event, "seq"), 1, 1000, &seq));
        ck_assert_int_eq(seq, lot.auction.seq + (int64_t)i + 1);
        ck_assert_int_eq(strlen(cJSON_GetObjectItemCaseSensitive(event, "hash")->valuestring), 64);
        ck_assert_int_eq(strlen(cJSON_GetObjectItemCaseSensitive(event, "sealed")->valuestring), 64);
        cJSON_Delete(event);
    }
    assert_same_lot(&folded, ledger_batch_state(batch));
    size_t size;
    ck_assert_ptr_null(ledger_batch_public_event(batch, ledger_batch_count(batch), &size));
    ck_assert_ptr_null(ledger_batch_event(batch, ledger_batch_count(batch)));

    assert_append(batch, LEDGER_DONE, "");
    struct ledger_lot after = assert_sound(2);
    assert_same_lot(&after.auction, ledger_batch_state(batch));
    hash = ledger_batch_head(batch);
    ck_assert_mem_eq(after.head.bytes, hash.bytes, sizeof hash.bytes);
    ck_assert_int_eq(after.auction.bid_count, 200);
    ledger_batch_destroy(&batch);
}
END_TEST

START_TEST(the_public_event_of_a_batch_is_that_of_the_database)
{
    open_lot(2);
    struct ledger_lot lot = load(2);
    struct ledger_batch *batch = ledger_batch_create(&lot);
    add_bid(batch, ALICE, uuid_random(), lot.db_now_ms);
    assert_append(batch, LEDGER_DONE, "");
    PGresult *result =
        PQexec(db_connection(db),
               "SELECT public_event(e) AS text FROM auction_events e WHERE auction_id = 2 AND seq = 3");
    size_t size;
    ck_assert_str_eq(result_text(result, 0, "text"), ledger_batch_public_event(batch, 0, &size));
    PQclear(result);
    ledger_batch_destroy(&batch);
}
END_TEST

START_TEST(whoever_comes_second_meets_a_conflict)
{
    open_lot(2);
    struct ledger_lot lot = load(2);
    struct ledger_batch *first = ledger_batch_create(&lot), *second = ledger_batch_create(&lot);
    add_bid(first, ALICE, uuid_random(), lot.db_now_ms);
    add_bid(second, BOB, uuid_random(), lot.db_now_ms);
    assert_append(first, LEDGER_DONE, "");
    assert_append(second, LEDGER_CONFLICT, "seq");
    assert_append(first, LEDGER_CONFLICT, "seq"); /* nor twice */
    ck_assert_int_eq(assert_sound(2).auction.leader, ALICE);
    ledger_batch_destroy(&first);
    ledger_batch_destroy(&second);
}
END_TEST

START_TEST(a_lot_that_is_not_there_is_a_conflict_and_loads_nothing)
{
    struct ledger_lot lot = load(2);
    lot.auction.id = 99;
    struct ledger_batch *batch = ledger_batch_create(&lot);
    ledger_batch_add_bid(batch, ALICE, &(struct bid){.id = uuid_random(), .amount = 5}, 0,
                         VERDICT_AUCTION_ENDED, 1, 0, NULL);
    assert_append(batch, LEDGER_CONFLICT, "");
    ledger_batch_destroy(&batch);
    struct params params;
    ledger_load_params(&params, 99);
    PGresult *result = run_on(db, SQL_LEDGER_LOAD, &params);
    ck_assert(!ledger_load_read(result, &lot));
    PQclear(result);
    struct ledger_command command = {
        .auction_id = 99, .command = {.kind = COMMAND_START, .actor = OFFICE}
    };
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_AUCTION_NOT_FOUND);
}
END_TEST

START_TEST(a_known_bid_id_is_rejected_by_its_key)
{
    open_lot(2);
    struct uuid id = uuid_random();
    for (int i = 0; i < 2; i++) {
        struct ledger_lot lot = load(2);
        struct ledger_batch *batch = ledger_batch_create(&lot);
        if (i == 1)
            add_bid(batch, BOB, uuid_random(), lot.db_now_ms);
        add_bid(batch, ALICE, id, lot.db_now_ms);
        assert_append(batch, i == 0 ? LEDGER_DONE : LEDGER_REJECTED, i == 0 ? "" : "bids_pkey");
        ledger_batch_destroy(&batch);
    }
    ck_assert_int_eq(assert_sound(2).auction.bid_count, 1); /* nothing of the second batch */
}
END_TEST

START_TEST(a_bid_sent_again_is_answered_as_before)
{
    open_lot(2);
    struct ledger_command command = bid_of(2, ALICE, 1000000, 0);
    command.sent_at_ms = 1700000000000;
    command.address = "192.0.2.9";
    int64_t first, again;
    bool duplicate;
    ck_assert_int_eq(execute(&command, &first, &duplicate), VERDICT_OK);
    ck_assert(!duplicate);
    assert_bid(2, BOB, 1050000, 0, VERDICT_OK);
    ck_assert_int_eq(execute(&command, &again, &duplicate), VERDICT_OK);
    ck_assert(duplicate);
    ck_assert_int_eq(again, first);
    command.command.bid.amount = 1100000;
    ck_assert_int_eq(execute(&command, NULL, &duplicate), VERDICT_BID_ID_REUSED);
    ck_assert(!duplicate);
    command.command.actor = BOB; /* another user's id is another key */
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_ALREADY_LEADING);
    ck_assert_int_eq(assert_sound(2).auction.bid_count, 2);
}
END_TEST

START_TEST(a_bid_from_the_future_is_a_conflict)
{
    open_lot(2);
    struct ledger_lot lot = load(2);
    struct ledger_batch *batch = ledger_batch_create(&lot);
    add_bid(batch, ALICE, uuid_random(), lot.db_now_ms + 1000);
    assert_append(batch, LEDGER_CONFLICT, "future");
    ledger_batch_destroy(&batch);
    ck_assert_int_eq(assert_sound(2).auction.price, 0);
}
END_TEST

START_TEST(a_bid_committed_after_the_grace_is_a_conflict)
{
    open_lot(2);
    struct ledger_lot lot = load(2);
    struct ledger_batch *batch = ledger_batch_create(&lot);
    /* received in time; the second one after an extension by the first, which must not help the first */
    add_bid(batch, ALICE, uuid_random(), lot.auction.ends_at_ms - 1);
    add_bid(batch, BOB, uuid_random(), lot.auction.ends_at_ms + 100);
    sleep_ms(lot.auction.ends_at_ms + 500 - lot.db_now_ms + 10);
    assert_append(batch, LEDGER_CONFLICT, "late");
    ledger_batch_destroy(&batch);
    ck_assert_int_eq(assert_sound(2).auction.price, 0);
}
END_TEST

START_TEST(a_bid_received_in_time_counts_within_the_grace)
{
    open_lot(2);
    struct ledger_lot lot = load(2);
    struct ledger_batch *batch = ledger_batch_create(&lot);
    add_bid(batch, ALICE, uuid_random(), lot.auction.ends_at_ms - 1);
    sleep_ms(lot.auction.ends_at_ms + 50 - lot.db_now_ms);
    assert_append(batch, LEDGER_DONE, "");
    ledger_batch_destroy(&batch);
    ck_assert_int_eq(assert_sound(2).auction.leader, ALICE);
}
END_TEST

/* Holds the lot's row for a while. */
static void *hold_lot(void *context)
{
    struct db *holder = db_create(scratch.url, "holder");
    bool *held = context;
    ck_assert(db_script(holder, "BEGIN; SELECT 1 FROM auctions WHERE id = 2 FOR UPDATE", NULL));
    __atomic_store_n(held, true, __ATOMIC_SEQ_CST);
    sleep_ms(3000);
    ck_assert(db_script(holder, "COMMIT", NULL));
    db_destroy(&holder);
    return NULL;
}

START_TEST(time_spent_waiting_for_the_row_counts)
{
    open_lot(2);
    bool held = false;
    pthread_t holder;
    pthread_create(&holder, NULL, hold_lot, &held);
    while (!__atomic_load_n(&held, __ATOMIC_SEQ_CST))
        sleep_ms(1);
    struct ledger_lot lot = load(2);
    struct ledger_batch *batch = ledger_batch_create(&lot);
    add_bid(batch, ALICE, uuid_random(), lot.db_now_ms);
    assert_append(batch, LEDGER_CONFLICT, "late"); /* when it was sent it would have been in time */
    ledger_batch_destroy(&batch);
    pthread_join(holder, NULL);
    ck_assert_int_eq(assert_sound(2).auction.price, 0);
}
END_TEST

/* A batch that closes the lot, decided at the moment `now_ms` says. */
static struct ledger_batch *closing_batch(const struct ledger_lot *lot, int64_t now_ms)
{
    struct ledger_batch *batch = ledger_batch_create(lot);
    add(batch, &(struct command){.kind = COMMAND_CLOSE, .at_ms = now_ms}, now_ms);
    return batch;
}

START_TEST(a_close_before_its_time_is_a_conflict)
{
    open_lot(2);
    struct ledger_lot lot = load(2);
    struct ledger_batch *batch = closing_batch(&lot, lot.auction.ends_at_ms + 500);
    assert_append(batch, LEDGER_CONFLICT, "early");
    sleep_ms(lot.auction.ends_at_ms + 500 - load(2).db_now_ms + 10);
    assert_append(batch, LEDGER_DONE, "");
    ledger_batch_destroy(&batch);
    ck_assert_int_eq(assert_sound(2).auction.status, AUCTION_PASSED);
}
END_TEST

START_TEST(nothing_is_closed_in_the_dark)
{
    open_lot(2);
    struct ledger_lot lot = load(2);
    struct ledger_batch *batch = closing_batch(&lot, lot.auction.ends_at_ms + 500);
    sleep_ms(lot.auction.ends_at_ms + 500 - lot.db_now_ms + 10);
    script("UPDATE liveness SET alive_at = clock_timestamp() - interval '3.1 seconds'");
    assert_append(batch, LEDGER_CONFLICT, "dark");
    /* somebody is alive again, but the dark had touched this lot's clock */
    script("UPDATE liveness SET alive_at = clock_timestamp();"
           "INSERT INTO outages SELECT running_since + interval '0.5 seconds', clock_timestamp() FROM "
           "auctions WHERE id = 2");
    assert_append(batch, LEDGER_CONFLICT, "dark");
    ledger_batch_destroy(&batch);

    lot = load(2);
    ck_assert_int_ne(lot.dark_since_ms, 0);
    batch = ledger_batch_create(&lot);
    add(batch, &(struct command){.kind = COMMAND_OUTAGE, .at_ms = lot.dark_since_ms}, lot.db_now_ms);
    assert_append(batch, LEDGER_DONE, "");
    ledger_batch_destroy(&batch);
    lot = assert_sound(2);
    ck_assert_int_eq(lot.auction.status, AUCTION_PAUSED);
    ck_assert(lot.auction.paused_by_outage);
    ck_assert_int_ge(lot.auction.remaining_ms, 1450); /* what remained when the dark began */
    ck_assert_int_le(lot.auction.remaining_ms, 1550);
    ck_assert_int_eq(lot.dark_since_ms, 0);

    /* once resumed, its clock runs anew and the old dark is no concern */
    assert_office(2, COMMAND_RESUME, VERDICT_OK);
    lot = assert_sound(2);
    ck_assert_int_eq(lot.dark_since_ms, 0);
    assert_bid(2, ALICE, 1000000, 0, VERDICT_OK);
}
END_TEST

START_TEST(a_bid_does_not_run_past_the_dark_either)
{
    open_lot(2);
    struct ledger_lot lot = load(2);
    struct ledger_batch *batch = ledger_batch_create(&lot);
    add_bid(batch, ALICE, uuid_random(), lot.db_now_ms);
    script("INSERT INTO outages SELECT clock_timestamp() - interval '10 seconds', clock_timestamp()");
    assert_append(batch, LEDGER_CONFLICT, "dark");
    ledger_batch_destroy(&batch);
}
END_TEST

START_TEST(an_outage_elsewhere_in_time_does_not_matter)
{
    script("INSERT INTO outages SELECT clock_timestamp() - interval '10 seconds', clock_timestamp()");
    open_lot(2);
    ck_assert_int_eq(load(2).dark_since_ms, 0);
    assert_bid(2, ALICE, 1000000, 0, VERDICT_OK);
    script("INSERT INTO outages SELECT ends_at + interval '500 ms', ends_at + interval '9 seconds' FROM "
           "auctions WHERE id = 2");
    ck_assert_int_eq(load(2).dark_since_ms, 0);
    assert_bid(2, BOB, 1050000, 0, VERDICT_OK);
}
END_TEST

START_TEST(a_lot_opened_in_the_dark_keeps_its_whole_time_and_no_more)
{
    script("UPDATE liveness SET alive_at = clock_timestamp() - interval '10 minutes'");
    open_lot(2);
    script("INSERT INTO outages SELECT alive_at, clock_timestamp() FROM liveness;"
           "UPDATE liveness SET alive_at = clock_timestamp()");
    assert_office(2, COMMAND_PAUSE, VERDICT_COMMAND_NOT_ALLOWED);
    struct ledger_lot lot = assert_sound(2);
    ck_assert(lot.auction.paused_by_outage);
    ck_assert_int_ge(lot.auction.remaining_ms, 1900);
    ck_assert_int_le(lot.auction.remaining_ms, 2000);
}
END_TEST

START_TEST(a_command_on_a_lot_in_the_dark_first_pauses_it)
{
    open_lot(2);
    script("INSERT INTO outages SELECT running_since + interval '0.1 seconds', clock_timestamp() + interval "
           "'1 second' FROM auctions WHERE id = 2");
    struct ledger_command command = office(2, COMMAND_MESSAGE);
    struct ledger_result result;
    ledger_execute(db, &command, &result, &error);
    ck_assert_int_eq(result.verdict, VERDICT_OK);
    ck_assert_int_eq(result.seq, 4);
    ck_assert_uint_eq(ledger_batch_count(result.batch), 2);
    ck_assert(ledger_batch_event(result.batch, 0)->outage);
    ck_assert_int_eq(ledger_batch_event(result.batch, 1)->kind, EVENT_MESSAGE);
    ledger_batch_destroy(&result.batch);
    ck_assert_int_eq(assert_sound(2).auction.status, AUCTION_PAUSED);
}
END_TEST

START_TEST(while_nobody_watches_a_command_only_pauses_the_lot)
{
    open_lot(2);
    script("UPDATE auctions SET running_since = running_since - interval '10 seconds' WHERE id = 2;"
           "UPDATE liveness SET alive_at = (SELECT ends_at FROM auctions WHERE id = 2) - interval '5.5 "
           "seconds'");
    assert_office(2, COMMAND_PAUSE, VERDICT_COMMAND_NOT_ALLOWED);
    struct ledger_lot lot = assert_sound(2);
    ck_assert_int_eq(lot.auction.status, AUCTION_PAUSED);
    ck_assert(lot.auction.paused_by_outage);
    ck_assert_int_eq(lot.auction.remaining_ms, 5500); /* as of the moment when it grew dark */
}
END_TEST

START_TEST(a_refused_command_still_pauses_a_lot_in_the_dark)
{
    open_lot(2);
    script("INSERT INTO outages SELECT running_since + interval '0.1 seconds', clock_timestamp() + interval "
           "'1 second' FROM auctions WHERE id = 2");
    struct ledger_command command = office(2, COMMAND_PAUSE);
    struct ledger_result result;
    ledger_execute(db, &command, &result, &error);
    ck_assert_int_eq(result.verdict, VERDICT_COMMAND_NOT_ALLOWED);
    ck_assert_int_eq(result.seq, 0);
    ck_assert_uint_eq(ledger_batch_count(result.batch), 1);
    ledger_batch_destroy(&result.batch);
    ck_assert(assert_sound(2).auction.paused_by_outage);
}
END_TEST

START_TEST(a_command_sent_again_is_answered_as_before)
{
    struct ledger_command command = office(2, COMMAND_SCHEDULE);
    int64_t seq;
    bool duplicate;
    ck_assert_int_eq(execute(&command, &seq, &duplicate), VERDICT_OK);
    ck_assert(!duplicate);
    ck_assert_int_eq(seq, 1);
    assert_office(2, COMMAND_START, VERDICT_OK);
    ck_assert_int_eq(execute(&command, &seq, &duplicate), VERDICT_OK);
    ck_assert(duplicate);
    ck_assert_int_eq(seq, 1);
    command.content = "{\"startsAtMs\":5}";
    ck_assert_int_eq(execute(&command, &seq, &duplicate), VERDICT_COMMAND_ID_REUSED);
    ck_assert(!duplicate);
    command.content = "{}";
    command.command.kind = COMMAND_START;
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_COMMAND_ID_REUSED);
    command.command.kind = COMMAND_SCHEDULE;
    command.command.actor = VERA; /* somebody else's command is another one */
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_COMMAND_ID_REUSED);
    ck_assert_int_eq(assert_sound(2).auction.seq, 2);
}
END_TEST

START_TEST(a_known_command_id_is_rejected_by_its_key)
{
    open_lot(2);
    struct uuid id = uuid_random();
    for (int i = 0; i < 2; i++) {
        struct ledger_lot lot = load(2);
        struct ledger_batch *batch = ledger_batch_create(&lot);
        add(batch, &(struct command){.kind = COMMAND_MESSAGE, .actor = OFFICE, .text = "Welcome"},
            lot.db_now_ms);
        ledger_batch_add_command(batch, id, OFFICE, COMMAND_MESSAGE, "{}");
        assert_append(batch, i == 0 ? LEDGER_DONE : LEDGER_REJECTED, i == 0 ? "" : "commands_pkey");
        ledger_batch_destroy(&batch);
    }
}
END_TEST

START_TEST(a_stale_command_is_refused)
{
    open_lot(2);
    struct ledger_command command = office(2, COMMAND_WITHDRAW);
    assert_bid(2, ALICE, 1000000, 0, VERDICT_OK);
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_STALE_COMMAND);
}
END_TEST

START_TEST(exposure_follows_a_lot_through_its_life)
{
    open_lot(1);
    assert_bid(1, ALICE, 1000000, 1500000, VERDICT_OK);
    assert_exposure(ALICE, 1500000);
    assert_bid(1, BOB, 1250000, 1300000, VERDICT_OK); /* answered by the house */
    assert_exposure(ALICE, 1500000);
    assert_exposure(BOB, 0);
    assert_bid(1, ALICE, 0, 1600000, VERDICT_OK);
    assert_exposure(ALICE, 1600000);
    assert_office(1, COMMAND_PAUSE, VERDICT_OK);
    assert_exposure(ALICE, 1600000);
    assert_office(1, COMMAND_RESUME, VERDICT_OK);
    assert_bid(1, BOB, 1700000, 0, VERDICT_OK);
    assert_exposure(ALICE, 0);
    assert_exposure(BOB, 1700000);
    assert_office(1, COMMAND_UNDO, VERDICT_OK);
    assert_exposure(ALICE, 1600000);
    assert_exposure(BOB, 0);
    assert_sound(1);
    script("UPDATE auctions SET ends_at = now() - interval '600 ms' WHERE id = 1");
    struct ledger_command close = {.auction_id = 1, .command = {.kind = COMMAND_CLOSE}};
    ck_assert_int_eq(execute(&close, NULL, NULL), VERDICT_OK);
    assert_exposure(ALICE, 1350000); /* the hammer price, unpaid */
    assert_office(1, COMMAND_REOPEN, VERDICT_OK);
    assert_exposure(ALICE, 1350000);
    assert_office(1, COMMAND_PASS, VERDICT_OK);
    assert_exposure(ALICE, 0);
    assert_office(1, COMMAND_REOPEN, VERDICT_OK);
    assert_exposure(ALICE, 1350000);
    assert_office(1, COMMAND_WITHDRAW, VERDICT_OK);
    assert_exposure(ALICE, 0);
}
END_TEST

START_TEST(a_credit_limit_holds_over_all_lots_of_a_sale)
{
    limit(ALICE, 3000000);
    open_lot(2);
    open_lot(3);
    assert_bid(2, ALICE, 1000000, 1800000, VERDICT_OK);
    struct ledger_command command = bid_of(3, ALICE, 1000000, 1200001);
    struct ledger_result result;
    ledger_execute(db, &command, &result, &error);
    ck_assert_int_eq(result.verdict, VERDICT_CREDIT_EXCEEDED);
    ck_assert_int_eq(result.available, 1200000);
    ck_assert_ptr_null(result.batch);
    assert_bid(3, ALICE, 1000000, 1200000, VERDICT_OK);
    assert_exposure(ALICE, 3000000);
    assert_bid(2, ALICE, 0, 1800001, VERDICT_CREDIT_EXCEEDED); /* a raise */
    assert_bid(3, BOB, 1300000, 0, VERDICT_OK);                /* outbid: what was held is free again */
    assert_bid(2, ALICE, 0, 3000000, VERDICT_OK);
    limit(ALICE, 0);
    assert_bid(3, ALICE, 1350000, 0, VERDICT_CREDIT_EXCEEDED);
    assert_bid(2, BOB, 1050000, 0, VERDICT_OK); /* the house may answer for what is held */
    assert_sound(2);
    assert_sound(3);
}
END_TEST

START_TEST(an_undo_may_leave_somebody_over_the_limit)
{
    limit(ALICE, 2000000);
    open_lot(2);
    open_lot(3);
    assert_bid(2, ALICE, 1000000, 1500000, VERDICT_OK);
    assert_bid(2, BOB, 1550000, 0, VERDICT_OK);
    assert_bid(3, ALICE, 1000000, 2000000, VERDICT_OK);
    assert_office(2, COMMAND_UNDO, VERDICT_OK);
    assert_exposure(ALICE, 3500000);
    assert_bid(3, ALICE, 0, 2000001, VERDICT_CREDIT_EXCEEDED);
    assert_sound(2);
}
END_TEST

/* Both decided when the other was not yet in the ledger. */
START_TEST(credit_taken_by_another_lot_meanwhile_is_a_conflict)
{
    limit(ALICE, 1500000);
    open_lot(2);
    open_lot(3);
    struct ledger_lot first = load(2), second = load(3);
    struct ledger_batch *a = ledger_batch_create(&first), *b = ledger_batch_create(&second);
    add_bid(a, ALICE, uuid_random(), first.db_now_ms);
    add_bid(b, BOB, uuid_random(), second.db_now_ms);
    add_bid(b, ALICE, uuid_random(), second.db_now_ms);
    assert_append(a, LEDGER_DONE, "");
    assert_append(b, LEDGER_CONFLICT, "credit");
    assert_exposure(ALICE, 1000000);
    assert_exposure(BOB, 0);
    ck_assert_int_eq(assert_sound(3).auction.seq, second.auction.seq);
    ledger_batch_destroy(&a);
    ledger_batch_destroy(&b);
}
END_TEST

START_TEST(nobody_comes_to_lead_under_a_paddle_that_is_not_his_any_more)
{
    open_lot(2);
    struct ledger_lot lot = load(2);
    struct ledger_batch *batch = ledger_batch_create(&lot);
    add_bid(batch, ALICE, uuid_random(), lot.db_now_ms);
    script("UPDATE registrations SET paddle = 90001 WHERE user_id = 2"); /* ALICE */
    assert_append(batch, LEDGER_CONFLICT, "paddle");
    ledger_batch_destroy(&batch);
    assert_bid(2, ALICE, 1000000, 0, VERDICT_OK);
    ck_assert_int_eq(assert_sound(2).auction.leader_paddle, 90001);
}
END_TEST

START_TEST(maxima_left_before_the_start_are_decided_in_the_order_received)
{
    limit(ALICE, 2000000);
    assert_office(2, COMMAND_SCHEDULE, VERDICT_OK);
    assert_office(3, COMMAND_SCHEDULE, VERDICT_OK);
    struct ledger_command bobs = bid_of(2, BOB, 0, 1400000), again;
    assert_bid(2, ALICE, 0, 1500000, VERDICT_OK);
    assert_bid(2, ALICE, 1000000, 0, VERDICT_AUCTION_NOT_ACTIVE);
    assert_bid(2, CAROL, 0, 1500000, VERDICT_NOT_APPROVED);
    assert_bid(2, BOB, 0, 999999, VERDICT_BID_TOO_LOW);
    assert_bid(3, ALICE, 0, 1000000, VERDICT_CREDIT_EXCEEDED);
    assert_exposure(ALICE, 1500000);
    ck_assert_int_eq(execute(&bobs, NULL, NULL), VERDICT_OK);
    again = bid_of(2, ALICE, 0, 1800000); /* in place of the first, and behind Bob's */
    ck_assert_int_eq(execute(&again, NULL, NULL), VERDICT_OK);
    assert_exposure(ALICE, 1800000);
    ck_assert_int_eq(assert_sound(2).auction.price, 0);

    script("UPDATE liveness SET alive_at = now() - interval '1 hour'"); /* a start needs nobody to watch */
    assert_office(2, COMMAND_START, VERDICT_OK);
    script("UPDATE liveness SET alive_at = clock_timestamp(); TRUNCATE outages");
    struct ledger_lot lot = assert_sound(2);
    ck_assert_int_eq(lot.auction.leader, ALICE);
    ck_assert_int_eq(lot.auction.price, 1450000);
    ck_assert_int_eq(lot.auction.leader_max, 1800000);
    ck_assert_int_eq(lot.auction.bid_count, 2);
    assert_exposure(ALICE, 1800000);
    assert_exposure(BOB, 0);

    int64_t seq;
    bool duplicate; /* what was left is a bid now, and its id tells so */
    ck_assert_int_eq(execute(&bobs, &seq, &duplicate), VERDICT_OK);
    ck_assert(duplicate);
    ck_assert_int_eq(seq, 6); /* behind scheduled, three maxima and started */
    assert_office(2, COMMAND_UNDO, VERDICT_OK);
    ck_assert_int_eq(assert_sound(2).auction.leader, BOB);
    ck_assert_int_eq(execute(&again, NULL, NULL), VERDICT_BID_RETRACTED);
    assert_exposure(ALICE, 0);
    assert_exposure(BOB, 1400000);
}
END_TEST

START_TEST(a_maximum_left_before_the_start_can_be_withdrawn)
{
    assert_office(2, COMMAND_SCHEDULE, VERDICT_OK);
    assert_bid(2, ALICE, 0, 0, VERDICT_NOT_FOUND);
    assert_bid(2, ALICE, 0, 1500000, VERDICT_OK);
    struct ledger_command withdrawal = bid_of(2, ALICE, 0, 0);
    ck_assert_int_eq(execute(&withdrawal, NULL, NULL), VERDICT_OK);
    assert_sound(2);
    assert_exposure(ALICE, 0);
    assert_bid(2, ALICE, 0, 1600000, VERDICT_OK);
    bool duplicate;
    ck_assert_int_eq(execute(&withdrawal, NULL, &duplicate), VERDICT_OK); /* that of before */
    ck_assert(duplicate);
    assert_exposure(ALICE, 1600000);
    assert_bid(2, ALICE, 0, 0, VERDICT_OK);
    assert_office(2, COMMAND_START, VERDICT_OK);
    ck_assert_int_eq(assert_sound(2).auction.price, 0);
    assert_bid(2, ALICE, 0, 0, VERDICT_COMMAND_NOT_ALLOWED);
}
END_TEST

START_TEST(whoever_may_not_bid_any_more_has_left_nothing_at_the_start)
{
    assert_office(2, COMMAND_SCHEDULE, VERDICT_OK);
    assert_bid(2, ALICE, 0, 1500000, VERDICT_OK);
    assert_bid(2, BOB, 0, 1200000, VERDICT_OK);
    script("UPDATE registrations SET status = 'revoked' WHERE user_id = 2");
    assert_office(2, COMMAND_START, VERDICT_OK);
    struct ledger_lot lot = assert_sound(2);
    ck_assert_int_eq(lot.auction.leader, BOB);
    ck_assert_int_eq(lot.auction.price, 1000000);
    assert_exposure(ALICE, 0);
}
END_TEST

START_TEST(a_lot_that_does_not_start_frees_what_was_left)
{
    static const enum command_kind ends[] = {COMMAND_WITHDRAW, COMMAND_PASS};
    for (int64_t id = 2; id <= 3; id++) {
        assert_office(id, COMMAND_SCHEDULE, VERDICT_OK);
        assert_bid(id, ALICE, 0, 1500000, VERDICT_OK);
        assert_bid(id, BOB, 0, 1500000, VERDICT_OK);
        assert_office(id, ends[id - 2], VERDICT_OK);
        assert_sound(id);
        assert_exposure(ALICE, 0);
        assert_office(id, COMMAND_REOPEN, VERDICT_OK);
        ck_assert_int_eq(assert_sound(id).auction.price, 0);
    }
}
END_TEST

/* Within one batch, as a realtime node writes them. */
START_TEST(the_last_word_of_a_batch_about_a_maximum_counts)
{
    assert_office(2, COMMAND_SCHEDULE, VERDICT_OK);
    assert_bid(2, BOB, 0, 1100000, VERDICT_OK);
    struct ledger_lot lot = load(2);
    struct ledger_batch *batch = ledger_batch_create(&lot);
    const struct {
        int64_t user;
        yen maximum;
    } words[] = {
        {ALICE, 1500000},
        {BOB,   0      },
        {ALICE, 1300000},
        {DAVE,  2000000},
        {DAVE,  0      }
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const struct auction_facts facts = {.approved = true, .paddle = 10, .early_maximum = 1100000};
        const struct command command = {
            .kind = COMMAND_BID,
            .actor = words[i].user,
            .at_ms = lot.db_now_ms,
            .bid = {.id = uuid_random(), .maximum = words[i].maximum}
        };
        struct decision decision;
        auction_decide(ledger_batch_state(batch), &command, &facts, &decision);
        ledger_batch_add(batch, &decision);
        ledger_batch_add_bid(batch, words[i].user, &command.bid, decision.events[0].seq, VERDICT_OK,
                             lot.db_now_ms, 0, NULL);
    }
    assert_append(batch, LEDGER_DONE, "");
    ledger_batch_destroy(&batch);
    assert_sound(2);
    assert_exposure(ALICE, 1300000);
    assert_exposure(BOB, 0);
    assert_exposure(DAVE, 0);
}
END_TEST

/* Bids on both lots in turn, through a connection of its own. */
static void *spend(void *context)
{
    const int64_t user = ALICE + (int64_t)(intptr_t)context % 2;
    struct db *own = db_create(scratch.url, "spender");
    for (int i = 0; i < 60; i++) {
        struct ledger_command command = bid_of(2 + i % 2, user, 0, 1000000 + 50000 * i);
        struct ledger_result result;
        ledger_execute(own, &command, &result, NULL);
        ledger_batch_destroy(&result.batch);
    }
    db_destroy(&own);
    return NULL;
}

START_TEST(no_race_of_two_lots_passes_a_limit)
{
    limit(ALICE, 3000000);
    limit(BOB, 2500000);
    script("UPDATE sales SET duration_ms = 60000");
    open_lot(2);
    open_lot(3);
    pthread_t threads[4];
    for (intptr_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, spend, (void *)i), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_sound(2);
    assert_sound(3);
    ck_assert_int_eq(number("SELECT count(*) FROM registrations WHERE exposure > credit_limit"), 0);
    ck_assert_int_gt(number("SELECT sum(bid_count) FROM auctions"), 4);
}
END_TEST

START_TEST(a_horse_is_live_in_one_lot_only)
{
    assert_office(1, COMMAND_SCHEDULE, VERDICT_OK);
    struct ledger_command command = office(4, COMMAND_SCHEDULE);
    struct ledger_result result;
    ledger_execute(db, &command, &result, &error);
    ck_assert_int_eq(result.verdict, VERDICT_HORSE_ALREADY_LIVE);
    ck_assert_ptr_null(result.batch);
    ck_assert_int_eq(result.seq, 0);
    ck_assert_int_eq(load(4).auction.status, AUCTION_DRAFT);
    assert_office(1, COMMAND_WITHDRAW, VERDICT_OK);
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_OK);
}
END_TEST

START_TEST(the_ledger_cannot_be_changed)
{
    static const char *const attempts[] = {
        "UPDATE auction_events SET public_part = '{}'",
        "UPDATE auction_events SET seq = seq + 100 WHERE auction_id = 2 AND seq = 2",
        "DELETE FROM auction_events WHERE auction_id = 2 AND seq = 2",
        "TRUNCATE auction_events",
        "DELETE FROM auctions WHERE id = 2",
        "TRUNCATE auctions CASCADE",
        "TRUNCATE auction_events CASCADE",
    };
    open_lot(2);
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        ck_assert_msg(!db_script(db, attempts[i], &error), "%s", attempts[i]);
        ck_assert_msg(strstr(error.text, "written once") != NULL, "%s", error.text);
    }
    ck_assert_int_eq(assert_sound(2).auction.seq, 2);
}
END_TEST

START_TEST(a_texts_bytes_survive_the_ledger)
{
    open_lot(2);
    struct ledger_command command = office(2, COMMAND_MESSAGE);
    command.command.text = "\xe3\x82\xbb\xe3\x83\xaa \"\\\n\t\x01 \xf0\x9f\x90\x8e";
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_OK);
    assert_sound(2);
    char text[AUCTION_TEXT_MAX + 1];
    memset(text, 'x', sizeof text);
    text[AUCTION_TEXT_MAX - 1] = '\0';
    command = office(2, COMMAND_MESSAGE);
    command.command.text = text;
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_OK);
    assert_sound(2);
    text[AUCTION_TEXT_MAX - 1] = 'x';
    text[AUCTION_TEXT_MAX] = '\0';
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_INVALID_MESSAGE);
    command.command.text = "\xff";
    ck_assert_int_eq(execute(&command, NULL, NULL), VERDICT_INVALID_MESSAGE);
}
END_TEST

START_TEST(facts_tell_who_may_bid)
{
    static const struct {
        int64_t lot, user;
        bool bidder, approved, own_lot;
        int paddle;
    } people[] = {
        {1,   OFFICE, false, false, false, 0 },
        {1,   ALICE,  true,  true,  false, 12},
        {1,   CAROL,  true,  false, false, 0 },
        {1,   DAVE,   true,  true,  true,  15},
        {2,   DAVE,   true,  true,  false, 15},
        {1,   VERA,   false, false, false, 0 },
        {1,   GONE,   false, true,  false, 17},
        {1,   999,    false, false, false, 0 },
        {999, ALICE,  true,  false, false, 0 },
    };
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        bool bidder;
        struct auction_facts facts = facts_of(people[i].lot, people[i].user, uuid_random(), &bidder);
        ck_assert_int_eq(bidder, people[i].bidder);
        ck_assert_int_eq(facts.approved, people[i].approved);
        ck_assert_int_eq(facts.own_lot, people[i].own_lot);
        ck_assert_int_eq(facts.paddle, people[i].paddle);
        ck_assert_int_eq(facts.memory, BID_UNKNOWN);
    }
    open_lot(1);
    assert_bid(1, VERA, 1000000, 0, VERDICT_FORBIDDEN);
    assert_bid(1, CAROL, 1000000, 0, VERDICT_NOT_APPROVED);
    assert_bid(1, DAVE, 1000000, 0, VERDICT_OWN_LOT);
}
END_TEST

START_TEST(facts_keep_the_order_of_the_questions)
{
    struct ledger_question questions[50];
    for (int i = 0; i < 50; i++)
        questions[i] = (struct ledger_question){i % 10, uuid_random()};
    struct params params;
    ledger_facts_params(&params, 2, questions, 50);
    PGresult *result = run_on(db, SQL_LEDGER_FACTS, &params);
    ck_assert_int_eq(PQntuples(result), 50);
    for (size_t i = 0; i < 50; i++) {
        struct auction_facts facts = {0};
        int64_t received;
        bool bidder;
        ledger_facts_read(result, i, &facts, &received, &bidder);
        ck_assert_int_eq(facts.paddle, i % 10 == ALICE  ? 12
                                       : i % 10 == BOB  ? 13
                                       : i % 10 == DAVE ? 15
                                       : i % 10 == GONE ? 17
                                                        : 0);
    }
    PQclear(result);
}
END_TEST

START_TEST(facts_remember_what_became_of_a_bid)
{
    open_lot(2);
    struct ledger_command bid = bid_of(2, ALICE, 1000000, 1500000);
    int64_t seq;
    bool bidder;
    ck_assert_int_eq(execute(&bid, &seq, NULL), VERDICT_OK);
    struct auction_facts facts = facts_of(2, ALICE, bid.command.bid.id, &bidder);
    ck_assert_int_eq(facts.memory, BID_ACCEPTED);
    ck_assert_int_eq(facts.remembered.amount, 1000000);
    ck_assert_int_eq(facts.remembered.maximum, 1500000);
    ck_assert_int_eq(facts.remembered_seq, seq);
    ck_assert_int_eq(facts_of(2, BOB, bid.command.bid.id, &bidder).memory, BID_UNKNOWN);
    ck_assert_int_eq(facts_of(3, ALICE, bid.command.bid.id, &bidder).memory, BID_UNKNOWN);

    assert_office(2, COMMAND_UNDO, VERDICT_OK);
    facts = facts_of(2, ALICE, bid.command.bid.id, &bidder);
    ck_assert_int_eq(facts.memory, BID_RETRACTED);
    ck_assert_int_eq(facts.remembered_seq, seq);
    bool duplicate;
    ck_assert_int_eq(execute(&bid, NULL, &duplicate), VERDICT_BID_RETRACTED);
    ck_assert(duplicate);
    assert_sound(2);
}
END_TEST

START_TEST(a_committed_refusal_is_final)
{
    /* also on a lot that has no event yet */
    for (int64_t id = 2; id <= 3; id++) {
        if (id == 2)
            open_lot(2);
        struct ledger_lot lot = load(id);
        struct bid bid = {.id = uuid_random(), .amount = 1000000};
        struct ledger_batch *batch = ledger_batch_create(&lot);
        ledger_batch_add_bid(batch, ALICE, &bid, 0, VERDICT_CREDIT_EXCEEDED, lot.db_now_ms, 0, NULL);
        ck_assert(!ledger_batch_is_empty(batch));
        ck_assert_uint_eq(ledger_batch_count(batch), 0);
        assert_append(batch, LEDGER_DONE, "");
        ledger_batch_destroy(&batch);
        ck_assert_int_eq(load(id).auction.seq, lot.auction.seq);
        bool bidder, duplicate;
        struct auction_facts facts = facts_of(id, ALICE, bid.id, &bidder);
        ck_assert_int_eq(facts.memory, BID_REFUSED);
        ck_assert_int_eq(facts.remembered_verdict, VERDICT_CREDIT_EXCEEDED);
        struct ledger_command again = bid_of(id, ALICE, 1000000, 0);
        again.command.bid.id = bid.id;
        ck_assert_int_eq(execute(&again, NULL, &duplicate), VERDICT_CREDIT_EXCEEDED);
        ck_assert(duplicate);
    }
    assert_sound(2);
}
END_TEST

/* A draft has no seq that would tell of a change, and a refusal may be written down beside it at any time. */
START_TEST(a_refusal_that_is_written_down_leaves_a_draft_as_the_office_has_it)
{
    struct ledger_lot lot = load(2);
    script("UPDATE auctions SET start_price = 3000000, reserve = 5000000 WHERE id = 2");
    struct bid bid = {.id = uuid_random(), .amount = 1000000};
    struct ledger_batch *batch = ledger_batch_create(&lot);
    ledger_batch_add_bid(batch, ALICE, &bid, 0, VERDICT_AUCTION_NOT_ACTIVE, lot.db_now_ms, 0, NULL);
    assert_append(batch, LEDGER_DONE, "");
    ledger_batch_destroy(&batch);
    lot = load(2);
    ck_assert_int_eq(lot.auction.terms.start_price, 3000000);
    ck_assert_int_eq(lot.auction.reserve, 5000000);
}
END_TEST

START_TEST(terms_are_the_sales_until_the_lot_is_scheduled)
{
    script("UPDATE sales SET duration_ms = 9000, ladder = '{0,20000}'");
    ck_assert_int_eq(load(2).auction.terms.rules.duration_ms, 9000);
    ck_assert_int_eq(auction_step(&(struct auction){.terms = load(2).auction.terms}), 20000);
    assert_office(2, COMMAND_SCHEDULE, VERDICT_OK);
    script("UPDATE sales SET duration_ms = 8000, ladder = '{0,50000}'");
    struct ledger_lot lot = assert_sound(2);
    ck_assert_int_eq(lot.auction.terms.rules.duration_ms, 9000);
    ck_assert_int_eq(auction_step(&lot.auction), 20000);
    ck_assert_int_eq(load(3).auction.terms.rules.duration_ms, 8000);
}
END_TEST

/* ---- writers at once ---- */

#define WRITERS 4
#define ROUNDS  25

struct writer {
    pthread_barrier_t *barrier;
    int64_t user;
    int done, conflicts;
};

/* Everybody decides on the same state and appends at the same moment. */
static void *race(void *context)
{
    struct writer *writer = context;
    struct db *own = db_create(scratch.url, "writer");
    for (int round = 0; round < ROUNDS; round++) {
        char reason[64];
        struct ledger_lot lot = load_on(own, 2, SQL_LEDGER_LOAD);
        struct ledger_batch *batch = ledger_batch_create(&lot);
        struct command command = {.kind = COMMAND_MESSAGE, .actor = writer->user, .text = "race"};
        add(batch, &command, lot.db_now_ms);
        pthread_barrier_wait(writer->barrier);
        enum ledger_outcome outcome = append_on(own, batch, reason);
        writer->done += outcome == LEDGER_DONE;
        writer->conflicts += outcome == LEDGER_CONFLICT;
        ledger_batch_destroy(&batch);
        pthread_barrier_wait(writer->barrier);
    }
    db_destroy(&own);
    return NULL;
}

START_TEST(of_writers_at_once_exactly_one_wins)
{
    open_lot(2);
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, WRITERS);
    pthread_t threads[WRITERS];
    struct writer writers[WRITERS];
    int done = 0, conflicts = 0;
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.barrier = &barrier, .user = ALICE + i};
        pthread_create(&threads[i], NULL, race, &writers[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        done += writers[i].done;
        conflicts += writers[i].conflicts;
    }
    pthread_barrier_destroy(&barrier);
    ck_assert_int_eq(done, ROUNDS);
    ck_assert_int_eq(conflicts, (WRITERS - 1) * ROUNDS);
    ck_assert_int_eq(assert_sound(2).auction.seq, 2 + ROUNDS);
}
END_TEST

static void *command_again_and_again(void *context)
{
    struct db *own = db_create(scratch.url, "commander");
    int *accepted = context;
    for (int i = 0; i < ROUNDS; i++) {
        struct ledger_result result;
        struct ledger_command command = {
            .auction_id = 2,
            .command = {.kind = COMMAND_MESSAGE, .actor = OFFICE, .text = "x"},
            .command_id = uuid_random(),
            .content = "{}"
        };
        ledger_execute(own, &command, &result, NULL);
        *accepted += result.verdict == VERDICT_OK;
        ledger_batch_destroy(&result.batch);
    }
    db_destroy(&own);
    return NULL;
}

START_TEST(a_writer_never_heard_of_again_does_not_keep_the_lot)
{
    ck_assert_int_eq(db_begin(db, &error), DB_DONE);
    load_on(db, 2, SQL_LEDGER_LOAD_LOCKED);
    script("DO $$ BEGIN ASSERT current_setting('idle_in_transaction_session_timeout') = '2s'; END $$");
    db_rollback(db);
    script("DO $$ BEGIN ASSERT current_setting('idle_in_transaction_session_timeout') = '0'; END $$");
}
END_TEST

START_TEST(the_blocking_writer_is_never_starved)
{
    open_lot(2);
    pthread_t threads[WRITERS];
    int accepted[WRITERS] = {0};
    for (int i = 0; i < WRITERS; i++)
        pthread_create(&threads[i], NULL, command_again_and_again, &accepted[i]);
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(accepted[i], ROUNDS);
    }
    ck_assert_int_eq(assert_sound(2).auction.seq, 2 + WRITERS * ROUNDS);
}
END_TEST

/* ---- lost connections ---- */

/* Executes "start" on lot 2 through a proxy that cuts at COMMIT. */
static enum verdict start_through(enum cut cut, struct ledger_result *result)
{
    assert_office(2, COMMAND_SCHEDULE, VERDICT_OK);
    struct ledger_command command = office(2, COMMAND_START);
    struct cutting_proxy proxy;
    char *url = cutting_proxy_start(&proxy, scratch.url, cut);
    struct db *through = db_create(url, "through");
    ledger_execute(through, &command, result, &error);
    db_destroy(&through);
    cutting_proxy_stop(&proxy);
    free(url);
    return result->verdict;
}

START_TEST(a_commit_whose_answer_is_lost_is_found)
{
    struct ledger_result result;
    ck_assert_int_eq(start_through(CUT_AFTER_COMMIT, &result), VERDICT_OK);
    ck_assert_int_eq(result.seq, 2);
    ck_assert_uint_eq(ledger_batch_count(result.batch), 1);
    ledger_batch_destroy(&result.batch);
    ck_assert_int_eq(assert_sound(2).auction.status, AUCTION_ACTIVE);
}
END_TEST

START_TEST(a_commit_that_never_arrived_did_nothing)
{
    struct ledger_result result;
    ck_assert_int_eq(start_through(CUT_BEFORE_COMMIT, &result), VERDICT_UNAVAILABLE);
    ck_assert_ptr_null(result.batch);
    ck_assert_int_eq(result.seq, 0);
    ck_assert_int_eq(assert_sound(2).auction.status, AUCTION_SCHEDULED);
}
END_TEST

START_TEST(what_cannot_be_found_out_is_uncertain)
{
    struct ledger_result result;
    ck_assert_int_eq(start_through(CUT_FOR_GOOD, &result), VERDICT_UNCERTAIN);
    ck_assert_ptr_null(result.batch);
    ck_assert_int_eq(assert_sound(2).auction.status, AUCTION_ACTIVE);
}
END_TEST

START_TEST(without_a_database_nothing_is_done)
{
    struct db *nowhere = db_create("postgres://nobody@127.0.0.1:1/none", "nowhere");
    struct ledger_command command = {.auction_id = 2, .command = {.kind = COMMAND_START}};
    struct ledger_result result;
    ledger_execute(nowhere, &command, &result, &error);
    ck_assert_int_eq(result.verdict, VERDICT_UNAVAILABLE);
    ck_assert_ptr_null(result.batch);
    db_destroy(&nowhere);
}
END_TEST

/* ---- answers ---- */

START_TEST(the_databases_refusals_are_told_apart)
{
    static const struct {
        const char *sqlstate, *constraint;
        enum ledger_outcome outcome;
    } refusals[] = {
        {"40001", "",                        LEDGER_CONFLICT},
        {"40P01", "",                        LEDGER_CONFLICT},
        {"55P03", "",                        LEDGER_CONFLICT},
        {"23505", "auction_events_pkey",     LEDGER_CONFLICT},
        {"23505", "bids_seq",                LEDGER_CONFLICT},
        {"23505", "bids_pkey",               LEDGER_REJECTED},
        {"23505", "commands_pkey",           LEDGER_REJECTED},
        {"23505", "auctions_one_live_horse", LEDGER_REJECTED},
        {"23514", "auctions_check",          LEDGER_DOWN    },
        {"53100", "",                        LEDGER_DOWN    },
        {"57P01", "",                        LEDGER_DOWN    },
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct db_answer answer = {.outcome = DB_REFUSED};
        snprintf(answer.sqlstate, sizeof answer.sqlstate, "%s", refusals[i].sqlstate);
        snprintf(answer.constraint, sizeof answer.constraint, "%s", refusals[i].constraint);
        ck_assert_int_eq(ledger_append_read(&answer, NULL), refusals[i].outcome);
    }
    ck_assert_int_eq(ledger_append_read(&(struct db_answer){.outcome = DB_NOT_SENT}, NULL), LEDGER_DOWN);
    ck_assert_int_eq(ledger_append_read(&(struct db_answer){.outcome = DB_UNCERTAIN}, NULL),
                     LEDGER_UNCERTAIN);
}
END_TEST

int main(void)
{
    scratch = scratch_create(); /* says what is missing before any test runs */
    scratch_drop(&scratch);
    TCase *cases = tcase_create("ledger");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_lot_lives_from_draft_to_sold_and_is_reopened);
    tcase_add_test(cases, every_command_of_the_office_leaves_row_and_fold_alike);
    tcase_add_test(cases, many_bids_go_in_as_one_batch);
    tcase_add_test(cases, the_public_event_of_a_batch_is_that_of_the_database);
    tcase_add_test(cases, whoever_comes_second_meets_a_conflict);
    tcase_add_test(cases, a_lot_that_is_not_there_is_a_conflict_and_loads_nothing);
    tcase_add_test(cases, a_known_bid_id_is_rejected_by_its_key);
    tcase_add_test(cases, a_bid_sent_again_is_answered_as_before);
    tcase_add_test(cases, a_bid_from_the_future_is_a_conflict);
    tcase_add_test(cases, a_bid_committed_after_the_grace_is_a_conflict);
    tcase_add_test(cases, a_bid_received_in_time_counts_within_the_grace);
    tcase_add_test(cases, time_spent_waiting_for_the_row_counts);
    tcase_add_test(cases, a_close_before_its_time_is_a_conflict);
    tcase_add_test(cases, nothing_is_closed_in_the_dark);
    tcase_add_test(cases, a_bid_does_not_run_past_the_dark_either);
    tcase_add_test(cases, an_outage_elsewhere_in_time_does_not_matter);
    tcase_add_test(cases, a_lot_opened_in_the_dark_keeps_its_whole_time_and_no_more);
    tcase_add_test(cases, a_command_on_a_lot_in_the_dark_first_pauses_it);
    tcase_add_test(cases, while_nobody_watches_a_command_only_pauses_the_lot);
    tcase_add_test(cases, a_refused_command_still_pauses_a_lot_in_the_dark);
    tcase_add_test(cases, a_command_sent_again_is_answered_as_before);
    tcase_add_test(cases, a_known_command_id_is_rejected_by_its_key);
    tcase_add_test(cases, a_stale_command_is_refused);
    tcase_add_test(cases, exposure_follows_a_lot_through_its_life);
    tcase_add_test(cases, a_credit_limit_holds_over_all_lots_of_a_sale);
    tcase_add_test(cases, an_undo_may_leave_somebody_over_the_limit);
    tcase_add_test(cases, credit_taken_by_another_lot_meanwhile_is_a_conflict);
    tcase_add_test(cases, nobody_comes_to_lead_under_a_paddle_that_is_not_his_any_more);
    tcase_add_test(cases, maxima_left_before_the_start_are_decided_in_the_order_received);
    tcase_add_test(cases, a_maximum_left_before_the_start_can_be_withdrawn);
    tcase_add_test(cases, whoever_may_not_bid_any_more_has_left_nothing_at_the_start);
    tcase_add_test(cases, a_lot_that_does_not_start_frees_what_was_left);
    tcase_add_test(cases, the_last_word_of_a_batch_about_a_maximum_counts);
    tcase_add_test(cases, no_race_of_two_lots_passes_a_limit);
    tcase_add_test(cases, a_horse_is_live_in_one_lot_only);
    tcase_add_test(cases, the_ledger_cannot_be_changed);
    tcase_add_test(cases, a_texts_bytes_survive_the_ledger);
    tcase_add_test(cases, facts_tell_who_may_bid);
    tcase_add_test(cases, facts_keep_the_order_of_the_questions);
    tcase_add_test(cases, facts_remember_what_became_of_a_bid);
    tcase_add_test(cases, a_committed_refusal_is_final);
    tcase_add_test(cases, a_refusal_that_is_written_down_leaves_a_draft_as_the_office_has_it);
    tcase_add_test(cases, terms_are_the_sales_until_the_lot_is_scheduled);
    tcase_add_test(cases, of_writers_at_once_exactly_one_wins);
    tcase_add_test(cases, a_writer_never_heard_of_again_does_not_keep_the_lot);
    tcase_add_test(cases, the_blocking_writer_is_never_starved);
    tcase_add_test(cases, a_commit_whose_answer_is_lost_is_found);
    tcase_add_test(cases, a_commit_that_never_arrived_did_nothing);
    tcase_add_test(cases, what_cannot_be_found_out_is_uncertain);
    tcase_add_test(cases, without_a_database_nothing_is_done);
    tcase_add_test(cases, the_databases_refusals_are_told_apart);
    Suite *suite = suite_create("ledger");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
