/* A replica steps forward by announcements, one after the other; whatever does not fit is asked of the
 * ledger, which answers with everything that is missing at once. Of each lot at most one question is under
 * way. Answers to those who wait gather for the next turn, so nobody is called back before the call has
 * returned. */
#include "realtime/replica.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/bus/announce.h"
#include "core/wire/json_read.h"
#include "realtime/idmap.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/room.h"
#include "realtime/room_frames.h"
#include "realtime/session.h"
#include "realtime/timekeeper.h"

#include <stdlib.h>
#include <string.h>

#define REPLICAS_MAX 4096
#define KEPT_MS      60000 /* after the last use of a lot nobody watches */
#define SWEEP_MS     10000
#define REACH_MS     2000
#define FILL_MAX     1000 /* events; whoever missed more is sent the state */
#define STATE_LIMIT  262144
#define HELD_MAX     256 /* events */

enum replica_state {
    REPLICA_LOADING, /* not at hand yet */
    REPLICA_READY,
    REPLICA_FILLING, /* at hand, and asking for what it missed */
    REPLICA_MISSING, /* there is no such lot, or it could not be read; kept only while somebody holds it */
};

/* Somebody who waits for a lot to be known, or to reach a seq. In the list of its replica, later in that of
 * the answers due. */
struct waiter {
    struct waiter *next;
    struct wheel_timer deadline; /* of a reach */
    struct replica *replica;     /* while it is in its list */
    replica_callback opened;     /* NULL: a reach */
    void (*reached)(bool reached, void *context);
    int64_t seq;
    bool found; /* or reached */
    bool unavailable;
    void *context;
};

/* Steps that the room has not been told yet, for it is behind: they will be one. */
struct held {
    int64_t prev_seq;
    size_t count;
    struct room_event events[HELD_MAX]; /* none with a text */
};

struct replica {
    struct replicas *replicas;
    enum replica_state state;
    struct auction_view view;
    int64_t close_grace_ms;
    int64_t seen_seq; /* the ledger is known to be at least here */
    char *card;       /* owned */
    int holds;
    int64_t used_ms; /* monotonic */
    struct waiter *waiters;
    struct held *held; /* NULL: the room has been told everything */
};

struct replicas {
    struct node *node;
    struct idmap map;
    struct waiter *due, **due_end; /* answers for the next turn, in order */
    struct wheel_timer answer, sweep;
    int asking; /* questions under way */
    bool ended;
};

/* None once `replicas` is NULL: who waited is answered by their end, and lets go of the lot then. */
static struct replica *find(const struct replicas *replicas, int64_t auction_id)
{
    return replicas != NULL ? idmap_get(&replicas->map, auction_id) : NULL;
}

static bool is_at_hand(const struct replica *replica)
{
    return replica->state == REPLICA_READY || replica->state == REPLICA_FILLING;
}

static struct replica *find_at_hand(const struct replicas *replicas, int64_t auction_id)
{
    struct replica *replica = find(replicas, auction_id);
    return replica != NULL && is_at_hand(replica) ? replica : NULL;
}

/* ---- those who wait ---- */

static void answer_due(struct replicas *replicas)
{
    struct waiter *waiter = replicas->due;
    replicas->due = NULL;
    replicas->due_end = &replicas->due;
    while (waiter != NULL) {
        struct waiter *next = waiter->next;
        if (waiter->opened != NULL)
            waiter->opened(waiter->found, waiter->unavailable, waiter->context);
        else
            waiter->reached(waiter->found, waiter->context);
        free(waiter);
        waiter = next;
    }
}

static void on_answer(struct wheel_timer *timer, void *context)
{
    (void)context;
    answer_due((struct replicas *)((char *)timer - offsetof(struct replicas, answer)));
}

static void answer(struct replicas *replicas, struct waiter *waiter, bool found, bool unavailable)
{
    waiter->found = found;
    waiter->unavailable = unavailable;
    waiter->replica = NULL;
    waiter->next = NULL;
    *replicas->due_end = waiter;
    replicas->due_end = &waiter->next;
    wheel_cancel(replicas->node->wheel, &waiter->deadline);
    wheel_set(replicas->node->wheel, &replicas->answer, 0, on_answer);
}

static void wait_for(struct replica *replica, struct waiter *waiter)
{
    waiter->replica = replica;
    waiter->next = replica->waiters;
    replica->waiters = waiter;
}

static void on_deadline(struct wheel_timer *timer, void *context)
{
    (void)context;
    struct waiter *waiter = (struct waiter *)((char *)timer - offsetof(struct waiter, deadline));
    struct replicas *replicas = waiter->replica->replicas;
    struct waiter **link = &waiter->replica->waiters;
    while (*link != waiter)
        link = &(*link)->next;
    *link = waiter->next;
    answer(replicas, waiter, false, false);
}

static bool has_come(const struct replica *replica, const struct waiter *waiter)
{
    return is_at_hand(replica) && replica->view.seq >= waiter->seq;
}

/* Lets those go who have got what they wait for. */
static void answer_waiters(struct replica *replica)
{
    struct waiter **link = &replica->waiters;
    while (*link != NULL) {
        struct waiter *waiter = *link;
        if (!has_come(replica, waiter)) {
            link = &waiter->next;
            continue;
        }
        *link = waiter->next;
        answer(replica->replicas, waiter, true, false);
    }
}

/* What they wait for will not come. */
static void dismiss_waiters(struct replica *replica, bool unavailable)
{
    struct waiter *waiter;
    while ((waiter = replica->waiters) != NULL) {
        replica->waiters = waiter->next;
        answer(replica->replicas, waiter, false, unavailable);
    }
}

/* ---- coming and going ---- */

static void drop(struct replica *replica)
{
    struct replicas *replicas = replica->replicas;
    dismiss_waiters(replica, true);
    if (replica->holds > 0) {
        char channel[CHANNEL_NAME_SIZE];
        channel_of_auction(replica->view.auction_id, channel);
        redis_unsubscribe(replicas->node->redis, channel);
    }
    idmap_remove(&replicas->map, replica->view.auction_id);
    metrics_set(METRIC_REPLICAS, 0, (int64_t)replicas->map.count);
    free(replica->card);
    free(replica->held);
    free(replica);
}

static bool is_idle(const struct replica *replica)
{
    return replica->state != REPLICA_LOADING && replica->state != REPLICA_FILLING && replica->holds == 0 &&
           replica->waiters == NULL;
}

/* Drops what nobody has used for a while. A lot that runs stays, unless room is wanted. */
static void sweep(struct replicas *replicas, bool room_wanted)
{
    int64_t old_ms = clock_monotonic_ms() - (room_wanted ? 0 : KEPT_MS);
    size_t cursor = 0;
    struct replica *replica;
    while ((replica = idmap_next(&replicas->map, &cursor)) != NULL) {
        bool runs = replica->view.status == AUCTION_ACTIVE && !room_wanted;
        if (!is_idle(replica) || runs || replica->used_ms > old_ms)
            continue;
        drop(replica);
        cursor--; /* another may have moved into its place */
    }
}

static void on_sweep(struct wheel_timer *timer, void *context)
{
    (void)context;
    struct replicas *replicas = (struct replicas *)((char *)timer - offsetof(struct replicas, sweep));
    sweep(replicas, false);
    wheel_set(replicas->node->wheel, timer, node_now_ms(replicas->node) + SWEEP_MS, on_sweep);
}

/* ---- stepping forward ---- */

struct outbid {
    const char *text;
    size_t size;
};

static void tell_outbid(struct session *session, void *context)
{
    const struct outbid *outbid = context;
    session_send_event(session, "bid:outbid", outbid->text, outbid->size);
}

/* In the room it is the replica that tells: it works with or without Redis. Whoever is elsewhere hears it
 * over the user's channel. */
static void tell_outbid_paddle(struct room *room, int paddle, const struct auction_view *view)
{
    char text[256];
    struct buffer out;
    buffer_init_fixed(&out, text, sizeof text);
    announcement_write_outbid(view, &out);
    struct outbid outbid = {out.data, out.size};
    room_each_paddle(room, paddle, tell_outbid, &outbid);
}

static void send_frame(const char *name, const char *data, size_t size, void *context)
{
    room_send(context, name, data, size);
}

static struct room *watched_room(const struct replica *replica)
{
    struct room *room = rooms_find(replica->replicas->node->rooms, replica->view.auction_id, false);
    return room != NULL && room_watchers(room) > 0 ? room : NULL;
}

/* ---- conflation ----
 *
 * While a room is behind, bids that come are held and told as one step when it is not: so however fast they
 * come, there is one frame a lap, and nobody's view is older than a lap. Whatever is not a bid is told at
 * once, and so is everything before somebody is given the state, for a step must begin where it ends. */

/* Tells the room what was held. */
static void settle(struct replica *replica)
{
    struct held *held = replica->held;
    replica->held = NULL;
    struct room *room = held != NULL ? watched_room(replica) : NULL;
    if (room != NULL)
        room_frames(held->prev_seq, &replica->view, held->events, held->count, send_frame, room);
    free(held);
}

static bool can_be_held(const struct replica *replica, const struct room_event *events, size_t count)
{
    size_t before = replica->held != NULL ? replica->held->count : 0;
    if (before + count > HELD_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        if (events[i].kind != EVENT_BID && events[i].kind != EVENT_EXTENDED)
            return false;
    return true;
}

static void hold(struct replica *replica, struct room *room, int64_t prev_seq,
                 const struct room_event *events, size_t count)
{
    if (replica->held == NULL) {
        replica->held = xcalloc(1, sizeof *replica->held);
        replica->held->prev_seq = prev_seq;
        room_wait(room);
    } else {
        metrics_add(METRIC_CONFLATED, 0, 1);
    }
    for (size_t i = 0; i < count; i++) {
        struct room_event *event = &replica->held->events[replica->held->count++];
        *event = events[i];
        event->text = NULL;
        event->size = 0;
    }
}

static void on_caught_up(int64_t auction_id, void *context)
{
    struct replica *replica = find(context, auction_id);
    if (replica != NULL)
        settle(replica);
}

void replica_settle(struct replicas *replicas, int64_t auction_id)
{
    on_caught_up(auction_id, replicas);
}

static void move_to(struct replica *replica, const struct auction_view *view)
{
    replica->view = *view;
    if (replica->seen_seq < view->seq)
        replica->seen_seq = view->seq;
    timekeeper_clock(replica->replicas->node->timekeeper, view, replica->close_grace_ms);
    answer_waiters(replica);
}

/* One step to `view` by the events after our seq. */
static void step(struct replica *replica, const struct auction_view *view, const struct room_event *events,
                 size_t count)
{
    int64_t prev_seq = replica->view.seq;
    int leader = replica->view.leader_paddle;
    struct room *room = watched_room(replica);
    bool held = room != NULL && room_is_behind(room) && can_be_held(replica, events, count);
    if (!held)
        settle(replica);
    move_to(replica, view);
    if (room == NULL)
        return;
    if (held)
        hold(replica, room, prev_seq, events, count);
    else
        room_frames(prev_seq, view, events, count, send_frame, room);
    if (leader != 0 && view->leader_paddle != 0 && view->leader_paddle != leader)
        tell_outbid_paddle(room, leader, view);
}

/* ---- asking the ledger ---- */

/* A question outlives its replica. */
struct question {
    struct replicas *replicas;
    int64_t auction_id;
};

static void ask_fill(struct replica *replica);

static void send_question(struct replica *replica, enum sql_query query, struct params *params,
                          pool_callback callback)
{
    struct question *question = xmalloc(sizeof *question);
    *question = (struct question){replica->replicas, replica->view.auction_id};
    replica->replicas->asking++;
    pool_run(replica->replicas->node->pool, query, params, callback, question);
    params_finish(params);
}

/* Takes the question back. NULL: whoever asked has gone. */
static struct replica *take_question(struct question *question)
{
    struct replicas *replicas = question->replicas;
    struct replica *replica = replicas->ended ? NULL : find(replicas, question->auction_id);
    free(question);
    replicas->asking--;
    if (replicas->ended && replicas->asking == 0)
        free(replicas);
    return replica;
}

static void catch_up(struct replica *replica)
{
    if (replica->state == REPLICA_READY && replica->view.seq < replica->seen_seq)
        ask_fill(replica);
}

/* "{…}" without its braces. */
static char *strip_braces(const char *object)
{
    return xstrndup(object + 1, strlen(object) - 2);
}

static void on_loaded(const struct db_answer *answer, void *context)
{
    struct replica *replica = take_question(context);
    struct ledger_lot lot;
    if (replica == NULL)
        return;
    if (answer->outcome != DB_DONE || !ledger_load_read(answer->result, &lot)) {
        replica->state = REPLICA_MISSING;
        dismiss_waiters(replica, answer->outcome != DB_DONE);
        if (replica->holds == 0)
            drop(replica);
        return;
    }
    struct auction_view view = auction_view_of(&lot.auction, lot.sale_id);
    replica->state = REPLICA_READY;
    replica->close_grace_ms = lot.auction.terms.rules.close_grace_ms;
    replica->card = strip_braces(result_text(answer->result, 0, "card"));
    settle(replica);
    move_to(replica, &view);
    catch_up(replica);
}

static void ask_load(struct replica *replica)
{
    struct params params;
    ledger_load_params(&params, replica->view.auction_id);
    metrics_add(METRIC_REPLICA_LOADS, 0, 1);
    send_question(replica, SQL_REPLICA_LOAD, &params, on_loaded);
}

/* The events of a JSON array after our seq; each one's text is printed only where a frame carries it whole.
 */
static size_t read_events(const cJSON *array, int64_t after_seq, struct room_event *events)
{
    size_t count = 0;
    const cJSON *object;
    cJSON_ArrayForEach(object, array)
    {
        struct room_event *event = &events[count];
        if (!room_event_read(object, event) || event->seq <= after_seq)
            continue;
        char *text =
            event->kind != EVENT_BID && event->kind != EVENT_EXTENDED ? cJSON_PrintUnformatted(object) : NULL;
        event->text = text;
        event->size = text != NULL ? strlen(text) : 0;
        count++;
    }
    return count;
}

static void step_by_json(struct replica *replica, const struct auction_view *view, const cJSON *array)
{
    struct room_event *events = xcalloc((size_t)cJSON_GetArraySize(array) + 1, sizeof *events);
    size_t count = read_events(array, replica->view.seq, events);
    step(replica, view, events, count);
    for (size_t i = 0; i < count; i++)
        free((char *)events[i].text);
    free(events);
}

/* Too much was missed to be told one by one. */
static void send_state(struct replica *replica)
{
    struct room *room = watched_room(replica);
    if (room == NULL)
        return;
    settle(replica);
    struct buffer out;
    buffer_init(&out, STATE_LIMIT);
    replica_write_state(replica->replicas, replica->view.auction_id, NULL, &out);
    if (!out.failed)
        room_send(room, "auction:state", out.data, out.size);
    buffer_finish(&out);
}

static void fill(struct replica *replica, const struct auction_view *view, const char *text)
{
    const char *reason;
    cJSON *events = text != NULL ? json_parse(text, strlen(text), &reason) : NULL;
    if (events != NULL) {
        step_by_json(replica, view, events);
    } else {
        settle(replica);
        move_to(replica, view);
        send_state(replica);
    }
    cJSON_Delete(events);
}

static void on_filled(const struct db_answer *answer, void *context)
{
    struct replica *replica = take_question(context);
    struct ledger_lot lot;
    if (replica == NULL)
        return;
    replica->state = REPLICA_READY;
    if (answer->outcome != DB_DONE || !ledger_load_read(answer->result, &lot))
        return; /* the next look tries again */
    struct auction_view view = auction_view_of(&lot.auction, lot.sale_id);
    if (view.seq <= replica->view.seq) {
        replica->seen_seq = replica->view.seq; /* whoever spoke of more was mistaken */
        return;
    }
    fill(replica, &view, result_text(answer->result, 0, "events"));
    catch_up(replica);
}

static void ask_fill(struct replica *replica)
{
    struct params params;
    params_init(&params);
    params_int(&params, replica->view.auction_id);
    params_int(&params, replica->view.seq);
    params_int(&params, FILL_MAX);
    replica->state = REPLICA_FILLING;
    metrics_add(METRIC_REPLICA_GAPS, 0, 1);
    send_question(replica, SQL_REPLICA_FILL, &params, on_filled);
}

/* ---- what comes in ---- */

/* True when something that leads from `prev_seq` to `seq` can be applied now; a gap is seen to. */
static bool follows(struct replica *replica, int64_t prev_seq, int64_t seq)
{
    if (replica == NULL)
        return false;
    if (replica->seen_seq < seq)
        replica->seen_seq = seq;
    if (!is_at_hand(replica) || seq <= replica->view.seq)
        return false;
    if (prev_seq <= replica->view.seq)
        return true;
    catch_up(replica);
    return false;
}

/* Applied when it follows on, ignored when old, completed from the ledger when there is a gap. */
static void take_announcement(struct replicas *replicas, const struct announcement *announcement)
{
    struct replica *replica = find(replicas, announcement->view.auction_id);
    if (follows(replica, announcement->prev_seq, announcement->view.seq))
        step_by_json(replica, &announcement->view, announcement->events);
}

/* The number after `name` at the start of `*at`, which moves behind it. -1: something else stands there. */
static int64_t scan_number(const char **at, const char *end, const char *name)
{
    size_t size = strlen(name);
    if ((size_t)(end - *at) < size || memcmp(*at, name, size) != 0)
        return -1;
    const char *digit = *at + size;
    int64_t number = 0;
    while (digit < end && *digit >= '0' && *digit <= '9' && number < JSON_INT_MAX / 10)
        number = number * 10 + (*digit++ - '0');
    *at = digit;
    return number;
}

/* Reads the first members as we write them. False: it must be read in full to be judged. */
static bool is_old(const struct replicas *replicas, const char *message, size_t size)
{
    const char *at = message, *end = message + size;
    if (scan_number(&at, end, "{\"prevSeq\":") < 0)
        return false;
    int64_t auction_id = scan_number(&at, end, ",\"view\":{\"auctionId\":");
    if (auction_id < 0 || scan_number(&at, end, ",\"saleId\":") < 0)
        return false;
    int64_t seq = scan_number(&at, end, ",\"seq\":");
    const struct replica *replica = find_at_hand(replicas, auction_id);
    return seq >= 0 && replica != NULL && seq <= replica->view.seq;
}

void replica_hear(struct replicas *replicas, const char *message, size_t size)
{
    struct announcement announcement;
    if (is_old(replicas, message, size))
        return;
    if (!announcement_read(message, size, &announcement)) {
        log_warn("an announcement could not be read", log_number("size", (int64_t)size));
        return;
    }
    take_announcement(replicas, &announcement);
    announcement_finish(&announcement);
}

void replica_append(struct replicas *replicas, int64_t prev_seq, const struct auction_view *view,
                    const struct ledger_batch *batch)
{
    struct replica *replica = find(replicas, view->auction_id);
    if (!follows(replica, prev_seq, view->seq))
        return;
    struct room_event *events = xcalloc(ledger_batch_count(batch) + 1, sizeof *events);
    size_t count = 0;
    for (size_t i = 0; i < ledger_batch_count(batch); i++) {
        const struct auction_event *event = ledger_batch_event(batch, i);
        if (event->seq > replica->view.seq && !event_is_sealed(event->kind))
            events[count++] = room_event_of_batch(batch, i);
    }
    step(replica, view, events, count);
    free(events);
}

void replica_seen(struct replicas *replicas, int64_t auction_id, int64_t seq)
{
    struct replica *replica = find(replicas, auction_id);
    if (replica == NULL)
        return;
    if (replica->seen_seq < seq)
        replica->seen_seq = seq;
    catch_up(replica);
}

/* ---- what others ask ---- */

static struct replica *create(struct replicas *replicas, int64_t auction_id)
{
    struct replica *replica = xcalloc(1, sizeof *replica);
    replica->replicas = replicas;
    replica->state = REPLICA_MISSING;
    replica->view.auction_id = auction_id;
    idmap_put(&replicas->map, auction_id, replica);
    metrics_set(METRIC_REPLICAS, 0, (int64_t)replicas->map.count);
    return replica;
}

/* The replica, asked for if it is new; NULL when there are too many. */
static struct replica *find_or_ask(struct replicas *replicas, int64_t auction_id)
{
    struct replica *replica = find(replicas, auction_id);
    if (replica == NULL && replicas->map.count >= REPLICAS_MAX)
        sweep(replicas, true);
    if (replica == NULL && replicas->map.count < REPLICAS_MAX)
        replica = create(replicas, auction_id);
    if (replica != NULL && replica->state == REPLICA_MISSING) {
        replica->state = REPLICA_LOADING;
        ask_load(replica);
    }
    return replica;
}

void replica_open(struct replicas *replicas, int64_t auction_id, replica_callback callback, void *context)
{
    struct waiter *waiter = xcalloc(1, sizeof *waiter);
    waiter->opened = callback;
    waiter->context = context;
    struct replica *replica = auction_id > 0 ? find_or_ask(replicas, auction_id) : NULL;
    if (replica == NULL) {
        answer(replicas, waiter, false, auction_id > 0);
        return;
    }
    replica->used_ms = clock_monotonic_ms();
    if (has_come(replica, waiter))
        answer(replicas, waiter, true, false);
    else
        wait_for(replica, waiter);
}

void replica_reach(struct replicas *replicas, int64_t auction_id, int64_t seq,
                   void (*callback)(bool reached, void *context), void *context)
{
    struct waiter *waiter = xcalloc(1, sizeof *waiter);
    waiter->reached = callback;
    waiter->context = context;
    waiter->seq = seq;
    struct replica *replica = find(replicas, auction_id);
    if (replica == NULL || has_come(replica, waiter)) {
        answer(replicas, waiter, replica != NULL, false);
        return;
    }
    wait_for(replica, waiter);
    wheel_set(replicas->node->wheel, &waiter->deadline, node_now_ms(replicas->node) + REACH_MS, on_deadline);
    if (replica->state == REPLICA_READY)
        ask_fill(replica);
}

const struct auction_view *replica_view(const struct replicas *replicas, int64_t auction_id)
{
    const struct replica *replica = find_at_hand(replicas, auction_id);
    return replica != NULL ? &replica->view : NULL;
}

void replica_hold(struct replicas *replicas, int64_t auction_id)
{
    struct replica *replica = auction_id > 0 ? find_or_ask(replicas, auction_id) : NULL;
    if (replica == NULL || replica->holds++ > 0)
        return;
    char channel[CHANNEL_NAME_SIZE];
    channel_of_auction(auction_id, channel);
    redis_subscribe(replicas->node->redis, channel);
}

void replica_release(struct replicas *replicas, int64_t auction_id)
{
    struct replica *replica = find(replicas, auction_id);
    if (replica == NULL || replica->holds == 0 || --replica->holds > 0)
        return;
    char channel[CHANNEL_NAME_SIZE];
    channel_of_auction(auction_id, channel);
    redis_unsubscribe(replicas->node->redis, channel);
    replica->used_ms = clock_monotonic_ms();
    if (replica->state == REPLICA_MISSING)
        drop(replica);
}

void replica_write_state(const struct replicas *replicas, int64_t auction_id, const char *you,
                         struct buffer *out)
{
    const struct replica *replica = find_at_hand(replicas, auction_id);
    if (replica == NULL) {
        buffer_append_text(out, "null");
        return;
    }
    int64_t now_ms = node_now_ms(replicas->node);
    struct auction_view view = replica->view;
    if (view.status == AUCTION_ACTIVE) /* where the clock runs, what remains of it now */
        view.remaining_ms = view.ends_at_ms > now_ms ? view.ends_at_ms - now_ms : 0;
    struct json json = json_start(out);
    json_object(&json, NULL);
    view_write(&view, &json);
    json_int(&json, "serverMs", now_ms);
    buffer_append_text(out, ",");
    buffer_append_text(out, replica->card);
    if (you != NULL)
        json_raw(&json, "you", you, strlen(you));
    else
        json_null(&json, "you");
    json_object_end(&json);
}

/* ---- life ---- */

static void write_resync(int64_t auction_id, const struct session *session, struct buffer *out, void *context)
{
    (void)session;
    replica_settle(context, auction_id);
    replica_write_state(context, auction_id, NULL, out);
}

static void on_room_use(int64_t auction_id, bool used, void *context)
{
    struct replicas *replicas = context;
    if (used)
        replica_hold(replicas, auction_id);
    else
        replica_release(replicas, auction_id);
}

struct replicas *replicas_create(struct node *node)
{
    struct replicas *replicas = xcalloc(1, sizeof *replicas);
    replicas->node = node;
    replicas->due_end = &replicas->due;
    rooms_on_resync(node->rooms, "auction:state", write_resync, replicas);
    rooms_on_use(node->rooms, on_room_use, replicas);
    rooms_on_caught_up(node->rooms, on_caught_up, replicas);
    wheel_set(node->wheel, &replicas->sweep, SWEEP_MS, on_sweep);
    return replicas;
}

void replicas_destroy(struct replicas **replicas)
{
    if (*replicas == NULL)
        return;
    struct replicas *ending = *replicas;
    *replicas = NULL;
    size_t cursor = 0;
    struct replica *replica;
    while ((replica = idmap_next(&ending->map, &cursor)) != NULL) {
        drop(replica);
        cursor = 0;
    }
    idmap_finish(&ending->map);
    for (struct waiter *waiter = ending->due; waiter != NULL; waiter = waiter->next) {
        waiter->found = false;
        waiter->unavailable = true;
    }
    answer_due(ending);
    wheel_cancel(ending->node->wheel, &ending->answer);
    wheel_cancel(ending->node->wheel, &ending->sweep);
    ending->ended = true;
    if (ending->asking == 0)
        free(ending);
}
