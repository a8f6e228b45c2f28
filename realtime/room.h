/* A room: those who watch one lot, or one sale, at this node. The room's ring of prepared WebSocket frames,
 * fixed in bytes, is the only queue, and a watcher is a cursor into it. Sending is moving cursors forward:
 * whoever stands at the same place gets the same bytes; who falls behind is sent everything since its cursor
 * in one write; who fell off the ring gets the state and stands at the head again. Memory per watcher is
 * constant. Fan-out is cut into slices by the loop (rooms_turn), bidders before watchers, so that bids are
 * handled in between. */
#pragma once

#include "core/base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

struct room;    /* opaque */
struct session; /* see session.h */
struct rooms;   /* opaque: all rooms of one kind at the node */
struct node;

/** What the rooms of one kind are about; in the order of the label of the metrics. */
enum rooms_kind { ROOMS_OF_LOTS, ROOMS_OF_SALES };

struct rooms *rooms_create(struct node *node, enum rooms_kind kind);
void rooms_destroy(struct rooms **rooms);

/** The room of an auction (or sale), made on first use; NULL only when `create` is false and there is none. A
 * room without watchers goes at the end of the turn. */
struct room *rooms_find(struct rooms *rooms, int64_t id, bool create);

/** Puts one event at the head for all watchers; `data` is JSON. Its frame is built once a framing, whatever
 * their number. */
void room_send(struct room *room, const char *name, const char *data, size_t size);

/** What is worthless when late. Of each kind a room has the newest one. */
enum room_now { ROOM_NOW_TIMER, ROOM_NOW_PRESENCE };
enum { ROOM_NOW_COUNT = 2 };

/** The same for what is worthless when late: only watchers who stand at the head get it; it is not kept. */
void room_send_now(struct room *room, enum room_now kind, const char *name, const char *data, size_t size);

/** Writes the data of the event `name` for one who fell off the ring, made when needed; set by whoever feeds
 * the rooms. */
typedef void (*room_state_writer)(int64_t id, const struct session *session, struct buffer *out,
                                  void *context);
void rooms_on_resync(struct rooms *rooms, const char *name, room_state_writer writer, void *context);

/** A lot (or sale) has its first watchers here, or (`used` false) has lost them all: whoever feeds rooms
 * begins or ends doing so. At most 4 are told; set before the first room. */
typedef void (*room_use_callback)(int64_t id, bool used, void *context);
void rooms_on_use(struct rooms *rooms, room_use_callback callback, void *context);

/** True while what is at the head has not been offered to all. */
bool room_is_behind(const struct room *room);

/** Calls once, at the end of a turn, when the room is not behind any more. */
void room_wait(struct room *room);
typedef void (*room_caught_up_callback)(int64_t auction_id, void *context);
void rooms_on_caught_up(struct rooms *rooms, room_caught_up_callback callback, void *context);

/** Lets a session in, standing at the head. */
void room_enter(struct room *room, struct session *session, bool bidder, int paddle);
/** Lets it out; false when it was not in. */
bool room_leave(struct room *room, struct session *session);
void room_leave_all(struct session *session);
bool room_has(const struct room *room, const struct session *session);

/** Calls for each session in the room that holds the paddle (a user may be on several devices). */
void room_each_paddle(struct room *room, int paddle, void (*visit)(struct session *session, void *context),
                      void *context);

/** Walks through the rooms: start with `*cursor` = 0; NULL at the end. */
const struct room *rooms_next(const struct rooms *rooms, size_t *cursor, int64_t *id);

/** Watchers who may not bid. */
int room_others(const struct room *room);

int room_watchers(const struct room *room);

/** Grows whenever somebody enters or leaves. */
unsigned room_changes(const struct room *room);

/** Walks through the paddles of those who may bid, each once: start with `*cursor` = 0; false at the end. */
bool room_next_bidder(const struct room *room, size_t *cursor, int *paddle);
