/* The state is a list of the sale's lots as REST and the rooms last told, so that nothing is lost when this
 * program, REST or a node is started again: the list is read anew, and the show goes on from there. */
#include "deploy/admin/play/show.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/domain/auction.h"
#include "core/wire/json_read.h"

#include "deploy/admin/play/lines.h"
#include "deploy/admin/play/play.h"
#include "deploy/admin/play/rest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Static_assert(PLAY_BUYERS == DEMO_BUYERS, "the demo's buyers are those who play");
_Static_assert(PLAY_BUYERS <= LINES_MAX, "a line each");

enum {
    PLANNED_PAUSE = 22000, /* between two lots, as announced; the sale's own interval */
    LIST_PAUSE = 5000,     /* so soon the buyers find a lot that has started */
    LIST_RETRY = 2000,
    SALE_PAUSE = 30000, /* between two looks at which sale it is */
    LOGIN_PAUSE = 1000,
    RESUME_AFTER = 30000, /* somebody, or an outage, paused the lot */
    RETRY_PAUSE = 60000,  /* for a lot that could not be scheduled or started */
    CLOSE_PAUSE = 10000,
    SCHEDULES_A_TURN = 5,
    LINE_RETRY_MIN = 1000,
    LINE_RETRY_MAX = 30000,
    LOTS_MAX = 2000,
    PAGE = 200,
};

struct lot {
    int64_t id, number;
    int64_t seq; /* of the newest that was told of it */
    enum auction_status status;
    yen start_price, reserve;
    int64_t paused_at; /* first seen so */
    int64_t retry_at;  /* leave it alone until then */
    bool joined;       /* the open lines are in its room */
};

struct show {
    struct rest *rest;
    struct lines *lines;
    struct play *play;
    struct db *db;
    struct rest_session office;
    struct rest_session buyers[PLAY_BUYERS];
    struct {
        int64_t retry_at;
        int failures;
    } line_tries[PLAY_BUYERS];

    int64_t sale_id;  /* 0: none yet */
    struct lot *lots; /* in order of lot number */
    size_t count;
    bool listed;  /* the list is this sale's, whole */
    bool changed; /* a lot has ended since: the list is due */

    int64_t now;
    int64_t list_at, sale_at, login_at, close_at;
    int64_t message_id;
};

/* ---- helpers ---- */

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* A whole number of an object, or `fallback` when it is null, absent or something else. */
static int64_t number_of(const cJSON *object, const char *name, int64_t fallback)
{
    int64_t number;
    return json_whole(member(object, name), 0, JSON_INT_MAX, &number) ? number : fallback;
}

static int status_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(member(object, name));
    return text != NULL ? auction_status_parse(text) : -1;
}

static int64_t between(int64_t lowest, int64_t highest)
{
    uint32_t drawn;
    random_bytes(&drawn, sizeof drawn);
    return lowest + drawn % (highest - lowest + 1);
}

static struct lot *find_lot(struct show *show, int64_t id)
{
    for (size_t i = 0; i < show->count; i++)
        if (show->lots[i].id == id)
            return &show->lots[i];
    return NULL;
}

static size_t count_lots(const struct show *show, enum auction_status status)
{
    size_t count = 0;
    for (size_t i = 0; i < show->count; i++)
        count += show->lots[i].status == status;
    return count;
}

/* ---- talking on a line ---- */

static void send_about(struct show *show, int line, const char *event, int64_t auction_id)
{
    struct buffer text;
    buffer_init(&text, 1024);
    struct json json = json_start(&text);
    json_object(&json, NULL);
    json_text(&json, "event", event);
    json_int(&json, "id", ++show->message_id);
    json_object(&json, "data");
    json_int(&json, "auctionId", auction_id);
    json_object_end(&json);
    json_object_end(&json);
    lines_send(show->lines, line, text.data, text.size);
    buffer_finish(&text);
}

static void send_bid(struct show *show, const struct play_bid *bid)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(uuid_random(), id);
    struct buffer text;
    buffer_init(&text, 1024);
    struct json json = json_start(&text);
    json_object(&json, NULL);
    json_text(&json, "event", "auction:bid");
    json_int(&json, "id", ++show->message_id);
    json_object(&json, "data");
    json_int(&json, "auctionId", bid->auction_id);
    json_text(&json, "bidId", id);
    json_int(&json, "amount", bid->amount);
    if (bid->max_amount != 0)
        json_int(&json, "maxAmount", bid->max_amount);
    json_int(&json, "sentAtMs", clock_wall_ms());
    json_object_end(&json);
    json_object_end(&json);
    lines_send(show->lines, bid->buyer, text.data, text.size);
    buffer_finish(&text);
}

static void send_token(struct show *show, int line, const char *token)
{
    struct buffer text;
    buffer_init(&text, 2048);
    struct json json = json_start(&text);
    json_object(&json, NULL);
    json_text(&json, "event", "auth:refresh");
    json_int(&json, "id", ++show->message_id);
    json_object(&json, "data");
    json_text(&json, "token", token);
    json_object_end(&json);
    json_object_end(&json);
    lines_send(show->lines, line, text.data, text.size);
    explicit_bzero(text.data, text.size);
    buffer_finish(&text);
}

static void join_room(struct show *show, struct lot *lot)
{
    for (int line = 0; line < PLAY_BUYERS; line++)
        send_about(show, line, "auction:join", lot->id);
    lot->joined = true;
}

static void leave_room(struct show *show, struct lot *lot)
{
    for (int line = 0; line < PLAY_BUYERS && lot->joined; line++)
        send_about(show, line, "auction:leave", lot->id);
    lot->joined = false;
}

/* ---- what is heard of a lot ---- */

static void set_status(struct show *show, struct lot *lot, enum auction_status status, int64_t price)
{
    if (lot->status == status)
        return;
    bool was_live = lot->status == AUCTION_ACTIVE || lot->status == AUCTION_PAUSED;
    lot->status = status;
    if (status == AUCTION_PAUSED)
        lot->paused_at = show->now;
    if (status == AUCTION_ACTIVE || status == AUCTION_PAUSED || !was_live)
        return;
    log_info("lot ended", log_number("auctionId", lot->id), log_number("lot", lot->number),
             log_text("result", auction_status_name(status)), log_number("price", price));
    leave_room(show, lot);
    show->changed = true;
}

/* Any object with a lot's seq, status and price: an update, a state, a row of the list. An `auction:ended`
 * has its status as `result`. */
static void see(struct show *show, struct lot *lot, const cJSON *object)
{
    int status = status_of(object, "status");
    if (status < 0)
        status = status_of(object, "result");
    int64_t seq = number_of(object, "seq", 0);
    if (status < 0 || seq < lot->seq)
        return;
    lot->seq = seq;
    int64_t price = number_of(object, "price", 0);
    set_status(show, lot, (enum auction_status)status, price);
    bool open = status == AUCTION_ACTIVE || status == AUCTION_PAUSED;
    if (open)
        play_open(show->play, lot->id, lot->start_price, lot->reserve, show->now);
    play_see(show->play,
             &(struct play_view){
                 .auction_id = lot->id,
                 .seq = seq,
                 .open = open,
                 .running = status == AUCTION_ACTIVE,
                 .price = price,
                 .leader = (int)number_of(object, "leader", 0),
                 .min_next_bid = number_of(object, "minNextBid", 0),
                 .step = number_of(object, "step", 0),
             },
             show->now);
}

static void see_message(struct show *show, const cJSON *object)
{
    struct lot *lot = find_lot(show, number_of(object, "auctionId", 0));
    if (lot != NULL)
        see(show, lot, object);
}

static void take_ack(struct show *show, const cJSON *data)
{
    const char *code = cJSON_GetStringValue(member(member(data, "error"), "code"));
    if (code != NULL)
        log_info("refused", log_text("code", code));
    if (cJSON_IsObject(member(data, "auction")))
        see_message(show, member(data, "auction"));
}

static void on_received(void *context, int line, const char *text, size_t size)
{
    struct show *show = context;
    const char *reason;
    cJSON *message = json_parse(text, size, &reason);
    const char *event = cJSON_GetStringValue(member(message, "event"));
    const cJSON *data = member(message, "data");
    if (event == NULL)
        log_warn("an unreadable message", log_number("line", line));
    else if (strcmp(event, "ack") == 0)
        take_ack(show, data);
    else if (strcmp(event, "auction:update") == 0 || strcmp(event, "auction:state") == 0 ||
             strcmp(event, "auction:ended") == 0)
        see_message(show, data);
    else if (strcmp(event, "auth:expiring") == 0)
        show->buyers[line].token_at = INT64_MIN / 2; /* renewed at the next turn, and sent then */
    cJSON_Delete(message);
}

static void on_opened(void *context, int line)
{
    struct show *show = context;
    show->line_tries[line].failures = 0;
    for (size_t i = 0; i < show->count; i++)
        if (show->lots[i].joined)
            send_about(show, line, "auction:join", show->lots[i].id);
}

static void on_closed(void *context, int line, bool refused)
{
    struct show *show = context;
    int failures = show->line_tries[line].failures++;
    int64_t pause = (int64_t)LINE_RETRY_MIN << (failures < 5 ? failures : 5);
    show->line_tries[line].retry_at =
        show->now + between(pause / 2, pause < LINE_RETRY_MAX ? pause : LINE_RETRY_MAX);
    if (refused)
        rest_session_drop(&show->buyers[line]);
    if (failures % 10 == 0)
        log_info("a line is down", log_number("line", line),
                 log_text("why", refused ? "token" : "connection"));
}

/* ---- the office ---- */

/* Calls REST as the auctioneer. */
static struct rest_answer office(struct show *show, struct rest_call call)
{
    call.token = show->office.token;
    struct rest_answer answer = rest_do(show->rest, &call);
    if (answer.status == 401)
        rest_session_drop(&show->office);
    return answer;
}

/* Sends a command about a lot; its new state is taken in. When it is refused the lot is left alone for a
 * while; without an answer nothing is done before the list, which tells what came of it, has been read again.
 */
static bool command(struct show *show, struct lot *lot, const char *name, const char *starts_at)
{
    char path[128], id[UUID_TEXT_SIZE];
    snprintf(path, sizeof path, "/api/auctions/%" PRId64 "/%s", lot->id, name);
    uuid_format(uuid_random(), id);
    struct buffer body;
    buffer_init(&body, 1024);
    struct json json = json_start(&body);
    json_object(&json, NULL);
    json_text(&json, "commandId", id);
    if (starts_at != NULL)
        json_text(&json, "startsAt", starts_at);
    json_object_end(&json);
    struct rest_answer answer =
        office(show, (struct rest_call){.method = "POST", .path = path, .body = body.data});
    bool done = answer.status == 200;
    if (done) {
        see(show, lot, member(answer.body, "auction"));
    } else {
        if (answer.status == 0 || answer.status >= 500)
            show->listed = false;
        else
            lot->retry_at = show->now + RETRY_PAUSE;
        show->list_at = show->now + LIST_RETRY;
        log_warn("a command was refused", log_text("command", name), log_number("auctionId", lot->id),
                 log_text("code", rest_code(&answer)));
    }
    buffer_finish(&body);
    rest_answer_finish(&answer);
    return done;
}

static void take_lot(struct show *show, const cJSON *item)
{
    int64_t id = number_of(item, "id", 0);
    int status = status_of(item, "status");
    if (id == 0 || status < 0)
        return;
    struct lot *lot = find_lot(show, id);
    if (lot == NULL && show->count < LOTS_MAX) {
        lot = &show->lots[show->count++];
        *lot = (struct lot){.id = id, .status = (enum auction_status)status, .paused_at = show->now};
    }
    if (lot == NULL)
        return;
    if (number_of(item, "seq", 0) < lot->seq) { /* another database, such as a backup: begin anew */
        show->sale_id = 0;
        show->sale_at = show->now;
    }
    lot->number = number_of(item, "lotNumber", 0);
    lot->start_price = number_of(item, "startPrice", 0);
    lot->reserve = number_of(item, "reservePrice", 0);
    see(show, lot, item);
    if (!lot->joined && (status == AUCTION_ACTIVE || status == AUCTION_PAUSED))
        join_room(show, lot);
}

/* Reads one page of the list; `after` is moved on, "" after the last. */
static bool read_page(struct show *show, char after[128])
{
    char path[300];
    snprintf(path, sizeof path, "/api/auctions?saleId=%" PRId64 "&limit=%d%s%s", show->sale_id, PAGE,
             after[0] != '\0' ? "&after=" : "", after);
    struct rest_answer answer = office(show, (struct rest_call){.method = "GET", .path = path});
    const cJSON *items = member(answer.body, "items");
    bool read = answer.status == 200 && cJSON_IsArray(items);
    const cJSON *item;
    cJSON_ArrayForEach(item, items) take_lot(show, item);
    const char *next = cJSON_GetStringValue(member(answer.body, "next"));
    bool safe =
        next != NULL &&
        strspn(next, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") == strlen(next);
    snprintf(after, 128, "%s", safe ? next : "");
    if (!read && show->listed)
        log_warn("the list of lots cannot be read", log_text("code", rest_code(&answer)));
    rest_answer_finish(&answer);
    return read;
}

static void keep_list(struct show *show)
{
    if (show->now < show->list_at && !show->changed)
        return;
    show->changed = false;
    char after[128] = "";
    bool read;
    do {
        read = read_page(show, after);
    } while (read && after[0] != '\0');
    show->listed = read;
    show->list_at = show->now + (read ? LIST_PAUSE : LIST_RETRY);
}

static void forget_lots(struct show *show)
{
    for (size_t i = 0; i < show->count; i++)
        leave_room(show, &show->lots[i]);
    play_forget(show->play);
    show->count = 0;
    show->listed = false;
    show->list_at = show->now;
}

static void keep_sale(struct show *show)
{
    if (show->now < show->sale_at)
        return;
    show->sale_at = show->now + SALE_PAUSE;
    struct error error;
    bool is_new;
    int64_t sale_id = demo_sale_ensure(show->db, &is_new, &error);
    if (sale_id == 0) {
        log_warn("no demo sale", log_text("error", error.text));
    } else if (sale_id != show->sale_id) {
        log_info(is_new ? "a new demo sale" : "the demo sale", log_number("saleId", sale_id));
        show->sale_id = sale_id;
        forget_lots(show);
    }
}

static void format_instant(int64_t ms, char text[sizeof "2025-07-14T01:00:00.000Z"])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof "2025-07-14T01:00:00.000Z", "%Y-%m-%dT%H:%M:%S.000Z", &parts);
}

/* Makes drafts visible to everybody, with the moment at which they will be up if nothing happens. */
static void schedule_some(struct show *show)
{
    int64_t ahead = (int64_t)count_lots(show, AUCTION_SCHEDULED);
    int left = SCHEDULES_A_TURN;
    for (size_t i = 0; i < show->count && left > 0 && show->listed; i++) {
        struct lot *lot = &show->lots[i];
        if (lot->status != AUCTION_DRAFT || show->now < lot->retry_at)
            continue;
        char starts_at[sizeof "2025-07-14T01:00:00.000Z"];
        format_instant(clock_wall_ms() + ahead * PLANNED_PAUSE, starts_at);
        ahead += command(show, lot, "schedule", starts_at);
        left--;
    }
}

static void resume_paused(struct show *show)
{
    for (size_t i = 0; i < show->count; i++) {
        struct lot *lot = &show->lots[i];
        if (lot->status != AUCTION_PAUSED || show->now < lot->paused_at + RESUME_AFTER ||
            show->now < lot->retry_at)
            continue;
        if (command(show, lot, "resume", NULL))
            log_info("lot resumed", log_number("auctionId", lot->id), log_number("lot", lot->number));
    }
}

/* When every lot has had its turn the sale is closed, and the next one is made. */
static void close_sale(struct show *show)
{
    size_t ended = count_lots(show, AUCTION_SOLD) + count_lots(show, AUCTION_PASSED) +
                   count_lots(show, AUCTION_WITHDRAWN);
    if (!show->listed || ended == 0 || ended < show->count || show->now < show->close_at)
        return;
    show->close_at = show->now + CLOSE_PAUSE;
    char path[64];
    snprintf(path, sizeof path, "/api/sales/%" PRId64, show->sale_id);
    struct rest_answer sale = office(show, (struct rest_call){.method = "GET", .path = path});
    struct rest_answer closed = office(
        show, (struct rest_call){
                  .method = "PATCH", .path = path, .if_match = sale.etag, .body = "{\"status\":\"closed\"}"});
    if (closed.status == 200) {
        log_info("the demo sale is over", log_number("saleId", show->sale_id));
        show->sale_at = show->now;
    } else {
        log_warn("the demo sale cannot be closed", log_text("code", rest_code(&closed)));
    }
    rest_answer_finish(&sale);
    rest_answer_finish(&closed);
}

/* ---- the buyers ---- */

/* Gets one buyer a token, or a new one, at most once a second: the whole house at once would look like an
 * attack, and a REST that hangs must not hold up the lines for long. */
static void keep_token(struct show *show, int line)
{
    struct rest_session *buyer = &show->buyers[line];
    if (show->now < show->login_at)
        return;
    int64_t retry_at = buyer->retry_at;
    bool renewed;
    bool has_token = rest_session_keep(show->rest, buyer, show->now, &renewed);
    if (renewed || buyer->retry_at != retry_at)
        show->login_at = show->now + LOGIN_PAUSE;
    if (renewed && has_token)
        send_token(show, line, buyer->token);
}

static void keep_buyers(struct show *show)
{
    for (int line = 0; line < PLAY_BUYERS; line++) {
        keep_token(show, line);
        const char *token = show->buyers[line].token;
        if (token != NULL && lines_is_closed(show->lines, line) &&
            show->now >= show->line_tries[line].retry_at)
            lines_open(show->lines, line, token);
    }
}

static void bid(struct show *show)
{
    unsigned ready = 0;
    for (int line = 0; line < PLAY_BUYERS; line++)
        ready |= (unsigned)lines_is_open(show->lines, line) << line;
    struct play_bid due;
    while (play_next(show->play, ready, show->now, &due))
        send_bid(show, &due);
}

/* ---- the show ---- */

static void name_everyone(struct show *show, const struct demo_passwords *passwords)
{
    show->office.email = demo_people[DEMO_AUCTIONEER].email;
    show->office.password = passwords->of[DEMO_AUCTIONEER];
    for (int i = 0; i < PLAY_BUYERS; i++) {
        show->buyers[i].email = demo_people[DEMO_BUYER_FIRST + i].email;
        show->buyers[i].password = passwords->of[DEMO_BUYER_FIRST + i];
    }
}

struct show *show_create(const struct show_options *options, struct error *error)
{
    static const struct lines_handlers handlers = {on_opened, on_received, on_closed};
    struct show *show = xcalloc(1, sizeof *show);
    show->now = clock_monotonic_ms();
    show->db = options->db;
    show->lots = xcalloc(LOTS_MAX, sizeof *show->lots);
    show->rest = rest_create(options->rest, options->stopping);
    int paddles[PLAY_BUYERS];
    for (int i = 0; i < PLAY_BUYERS; i++)
        paddles[i] = demo_people[DEMO_BUYER_FIRST + i].paddle;
    uint64_t seed;
    random_bytes(&seed, sizeof seed);
    show->play = play_create(seed, paddles);
    name_everyone(show, options->passwords);
    show->lines = lines_create(options->ws, &handlers, show, error);
    if (show->lines == NULL)
        show_destroy(&show);
    return show;
}

void show_destroy(struct show **show)
{
    if (*show == NULL)
        return;
    lines_destroy(&(*show)->lines);
    rest_session_finish(&(*show)->office);
    for (int i = 0; i < PLAY_BUYERS; i++)
        rest_session_finish(&(*show)->buyers[i]);
    play_destroy(&(*show)->play);
    rest_destroy(&(*show)->rest);
    free((*show)->lots);
    free(*show);
    *show = NULL;
}

static void run_sale(struct show *show)
{
    resume_paused(show);
    schedule_some(show);
    close_sale(show);
}

void show_turn(struct show *show)
{
    show->now = clock_monotonic_ms();
    bool renewed;
    keep_sale(show);
    if (show->sale_id != 0 && rest_session_keep(show->rest, &show->office, show->now, &renewed)) {
        keep_list(show);
        if (show->listed)
            run_sale(show);
        keep_buyers(show);
    }
    bid(show);
    lines_turn(show->lines);
}
