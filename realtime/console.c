/* Once a second the nodes are asked who is there, and with what has come of that so far the ledger is asked
 * for the whole picture, which is told to whom it is new. */
#include "realtime/console.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/store/result.h"
#include "core/wire/json_read.h"
#include "realtime/desk.h"
#include "realtime/dispatch.h"
#include "realtime/idmap.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/replica.h"
#include "realtime/reply.h"
#include "realtime/room.h"
#include "realtime/session_internal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEATS_MAX = 64,      /* at desks of this node */
    NODES_MAX = 64,      /* whose reports are kept, of a sale */
    PADDLES_MAX = 2000,  /* that a node names, of a sale */
    REPORT_MAX = 131072, /* bytes */
    PICTURE_MAX = 900000,
    FRESH_MS = 4000, /* so long a report is believed */
};

#define CHANNEL_ASK "desk:ask" /* where nodes are asked: {"saleId", "answerTo"} */

/* Somebody at a desk. */
struct seat {
    uint64_t session_id;
    int64_t told;   /* version of the picture */
    bool waits;     /* for the answer to the join */
    bool abandoned; /* wants to be answered, and no more */
    struct request request;
};

/* What one node has said of who is there. */
struct report {
    char node[96];
    int64_t at_ms; /* monotonic */
    cJSON *lots;   /* owned: [{auctionId, visitors, queue, paddles}] */
};

struct console {
    struct consoles *consoles;
    int64_t sale_id;
    struct seat seats[SEATS_MAX];
    int seat_count;
    struct report reports[NODES_MAX];
    int report_count;
    char *picture; /* owned; NULL: none yet */
    int64_t version;
    bool asking;
};

struct consoles {
    struct node *node;
    struct idmap by_sale;
    int seats;
    int asking;
    char answers[112]; /* the channel on which other nodes answer this one */
    bool ended;
};

/* ---- who is at this node ---- */

static void write_paddles(struct json *json, const struct room *room, int *left)
{
    size_t cursor = 0;
    int paddle;
    json_array(json, "paddles");
    while (*left > 0 && room_next_bidder(room, &cursor, &paddle)) {
        json_int(json, NULL, paddle);
        --*left;
    }
    json_array_end(json);
}

static void write_report(struct node *node, int64_t sale_id, struct buffer *out)
{
    struct json json = json_start(out);
    size_t cursor = 0;
    int64_t auction_id;
    int left = PADDLES_MAX;
    const struct room *room;
    json_object(&json, NULL);
    json_text(&json, "node", node->identity);
    json_int(&json, "saleId", sale_id);
    json_array(&json, "lots");
    while ((room = rooms_next(node->rooms, &cursor, &auction_id)) != NULL) {
        const struct auction_view *view = replica_view(node->replicas, auction_id);
        if (view == NULL || view->sale_id != sale_id)
            continue;
        json_object(&json, NULL);
        json_int(&json, "auctionId", auction_id);
        json_int(&json, "visitors", room_others(room));
        json_int(&json, "queue", desk_queue(node->desks, auction_id));
        write_paddles(&json, room, &left);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
}

static void publish(struct node *node, const char *channel, const struct buffer *message)
{
    const char *arguments[] = {"PUBLISH", channel, message->data};
    const size_t sizes[] = {7, strlen(channel), message->size};
    redis_command(node->redis, 3, arguments, sizes, NULL, NULL);
}

/* ---- what the nodes say ---- */

static struct report *report_of(struct console *console, const char *node)
{
    for (int i = 0; i < console->report_count; i++)
        if (strcmp(console->reports[i].node, node) == 0)
            return &console->reports[i];
    if (console->report_count == NODES_MAX)
        return NULL;
    struct report *report = &console->reports[console->report_count++];
    *report = (struct report){0};
    snprintf(report->node, sizeof report->node, "%s", node);
    return report;
}

static void take_report(struct consoles *consoles, const char *text, size_t size)
{
    const char *reason;
    int64_t sale_id;
    cJSON *root = json_parse(text, size, &reason);
    const char *node = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "node"));
    struct console *console = NULL;
    if (node != NULL &&
        json_whole(cJSON_GetObjectItemCaseSensitive(root, "saleId"), 1, JSON_INT_MAX, &sale_id))
        console = idmap_get(&consoles->by_sale, sale_id);
    struct report *report = console != NULL ? report_of(console, node) : NULL;
    if (report != NULL) {
        cJSON_Delete(report->lots);
        report->lots = cJSON_DetachItemFromObjectCaseSensitive(root, "lots");
        report->at_ms = clock_monotonic_ms();
    }
    cJSON_Delete(root);
}

static void forget_old_reports(struct console *console)
{
    int64_t oldest_ms = clock_monotonic_ms() - FRESH_MS;
    int kept = 0;
    for (int i = 0; i < console->report_count; i++) {
        if (console->reports[i].at_ms >= oldest_ms)
            console->reports[kept++] = console->reports[i];
        else
            cJSON_Delete(console->reports[i].lots);
    }
    console->report_count = kept;
}

static void answer_question(struct consoles *consoles, const char *text, size_t size)
{
    const char *reason;
    int64_t sale_id;
    cJSON *root = json_parse(text, size, &reason);
    const char *channel = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "answerTo"));
    if (channel != NULL && strcmp(channel, consoles->answers) != 0 &&
        json_whole(cJSON_GetObjectItemCaseSensitive(root, "saleId"), 1, JSON_INT_MAX, &sale_id)) {
        struct buffer report;
        buffer_init(&report, REPORT_MAX);
        write_report(consoles->node, sale_id, &report);
        if (!report.failed)
            publish(consoles->node, channel, &report);
        buffer_finish(&report);
    }
    cJSON_Delete(root);
}

bool consoles_hear(struct consoles *consoles, const char *channel, const char *text, size_t size)
{
    if (strcmp(channel, CHANNEL_ASK) == 0)
        answer_question(consoles, text, size);
    else if (strcmp(channel, consoles->answers) == 0)
        take_report(consoles, text, size);
    else
        return false;
    return true;
}

static void ask_nodes(struct console *console)
{
    struct node *node = console->consoles->node;
    struct buffer message;
    buffer_init(&message, REPORT_MAX);
    struct json json = json_start(&message);
    json_object(&json, NULL);
    json_int(&json, "saleId", console->sale_id);
    json_text(&json, "answerTo", console->consoles->answers);
    json_object_end(&json);
    publish(node, CHANNEL_ASK, &message);
    buffer_clear(&message);
    write_report(node, console->sale_id, &message); /* one's own is at hand */
    if (!message.failed)
        take_report(console->consoles, message.data, message.size);
    buffer_finish(&message);
}

/* ---- telling ---- */

static bool may_look(const struct session *session)
{
    return session != NULL && roles_have(ROLES_OFFICE, session_role(session));
}

static void answer_join(struct session *session, const struct seat *seat, const char *picture)
{
    struct buffer data;
    buffer_init(&data, PICTURE_MAX + 64);
    struct json json = json_start(&data);
    json_object(&json, NULL);
    json_bool(&json, "ok", true);
    json_raw(&json, "desk", picture, strlen(picture));
    json_object_end(&json);
    metrics_add(METRIC_ACKS, METRIC_ACK_OK, 1);
    reply_send(session, &seat->request, &data);
    buffer_finish(&data);
}

/* False when it is not to sit there any more. One who takes no bytes at the moment is told later, what is so
 * then. */
static bool tell_seat(struct console *console, struct seat *seat)
{
    struct session *session = sessions_find(console->consoles->node->sessions, seat->session_id);
    if (session == NULL)
        return false;
    if (!may_look(session)) {
        if (seat->waits)
            reply_refuse(session, &seat->request, VERDICT_FORBIDDEN, NULL, NULL);
        return false;
    }
    if (seat->waits) {
        answer_join(session, seat, console->picture);
    } else if (seat->told != console->version && session_is_ready(session)) {
        session_send_event(session, "desk:update", console->picture, strlen(console->picture));
    } else {
        return true;
    }
    seat->waits = false;
    seat->told = console->version;
    return !seat->abandoned;
}

static void leave_seat(struct console *console, int index)
{
    console->seats[index] = console->seats[--console->seat_count];
    console->consoles->seats--;
}

static void tell_seats(struct console *console)
{
    for (int i = console->seat_count - 1; i >= 0; i--)
        if (!tell_seat(console, &console->seats[i]))
            leave_seat(console, i);
}

/* There is nothing to be shown: those who wait are told why, others go on with what they have. */
static void refuse_waiting(struct console *console, enum verdict verdict)
{
    for (int i = console->seat_count - 1; i >= 0; i--) {
        struct seat *seat = &console->seats[i];
        struct session *session = sessions_find(console->consoles->node->sessions, seat->session_id);
        if (!seat->waits)
            continue;
        if (session != NULL)
            reply_refuse(session, &seat->request, verdict, NULL, NULL);
        leave_seat(console, i);
    }
}

/* ---- the picture ---- */

/* A question outlives its console. */
struct question {
    struct consoles *consoles;
    int64_t sale_id;
};

static void on_picture(const struct db_answer *answer, void *context)
{
    struct question *question = context;
    struct consoles *consoles = question->consoles;
    struct console *console = consoles->ended ? NULL : idmap_get(&consoles->by_sale, question->sale_id);
    free(question);
    consoles->asking--;
    if (consoles->ended && consoles->asking == 0)
        free(consoles);
    if (console == NULL)
        return;
    console->asking = false;
    bool found = answer->outcome == DB_DONE && PQntuples(answer->result) > 0;
    const char *picture = found ? result_text(answer->result, 0, "data") : NULL;
    if (picture == NULL || strlen(picture) > PICTURE_MAX) {
        refuse_waiting(console,
                       answer->outcome == DB_DONE && !found ? VERDICT_NOT_FOUND : VERDICT_UNAVAILABLE);
        return;
    }
    if (console->picture == NULL || strcmp(console->picture, picture) != 0) {
        free(console->picture);
        console->picture = xstrndup(picture, strlen(picture));
        console->version++;
    }
    tell_seats(console);
}

/* What the reports say, as the arrays of the statement. */
struct crowd {
    int64_t *lots, *paddles;
    size_t count;
    int64_t *counted, *visitors, *queues;
    size_t counts;
};

static int64_t number_of(const cJSON *object, const char *name)
{
    int64_t number = 0;
    return json_whole(cJSON_GetObjectItemCaseSensitive(object, name), 0, INT_MAX, &number) ? number : 0;
}

static void add_lot(struct crowd *crowd, const cJSON *lot)
{
    int64_t auction_id = 0, paddle;
    const cJSON *item;
    if (!json_whole(cJSON_GetObjectItemCaseSensitive(lot, "auctionId"), 1, JSON_INT_MAX, &auction_id))
        return;
    crowd->counted = xrealloc(crowd->counted, (crowd->counts + 1) * sizeof *crowd->counted);
    crowd->visitors = xrealloc(crowd->visitors, (crowd->counts + 1) * sizeof *crowd->visitors);
    crowd->queues = xrealloc(crowd->queues, (crowd->counts + 1) * sizeof *crowd->queues);
    crowd->counted[crowd->counts] = auction_id;
    crowd->visitors[crowd->counts] = number_of(lot, "visitors");
    crowd->queues[crowd->counts++] = number_of(lot, "queue");
    const cJSON *paddles = cJSON_GetObjectItemCaseSensitive(lot, "paddles");
    size_t more = cJSON_IsArray(paddles) ? (size_t)cJSON_GetArraySize(paddles) : 0;
    if (more == 0)
        return;
    crowd->lots = xrealloc(crowd->lots, (crowd->count + more) * sizeof *crowd->lots);
    crowd->paddles = xrealloc(crowd->paddles, (crowd->count + more) * sizeof *crowd->paddles);
    cJSON_ArrayForEach(item, paddles)
    {
        if (!json_whole(item, 1, INT_MAX, &paddle))
            continue;
        crowd->lots[crowd->count] = auction_id;
        crowd->paddles[crowd->count++] = paddle;
    }
}

static void add_array(struct params *params, const int64_t *values, size_t count)
{
    params_array(params, ELEMENT_INT, count);
    for (size_t i = 0; i < count; i++)
        params_element_int(params, values[i]);
}

static void ask_picture(struct console *console)
{
    struct crowd crowd = {0};
    const cJSON *lot;
    forget_old_reports(console);
    for (int i = 0; i < console->report_count; i++)
        cJSON_ArrayForEach(lot, console->reports[i].lots) add_lot(&crowd, lot);
    struct question *question = xmalloc(sizeof *question);
    *question = (struct question){console->consoles, console->sale_id};
    struct params params;
    params_init(&params);
    params_int(&params, console->sale_id);
    add_array(&params, crowd.lots, crowd.count);
    add_array(&params, crowd.paddles, crowd.count);
    add_array(&params, crowd.counted, crowd.counts);
    add_array(&params, crowd.visitors, crowd.counts);
    add_array(&params, crowd.queues, crowd.counts);
    console->asking = true;
    console->consoles->asking++;
    pool_run(console->consoles->node->pool, SQL_DESK_STATE, &params, on_picture, question);
    params_finish(&params);
    free(crowd.lots);
    free(crowd.paddles);
    free(crowd.counted);
    free(crowd.visitors);
    free(crowd.queues);
}

/* ---- coming and going ---- */

static void drop(struct console *console)
{
    for (int i = 0; i < console->report_count; i++)
        cJSON_Delete(console->reports[i].lots);
    idmap_remove(&console->consoles->by_sale, console->sale_id);
    free(console->picture);
    free(console);
}

static void leave_all(struct consoles *consoles, uint64_t session_id)
{
    size_t cursor = 0;
    struct console *console;
    while ((console = idmap_next(&consoles->by_sale, &cursor)) != NULL)
        for (int i = console->seat_count - 1; i >= 0; i--)
            if (console->seats[i].session_id == session_id && !console->seats[i].waits)
                leave_seat(console, i);
}

void consoles_join(struct consoles *consoles, struct session *session, const struct request *request,
                   int64_t sale_id)
{
    leave_all(consoles, session_id(session));
    if (consoles->seats >= SEATS_MAX) {
        reply_refuse(session, request, VERDICT_UNAVAILABLE, NULL, NULL);
        return;
    }
    struct console *console = idmap_get(&consoles->by_sale, sale_id);
    if (console == NULL) {
        console = xcalloc(1, sizeof *console);
        console->consoles = consoles;
        console->sale_id = sale_id;
        idmap_put(&consoles->by_sale, sale_id, console);
        ask_nodes(console);
    }
    console->seats[console->seat_count++] =
        (struct seat){.session_id = session_id(session), .waits = true, .request = *request};
    consoles->seats++;
    if (!console->asking)
        ask_picture(console);
}

void consoles_leave(struct consoles *consoles, const struct session *session, int64_t sale_id)
{
    struct console *console = idmap_get(&consoles->by_sale, sale_id);
    for (int i = console != NULL ? console->seat_count - 1 : -1; i >= 0; i--) {
        struct seat *seat = &console->seats[i];
        if (seat->session_id != session_id(session))
            continue;
        if (seat->waits)
            seat->abandoned = true;
        else
            leave_seat(console, i);
    }
}

void consoles_turn(struct consoles *consoles)
{
    size_t cursor = 0;
    struct console *console;
    while ((console = idmap_next(&consoles->by_sale, &cursor)) != NULL) {
        if (console->seat_count == 0 && !console->asking) {
            drop(console);
            cursor--; /* another may have moved into its place */
        } else if (!console->asking) {
            ask_nodes(console);
            ask_picture(console);
        }
    }
}

struct consoles *consoles_create(struct node *node)
{
    struct consoles *consoles = xcalloc(1, sizeof *consoles);
    consoles->node = node;
    snprintf(consoles->answers, sizeof consoles->answers, "desk:%s", node->identity);
    redis_subscribe(node->redis, CHANNEL_ASK);
    redis_subscribe(node->redis, consoles->answers);
    return consoles;
}

void consoles_destroy(struct consoles **consoles)
{
    if (*consoles == NULL)
        return;
    struct consoles *ending = *consoles;
    *consoles = NULL;
    size_t cursor = 0;
    struct console *console;
    while ((console = idmap_next(&ending->by_sale, &cursor)) != NULL) {
        drop(console);
        cursor = 0;
    }
    idmap_finish(&ending->by_sale);
    ending->ended = true;
    if (ending->asking == 0)
        free(ending);
}
