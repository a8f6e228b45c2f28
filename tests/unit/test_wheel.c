/* The timing wheel against a model that is a plain array searched for the earliest timer. Both live through
 * the same sets, moves, cancels and advances, also from inside callbacks, and the model names the one timer
 * that may fire next. */
#include "core/domain/wheel.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>

#define DAY_MS INT64_C(86400000)

/* ---- the rules, one by one ---- */

struct trace {
    struct wheel *wheel;
    int count;
    struct wheel_timer *fired[32];
};

static void note(struct wheel_timer *timer, void *context)
{
    struct trace *trace = context;
    ck_assert(!wheel_is_set(timer));
    ck_assert_int_lt(trace->count, 32);
    trace->fired[trace->count++] = timer;
}

static struct trace *trace_start(struct trace *trace, int64_t now_ms)
{
    *trace = (struct trace){0};
    trace->wheel = wheel_create(now_ms, trace);
    return trace;
}

START_TEST(a_timer_fires_at_its_deadline_and_never_before)
{
    static const int64_t delays[] = {1,
                                     2,
                                     63,
                                     64,
                                     65,
                                     4095,
                                     4096,
                                     4097,
                                     262143,
                                     262144,
                                     16777215,
                                     16777216,
                                     300000,
                                     DAY_MS,
                                     1 << 30,
                                     (1 << 30) - 1,
                                     13 * DAY_MS,
                                     400 * DAY_MS,
                                     (1 << 30) + 1,
                                     3600000};
    static const int64_t starts[] = {0, 1, 63, 64, 1000000007, 1700000000123, (1 << 30) - 1};
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
        for (size_t d = 0; d < sizeof delays / sizeof *delays; d++) {
            struct trace trace;
            struct wheel_timer timer = {0};
            trace_start(&trace, starts[s]);
            wheel_set(trace.wheel, &timer, starts[s] + delays[d], note);
            ck_assert_uint_eq(wheel_advance(trace.wheel, starts[s] + delays[d] - 1), 0);
            ck_assert(wheel_is_set(&timer));
            ck_assert_uint_eq(wheel_advance(trace.wheel, starts[s] + delays[d]), 1);
            ck_assert_ptr_eq(trace.fired[0], &timer);
            ck_assert_uint_eq(wheel_count(trace.wheel), 0);
            wheel_destroy(&trace.wheel);
        }
    }
}
END_TEST

START_TEST(equal_deadlines_fire_in_the_order_set_whatever_the_distance_at_which_they_were_set)
{
    struct trace trace;
    struct wheel_timer timers[6] = {0};
    const int64_t due = 20 * DAY_MS;
    const int64_t moments[] = {0, DAY_MS, 15 * DAY_MS, due - 5000, due - 70, due - 3};
    trace_start(&trace, 0);
    for (int i = 0; i < 6; i++) {
        ck_assert_uint_eq(wheel_advance(trace.wheel, moments[i]), 0);
        wheel_set(trace.wheel, &timers[i], due, note);
    }
    wheel_set(trace.wheel, &timers[1], due, note); /* set anew: now the last */
    ck_assert_uint_eq(wheel_advance(trace.wheel, due), 6);
    const int expected[] = {0, 2, 3, 4, 5, 1};
    for (int i = 0; i < 6; i++)
        ck_assert_ptr_eq(trace.fired[i], &timers[expected[i]]);
    wheel_destroy(&trace.wheel);
}
END_TEST

START_TEST(one_far_jump_fires_all_by_deadline)
{
    struct trace trace;
    struct wheel_timer timers[8] = {0};
    const int64_t due[] = {4000 * DAY_MS, 70, 5, 13 * DAY_MS, 70, 4096, INT64_MAX, 2 * DAY_MS};
    const int expected[] = {2, 1, 4, 5, 7, 3, 0};
    trace_start(&trace, 0);
    for (int i = 0; i < 8; i++)
        wheel_set(trace.wheel, &timers[i], due[i], note);
    /* a walk by the millisecond over this distance would not end within the test's time */
    ck_assert_uint_eq(wheel_advance(trace.wheel, INT64_C(1000000000000000)), 7);
    for (int i = 0; i < 7; i++)
        ck_assert_ptr_eq(trace.fired[i], &timers[expected[i]]);
    ck_assert_uint_eq(wheel_advance(trace.wheel, INT64_MAX), 1);
    ck_assert_int_eq(wheel_next_ms(trace.wheel), INT64_MAX);
    wheel_destroy(&trace.wheel);
}
END_TEST

START_TEST(late_timers_fire_at_the_next_advance_by_deadline_and_order_even_if_time_stands)
{
    struct trace trace;
    struct wheel_timer timers[6] = {0};
    const int64_t due[] = {1000, 400, 999, 400, 1001, -7};
    const int expected[] = {5, 1, 3, 2, 0};
    trace_start(&trace, 1000);
    for (int i = 0; i < 6; i++)
        wheel_set(trace.wheel, &timers[i], due[i], note);
    ck_assert_int_eq(wheel_next_ms(trace.wheel), 1000);
    ck_assert_uint_eq(wheel_advance(trace.wheel, 1000), 5);
    for (int i = 0; i < 5; i++)
        ck_assert_ptr_eq(trace.fired[i], &timers[expected[i]]);
    ck_assert_int_eq(wheel_next_ms(trace.wheel), 1001);
    wheel_destroy(&trace.wheel);
}
END_TEST

START_TEST(time_never_goes_back)
{
    struct trace trace;
    struct wheel_timer timer = {0};
    trace_start(&trace, 1000);
    ck_assert_uint_eq(wheel_advance(trace.wheel, 500), 0);
    wheel_set(trace.wheel, &timer, 900, note);
    ck_assert_uint_eq(wheel_advance(trace.wheel, 0), 1);
    wheel_destroy(&trace.wheel);
}
END_TEST

START_TEST(what_waits_goes_on_waiting_as_long_when_the_clock_is_set_back)
{
    struct trace trace;
    struct wheel_timer timers[3] = {0};
    trace_start(&trace, 1700000000000);
    wheel_set(trace.wheel, &timers[0], 1700000000050, note);
    wheel_set(trace.wheel, &timers[1], 1700000000050, note);
    wheel_set(trace.wheel, &timers[2], 1700000000000 + 20 * DAY_MS, note);
    wheel_set_back(trace.wheel, 1700000000000 + 1); /* that is not back */
    ck_assert_int_eq(wheel_now_ms(trace.wheel), 1700000000000);
    wheel_set_back(trace.wheel, 1699999940000);
    ck_assert_int_eq(wheel_now_ms(trace.wheel), 1699999940000);
    ck_assert_uint_eq(wheel_advance(trace.wheel, 1699999940049), 0);
    ck_assert_uint_eq(wheel_advance(trace.wheel, 1699999940050), 2);
    ck_assert_ptr_eq(trace.fired[0], &timers[0]);
    ck_assert_uint_eq(wheel_advance(trace.wheel, 1699999940000 + 20 * DAY_MS - 1), 0);
    ck_assert_uint_eq(wheel_advance(trace.wheel, 1699999940000 + 20 * DAY_MS), 1);
    wheel_destroy(&trace.wheel);
}
END_TEST

START_TEST(a_cancelled_timer_does_not_fire_and_cancelling_twice_is_harmless)
{
    struct trace trace;
    struct wheel_timer timer = {0};
    trace_start(&trace, 0);
    wheel_cancel(trace.wheel, &timer);
    wheel_set(trace.wheel, &timer, 50, note);
    wheel_cancel(trace.wheel, &timer);
    wheel_cancel(trace.wheel, &timer);
    ck_assert(!wheel_is_set(&timer));
    ck_assert_uint_eq(wheel_count(trace.wheel), 0);
    ck_assert_int_eq(wheel_next_ms(trace.wheel), INT64_MAX);
    ck_assert_uint_eq(wheel_advance(trace.wheel, 100), 0);
    wheel_destroy(&trace.wheel);
}
END_TEST

START_TEST(destroying_a_wheel_forgets_its_timers)
{
    struct trace trace;
    struct wheel_timer timers[3] = {0};
    trace_start(&trace, 100);
    wheel_set(trace.wheel, &timers[0], 50, note);
    wheel_set(trace.wheel, &timers[1], 5000, note);
    wheel_set(trace.wheel, &timers[2], 100 * DAY_MS, note);
    wheel_destroy(&trace.wheel);
    ck_assert_ptr_null(trace.wheel);
    ck_assert_int_eq(trace.count, 0);
    for (int i = 0; i < 3; i++)
        ck_assert(!wheel_is_set(&timers[i]));
    wheel_destroy(&trace.wheel);
}
END_TEST

static void repeat_at_once(struct wheel_timer *timer, void *context)
{
    struct trace *trace = context;
    trace->count++;
    wheel_set(trace->wheel, timer, timer->due_ms, repeat_at_once);
}

START_TEST(a_callback_that_sets_itself_for_the_past_does_not_hold_the_call)
{
    struct trace trace;
    struct wheel_timer timer = {0};
    trace_start(&trace, 0);
    wheel_set(trace.wheel, &timer, 10, repeat_at_once);
    ck_assert_uint_eq(wheel_advance(trace.wheel, 1000), 1);
    ck_assert_uint_eq(wheel_advance(trace.wheel, 1000), 1);
    ck_assert_uint_eq(wheel_advance(trace.wheel, 2000), 1);
    ck_assert_int_eq(trace.count, 3);
    wheel_destroy(&trace.wheel);
}
END_TEST

static void free_itself(struct wheel_timer *timer, void *context)
{
    struct trace *trace = context;
    trace->count++;
    free(timer);
}

START_TEST(a_callback_may_free_its_timer)
{
    struct trace trace;
    trace_start(&trace, 0);
    for (int i = 0; i < 10; i++) {
        struct wheel_timer *timer = calloc(1, sizeof *timer);
        wheel_set(trace.wheel, timer, i < 5 ? -i : 70, free_itself);
    }
    ck_assert_uint_eq(wheel_advance(trace.wheel, 70), 10);
    ck_assert_int_eq(trace.count, 10);
    wheel_destroy(&trace.wheel);
}
END_TEST

START_TEST(sleeping_until_the_next_moment_misses_nothing_and_wakes_seldom)
{
    struct trace trace;
    struct wheel_timer timers[4] = {0};
    const int64_t due[] = {1700000000300, 1700000001000, 1700000300000, 1701728000000};
    trace_start(&trace, 1700000000123);
    for (int i = 0; i < 4; i++)
        wheel_set(trace.wheel, &timers[i], due[i], note);
    int wakes = 0;
    for (int64_t next; (next = wheel_next_ms(trace.wheel)) != INT64_MAX; wakes++) {
        int before = trace.count;
        ck_assert_int_le(next, due[before]);
        wheel_advance(trace.wheel, next);
        for (int i = before; i < trace.count; i++)
            ck_assert_int_eq(next, due[i]);
    }
    ck_assert_int_eq(trace.count, 4);
    ck_assert_int_le(wakes, 4 * 6);
    wheel_destroy(&trace.wheel);
}
END_TEST

/* ---- the model ---- */

#define MODEL_TIMERS 150

struct model_timer {
    struct wheel_timer timer;
    bool set;
    int64_t due_ms;
    uint64_t order;
    bool next_call; /* set from a callback for a time that had passed */
};

struct model {
    struct wheel *wheel;
    unsigned short seed[3];
    int64_t now_ms;
    bool advancing;
    uint64_t order;
    int64_t reach_ms; /* how far ahead deadlines are drawn */
    size_t count, fired;
    struct model_timer timers[MODEL_TIMERS];
};

static long draw(struct model *model, long below)
{
    return nrand48(model->seed) % below;
}

static struct model_timer *model_next(struct model *model, bool due_only)
{
    struct model_timer *next = NULL;
    for (struct model_timer *t = model->timers; t < model->timers + MODEL_TIMERS; t++) {
        if (!t->set || (due_only && (t->next_call || t->due_ms > model->now_ms)))
            continue;
        if (!next || t->due_ms < next->due_ms || (t->due_ms == next->due_ms && t->order < next->order))
            next = t;
    }
    return next;
}

static void model_fire(struct wheel_timer *timer, void *context);

static void model_set(struct model *model, struct model_timer *t)
{
    static const int64_t grains[] = {1, 1, 64, 1000, 4096, 1 << 30};
    int64_t ahead = (int64_t)(erand48(model->seed) * (double)model->reach_ms);
    if (draw(model, 8) == 0)
        ahead = -draw(model, 200);
    t->due_ms = model->now_ms + ahead;
    t->due_ms -= t->due_ms % grains[draw(model, 6)]; /* so that many deadlines coincide */
    t->order = model->order++;
    t->next_call = model->advancing && t->due_ms <= model->now_ms;
    model->count += !t->set;
    t->set = true;
    wheel_set(model->wheel, &t->timer, t->due_ms, model_fire);
}

static void model_cancel(struct model *model, struct model_timer *t)
{
    model->count -= t->set;
    t->set = false;
    wheel_cancel(model->wheel, &t->timer);
}

static void model_disturb(struct model *model, int times)
{
    while (times-- > 0) {
        struct model_timer *t = &model->timers[draw(model, MODEL_TIMERS)];
        if (draw(model, 3) == 0)
            model_cancel(model, t);
        else
            model_set(model, t);
        if (wheel_is_set(&t->timer) != t->set)
            ck_abort_msg("a timer is set or not, against the model");
    }
    ck_assert_uint_eq(wheel_count(model->wheel), model->count);
}

static void model_fire(struct wheel_timer *timer, void *context)
{
    struct model *model = context;
    struct model_timer *expected = model_next(model, true);
    if (!model->advancing || !expected || timer != &expected->timer)
        ck_abort_msg("at %lld another timer, or none, was to fire", (long long)model->now_ms);
    expected->set = false;
    model->count--;
    model->fired++;
    model_disturb(model, (int)draw(model, 3));
}

static void model_advance(struct model *model, int64_t by_ms)
{
    size_t before = model->fired;
    model->now_ms += by_ms;
    model->advancing = true;
    size_t fired = wheel_advance(model->wheel, model->now_ms);
    model->advancing = false;
    ck_assert_uint_eq(fired, model->fired - before);
    ck_assert_ptr_null(model_next(model, true));
    for (int i = 0; i < MODEL_TIMERS; i++)
        model->timers[i].next_call = false;
}

/* As far as it goes, everything keeps its distance. */
static void model_set_back(struct model *model)
{
    int64_t by_ms = (int64_t)(erand48(model->seed) * (double)model->reach_ms);
    if (by_ms > model->now_ms)
        return;
    model->now_ms -= by_ms;
    for (int i = 0; i < MODEL_TIMERS; i++)
        model->timers[i].due_ms -= by_ms;
    wheel_set_back(model->wheel, model->now_ms);
    ck_assert_int_eq(wheel_now_ms(model->wheel), model->now_ms);
    ck_assert_uint_eq(wheel_count(model->wheel), model->count);
}

static void model_check_next_ms(struct model *model)
{
    int64_t next_ms = wheel_next_ms(model->wheel);
    const struct model_timer *next = model_next(model, false);
    if (!next)
        ck_assert_int_eq(next_ms, INT64_MAX);
    else if (next->due_ms <= model->now_ms)
        ck_assert_int_eq(next_ms, model->now_ms);
    else if (next->due_ms / 64 == model->now_ms / 64)
        ck_assert_int_eq(next_ms, next->due_ms);
    else
        ck_assert(next_ms > model->now_ms && next_ms <= next->due_ms);
}

START_TEST(the_wheel_agrees_with_a_plain_model)
{
    static const int64_t reaches[] = {50,       200,        5000,        400000,
                                      20000000, 1200000000, 40 * DAY_MS, 4000 * DAY_MS};
    static const int64_t starts[] = {0, 1700000000000, (INT64_C(1600) << 30) - 300};
    struct model *model = calloc(1, sizeof *model);
    model->seed[0] = (unsigned short)_i;
    model->now_ms = starts[_i % 3];
    model->wheel = wheel_create(model->now_ms, model);
    for (int turn = 0; turn < 1000; turn++) {
        if (turn % 100 == 0)
            model->reach_ms = reaches[draw(model, 8)];
        model_disturb(model, (int)draw(model, 12));
        model_check_next_ms(model);
        if (draw(model, 20) == 0)
            model_set_back(model);
        model_check_next_ms(model);
        long kind = draw(model, 10);
        if (kind < 5)
            model_advance(model, (int64_t)(erand48(model->seed) * (double)(model->reach_ms / 20)));
        else if (kind < 8)
            model_advance(model, draw(model, 70));
        else if (kind < 9)
            model_advance(model, 0);
        else
            model_advance(model, (int64_t)(erand48(model->seed) * (double)(2 * model->reach_ms)));
        model_check_next_ms(model);
    }
    ck_assert_uint_gt(model->fired, 1000);
    wheel_destroy(&model->wheel);
    free(model);
}
END_TEST

/* ---- a million ---- */

#define MILLION 1000000

struct crowd_timer {
    struct wheel_timer timer;
    int64_t due_ms;
};

struct crowd {
    struct crowd_timer *timers;
    int64_t now_ms, last_due_ms;
    const struct crowd_timer *last;
    size_t fired, wrong; /* counted, for an assertion a timer would take longer than the wheel */
};

static void crowd_fire(struct wheel_timer *timer, void *context)
{
    struct crowd *crowd = context;
    const struct crowd_timer *t = (struct crowd_timer *)timer;
    bool early = t->due_ms > crowd->now_ms;
    bool in_order = t->due_ms > crowd->last_due_ms || (t->due_ms == crowd->last_due_ms && t > crowd->last);
    crowd->wrong += early || !in_order;
    crowd->last_due_ms = t->due_ms;
    crowd->last = t;
    crowd->fired++;
}

START_TEST(a_million_timers_fire_in_order)
{
    struct crowd crowd = {.timers = calloc(MILLION, sizeof(struct crowd_timer)), .last_due_ms = -1};
    struct wheel *wheel = wheel_create(0, &crowd);
    unsigned short seed[3] = {3, 1, 4};
    for (int i = 0; i < MILLION; i++) {
        int64_t reach = i % 10 == 0 ? 100 * DAY_MS : 1800000;
        crowd.timers[i].due_ms = 1 + (int64_t)(erand48(seed) * (double)reach);
        wheel_set(wheel, &crowd.timers[i].timer, crowd.timers[i].due_ms, crowd_fire);
    }
    for (int i = 0; i < MILLION; i += 3)
        wheel_cancel(wheel, &crowd.timers[i].timer);
    size_t left = MILLION - (MILLION + 2) / 3;
    ck_assert_uint_eq(wheel_count(wheel), left);

    size_t fired = 0;
    while (wheel_count(wheel) > 0) {
        crowd.now_ms += crowd.now_ms < 1800000 ? nrand48(seed) % 200 : nrand48(seed) % (DAY_MS / 4);
        fired += wheel_advance(wheel, crowd.now_ms);
    }
    ck_assert_uint_eq(fired, left);
    ck_assert_uint_eq(crowd.fired, left);
    ck_assert_uint_eq(crowd.wrong, 0);
    wheel_destroy(&wheel);
    free(crowd.timers);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("wheel");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_timer_fires_at_its_deadline_and_never_before);
    tcase_add_test(cases, equal_deadlines_fire_in_the_order_set_whatever_the_distance_at_which_they_were_set);
    tcase_add_test(cases, one_far_jump_fires_all_by_deadline);
    tcase_add_test(cases, late_timers_fire_at_the_next_advance_by_deadline_and_order_even_if_time_stands);
    tcase_add_test(cases, time_never_goes_back);
    tcase_add_test(cases, what_waits_goes_on_waiting_as_long_when_the_clock_is_set_back);
    tcase_add_test(cases, a_cancelled_timer_does_not_fire_and_cancelling_twice_is_harmless);
    tcase_add_test(cases, destroying_a_wheel_forgets_its_timers);
    tcase_add_test(cases, a_callback_that_sets_itself_for_the_past_does_not_hold_the_call);
    tcase_add_test(cases, a_callback_may_free_its_timer);
    tcase_add_test(cases, sleeping_until_the_next_moment_misses_nothing_and_wakes_seldom);
    tcase_add_loop_test(cases, the_wheel_agrees_with_a_plain_model, 0, 18);
    tcase_add_test(cases, a_million_timers_fire_in_order);
    Suite *suite = suite_create("wheel");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
