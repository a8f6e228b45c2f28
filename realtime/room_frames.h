/* What a room hears of a step forward of its lot: which frames, in which order, saying what. Exactly one
 * `auction:update` a step, so that a client's place moves from prevSeq to seq without a hole; the others go
 * with it. Made from public parts only. Pure. */
#pragma once

#include "core/store/ledger.h"
#include "core/wire/view.h"

/** A public event as the frames need it; borrows its text. */
struct room_event {
    enum event_kind kind;
    int64_t seq;
    int64_t at_ms;
    yen amount; /* bid */
    int paddle; /* bid */
    bool automatic;
    int64_t ends_at_ms; /* extended */
    int extensions;     /* extended */
    const char *text;   /* the <public event> */
    size_t size;
};

/** Reads one <public event>; false for what concerns no room: sealed, or of a kind this program does not
 * know. `text` is left to the caller. */
[[gnu::warn_unused_result]] bool room_event_read(const cJSON *object, struct room_event *out);

/** The event of a batch with this index. */
struct room_event room_event_of_batch(const struct ledger_batch *batch, size_t index);

/** Called for each event, in order; `data` is JSON. */
typedef void (*room_frame_callback)(const char *name, const char *data, size_t size, void *context);

/** The frames of a step from `prev_seq` to the view's seq by these events. */
void room_frames(int64_t prev_seq, const struct auction_view *view, const struct room_event *events,
                 size_t count, room_frame_callback callback, void *context);
