/* A lot's whole history in memory, for an undo: each event with what it borrows in allocations of its own,
 * because the fixed storage of the codec would be 30 times as large as most events need. */
#include "core/store/ledger.h"

#include "core/base/alloc.h"
#include "core/wire/event.h"

#include <stdlib.h>
#include <string.h>

struct ledger_history {
    size_t count;
    struct auction_event *events;
};

void ledger_history_params(struct params *params, int64_t auction_id)
{
    params_init(params);
    params_int(params, auction_id);
}

static const struct auction_terms *copy_terms(const struct auction_terms *terms)
{
    if (terms == NULL)
        return NULL;
    struct auction_terms *copy = xmalloc(sizeof *copy);
    *copy = *terms;
    return copy;
}

/* On failure `out` owns nothing. */
static bool read_row(const PGresult *result, int row, struct auction_event *out, struct error *error)
{
    struct event_storage storage;
    bool good = event_read(result_text(result, row, "public_part"), result_text(result, row, "private_part"),
                           &storage, out, error);
    if (good && (out->seq != row + 1 || out->seq != result_int(result, row, "seq"))) {
        error_set(error, "its seq is not the next one");
        good = false;
    }
    if (!good) {
        error_prefix(error, "ledger row %d", row + 1);
        return false;
    }
    out->terms = copy_terms(out->terms);
    out->text = out->text != NULL ? xstrdup(out->text) : NULL;
    return true;
}

struct ledger_history *ledger_history_read(const PGresult *result, struct error *error)
{
    int rows = PQntuples(result);
    struct ledger_history *history = xcalloc(1, sizeof *history);
    history->events = xcalloc((size_t)rows + 1, sizeof *history->events);
    for (int row = 0; row < rows; row++) {
        if (!read_row(result, row, &history->events[row], error)) {
            ledger_history_destroy(&history);
            return NULL;
        }
        history->count++;
    }
    return history;
}

const struct auction_event *ledger_history_events(const struct ledger_history *history, size_t *count)
{
    *count = history->count;
    return history->events;
}

void ledger_history_destroy(struct ledger_history **history)
{
    if (*history == NULL)
        return;
    for (size_t i = 0; i < (*history)->count; i++) {
        free((void *)(*history)->events[i].terms);
        free((void *)(*history)->events[i].text);
    }
    free((*history)->events);
    free(*history);
    *history = NULL;
}
