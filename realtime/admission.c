#include "realtime/admission.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/bus/rate.h"
#include "realtime/bid_rate.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/outstanding.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND            "bid" /* as REST has it */
#define OUTSTANDING_MAX 4096
#define PATIENCE_MS     10

/* A bid whose maker is being asked about. */
struct applicant {
    int64_t user;
    void *bid;
};

struct admission {
    struct node *node;
    int limit;
    struct bid_rate *own; /* what this node counted */
    admission_callback callback;
    void *context;
    struct outstanding *outstanding; /* of struct applicant, owned */
    struct wheel_timer timer;
    int questions; /* that Redis still owes an answer to */
    bool ended;
};

struct question {
    struct admission *admission;
    int64_t number;
};

/* Counted here already; nobody else has said anything. */
static struct admission_answer own_answer(const struct admission *admission, int64_t user)
{
    return (struct admission_answer){.left = bid_rate_left(admission->own, user, clock_monotonic_ms())};
}

static void answer(struct admission *admission, struct applicant *applicant,
                   const struct admission_answer *answer)
{
    admission->callback(applicant->bid, answer, admission->context);
    free(applicant);
}

static void answer_alone(struct admission *admission, struct applicant *applicant)
{
    struct admission_answer own = own_answer(admission, applicant->user);
    metrics_add(METRIC_ADMITTED_ALONE, 0, 1);
    answer(admission, applicant, &own);
}

static void on_due(struct wheel_timer *timer, void *context);

static void arm(struct admission *admission)
{
    struct node *node = admission->node;
    int64_t due_ms = outstanding_due_ms(admission->outstanding);
    int64_t wait_ms = due_ms - clock_monotonic_ms();
    if (due_ms == INT64_MAX)
        wheel_cancel(node->wheel, &admission->timer);
    else
        wheel_set(node->wheel, &admission->timer, node_now_ms(node) + (wait_ms > 0 ? wait_ms : 0), on_due);
}

static void on_due(struct wheel_timer *timer, void *context)
{
    (void)context;
    struct admission *admission = (struct admission *)((char *)timer - offsetof(struct admission, timer));
    int64_t now_ms = clock_monotonic_ms();
    struct applicant *applicant;
    while ((applicant = outstanding_take_due(admission->outstanding, now_ms)) != NULL)
        answer_alone(admission, applicant);
    arm(admission);
}

/* ---- asking Redis ---- */

static void take_verdict(struct admission *admission, struct applicant *applicant, const redisReply *reply)
{
    struct rate_state state;
    bool good;
    if (!rate_read(reply, admission->limit, &good, &state)) {
        answer_alone(admission, applicant);
        return;
    }
    if (!good) /* what Redis refuses is counted nowhere */
        bid_rate_give_back(admission->own, applicant->user);
    struct admission_answer verdict = {
        .limited = !good, .retry_after_ms = good ? 0 : state.reset_ms, .left = (int)state.remaining};
    answer(admission, applicant, &verdict);
}

static void on_reply(const redisReply *reply, void *context)
{
    struct question *question = context;
    struct admission *admission = question->admission;
    struct applicant *applicant =
        admission->ended ? NULL : outstanding_take(admission->outstanding, question->number);
    free(question);
    admission->questions--;
    if (applicant != NULL)
        take_verdict(admission, applicant, reply);
    if (admission->ended && admission->questions == 0)
        free(admission);
}

static void build(const struct admission *admission, int64_t user, struct rate_command *command)
{
    char key[24];
    snprintf(key, sizeof key, "%" PRId64, user);
    rate_build(command, KIND, key, admission->limit, RATE_WINDOW_MS);
}

static void ask_redis(struct admission *admission, int64_t user, int64_t number)
{
    struct rate_command command;
    build(admission, user, &command);
    struct question *question = xmalloc(sizeof *question);
    *question = (struct question){admission, number};
    admission->questions++;
    redis_command(admission->node->redis, RATE_ARGUMENTS, command.arguments, command.sizes, on_reply,
                  question);
}

/* ---- what others ask ---- */

bool admission_ask(struct admission *admission, int64_t user, void *bid, struct admission_answer *answer)
{
    int64_t retry_after_ms = 0;
    *answer = (struct admission_answer){.left = -1};
    if (admission->limit == 0)
        return false;
    if (!bid_rate_take(admission->own, user, clock_monotonic_ms(), &retry_after_ms)) {
        *answer = (struct admission_answer){.limited = true, .retry_after_ms = retry_after_ms};
        return false;
    }
    *answer = own_answer(admission, user);
    if (!redis_is_connected(admission->node->redis))
        return false;
    struct applicant *applicant = xmalloc(sizeof *applicant);
    *applicant = (struct applicant){user, bid};
    int64_t number = outstanding_put(admission->outstanding, applicant, clock_monotonic_ms());
    if (number == 0) {
        free(applicant);
        return false;
    }
    ask_redis(admission, user, number);
    if (!wheel_is_set(&admission->timer))
        arm(admission);
    return true;
}

/* Of the moments that Redis keeps the newest goes: they are as good as each other. */
void admission_give_back(struct admission *admission, int64_t user)
{
    struct rate_command command;
    if (admission->limit == 0)
        return;
    bid_rate_give_back(admission->own, user);
    build(admission, user, &command);
    const char *const arguments[] = {"LPOP", command.key};
    const size_t sizes[] = {4, strlen(command.key)};
    redis_command(admission->node->redis, 2, arguments, sizes, NULL, NULL);
}

void admission_sweep(struct admission *admission)
{
    bid_rate_sweep(admission->own, clock_monotonic_ms());
}

/* ---- life ---- */

struct admission *admission_create(struct node *node, admission_callback callback, void *context)
{
    struct admission *admission = xcalloc(1, sizeof *admission);
    *admission = (struct admission){.node = node, .callback = callback, .context = context};
    admission->limit = (int)config_int(node->config, "BID_LIMIT_PER_MINUTE");
    admission->own = bid_rate_create(admission->limit);
    admission->outstanding = outstanding_create(OUTSTANDING_MAX, PATIENCE_MS);
    return admission;
}

void admission_destroy(struct admission **admission)
{
    if (*admission == NULL)
        return;
    struct admission *ending = *admission;
    struct applicant *applicant;
    *admission = NULL;
    while ((applicant = outstanding_take_due(ending->outstanding, INT64_MAX - 1)) != NULL)
        answer_alone(ending, applicant);
    outstanding_destroy(&ending->outstanding);
    bid_rate_destroy(&ending->own);
    wheel_cancel(ending->node->wheel, &ending->timer);
    ending->ended = true;
    if (ending->questions == 0)
        free(ending);
}
