/* What a writer tells all nodes after an append, over Redis channel auction:{id}:events, and what a node
 * makes for itself when it fills a gap from the ledger: the view after the batch and the public events since
 * `prev_seq`. Public parts only. */
#pragma once

#include "core/wire/view.h"

struct announcement {
    int64_t prev_seq;
    struct auction_view view;
    cJSON *events; /* array of <public event>; owned by the announcement */
};

/** Appends {"prevSeq":…,"view":{…},"events":[…]} where each of `events` is JSON already. */
void announcement_write(int64_t prev_seq, const struct auction_view *view, const char *const *events,
                        const size_t *sizes, size_t count, struct buffer *out);

/** Appends the data of `bid:outbid`, for whoever led before the view. */
void announcement_write_outbid(const struct auction_view *view, struct buffer *out);

/** Appends the frame of `you:update` for a user's channel; `data` is JSON. */
void announcement_write_you(const char *data, struct buffer *out);

/** Reads one; false for anything malformed. Free with announcement_finish. */
[[gnu::warn_unused_result]] bool announcement_read(const char *text, size_t size, struct announcement *out);
void announcement_finish(struct announcement *announcement);
