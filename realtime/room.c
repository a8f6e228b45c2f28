/* A room has a ring for each framing that somebody in it speaks: the same events, framed once for each. A
 * ring that nobody reads is neither written nor kept.
 *
 * The ring is kept twice in one piece of memory, one copy behind the other, so that a run of frames from any
 * place in it lies in one piece and goes out in one write. Places are counted from the beginning of the room
 * and never wrap; a cursor is such a place and always the beginning of a frame, or the head.
 *
 * A lap visits every watcher of a list once, from wherever the last one ended; a new frame begins it anew.
 * Each visit sends all that the watcher has not got, so a lap begun anew loses nothing, however fast frames
 * come. Laps advance by slices of a few hundred visits a turn, over all rooms, bidders first; a quarter of a
 * slice is kept for the others, so that no amount of bidding leaves them without. */
#include "realtime/room_internal.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "realtime/frame.h"
#include "realtime/framing.h"
#include "realtime/idmap.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/session_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLICE = 256,         /* visits a turn */
    SLICE_BIDDERS = 192, /* of these for bidders while others wait too */
    RUN_MAX = 16384,     /* bytes a write: what a slow socket leaves over is copied, and must stay small */
    NOW_MAX = 512,       /* bytes of a message that is not kept */
    STATE_MAX = 1000000,
    USES_MAX = 4,
};

static const struct framing *const framings[FRAMING_COUNT] = {
    [FRAMING_PLAIN] = &framing_plain,
    [FRAMING_SOCKETIO] = &framing_socketio,
    [FRAMING_SSE] = &framing_sse,
};

/* What the watchers of one framing have been sent and are to be sent. */
struct ring {
    int watchers;
    char *bytes; /* twice rooms->ring_bytes; NULL until the first frame */
    uint64_t head;
    struct now {
        size_t size; /* 0: there is none */
        char bytes[NOW_MAX + FRAME_HEADER_MAX];
    } now[ROOM_NOW_COUNT];
};

struct watcher {
    struct room *room;
    struct ring *ring; /* of its session's framing */
    struct session *session;
    struct watcher *next, *previous; /* in its lap: circular */
    struct watcher *session_next;
    struct watcher *paddle_next; /* the same paddle's */
    uint64_t cursor;
    unsigned now_numbers[ROOM_NOW_COUNT]; /* of the last messages sent that are not kept */
    int paddle;
    bool bidder;
};

struct lap {
    struct watcher *at; /* to be visited next; NULL: nobody is in the list */
    int count;
    int remaining; /* visits until all have what there is */
};

struct room {
    struct rooms *rooms;
    int64_t id;                   /* of the auction or sale */
    struct room *next, *previous; /* all rooms: circular */
    struct lap bidders, others;
    struct idmap paddles; /* struct watcher, chained */
    struct ring rings[FRAMING_COUNT];
    unsigned now_numbers[ROOM_NOW_COUNT];
    unsigned changes; /* who is in */
    bool waited;      /* for its not being behind */
    int64_t since_us; /* when the frame came that the present laps are for; 0: all have it */
};

struct rooms {
    struct node *node;
    enum rooms_kind kind;
    struct idmap by_id;
    struct room
        *first; /* of the circle of all rooms; moves on every turn, so that all take turns at being first */
    int count;
    int watchers;
    uint64_t ring_bytes;
    const char *resync_name;
    room_state_writer writer;
    void *writer_context;
    struct use {
        room_use_callback callback;
        void *context;
    } uses[USES_MAX];
    int use_count;
    room_caught_up_callback caught_up;
    void *caught_up_context;
    struct buffer state; /* data for one who fell off, made anew for each */
    struct buffer text;  /* a message on its way into a ring */
};

static uint64_t power_of_two(uint64_t least)
{
    uint64_t power = 1;
    while (power < least)
        power *= 2;
    return power;
}

struct rooms *rooms_create(struct node *node, enum rooms_kind kind)
{
    struct rooms *rooms = xcalloc(1, sizeof *rooms);
    rooms->node = node;
    rooms->kind = kind;
    rooms->ring_bytes = power_of_two((uint64_t)config_int(node->config, "ROOM_RING_BYTES"));
    buffer_init(&rooms->state, STATE_MAX);
    buffer_init(&rooms->text, STATE_MAX);
    return rooms;
}

void rooms_on_resync(struct rooms *rooms, const char *name, room_state_writer writer, void *context)
{
    rooms->resync_name = name;
    rooms->writer = writer;
    rooms->writer_context = context;
}

void rooms_on_caught_up(struct rooms *rooms, room_caught_up_callback callback, void *context)
{
    rooms->caught_up = callback;
    rooms->caught_up_context = context;
}

bool room_is_behind(const struct room *room)
{
    return room->bidders.remaining > 0 || room->others.remaining > 0;
}

void room_wait(struct room *room)
{
    room->waited = true;
}

void rooms_on_use(struct rooms *rooms, room_use_callback callback, void *context)
{
    if (rooms->use_count < USES_MAX)
        rooms->uses[rooms->use_count++] = (struct use){callback, context};
}

static void tell_use(const struct rooms *rooms, int64_t id, bool used)
{
    for (int i = 0; i < rooms->use_count; i++)
        rooms->uses[i].callback(id, used, rooms->uses[i].context);
}

/* ---- rooms ---- */

static struct room *room_open(struct rooms *rooms, int64_t id)
{
    struct room *room = xcalloc(1, sizeof *room);
    room->rooms = rooms;
    room->id = id;
    idmap_put(&rooms->by_id, id, room);
    if (rooms->first == NULL) {
        rooms->first = room->next = room->previous = room;
    } else {
        room->next = rooms->first;
        room->previous = rooms->first->previous;
        room->next->previous = room->previous->next = room;
    }
    rooms->count++;
    metrics_set(METRIC_ROOMS, rooms->kind, rooms->count);
    tell_use(rooms, id, true);
    return room;
}

static void room_close(struct room *room)
{
    struct rooms *rooms = room->rooms;
    tell_use(rooms, room->id, false);
    idmap_remove(&rooms->by_id, room->id);
    if (rooms->first == room)
        rooms->first = room->next != room ? room->next : NULL;
    room->next->previous = room->previous;
    room->previous->next = room->next;
    idmap_finish(&room->paddles);
    for (int i = 0; i < FRAMING_COUNT; i++)
        free(room->rings[i].bytes);
    free(room);
    rooms->count--;
    metrics_set(METRIC_ROOMS, rooms->kind, rooms->count);
}

struct room *rooms_find(struct rooms *rooms, int64_t id, bool create)
{
    struct room *room = idmap_get(&rooms->by_id, id);
    return room == NULL && create ? room_open(rooms, id) : room;
}

const struct room *rooms_next(const struct rooms *rooms, size_t *cursor, int64_t *id)
{
    const struct room *room = idmap_next(&rooms->by_id, cursor);
    if (room != NULL)
        *id = room->id;
    return room;
}

int room_others(const struct room *room)
{
    return room->others.count;
}

int room_watchers(const struct room *room)
{
    return room->bidders.count + room->others.count;
}

unsigned room_changes(const struct room *room)
{
    return room->changes;
}

bool room_next_bidder(const struct room *room, size_t *cursor, int *paddle)
{
    const struct watcher *watcher;
    while ((watcher = idmap_next(&room->paddles, cursor)) != NULL) {
        *paddle = watcher->paddle;
        for (; watcher != NULL; watcher = watcher->paddle_next)
            if (watcher->bidder)
                return true;
    }
    return false;
}

void rooms_destroy(struct rooms **rooms)
{
    if (*rooms == NULL)
        return;
    while ((*rooms)->first != NULL)
        room_close((*rooms)->first);
    idmap_finish(&(*rooms)->by_id);
    buffer_finish(&(*rooms)->state);
    buffer_finish(&(*rooms)->text);
    free(*rooms);
    *rooms = NULL;
}

/* ---- who is in ---- */

static struct lap *lap_of(const struct watcher *watcher)
{
    return watcher->bidder ? &watcher->room->bidders : &watcher->room->others;
}

/* Enters at the end of the lap, so the visits that remain still reach everybody they are for. */
static void lap_enter(struct lap *lap, struct watcher *watcher)
{
    if (lap->at == NULL) {
        lap->at = watcher->next = watcher->previous = watcher;
    } else {
        watcher->next = lap->at;
        watcher->previous = lap->at->previous;
        watcher->next->previous = watcher->previous->next = watcher;
    }
    lap->count++;
}

static void lap_leave(struct lap *lap, struct watcher *watcher)
{
    if (lap->at == watcher)
        lap->at = watcher->next != watcher ? watcher->next : NULL;
    watcher->next->previous = watcher->previous;
    watcher->previous->next = watcher->next;
    lap->count--;
    if (lap->remaining > lap->count)
        lap->remaining = lap->count;
}

static void paddle_enter(struct watcher *watcher)
{
    if (watcher->paddle == 0)
        return;
    watcher->paddle_next = idmap_get(&watcher->room->paddles, watcher->paddle);
    idmap_put(&watcher->room->paddles, watcher->paddle, watcher);
}

static void paddle_leave(struct watcher *watcher)
{
    if (watcher->paddle == 0)
        return;
    struct idmap *paddles = &watcher->room->paddles;
    struct watcher *first = idmap_get(paddles, watcher->paddle);
    if (first == watcher && watcher->paddle_next == NULL) {
        idmap_remove(paddles, watcher->paddle);
    } else if (first == watcher) {
        idmap_put(paddles, watcher->paddle, watcher->paddle_next);
    } else {
        while (first->paddle_next != watcher)
            first = first->paddle_next;
        first->paddle_next = watcher->paddle_next;
    }
}

static struct watcher **find_link(struct session *session, const struct room *room)
{
    struct watcher **link = session_watchers(session);
    while (*link != NULL && (*link)->room != room)
        link = &(*link)->session_next;
    return link;
}

bool room_has(const struct room *room, const struct session *session)
{
    return *find_link((struct session *)session, room) != NULL;
}

static int count_rooms(const struct session *session)
{
    int count = 0;
    for (const struct watcher *watcher = *session_watchers((struct session *)session); watcher != NULL;
         watcher = watcher->session_next)
        count++;
    return count;
}

bool rooms_have_place(const struct session *session, int under_way)
{
    const struct node *node = session_node(session);
    bool have = count_rooms(session) + under_way < config_int(node->config, "LIMIT_ROOMS_PER_CONNECTION");
    metrics_add(METRIC_ROOMS_REFUSED, 0, !have);
    return have;
}

static void count_watchers(struct room *room, int change)
{
    room->changes++;
    room->rooms->watchers += change;
    metrics_set(METRIC_WATCHERS, room->rooms->kind, room->rooms->watchers);
}

static void ring_leave(struct ring *ring)
{
    if (--ring->watchers > 0)
        return;
    free(ring->bytes);
    *ring = (struct ring){.head = ring->head};
}

static void remove_watcher(struct watcher **link)
{
    struct watcher *watcher = *link;
    *link = watcher->session_next;
    lap_leave(lap_of(watcher), watcher);
    paddle_leave(watcher);
    ring_leave(watcher->ring);
    count_watchers(watcher->room, -1);
    free(watcher);
}

void room_enter(struct room *room, struct session *session, bool bidder, int paddle)
{
    room_leave(room, session); /* again, perhaps as somebody else */
    struct watcher *watcher = xcalloc(1, sizeof *watcher);
    watcher->room = room;
    watcher->session = session;
    watcher->ring = &room->rings[session_framing(session)->kind];
    watcher->ring->watchers++;
    watcher->cursor = watcher->ring->head;
    memcpy(watcher->now_numbers, room->now_numbers, sizeof watcher->now_numbers);
    watcher->paddle = paddle;
    watcher->bidder = bidder;
    watcher->session_next = *session_watchers(session);
    *session_watchers(session) = watcher;
    lap_enter(lap_of(watcher), watcher);
    paddle_enter(watcher);
    count_watchers(room, 1);
}

bool room_leave(struct room *room, struct session *session)
{
    struct watcher **link = find_link(session, room);
    if (*link == NULL)
        return false;
    remove_watcher(link);
    return true;
}

void room_leave_all(struct session *session)
{
    while (*session_watchers(session) != NULL)
        remove_watcher(session_watchers(session));
}

void room_each_paddle(struct room *room, int paddle, void (*visit)(struct session *session, void *context),
                      void *context)
{
    for (struct watcher *watcher = idmap_get(&room->paddles, paddle); watcher != NULL;
         watcher = watcher->paddle_next)
        visit(watcher->session, context);
}

/* ---- frames in ---- */

static void begin_laps(struct room *room)
{
    room->bidders.remaining = room->bidders.count;
    room->others.remaining = room->others.count;
    if (room->since_us == 0)
        room->since_us = clock_monotonic_us();
}

/* Puts bytes at the head, into both copies. */
static void ring_append(struct ring *ring, uint64_t ring_bytes, const void *bytes, size_t size)
{
    size_t at = (size_t)(ring->head % ring_bytes);
    size_t before_end = (size_t)(ring_bytes - at);
    size_t first = size < before_end ? size : before_end;
    memcpy(ring->bytes + at, bytes, size); /* may reach into the second copy */
    memcpy(ring->bytes + ring_bytes + at, bytes, first);
    memcpy(ring->bytes, (const char *)bytes + first, size - first);
    ring->head += size;
}

static void ring_send(struct room *room, int framing, const struct buffer *text)
{
    struct ring *ring = &room->rings[framing];
    uint64_t ring_bytes = room->rooms->ring_bytes;
    uint8_t header[FRAME_HEADER_MAX];
    size_t header_size = framings[framing]->write_head(header, text->size);
    if (text->failed || header_size + text->size > ring_bytes / 2) {
        log_error("a message does not fit into the ring; the room gets the state instead",
                  log_number("room", room->id), log_number("bytes", (int64_t)text->size));
        ring->head += ring_bytes + 1;
    } else {
        if (ring->bytes == NULL)
            ring->bytes = xmalloc(2 * ring_bytes);
        ring_append(ring, ring_bytes, header, header_size);
        ring_append(ring, ring_bytes, text->data, text->size);
    }
    ring->now[ROOM_NOW_TIMER].size = 0; /* what it says is older than this frame */
}

static void ring_send_now(struct now *now, const struct framing *framing, const struct buffer *text)
{
    if (text->failed || text->size > NOW_MAX) {
        log_error("a message is too long to be sent without being kept",
                  log_number("bytes", (int64_t)text->size));
        return;
    }
    uint8_t header[FRAME_HEADER_MAX];
    size_t header_size = framing->write_head(header, text->size);
    memcpy(now->bytes, header, header_size);
    memcpy(now->bytes + header_size, text->data, text->size);
    now->size = header_size + text->size;
}

/* The message of an event as one framing has it. */
static const struct buffer *framed(struct rooms *rooms, int kind, const char *name, const char *data,
                                   size_t size)
{
    buffer_clear(&rooms->text);
    framings[kind]->write_event(&rooms->text, name, data, size);
    return &rooms->text;
}

void room_send(struct room *room, const char *name, const char *data, size_t size)
{
    for (int kind = 0; kind < FRAMING_COUNT; kind++)
        if (room->rings[kind].watchers > 0)
            ring_send(room, kind, framed(room->rooms, kind, name, data, size));
    begin_laps(room);
}

void room_send_now(struct room *room, enum room_now kind, const char *name, const char *data, size_t size)
{
    for (int framing = 0; framing < FRAMING_COUNT; framing++)
        if (room->rings[framing].watchers > 0)
            ring_send_now(&room->rings[framing].now[kind], framings[framing],
                          framed(room->rooms, framing, name, data, size));
    room->now_numbers[kind]++;
    begin_laps(room);
}

/* ---- frames out ---- */

/* The bytes to be written next from a cursor: whole frames, about RUN_MAX. */
static size_t run_length(const struct ring *ring, uint64_t ring_bytes, uint64_t cursor,
                         const struct framing *framing)
{
    size_t left = (size_t)(ring->head - cursor);
    if (left <= RUN_MAX)
        return left;
    const uint8_t *at = (const uint8_t *)ring->bytes + cursor % ring_bytes;
    size_t size = 0;
    do
        size += framing->length(at + size, left - size);
    while (size < RUN_MAX);
    return size;
}

static void send_state(struct watcher *watcher)
{
    struct rooms *rooms = watcher->room->rooms;
    metrics_add(METRIC_RESYNCS, 0, 1);
    if (!session_may_resync(watcher->session)) {
        session_close(watcher->session, CLOSE_TOO_SLOW, "fell behind too often");
        return;
    }
    buffer_clear(&rooms->state);
    rooms->writer(watcher->room->id, watcher->session, &rooms->state, rooms->writer_context);
    watcher->cursor = watcher->ring->head; /* what the writer itself put there is in the state */
    if (rooms->state.failed || rooms->state.size == 0)
        session_close(watcher->session, CLOSE_TOO_SLOW, "too far behind");
    else
        session_send_event(watcher->session, rooms->resync_name, rooms->state.data, rooms->state.size);
}

/* Sends what is missing, until the watcher stands at the head or its session takes no more. */
static void catch_up(struct watcher *watcher)
{
    uint64_t ring_bytes = watcher->room->rooms->ring_bytes;
    const struct ring *ring = watcher->ring;
    while (watcher->cursor != ring->head && session_is_ready(watcher->session)) {
        if (ring->head - watcher->cursor > ring_bytes) {
            send_state(watcher);
            continue;
        }
        size_t size = run_length(ring, ring_bytes, watcher->cursor, session_framing(watcher->session));
        session_write(watcher->session, ring->bytes + watcher->cursor % ring_bytes, size);
        watcher->cursor += size;
        metrics_add(METRIC_MESSAGES_OUT, METRIC_OUT_ROOM, 1);
    }
}

/* Of what is not kept, only what is new to the watcher; what it cannot be sent now, it never is. */
static void send_now(struct watcher *watcher, enum room_now kind)
{
    const struct now *now = &watcher->ring->now[kind];
    unsigned number = watcher->room->now_numbers[kind];
    if (watcher->now_numbers[kind] == number)
        return;
    watcher->now_numbers[kind] = number;
    if (now->size == 0 || !session_is_ready(watcher->session))
        return;
    session_write(watcher->session, now->bytes, now->size);
    metrics_add(METRIC_MESSAGES_OUT, METRIC_OUT_NOW, 1);
}

static void visit(struct watcher *watcher)
{
    catch_up(watcher);
    for (int kind = 0; kind < ROOM_NOW_COUNT; kind++)
        send_now(watcher, (enum room_now)kind);
}

void rooms_catch_up(struct session *session)
{
    for (struct watcher *watcher = *session_watchers(session); watcher != NULL && session_is_ready(session);
         watcher = watcher->session_next)
        catch_up(watcher);
}

/* Goes on with a lap by at most `visits`; returns how many were made. */
static int lap_advance(struct lap *lap, int visits)
{
    int made = 0;
    for (; made < visits && lap->remaining > 0; made++, lap->remaining--) {
        struct watcher *watcher = lap->at;
        lap->at = watcher->next;
        visit(watcher);
    }
    return made;
}

/* Goes on with the same lap of all rooms. */
static int laps_advance(struct rooms *rooms, bool bidders, int visits)
{
    int made = 0;
    struct room *room = rooms->first;
    for (int i = 0; i < rooms->count && made < visits; i++, room = room->next)
        made += lap_advance(bidders ? &room->bidders : &room->others, visits - made);
    return made;
}

/* Notes how long full laps took, tells who waits for their end, and closes rooms that everybody left. True
 * when a lap is unfinished. */
static bool look_at_rooms(struct rooms *rooms)
{
    bool more = false;
    struct room *room = rooms->first;
    for (int i = rooms->count; i > 0; i--) {
        struct room *next = room->next;
        if (!room_is_behind(room) && room->since_us != 0) {
            metrics_observe_us(METRIC_FAN_OUT, 0, clock_monotonic_us() - room->since_us);
            room->since_us = 0;
        }
        if (!room_is_behind(room) && room->waited) {
            room->waited = false;
            rooms->caught_up(room->id, rooms->caught_up_context);
        }
        more |= room_is_behind(room);
        if (room_watchers(room) == 0)
            room_close(room);
        room = next;
    }
    return more;
}

bool rooms_turn(struct rooms *rooms)
{
    int visits = SLICE;
    visits -= laps_advance(rooms, true, SLICE_BIDDERS);
    visits -= laps_advance(rooms, false, visits);
    laps_advance(rooms, true, visits);
    if (rooms->first != NULL)
        rooms->first = rooms->first->next;
    return look_at_rooms(rooms);
}
