/* The asynchronous side. As in pg_test_db, a second, blocking connection does to the pool what the world
 * would do to it: it locks a table to hold statements up, ends sessions, shuts the door of the database. */
#include "core/base/clock.h"
#include "core/store/migrate.h"
#include "core/store/pool.h"
#include "tests/unit/pg_scratch.h"
#include "tests/unit/suite.h"

#include <arpa/inet.h>
#include <check.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 2000, SLACK_MS = 50, LATE_MS = 2000 };

static struct scratch scratch;
static struct db *other;
static struct error error;
static uv_loop_t loop;
static struct pool *pool;
static bool closed;

/* How many answers there were of each outcome, and what the last refusal said. */
static struct {
    int outcomes[4];
    char sqlstate[6];
    char constraint[64];
} seen;

static int answers(void)
{
    return seen.outcomes[DB_DONE] + seen.outcomes[DB_REFUSED] + seen.outcomes[DB_NOT_SENT] +
           seen.outcomes[DB_UNCERTAIN];
}

static void count(const struct db_answer *answer, void *context)
{
    (void)context;
    seen.outcomes[answer->outcome]++;
    ck_assert((answer->outcome == DB_DONE) == (answer->result != NULL));
    if (answer->outcome == DB_REFUSED) {
        snprintf(seen.sqlstate, sizeof seen.sqlstate, "%s", answer->sqlstate);
        snprintf(seen.constraint, sizeof seen.constraint, "%s", answer->constraint);
    }
}

static void note_closed(void *context)
{
    *(bool *)context = true;
}

static void script(const char *sql)
{
    if (!db_script(other, sql, &error))
        ck_abort_msg("%s: %s", sql, error.text);
}

static void setup(void)
{
    uv_loop_init(&loop);
    other = db_create(scratch.url, "pool-test-other");
    ck_assert_msg(db_ready(other, &error), "%s", error.text);
    memset(&seen, 0, sizeof seen);
    closed = false;
}

static void start_at(const char *url, int connections, int queue_limit)
{
    struct pool_options options = {url, "pool-under-test", connections, queue_limit, TIMEOUT_MS};
    pool = pool_create(&loop, &options);
}

static void start(int connections)
{
    start_at(scratch.url, connections, 1000);
}

/* Every test ends with a loop in which nothing is left. */
static void teardown(void)
{
    if (pool != NULL)
        pool_destroy(&pool, note_closed, &closed);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert(closed);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    db_destroy(&other);
}

/* Turns the loop until the number is at least `wanted`; 10 s is for ever. */
static void run_until(int (*number)(void), int wanted)
{
    int64_t deadline = clock_monotonic_ms() + 10000;
    while (number() < wanted) {
        ck_assert_msg(clock_monotonic_ms() < deadline, "got %d of %d", number(), wanted);
        uv_run(&loop, UV_RUN_ONCE);
    }
}

static int connected(void)
{
    return pool_connected(pool);
}

static void run_for(int64_t ms)
{
    int64_t until = clock_monotonic_ms() + ms;
    while (clock_monotonic_ms() < until)
        uv_run(&loop, UV_RUN_ONCE); /* the pool's tick keeps this from sleeping long */
}

static void user_params(struct params *params, const char *name)
{
    char email[100];
    snprintf(email, sizeof email, "%s@example.test", name);
    params_init(params);
    params_text(params, email);
    params_text(params, name);
    params_text(params, "hash");
    params_text(params, "viewer");
    params_text(params, "ja");
}

static void create_user(const char *name)
{
    struct params params;
    user_params(&params, name);
    pool_run(pool, SQL_USER_CREATE, &params, count, NULL);
    params_finish(&params);
}

static void create_user_in(struct pool_transaction *transaction, const char *name)
{
    struct params params;
    user_params(&params, name);
    pool_transaction_run(transaction, SQL_USER_CREATE, &params, count, NULL);
    params_finish(&params);
}

static struct pool_transaction *transactions[20];
static int begun, not_begun;

static void note_begun(struct pool_transaction *transaction, void *context)
{
    (void)context;
    if (transaction == NULL)
        not_begun++;
    else
        transactions[begun++] = transaction;
}

static int begins(void)
{
    return begun + not_begun;
}

static void run_until_begun(int wanted)
{
    run_until(begins, wanted);
    ck_assert_int_eq(begun, wanted);
}

/* A statement that only reads. */
static void look(void)
{
    pool_run(pool, SQL_SCHEMA_MIGRATIONS_LIST, NULL, count, NULL);
}

static int64_t number_of(const char *sql)
{
    ck_assert(db_ready(other, &error));
    PGresult *result = PQexec(db_connection(other), sql);
    ck_assert_msg(PQresultStatus(result) == PGRES_TUPLES_OK, "%s", PQresultErrorMessage(result));
    int64_t number = result_int(result, 0, "n");
    PQclear(result);
    return number;
}

#define POOL_SESSIONS                                                                                        \
    "FROM pg_stat_activity WHERE application_name = 'pool-under-test' AND datname = current_database()"

static int waiting_for_locks(void)
{
    return (int)number_of("SELECT count(*) AS n " POOL_SESSIONS " AND wait_event_type = 'Lock'");
}

static void terminate_sessions(void)
{
    script("SELECT pg_terminate_backend(pid, 5000) " POOL_SESSIONS);
}

/* ---- statements ---- */

static void note_order(const struct db_answer *answer, void *context)
{
    ck_assert_int_eq(answer->outcome, DB_DONE);
    ck_assert_int_eq(*(int *)context, answers());
    count(answer, NULL);
}

START_TEST(one_connection_answers_in_order)
{
    start(1);
    int order[100];
    for (int i = 0; i < 100; i++) {
        order[i] = i;
        pool_run(pool, SQL_SCHEMA_MIGRATIONS_LIST, NULL, note_order, &order[i]);
    }
    ck_assert_int_eq(answers(), 0);
    ck_assert_int_eq(pool_pending(pool), 100);
    run_until(answers, 100);
    ck_assert_int_eq(pool_pending(pool), 0);
}
END_TEST

START_TEST(a_unique_violation_is_refused_by_name_and_touches_no_neighbour)
{
    start(1);
    create_user("pool-twice");
    create_user("POOL-twice");
    create_user("pool-twice-not");
    run_until(answers, 3);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 2);
    ck_assert_int_eq(seen.outcomes[DB_REFUSED], 1);
    ck_assert_str_eq(seen.sqlstate, "23505");
    ck_assert_str_eq(seen.constraint, "users_email_key");
    ck_assert_int_eq(number_of("SELECT count(*) AS n FROM users WHERE name ILIKE 'pool-twice%'"), 2);
}
END_TEST

START_TEST(an_error_at_the_commit_is_a_refusal)
{
    script("CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
           " IF NEW.name = 'pool-late' THEN RAISE EXCEPTION 'late' USING ERRCODE = '23000', CONSTRAINT = "
           "'late'; END IF;"
           " RETURN NULL; END $$;"
           "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED"
           " FOR EACH ROW EXECUTE FUNCTION at_commit()");
    start(1);
    create_user("pool-early");
    create_user("pool-late");
    create_user("pool-later");
    run_until(answers, 3);
    script("DROP TRIGGER at_commit ON users; DROP FUNCTION at_commit");
    ck_assert_int_eq(seen.outcomes[DB_DONE], 2);
    ck_assert_int_eq(seen.outcomes[DB_REFUSED], 1);
    ck_assert_str_eq(seen.constraint, "late");
}
END_TEST

START_TEST(a_statement_that_could_not_be_prepared_is_prepared_again)
{
    script("ALTER TABLE users RENAME TO people");
    start(1);
    create_user("pool-prepared-1");
    create_user("pool-prepared-2");
    run_until(answers, 2);
    ck_assert_int_eq(seen.outcomes[DB_REFUSED], 2);
    script("ALTER TABLE people RENAME TO users");
    create_user("pool-prepared-3");
    create_user("pool-prepared-4");
    run_until(answers, 4);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 2);
}
END_TEST

START_TEST(ten_thousand_requests_are_all_answered)
{
    start_at(scratch.url, 2, 10000);
    for (int i = 0; i < 10000; i++)
        look();
    ck_assert_int_eq(pool_pending(pool), 10000);
    run_until(answers, 10000);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 10000);
    ck_assert_int_eq(pool_connected(pool), 2);
}
END_TEST

START_TEST(large_parameters_are_flushed_in_pieces)
{
    start(1);
    const size_t size = (size_t)4 << 20;
    char *name = xmalloc(size + 1);
    memset(name, 'x', size);
    name[size] = '\0';
    struct params params;
    params_init(&params);
    params_text(&params, "pool-large@example.test");
    params_text(&params, name);
    params_text(&params, "hash");
    params_text(&params, "viewer");
    params_text(&params, "ja");
    for (int i = 0; i < 10; i++)
        pool_run(pool, SQL_USER_CREATE, &params, count, NULL);
    params_finish(&params);
    free(name);
    look();
    run_until(answers, 11);
    ck_assert_int_eq(seen.outcomes[DB_REFUSED], 10); /* a name has at most 100 characters */
    ck_assert_int_eq(seen.outcomes[DB_DONE], 1);
}
END_TEST

START_TEST(a_full_queue_answers_not_sent_but_later)
{
    start_at(scratch.url, 1, 10);
    for (int i = 0; i < 15; i++)
        look();
    ck_assert_int_eq(answers(), 0);
    run_until(answers, 15);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 10);
    ck_assert_int_eq(seen.outcomes[DB_NOT_SENT], 5);
    look();
    run_until(answers, 16);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 11);
}
END_TEST

START_TEST(failed_parameters_answer_not_sent)
{
    start(1);
    struct params params;
    params_init(&params);
    params_array(&params, ELEMENT_INT, 3);
    pool_run(pool, SQL_USER_CREATE, &params, count, NULL);
    params_finish(&params);
    ck_assert_int_eq(answers(), 0);
    run_until(answers, 1);
    ck_assert_int_eq(seen.outcomes[DB_NOT_SENT], 1);
}
END_TEST

static void look_again(const struct db_answer *answer, void *context)
{
    count(answer, NULL);
    if (answers() < 50)
        pool_run(pool, SQL_SCHEMA_MIGRATIONS_LIST, NULL, look_again, context);
}

START_TEST(a_callback_may_ask_again)
{
    start(2);
    pool_run(pool, SQL_SCHEMA_MIGRATIONS_LIST, NULL, look_again, NULL);
    run_until(answers, 50);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 50);
}
END_TEST

/* ---- trouble ---- */

START_TEST(what_was_sent_to_a_lost_connection_is_uncertain_and_the_rest_is_carried_on)
{
    start(1);
    create_user("pool-lost");
    run_until(answers, 1);
    script("BEGIN; LOCK TABLE users");
    char name[40];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "pool-lost-%d", i);
        create_user(name);
    }
    run_until(waiting_for_locks, 1);
    terminate_sessions();
    run_until(answers, 2);
    script("ROLLBACK");
    run_until(answers, 201);
    ck_assert_int_ge(seen.outcomes[DB_UNCERTAIN], 100);
    ck_assert_int_ge(seen.outcomes[DB_DONE], 50);
    ck_assert_int_eq(seen.outcomes[DB_UNCERTAIN] + seen.outcomes[DB_DONE], 201);
    ck_assert_int_eq(number_of("SELECT count(*) AS n FROM users WHERE name LIKE 'pool-lost%'"),
                     seen.outcomes[DB_DONE]);
}
END_TEST

START_TEST(sessions_ended_while_idle_are_replaced)
{
    start(3);
    run_until(connected, 3);
    terminate_sessions();
    run_for(50);
    run_until(connected, 3);
    for (int i = 0; i < 10; i++)
        look();
    run_until(answers, 10);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 10);
}
END_TEST

/* The pool counts from the time of the loop's turn, which on a busy machine may have begun a while ago. */
static int64_t now_on_loop(void)
{
    uv_update_time(&loop);
    return clock_monotonic_ms();
}

START_TEST(an_unreachable_database_is_not_sent_after_the_time_out)
{
    start_at("postgres://nobody@127.0.0.1:1/none", 2, 1000);
    int64_t before = now_on_loop();
    look();
    pool_begin(pool, note_begun, NULL);
    run_until(answers, 1);
    run_until(begins, 1);
    ck_assert_int_eq(seen.outcomes[DB_NOT_SENT], 1);
    ck_assert_int_eq(not_begun, 1);
    ck_assert_int_ge(clock_monotonic_ms() - before, TIMEOUT_MS - SLACK_MS);
    ck_assert_int_le(clock_monotonic_ms() - before, TIMEOUT_MS + LATE_MS);
}
END_TEST

/* A server that takes connections and never says a word. */
static int listen_silently(char *url, size_t size)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(listener, 16), 0);
    socklen_t length = sizeof address;
    getsockname(listener, (struct sockaddr *)&address, &length);
    snprintf(url, size, "postgres://nobody@127.0.0.1:%d/none", ntohs(address.sin_port));
    return listener;
}

START_TEST(a_silent_server_is_not_sent_after_the_time_out)
{
    char url[80];
    int listener = listen_silently(url, sizeof url);
    start_at(url, 2, 1000);
    int64_t before = now_on_loop();
    look();
    run_until(answers, 1);
    ck_assert_int_eq(seen.outcomes[DB_NOT_SENT], 1);
    ck_assert_int_ge(clock_monotonic_ms() - before, TIMEOUT_MS - SLACK_MS);
    ck_assert_int_eq(pool_connected(pool), 0);
    close(listener);
}
END_TEST

START_TEST(requests_wait_for_a_database_that_comes_back_in_time)
{
    start(2);
    run_until(connected, 2);
    char sql[200];
    struct db *outside = db_create(scratch.maintenance, "pool-test-outside");
    snprintf(sql, sizeof sql, "ALTER DATABASE %s ALLOW_CONNECTIONS false", scratch.name);
    ck_assert(db_script(outside, sql, &error));
    terminate_sessions();
    run_for(200);
    ck_assert_int_eq(pool_connected(pool), 0);
    for (int i = 0; i < 5; i++)
        look();
    run_for(300);
    ck_assert_int_eq(answers(), 0);
    snprintf(sql, sizeof sql, "ALTER DATABASE %s ALLOW_CONNECTIONS true", scratch.name);
    ck_assert(db_script(outside, sql, &error));
    db_destroy(&outside);
    run_until(answers, 5);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 5);
}
END_TEST

START_TEST(a_request_that_takes_too_long_ends_its_connection)
{
    start(1);
    create_user("pool-slow");
    run_until(answers, 1);
    script("BEGIN; LOCK TABLE users");
    int64_t before = now_on_loop();
    create_user("pool-slow-1");
    run_until(answers, 2);
    ck_assert_int_eq(seen.outcomes[DB_UNCERTAIN], 1);
    ck_assert_int_ge(clock_monotonic_ms() - before, TIMEOUT_MS - SLACK_MS);
    ck_assert_int_le(clock_monotonic_ms() - before, TIMEOUT_MS + LATE_MS);
    script("ROLLBACK");
    look();
    run_until(answers, 3);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 2);
}
END_TEST

/* ---- transactions ---- */

START_TEST(a_transaction_is_there_as_a_whole_or_not_at_all)
{
    start(2);
    pool_begin(pool, note_begun, NULL);
    pool_begin(pool, note_begun, NULL);
    run_until_begun(1);
    create_user_in(transactions[0], "pool-whole-1");
    create_user_in(transactions[0], "pool-whole-2");
    run_until(answers, 2);
    ck_assert_int_eq(number_of("SELECT count(*) AS n FROM users WHERE name LIKE 'pool-whole%'"), 0);
    pool_commit(transactions[0], count, NULL);
    run_until(answers, 3);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 3);
    ck_assert_int_eq(number_of("SELECT count(*) AS n FROM users WHERE name LIKE 'pool-whole%'"), 2);

    run_until_begun(2);
    create_user_in(transactions[1], "pool-none");
    pool_rollback(transactions[1]);
    run_until(answers, 4);
    look();
    run_until(answers, 5);
    ck_assert_int_eq(number_of("SELECT count(*) AS n FROM users WHERE name LIKE 'pool-none%'"), 0);
}
END_TEST

START_TEST(nobody_else_speaks_inside_a_transaction)
{
    start(1);
    pool_begin(pool, note_begun, NULL);
    run_until_begun(1);
    create_user_in(transactions[0], "pool-alone");
    run_until(answers, 1);
    look();
    create_user("pool-outside");
    run_for(200);
    ck_assert_int_eq(answers(), 1);
    pool_rollback(transactions[0]);
    run_until(answers, 3);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 3);
    ck_assert_int_eq(
        number_of("SELECT count(*) AS n FROM users WHERE name IN ('pool-alone', 'pool-outside')"), 1);
}
END_TEST

START_TEST(others_go_on_beside_a_transaction)
{
    start(2);
    pool_begin(pool, note_begun, NULL);
    run_until_begun(1);
    create_user_in(transactions[0], "pool-beside");
    for (int i = 0; i < 100; i++)
        look();
    run_until(answers, 101);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 101);
    pool_rollback(transactions[0]);
}
END_TEST

START_TEST(transactions_leave_one_connection_to_the_rest)
{
    start(3);
    run_until(connected, 3);
    for (int i = 0; i < 6; i++)
        pool_begin(pool, note_begun, NULL);
    run_until_begun(2);
    run_for(200);
    ck_assert_int_eq(begun, 2);
    look();
    run_until(answers, 1);
    for (int ended = 0; ended < 6; ended++) {
        run_until(begins, ended + 1);
        ck_assert_int_le(begun, ended + 2);
        create_user_in(transactions[ended], (const char *[]){"pool-t0", "pool-t1", "pool-t2", "pool-t3",
                                                             "pool-t4", "pool-t5"}[ended]);
        pool_commit(transactions[ended], count, NULL);
    }
    run_until(answers, 13);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 13);
}
END_TEST

static void look_for_ever(const struct db_answer *answer, void *context)
{
    count(answer, NULL);
    if (pool != NULL)
        pool_run(pool, SQL_SCHEMA_MIGRATIONS_LIST, NULL, look_for_ever, context);
}

START_TEST(a_begin_does_not_starve_behind_a_stream_of_requests)
{
    start(1);
    for (int i = 0; i < 300; i++)
        pool_run(pool, SQL_SCHEMA_MIGRATIONS_LIST, NULL, look_for_ever, NULL);
    run_until(answers, 1000);
    for (int i = 0; i < 5; i++) {
        pool_begin(pool, note_begun, NULL);
        run_until_begun(i + 1);
        int before = answers();
        pool_rollback(transactions[i]);
        run_until(answers, before + 1000); /* and the stream does not starve either */
    }
}
END_TEST

START_TEST(the_commit_of_a_failed_transaction_is_refused)
{
    start(2);
    pool_begin(pool, note_begun, NULL);
    run_until_begun(1);
    create_user_in(transactions[0], "pool-failed");
    create_user_in(transactions[0], "pool-failed");
    create_user_in(transactions[0], "pool-failed-after");
    pool_commit(transactions[0], count, NULL);
    run_until(answers, 4);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 1);
    ck_assert_int_eq(seen.outcomes[DB_REFUSED], 3);
    ck_assert_int_eq(number_of("SELECT count(*) AS n FROM users WHERE name LIKE 'pool-failed%'"), 0);
    create_user("pool-failed-after");
    run_until(answers, 5);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 2);
}
END_TEST

START_TEST(a_lost_transaction_is_never_carried_on)
{
    start(2);
    pool_begin(pool, note_begun, NULL);
    run_until_begun(1);
    create_user_in(transactions[0], "pool-gone");
    run_until(answers, 1);
    terminate_sessions();
    run_for(300);
    create_user_in(transactions[0], "pool-gone-2");
    pool_commit(transactions[0], count, NULL);
    ck_assert_int_eq(answers(), 1);
    run_until(answers, 3);
    ck_assert_int_eq(seen.outcomes[DB_NOT_SENT], 2);
    ck_assert_int_eq(number_of("SELECT count(*) AS n FROM users WHERE name LIKE 'pool-gone%'"), 0);
    run_until(connected, 2);
}
END_TEST

START_TEST(a_connection_lost_amid_the_commit_is_uncertain)
{
    start(2);
    script("CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE parties; "
           "RETURN NULL; END $$;"
           "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED"
           " FOR EACH ROW EXECUTE FUNCTION at_commit()");
    script("BEGIN; LOCK TABLE parties");
    pool_begin(pool, note_begun, NULL);
    run_until_begun(1);
    create_user_in(transactions[0], "pool-commit");
    pool_commit(transactions[0], count, NULL);
    run_until(waiting_for_locks, 1);
    terminate_sessions();
    run_until(answers, 2);
    script("ROLLBACK; DROP TRIGGER at_commit ON users; DROP FUNCTION at_commit");
    ck_assert_int_eq(seen.outcomes[DB_DONE], 1);
    ck_assert_int_eq(seen.outcomes[DB_UNCERTAIN], 1);
}
END_TEST

START_TEST(a_transaction_in_which_nothing_happens_loses_its_connection)
{
    start(1);
    pool_begin(pool, note_begun, NULL);
    run_until_begun(1);
    run_for(TIMEOUT_MS + 200);
    look();
    run_until(answers, 1);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 1);
    pool_commit(transactions[0], count, NULL);
    run_until(answers, 2);
    ck_assert_int_eq(seen.outcomes[DB_NOT_SENT], 1);
}
END_TEST

/* ---- the end ---- */

START_TEST(the_end_answers_everything_at_once)
{
    start(1);
    create_user("pool-end");
    run_until(answers, 1);
    script("BEGIN; LOCK TABLE users");
    char name[40];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "pool-end-%d", i);
        create_user(name);
    }
    pool_begin(pool, note_begun, NULL);
    run_until(waiting_for_locks, 1);
    pool_destroy(&pool, note_closed, &closed);
    ck_assert_ptr_null(pool);
    ck_assert_int_eq(seen.outcomes[DB_UNCERTAIN], 128);
    ck_assert_int_eq(seen.outcomes[DB_NOT_SENT], 72);
    ck_assert_int_eq(not_begun, 1);
    script("ROLLBACK");
}
END_TEST

START_TEST(the_end_takes_open_transactions_along)
{
    start(3);
    pool_begin(pool, note_begun, NULL);
    pool_begin(pool, note_begun, NULL);
    run_until_begun(2);
    create_user_in(transactions[0], "pool-along");
    pool_commit(transactions[0], count, NULL);
    pool_destroy(&pool, note_closed, &closed);
    ck_assert_int_eq(seen.outcomes[DB_NOT_SENT], 2);
}
END_TEST

static void destroy_once(const struct db_answer *answer, void *context)
{
    struct pool *same = pool != NULL ? pool : context;
    count(answer, NULL);
    if (pool != NULL)
        pool_destroy(&pool, note_closed, &closed);
    if (answers() < 20)
        pool_run(same, SQL_SCHEMA_MIGRATIONS_LIST, NULL, destroy_once, same);
}

START_TEST(a_callback_may_destroy_the_pool)
{
    start(1);
    for (int i = 0; i < 10; i++)
        pool_run(pool, SQL_SCHEMA_MIGRATIONS_LIST, NULL, destroy_once, pool);
    run_until(answers, 20);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 1);
}
END_TEST

START_TEST(a_callback_of_a_failure_may_destroy_the_pool)
{
    start_at(scratch.url, 1, 5);
    for (int i = 0; i < 10; i++)
        pool_run(pool, SQL_SCHEMA_MIGRATIONS_LIST, NULL, destroy_once, pool);
    run_until(answers, 10);
    ck_assert_int_eq(seen.outcomes[DB_DONE], 0);
}
END_TEST

START_TEST(a_pool_can_end_while_it_connects)
{
    char url[80];
    int listener = listen_silently(url, sizeof url);
    start_at(url, 4, 1000);
    run_for(100);
    pool_destroy(&pool, note_closed, &closed);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert(closed);
    close(listener);
}
END_TEST

static TCase *case_of(const char *name)
{
    TCase *cases = tcase_create(name);
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    return cases;
}

static TCase *statements(void)
{
    TCase *cases = case_of("statements");
    tcase_add_test(cases, one_connection_answers_in_order);
    tcase_add_test(cases, a_unique_violation_is_refused_by_name_and_touches_no_neighbour);
    tcase_add_test(cases, an_error_at_the_commit_is_a_refusal);
    tcase_add_test(cases, a_statement_that_could_not_be_prepared_is_prepared_again);
    tcase_add_test(cases, ten_thousand_requests_are_all_answered);
    tcase_add_test(cases, large_parameters_are_flushed_in_pieces);
    tcase_add_test(cases, a_full_queue_answers_not_sent_but_later);
    tcase_add_test(cases, failed_parameters_answer_not_sent);
    tcase_add_test(cases, a_callback_may_ask_again);
    return cases;
}

static TCase *trouble(void)
{
    TCase *cases = case_of("trouble");
    tcase_add_test(cases, what_was_sent_to_a_lost_connection_is_uncertain_and_the_rest_is_carried_on);
    tcase_add_test(cases, sessions_ended_while_idle_are_replaced);
    tcase_add_test(cases, an_unreachable_database_is_not_sent_after_the_time_out);
    tcase_add_test(cases, a_silent_server_is_not_sent_after_the_time_out);
    tcase_add_test(cases, requests_wait_for_a_database_that_comes_back_in_time);
    tcase_add_test(cases, a_request_that_takes_too_long_ends_its_connection);
    return cases;
}

static TCase *transaction_cases(void)
{
    TCase *cases = case_of("transactions");
    tcase_add_test(cases, a_transaction_is_there_as_a_whole_or_not_at_all);
    tcase_add_test(cases, nobody_else_speaks_inside_a_transaction);
    tcase_add_test(cases, others_go_on_beside_a_transaction);
    tcase_add_test(cases, transactions_leave_one_connection_to_the_rest);
    tcase_add_test(cases, a_begin_does_not_starve_behind_a_stream_of_requests);
    tcase_add_test(cases, the_commit_of_a_failed_transaction_is_refused);
    tcase_add_test(cases, a_lost_transaction_is_never_carried_on);
    tcase_add_test(cases, a_connection_lost_amid_the_commit_is_uncertain);
    tcase_add_test(cases, a_transaction_in_which_nothing_happens_loses_its_connection);
    return cases;
}

static TCase *ends(void)
{
    TCase *cases = case_of("end");
    tcase_add_test(cases, the_end_answers_everything_at_once);
    tcase_add_test(cases, the_end_takes_open_transactions_along);
    tcase_add_test(cases, a_callback_may_destroy_the_pool);
    tcase_add_test(cases, a_callback_of_a_failure_may_destroy_the_pool);
    tcase_add_test(cases, a_pool_can_end_while_it_connects);
    return cases;
}

int main(void)
{
    scratch = scratch_create();
    struct db *first = db_create(scratch.url, "pool-test-first");
    if (migrate_run(first, &error) < 0)
        scratch_give_up("migrate", error.text);
    db_destroy(&first);

    Suite *suite = suite_create("pool");
    suite_add_tcase(suite, statements());
    suite_add_tcase(suite, trouble());
    suite_add_tcase(suite, transaction_cases());
    suite_add_tcase(suite, ends());
    int status = run_suite(suite);
    scratch_drop(&scratch);
    return status;
}
