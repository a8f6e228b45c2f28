/* Users are gathered by lot, each once, until the time has come and nothing is under way; then one statement
 * reads how all of them stand. What does not fit, or cannot be read, is not told: the next change tells it,
 * and so does every answer to a bid or a join. */
#include "realtime/you.h"

#include "core/base/alloc.h"
#include "core/store/result.h"
#include "realtime/herald.h"
#include "realtime/idmap.h"
#include "realtime/node.h"

#include <stdlib.h>
#include <string.h>

enum {
    GATHER_MS = 50,
    PAIRS_MAX = 8192, /* of lot and user, waiting */
};

/* Those of one lot about whom to ask. */
struct crowd {
    int64_t auction_id;
    struct idmap users; /* of int64_t *, the ids */
};

struct you {
    struct node *node;
    struct idmap crowds;
    int pairs;
    struct wheel_timer timer;
    bool asking;
    bool ended;
};

/* ---- asking ---- */

static void forget(struct you *you)
{
    size_t cursor = 0;
    struct crowd *crowd;
    while ((crowd = idmap_next(&you->crowds, &cursor)) != NULL) {
        size_t at = 0;
        int64_t *user;
        while ((user = idmap_next(&crowd->users, &at)) != NULL)
            free(user);
        idmap_finish(&crowd->users);
        free(crowd);
    }
    idmap_finish(&you->crowds);
    you->pairs = 0;
}

static void add_lots(struct params *params, const struct you *you)
{
    size_t cursor = 0;
    const struct crowd *crowd;
    params_array(params, ELEMENT_INT, (size_t)you->pairs);
    while ((crowd = idmap_next(&you->crowds, &cursor)) != NULL)
        for (size_t i = 0; i < crowd->users.count; i++)
            params_element_int(params, crowd->auction_id);
}

static void add_users(struct params *params, const struct you *you)
{
    size_t cursor = 0;
    const struct crowd *crowd;
    params_array(params, ELEMENT_INT, (size_t)you->pairs);
    while ((crowd = idmap_next(&you->crowds, &cursor)) != NULL) {
        size_t at = 0;
        const int64_t *user;
        while ((user = idmap_next(&crowd->users, &at)) != NULL)
            params_element_int(params, *user);
    }
}

static void arm(struct you *you);

static void tell(struct you *you, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++) {
        struct buffer data;
        const char *text = result_text(result, row, "data");
        buffer_init(&data, strlen(text));
        buffer_append_text(&data, text);
        herald_tell_user(you->node, result_int(result, row, "user_id"), "you:update", &data, NULL);
        buffer_finish(&data);
    }
}

static void on_standings(const struct db_answer *answer, void *context)
{
    struct you *you = context;
    you->asking = false;
    if (you->ended) {
        free(you);
        return;
    }
    if (answer->outcome == DB_DONE)
        tell(you, answer->result);
    if (you->pairs > 0)
        arm(you);
}

static void on_due(struct wheel_timer *timer, void *context)
{
    (void)context;
    struct you *you = (struct you *)((char *)timer - offsetof(struct you, timer));
    struct params params;
    params_init(&params);
    add_lots(&params, you);
    add_users(&params, you);
    forget(you);
    you->asking = true;
    pool_run(you->node->pool, SQL_YOU_STANDINGS, &params, on_standings, you);
    params_finish(&params);
}

static void arm(struct you *you)
{
    wheel_set(you->node->wheel, &you->timer, node_now_ms(you->node) + GATHER_MS, on_due);
}

/* ---- gathering ---- */

void you_note(struct you *you, int64_t auction_id, int64_t user)
{
    struct crowd *crowd = idmap_get(&you->crowds, auction_id);
    if (you->pairs >= PAIRS_MAX || (crowd != NULL && idmap_get(&crowd->users, user) != NULL))
        return;
    if (crowd == NULL) {
        crowd = xcalloc(1, sizeof *crowd);
        crowd->auction_id = auction_id;
        idmap_put(&you->crowds, auction_id, crowd);
    }
    int64_t *id = xmalloc(sizeof *id);
    *id = user;
    idmap_put(&crowd->users, user, id);
    you->pairs++;
    if (!you->asking && !wheel_is_set(&you->timer))
        arm(you);
}

/* ---- life ---- */

struct you *you_create(struct node *node)
{
    struct you *you = xcalloc(1, sizeof *you);
    you->node = node;
    return you;
}

void you_destroy(struct you **you)
{
    if (*you == NULL)
        return;
    struct you *ending = *you;
    *you = NULL;
    wheel_cancel(ending->node->wheel, &ending->timer);
    forget(ending);
    ending->ended = true;
    if (!ending->asking)
        free(ending);
}
