/* Each clerk has a connection to PostgreSQL and one to Redis, made when first needed. Between the loop and a
 * clerk's thread only the errand goes to and fro: the thread has it from uv_queue_work until the loop is
 * called back, and touches nothing else of the node. */
#include "realtime/clerks.h"

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/bus/publisher.h"
#include "core/store/command_answer.h"
#include "core/store/sale_command.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/replica.h"
#include "realtime/reply.h"
#include "realtime/session_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLERKS = 3,        /* libuv has four threads, and needs one for looking up names */
    ERRANDS_MAX = 512, /* waiting */
    CONTENT_MAX = 4096,
    ANSWER_MAX = 1000000, /* of a sale of some thousand lots */
};

/** A command on its way. */
struct errand {
    struct errand *next;
    uint64_t session_id;
    int64_t user, login;
    struct request request;
    bool about_sale;
    enum command_kind kind;
    struct command_said said; /* its text is `text` */
    char text[AUCTION_TEXT_MAX];

    /* what came of it, written by the clerk */
    enum verdict verdict;
    struct buffer answer; /* OK: what to answer */
    yen min_next_bid, step;
    int64_t seq;    /* STALE_COMMAND: the lot's */
    int64_t to_seq; /* what was appended to the lot reaches so far; 0: nothing was */
    int untold;     /* messages that did not reach Redis */
    struct error error;
};

struct clerk {
    struct clerks *clerks;
    uv_work_t work;
    struct db *db;
    struct redis_blocking *redis;
    struct errand *errand; /* being carried out; NULL: none */
};

struct clerks {
    struct node *node;
    struct clerk clerks[CLERKS];
    struct errand *first, **end; /* waiting, in the order they came */
    int waiting, busy;
    bool ended;
};

/* ---- in a clerk's thread ---- */

/* The role at this moment, whatever the session believes. */
static bool may_command(struct clerk *clerk)
{
    struct errand *errand = clerk->errand;
    struct params params;
    params_init(&params);
    params_int(&params, errand->user);
    params_int(&params, errand->login);
    struct db_answer answer = db_run(clerk->db, SQL_ACCESS_CHECK, &params, &errand->error);
    params_finish(&params);
    errand->verdict = VERDICT_UNAVAILABLE;
    if (answer.outcome == DB_DONE) {
        bool known = PQntuples(answer.result) > 0 && !result_is_null(answer.result, 0, "role");
        int role = known ? role_parse(result_text(answer.result, 0, "role")) : -1;
        errand->verdict = role < 0                                    ? VERDICT_UNAUTHENTICATED
                          : roles_have(ROLES_OFFICE, (enum role)role) ? VERDICT_OK
                                                                      : VERDICT_FORBIDDEN;
    }
    PQclear(answer.result);
    return errand->verdict == VERDICT_OK;
}

static void tell(struct clerk *clerk, const struct ledger_result *result)
{
    struct publisher publisher = {clerk->db, clerk->redis, 0};
    if (result->batch == NULL)
        return;
    publisher_tell_batch(&publisher, &result->before, result->batch);
    clerk->errand->untold += publisher.failed;
}

static void carry_out_lot(struct clerk *clerk)
{
    struct errand *errand = clerk->errand;
    struct ledger_result result;
    struct buffer content;
    buffer_init(&content, CONTENT_MAX);
    command_write_content(&errand->said, &content);
    ledger_execute(clerk->db,
                   &(struct ledger_command){
                       .auction_id = errand->said.subject_id,
                       .command = command_of(errand->kind, &errand->said, errand->user),
                       .command_id = errand->said.command_id,
                       .content = content.data,
                   },
                   &result, &errand->error);
    tell(clerk, &result);
    errand->verdict = result.verdict;
    errand->min_next_bid = result.min_next_bid;
    errand->step = result.step;
    errand->seq = result.before.auction.seq;
    errand->to_seq = result.batch != NULL ? ledger_batch_state(result.batch)->seq : 0;
    if (result.verdict == VERDICT_OK) {
        struct json json = json_start(&errand->answer);
        json_object(&json, NULL);
        command_answer_write(&json, &result);
        json_object_end(&json);
    }
    ledger_batch_destroy(&result.batch);
    buffer_finish(&content);
}

/* An answer being written while the lots are gone through. */
struct telling {
    struct clerk *clerk;
    struct json json;
};

static void tell_lot(void *context, int64_t auction_id, int64_t lot_number,
                     const struct ledger_result *result)
{
    struct telling *telling = context;
    tell(telling->clerk, result);
    command_answer_write_lot(&telling->json, auction_id, lot_number, result);
}

static void carry_out_sale(struct clerk *clerk)
{
    struct errand *errand = clerk->errand;
    struct telling telling = {clerk, json_start(&errand->answer)};
    struct buffer content;
    bool duplicate;
    buffer_init(&content, CONTENT_MAX);
    sale_command_write_content(errand->kind, &errand->said, &content);
    struct sale_command command = {
        .sale_id = errand->said.subject_id,
        .kind = errand->kind,
        .lots = (enum sale_lots)errand->said.lots,
        .actor = errand->user,
        .command_id = uuid_is_nil(errand->said.command_id) ? uuid_random() : errand->said.command_id,
        .reason = errand->said.text,
        .content = content.data,
    };
    json_object(&telling.json, NULL);
    json_array(&telling.json, "lots");
    errand->verdict =
        sale_command_execute(clerk->db, &command, tell_lot, &telling, &duplicate, &errand->error);
    json_array_end(&telling.json);
    command_answer_write_sale(&telling.json, command.sale_id, command.command_id, duplicate);
    json_object_end(&telling.json);
    buffer_finish(&content);
}

static void on_work(uv_work_t *work)
{
    struct clerk *clerk = work->data;
    if (!may_command(clerk))
        return;
    if (clerk->errand->about_sale)
        carry_out_sale(clerk);
    else
        carry_out_lot(clerk);
}

/* ---- answers, in the loop ---- */

static void refuse(struct session *session, const struct errand *errand)
{
    char memory[1024];
    struct buffer data;
    buffer_init_fixed(&data, memory, sizeof memory);
    struct json json = json_start(&data);
    json_object(&json, NULL);
    json_bool(&json, "ok", false);
    reply_error_begin(&json, session, errand->verdict);
    if (errand->min_next_bid != 0)
        json_int(&json, "minNextBid", errand->min_next_bid);
    if (errand->step != 0)
        json_int(&json, "step", errand->step);
    if (errand->verdict == VERDICT_STALE_COMMAND)
        json_int(&json, "seq", errand->seq);
    json_object_end(&json);
    json_object_end(&json);
    metrics_add(METRIC_ACKS, METRIC_ACK_REFUSED, 1);
    reply_send(session, &errand->request, &data);
}

static void answer(struct clerks *clerks, const struct errand *errand)
{
    struct session *session = sessions_find(clerks->node->sessions, errand->session_id);
    metrics_add(METRIC_COMMANDS, errand->verdict, 1);
    metrics_add(METRIC_TELLING_FAILED, 0, errand->untold);
    if (errand->verdict == VERDICT_UNAVAILABLE || errand->verdict == VERDICT_UNCERTAIN)
        log_warn("a command was not carried out", log_number("connection", (int64_t)errand->session_id),
                 log_text("reason", errand->error.text));
    if (errand->to_seq != 0) /* Redis may be away: then this node at least knows */
        replica_seen(clerks->node->replicas, errand->said.subject_id, errand->to_seq);
    if (session == NULL)
        return;
    if (errand->verdict != VERDICT_OK) {
        refuse(session, errand);
        return;
    }
    metrics_add(METRIC_ACKS, METRIC_ACK_OK, 1);
    reply_send(session, &errand->request, &errand->answer);
}

static void errand_free(struct errand *errand)
{
    buffer_finish(&errand->answer);
    free(errand);
}

/* ---- handing out ---- */

static bool excludes(const struct errand *one, const struct errand *other)
{
    return one->session_id == other->session_id ||
           (one->about_sale == other->about_sale && one->said.subject_id == other->said.subject_id);
}

/* Not while one that came before it, and that it must follow, waits or is being carried out. */
static bool is_free(const struct clerks *clerks, const struct errand *errand)
{
    for (int i = 0; i < CLERKS; i++)
        if (clerks->clerks[i].errand != NULL && excludes(clerks->clerks[i].errand, errand))
            return false;
    for (const struct errand *before = clerks->first; before != errand; before = before->next)
        if (excludes(before, errand))
            return false;
    return true;
}

/* The first that may be carried out now, taken out of the list; NULL: none. */
static struct errand *next_errand(struct clerks *clerks)
{
    for (struct errand **link = &clerks->first; *link != NULL; link = &(*link)->next) {
        struct errand *errand = *link;
        if (!is_free(clerks, errand))
            continue;
        *link = errand->next;
        if (errand->next == NULL)
            clerks->end = link;
        clerks->waiting--;
        return errand;
    }
    return NULL;
}

static void on_done(uv_work_t *work, int status);

static void hand_out(struct clerks *clerks)
{
    for (int i = 0; i < CLERKS; i++) {
        struct clerk *clerk = &clerks->clerks[i];
        if (clerk->errand != NULL || (clerk->errand = next_errand(clerks)) == NULL)
            continue;
        clerk->work.data = clerk;
        clerks->busy++;
        uv_queue_work(clerks->node->loop, &clerk->work, on_work, on_done);
    }
    metrics_set(METRIC_COMMANDS_PENDING, 0, clerks_pending(clerks));
}

static void free_when_done(struct clerks *clerks)
{
    if (!clerks->ended || clerks->busy > 0)
        return;
    for (int i = 0; i < CLERKS; i++) {
        db_destroy(&clerks->clerks[i].db);
        redis_blocking_destroy(&clerks->clerks[i].redis);
    }
    free(clerks);
}

static void on_done(uv_work_t *work, int status)
{
    (void)status; /* nothing is cancelled */
    struct clerk *clerk = work->data;
    struct clerks *clerks = clerk->clerks;
    struct errand *errand = clerk->errand;
    clerk->errand = NULL;
    clerks->busy--;
    if (!clerks->ended) {
        answer(clerks, errand);
        hand_out(clerks);
    }
    errand_free(errand);
    free_when_done(clerks);
}

static void take(struct clerks *clerks, struct session *session, const struct request *request,
                 bool about_sale, enum command_kind kind, const struct command_said *said)
{
    if (clerks->waiting >= ERRANDS_MAX) {
        reply_refuse(session, request, VERDICT_UNAVAILABLE, NULL, NULL);
        return;
    }
    struct errand *errand = xcalloc(1, sizeof *errand);
    errand->session_id = session_id(session);
    errand->user = session_user(session);
    errand->login = session_login(session);
    errand->request = *request;
    errand->about_sale = about_sale;
    errand->kind = kind;
    errand->said = *said;
    buffer_init(&errand->answer, ANSWER_MAX);
    if (said->text != NULL) { /* command_check has seen that it fits */
        memcpy(errand->text, said->text, strlen(said->text));
        errand->said.text = errand->text;
    }
    *clerks->end = errand;
    clerks->end = &errand->next;
    clerks->waiting++;
    hand_out(clerks);
}

void clerks_command(struct clerks *clerks, struct session *session, const struct request *request,
                    enum command_kind kind, const struct command_said *said)
{
    take(clerks, session, request, false, kind, said);
}

void clerks_sale_command(struct clerks *clerks, struct session *session, const struct request *request,
                         enum command_kind kind, const struct command_said *said)
{
    take(clerks, session, request, true, kind, said);
}

int clerks_pending(const struct clerks *clerks)
{
    return clerks->waiting + clerks->busy;
}

/* ---- life ---- */

struct clerks *clerks_create(struct node *node)
{
    struct clerks *clerks = xcalloc(1, sizeof *clerks);
    clerks->node = node;
    clerks->end = &clerks->first;
    for (int i = 0; i < CLERKS; i++) {
        clerks->clerks[i] = (struct clerk){
            .clerks = clerks,
            .db = db_create(config_text(node->config, "DATABASE_URL"), node->name),
            .redis =
                redis_blocking_create(config_text(node->config, "REDIS_URL"), node->name, REDIS_BLOCKING_MS),
        };
        db_set_plans(clerks->clerks[i].db, DB_PLANS_KEPT);
    }
    return clerks;
}

void clerks_destroy(struct clerks **clerks)
{
    if (*clerks == NULL)
        return;
    struct clerks *ending = *clerks;
    *clerks = NULL;
    struct errand *errand;
    while ((errand = ending->first) != NULL) {
        ending->first = errand->next;
        errand_free(errand);
    }
    ending->waiting = 0;
    ending->ended = true;
    free_when_done(ending);
}
