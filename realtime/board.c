/* What changed is told by state, not by event: a lot that changed ten times since the last word is told of
 * once, as it is now. A sale of any size is told in pieces that fit into the ring of its room. */
#include "realtime/board.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/wire/json_read.h"
#include "realtime/dispatch.h"
#include "realtime/idmap.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/reply.h"
#include "realtime/room_internal.h"
#include "realtime/session_internal.h"

#include <stdlib.h>

enum {
    BOARDS_MAX = 512, /* sales at a time */
    LOTS_MAX = 5000,  /* of one sale that are shown */
    LOTS_A_FRAME = 50,
    LOT_BYTES = 200, /* as JSON, at most */
    HEAD_BYTES = 64, /* around them */
    GUESTS_MAX = 20000,
    RELOAD_MS = 10000,
    OFFICE_RELOAD_MS = 2000, /* where drafts are shown, of which nothing else tells */
    QUIET_MS = 950,          /* between two words to a room: looks are a second apart, more or less */
    ANSWER_MAX = 1000000,
};

_Static_assert(LOTS_MAX *LOT_BYTES <= ANSWER_MAX, "a full board must fit into one answer");

/* Somebody who waits for the board to be read. */
struct guest {
    struct guest *next;
    uint64_t session_id;
    struct request request;
    bool abandoned; /* wants to be answered, and no more */
};

struct entry {
    struct board_lot lot;
    bool changed;    /* since the room was told */
    int64_t reading; /* the last one in which it stood */
};

struct board {
    struct boards *boards;
    int64_t sale_id;
    bool ready;    /* read at least once */
    bool asking;   /* a reading is under way */
    bool is_draft; /* the sale as such */
    bool used;     /* its room is open */
    bool office;   /* somebody of the office came into it, and was still there when last told of a draft */
    bool changed;  /* some entry is */
    bool sorted;   /* `order` is in order of lot number */
    int64_t reading;
    int64_t read_ms, told_ms; /* monotonic */
    struct idmap entries;     /* struct entry, by auction id */
    struct entry **order;     /* the same */
    int64_t *gone; /* drafts struck off since the office was told, up to LOTS_MAX; NULL: never one */
    size_t gone_count;
    struct guest *guests;
    struct buffer public; /* the lots as everybody may see them, a JSON array; empty: to be made */
};

struct boards {
    struct node *node;
    struct idmap map;
    int guests;
    int asking; /* readings under way, also of boards that are gone */
    bool ended;
};

/* ---- lots ---- */

static int64_t shown_end(enum auction_status status, int64_t ends_at_ms)
{
    switch (status) {
    case AUCTION_ACTIVE:
    case AUCTION_SOLD:
    case AUCTION_PASSED:
    case AUCTION_WITHDRAWN: return ends_at_ms;
    case AUCTION_DRAFT:
    case AUCTION_SCHEDULED:
    case AUCTION_PAUSED:
    case AUCTION_STATUS_COUNT: break;
    }
    return 0;
}

struct board_lot board_lot_read(const PGresult *result, int row)
{
    enum auction_status status =
        (enum auction_status)auction_status_parse(result_text(result, row, "status"));
    return (struct board_lot){
        .auction_id = result_int(result, row, "id"),
        .lot_number = result_int(result, row, "lot_number"),
        .seq = result_int(result, row, "seq"),
        .status = status,
        .price = result_int(result, row, "price"),
        .starts_at_ms = result_int_or(result, row, "starts_at_ms", 0),
        .ends_at_ms = shown_end(status, result_int_or(result, row, "ends_at_ms", 0)),
    };
}

static void write_lot(struct json *json, const struct board_lot *lot)
{
    json_object(json, NULL);
    json_int(json, "auctionId", lot->auction_id);
    json_int(json, "lotNumber", lot->lot_number);
    json_int(json, "seq", lot->seq);
    json_text(json, "status", auction_status_name(lot->status));
    json_int_or_null(json, "price", lot->price, 0);
    json_int_or_null(json, "startsAtMs", lot->starts_at_ms, 0);
    json_int_or_null(json, "endsAtMs", lot->ends_at_ms, 0);
    if (lot->status == AUCTION_DRAFT)
        json_int(json, "version", lot->version);
    json_object_end(json);
}

static int by_number(const void *left, const void *right)
{
    int64_t a = (*(struct entry *const *)left)->lot.lot_number;
    int64_t b = (*(struct entry *const *)right)->lot.lot_number;
    return (a > b) - (a < b);
}

static void sort(struct board *board)
{
    if (!board->sorted && board->entries.count > 0)
        qsort(board->order, board->entries.count, sizeof(struct entry *), by_number);
    board->sorted = true;
}

static struct entry *add_entry(struct board *board, const struct board_lot *lot)
{
    if (board->entries.count >= LOTS_MAX)
        return NULL;
    if (board->order == NULL)
        board->order = xcalloc(LOTS_MAX, sizeof(struct entry *));
    struct entry *entry = xcalloc(1, sizeof *entry);
    entry->lot = *lot;
    board->order[board->entries.count] = entry;
    idmap_put(&board->entries, lot->auction_id, entry);
    board->sorted = false;
    return entry;
}

/* Takes a lot as it was found in the ledger; of two findings the newer counts, whichever came first. */
static struct entry *take_lot(struct board *board, const struct board_lot *lot)
{
    struct entry *entry = idmap_get(&board->entries, lot->auction_id);
    bool is_new = entry == NULL;
    if (is_new)
        entry = add_entry(board, lot);
    if (entry == NULL)
        return NULL;
    bool renumbered = entry->lot.lot_number != lot->lot_number;
    bool moved = entry->lot.seq < lot->seq;
    bool edited = entry->lot.version < lot->version && entry->lot.status == AUCTION_DRAFT;
    if (moved)
        entry->lot = *lot;
    entry->lot.lot_number = lot->lot_number;
    if (edited)
        entry->lot.version = lot->version;
    if (!is_new && !moved && !renumbered && !edited)
        return entry;
    board->sorted &= !renumbered;
    board->changed = entry->changed = true;
    buffer_clear(&board->public);
    return entry;
}

/* The office will be told, if there is anybody; what is more than that finds it at the next join. */
static void note_gone(struct board *board, int64_t auction_id)
{
    if (!board->office || board->gone_count >= LOTS_MAX)
        return;
    if (board->gone == NULL)
        board->gone = xcalloc(LOTS_MAX, sizeof *board->gone);
    board->gone[board->gone_count++] = auction_id;
    board->changed = true;
}

/* Of the lots that stood in no row only drafts can have been struck off; another came after the reading. */
static void strike_off(struct board *board)
{
    size_t kept = 0;
    for (size_t i = 0, count = board->entries.count; i < count; i++) {
        struct entry *entry = board->order[i];
        if (entry->reading == board->reading || entry->lot.status != AUCTION_DRAFT) {
            board->order[kept++] = entry;
        } else {
            idmap_remove(&board->entries, entry->lot.auction_id);
            note_gone(board, entry->lot.auction_id);
            free(entry);
        }
    }
}

/* ---- boards come and go ---- */

static struct board *create(struct boards *boards, int64_t sale_id)
{
    struct board *board = xcalloc(1, sizeof *board);
    board->boards = boards;
    board->sale_id = sale_id;
    buffer_init(&board->public, ANSWER_MAX);
    idmap_put(&boards->map, sale_id, board);
    return board;
}

static void drop(struct board *board)
{
    for (size_t i = 0; i < board->entries.count; i++)
        free(board->order[i]);
    free(board->order);
    free(board->gone);
    idmap_finish(&board->entries);
    buffer_finish(&board->public);
    idmap_remove(&board->boards->map, board->sale_id);
    free(board);
}

static void drop_if_idle(struct board *board)
{
    if (!board->used && board->guests == NULL && !board->asking)
        drop(board);
}

/* ---- the answer to a join ---- */

static void write_public(struct board *board)
{
    struct json json = json_start(&board->public);
    sort(board);
    json_array(&json, NULL);
    for (size_t i = 0; i < board->entries.count; i++)
        if (board->order[i]->lot.status != AUCTION_DRAFT)
            write_lot(&json, &board->order[i]->lot);
    json_array_end(&json);
}

static void write_all(struct board *board, struct json *json)
{
    sort(board);
    json_array(json, "lots");
    for (size_t i = 0; i < board->entries.count; i++)
        write_lot(json, &board->order[i]->lot);
    json_array_end(json);
}

static bool is_office(const struct session *session)
{
    return roles_have(ROLES_OFFICE, session_role(session));
}

static void write_lots(struct board *board, bool office, struct json *json)
{
    if (office) {
        write_all(board, json);
        return;
    }
    if (board->public.size == 0)
        write_public(board);
    json_raw(json, "lots", board->public.data, board->public.size);
}

static void admit(struct board *board, struct session *session, const struct request *request, bool enters)
{
    struct rooms *rooms = board->boards->node->sale_rooms;
    struct room *room = rooms_find(rooms, board->sale_id, false);
    bool inside = room != NULL && room_has(room, session);
    if (!inside && !rooms_have_place(session, 0)) {
        reply_refuse(session, request, VERDICT_TOO_MANY_ROOMS, NULL, NULL);
        return;
    }
    struct buffer data;
    buffer_init(&data, ANSWER_MAX + HEAD_BYTES);
    struct json json = json_start(&data);
    json_object(&json, NULL);
    json_bool(&json, "ok", true);
    json_int(&json, "saleId", board->sale_id);
    write_lots(board, is_office(session), &json);
    json_object_end(&json);
    metrics_add(METRIC_ACKS, METRIC_ACK_OK, 1);
    reply_send(session, request, &data);
    buffer_finish(&data);
    if (!enters)
        return;
    room_enter(rooms_find(rooms, board->sale_id, true), session, false, 0);
    board->office |= is_office(session);
}

/* What is read but not for everybody is, to others, not there. */
static void answer_guest(struct board *board, const struct guest *guest, bool unavailable)
{
    struct session *session = sessions_find(board->boards->node->sessions, guest->session_id);
    if (session == NULL)
        return;
    if (unavailable)
        reply_refuse(session, &guest->request, VERDICT_UNAVAILABLE, NULL, NULL);
    else if (!board->ready || (board->is_draft && !is_office(session)))
        reply_refuse(session, &guest->request, VERDICT_NOT_FOUND, NULL, NULL);
    else
        admit(board, session, &guest->request, !guest->abandoned);
}

static void answer_guests(struct board *board, bool unavailable)
{
    struct guest *guest;
    while ((guest = board->guests) != NULL) {
        board->guests = guest->next;
        board->boards->guests--;
        answer_guest(board, guest, unavailable);
        free(guest);
    }
}

/* ---- reading ---- */

/* A reading outlives its board. */
struct reading {
    struct boards *boards;
    int64_t sale_id;
};

static void take_rows(struct board *board, const PGresult *result)
{
    bool first = !board->ready;
    board->ready = PQntuples(result) > 0;
    board->reading++;
    board->read_ms = clock_monotonic_ms();
    if (!board->ready)
        return;
    board->is_draft = result_bool(result, 0, "is_draft");
    for (int row = 0; row < PQntuples(result); row++) {
        if (result_is_null(result, row, "id"))
            continue;
        struct board_lot lot = board_lot_read(result, row);
        lot.version = result_int(result, row, "version");
        struct entry *entry = take_lot(board, &lot);
        if (entry != NULL)
            entry->reading = board->reading;
        if (entry != NULL && first)
            entry->changed = false; /* nobody has been told anything else */
    }
    strike_off(board);
}

static void on_read(const struct db_answer *answer, void *context)
{
    struct reading *reading = context;
    struct boards *boards = reading->boards;
    struct board *board = idmap_get(&boards->map, reading->sale_id);
    free(reading);
    boards->asking--;
    if (boards->ended) {
        if (boards->asking == 0)
            free(boards);
        return;
    }
    board->asking = false;
    if (answer->outcome == DB_DONE)
        take_rows(board, answer->result);
    answer_guests(board, answer->outcome != DB_DONE);
    drop_if_idle(board);
}

static void ask(struct board *board)
{
    struct reading *reading = xmalloc(sizeof *reading);
    *reading = (struct reading){board->boards, board->sale_id};
    struct params params;
    params_init(&params);
    params_int(&params, board->sale_id);
    params_int(&params, LOTS_MAX);
    board->asking = true;
    board->boards->asking++;
    pool_run(board->boards->node->pool, SQL_SALE_BOARD, &params, on_read, reading);
    params_finish(&params);
}

/* ---- joining and leaving ---- */

/* The office sees drafts too, of which memory does not hear: for it the board is always read. */
void boards_join(struct boards *boards, struct session *session, const struct request *request,
                 int64_t sale_id)
{
    struct board *board = idmap_get(&boards->map, sale_id);
    if (board != NULL && board->ready && !board->is_draft && !is_office(session)) {
        admit(board, session, request, true);
        return;
    }
    if (boards->guests >= GUESTS_MAX || (board == NULL && boards->map.count >= BOARDS_MAX)) {
        reply_refuse(session, request, VERDICT_UNAVAILABLE, NULL, NULL);
        return;
    }
    if (board == NULL)
        board = create(boards, sale_id);
    struct guest *guest = xmalloc(sizeof *guest);
    *guest = (struct guest){.next = board->guests, .session_id = session_id(session), .request = *request};
    board->guests = guest;
    boards->guests++;
    if (!board->asking)
        ask(board);
}

void boards_leave(struct boards *boards, struct session *session, int64_t sale_id)
{
    const struct board *board = idmap_get(&boards->map, sale_id);
    struct room *room = rooms_find(boards->node->sale_rooms, sale_id, false);
    if (room != NULL)
        room_leave(room, session);
    for (struct guest *guest = board != NULL ? board->guests : NULL; guest != NULL; guest = guest->next)
        if (guest->session_id == session_id(session))
            guest->abandoned = true;
}

/* ---- telling the room ---- */

void boards_see(struct boards *boards, int64_t sale_id, const struct board_lot *lot)
{
    struct board *board = idmap_get(&boards->map, sale_id);
    if (board != NULL && board->ready)
        take_lot(board, lot);
}

/* Writes up to LOTS_A_FRAME of the changed lots from `*at` on, only drafts or only others; false when there
 * is none left. */
static bool write_changes(struct board *board, bool drafts, size_t *at, struct buffer *out)
{
    struct json json = json_start(out);
    int written = 0;
    json_object(&json, NULL);
    json_int(&json, "saleId", board->sale_id);
    json_array(&json, "lots");
    for (; *at < board->entries.count && written < LOTS_A_FRAME; ++*at) {
        struct entry *entry = board->order[*at];
        if (!entry->changed || (entry->lot.status == AUCTION_DRAFT) != drafts)
            continue;
        write_lot(&json, &entry->lot);
        entry->changed = false;
        written++;
    }
    json_array_end(&json);
    json_object_end(&json);
    return written > 0;
}

/* A frame for those in the room who are of the office. */
struct memo {
    const struct room *room;
    const struct buffer *data;
    bool told; /* somebody was there */
};

static void hand_memo(struct session *session, void *context)
{
    struct memo *memo = context;
    if (!is_office(session) || !room_has(memo->room, session))
        return;
    session_send_event(session, "sale:update", memo->data->data, memo->data->size);
    memo->told = true;
}

/* To each by itself, for what is in the ring is for all. */
static void tell_office(struct board *board, const struct room *room, const struct buffer *data)
{
    struct memo memo = {.room = room, .data = data};
    sessions_each(board->boards->node->sessions, hand_memo, &memo);
    board->office = memo.told;
}

static void tell_changes(struct board *board, struct room *room, bool drafts)
{
    char memory[LOTS_A_FRAME * LOT_BYTES + HEAD_BYTES];
    struct buffer out;
    size_t at = 0;
    for (buffer_init_fixed(&out, memory, sizeof memory); write_changes(board, drafts, &at, &out);
         buffer_init_fixed(&out, memory, sizeof memory)) {
        if (room != NULL && drafts)
            tell_office(board, room, &out);
        else if (room != NULL)
            room_send(room, "sale:update", out.data, out.size);
    }
}

static void tell_gone(struct board *board, const struct room *room)
{
    char memory[LOTS_A_FRAME * LOT_BYTES + HEAD_BYTES];
    for (size_t at = 0; room != NULL && at < board->gone_count;) {
        struct buffer out;
        buffer_init_fixed(&out, memory, sizeof memory);
        struct json json = json_start(&out);
        json_object(&json, NULL);
        json_int(&json, "saleId", board->sale_id);
        json_array(&json, "lots");
        json_array_end(&json);
        json_array(&json, "gone");
        for (size_t end = at + LOTS_A_FRAME; at < end && at < board->gone_count; at++)
            json_int(&json, NULL, board->gone[at]);
        json_array_end(&json);
        json_object_end(&json);
        tell_office(board, room, &out);
    }
    board->gone_count = 0;
}

static void tell_room(struct board *board, int64_t now_ms)
{
    struct room *room = rooms_find(board->boards->node->sale_rooms, board->sale_id, false);
    sort(board);
    board->changed = false;
    board->told_ms = now_ms;
    tell_changes(board, room, false);
    tell_changes(board, room, true);
    tell_gone(board, room);
}

void boards_turn(struct boards *boards)
{
    int64_t now_ms = clock_monotonic_ms();
    size_t cursor = 0;
    struct board *board;
    while ((board = idmap_next(&boards->map, &cursor)) != NULL) {
        if (board->changed && now_ms - board->told_ms >= QUIET_MS)
            tell_room(board, now_ms);
        int64_t reload_ms = board->office ? OFFICE_RELOAD_MS : RELOAD_MS;
        if (board->used && !board->asking && now_ms - board->read_ms >= reload_ms)
            ask(board);
    }
}

void boards_hear(struct boards *boards, const char *text, size_t size)
{
    const char *reason;
    int64_t sale_id;
    cJSON *root = json_parse(text, size, &reason);
    bool good = json_whole(cJSON_GetObjectItemCaseSensitive(root, "saleId"), 1, JSON_INT_MAX, &sale_id);
    cJSON_Delete(root);
    struct room *room = good ? rooms_find(boards->node->sale_rooms, sale_id, false) : NULL;
    if (room != NULL && room_watchers(room) > 0)
        room_send(room, "auction:started", text, size);
}

/* ---- life ---- */

static void write_resync(int64_t sale_id, const struct session *session, struct buffer *out, void *context)
{
    (void)session;
    struct boards *boards = context;
    struct board *board = idmap_get(&boards->map, sale_id);
    struct json json = json_start(out);
    json_object(&json, NULL);
    json_int(&json, "saleId", sale_id);
    write_lots(board, false, &json);
    json_object_end(&json);
}

static void on_use(int64_t sale_id, bool used, void *context)
{
    struct boards *boards = context;
    struct board *board = idmap_get(&boards->map, sale_id);
    board->used = used;
    board->office &= used;
    drop_if_idle(board);
}

struct boards *boards_create(struct node *node)
{
    struct boards *boards = xcalloc(1, sizeof *boards);
    boards->node = node;
    rooms_on_resync(node->sale_rooms, "sale:update", write_resync, boards);
    rooms_on_use(node->sale_rooms, on_use, boards);
    return boards;
}

void boards_destroy(struct boards **boards)
{
    if (*boards == NULL)
        return;
    struct boards *ending = *boards;
    *boards = NULL;
    size_t cursor = 0;
    struct board *board;
    while ((board = idmap_next(&ending->map, &cursor)) != NULL) {
        struct guest *guest;
        while ((guest = board->guests) != NULL) {
            board->guests = guest->next;
            free(guest);
        }
        drop(board);
        cursor = 0;
    }
    idmap_finish(&ending->map);
    ending->ended = true;
    if (ending->asking == 0)
        free(ending);
}
