#include "rest/publish.h"

#include "core/bus/publisher.h"
#include "rest/meters.h"

static void count_failed(const struct publisher *publisher)
{
    if (publisher->failed > 0)
        metrics_add(METER_PUBLISH_FAILED, 0, publisher->failed);
}

void publish_batch(struct worker *worker, const struct ledger_lot *before, const struct ledger_batch *batch)
{
    struct publisher publisher = {worker->db, worker->redis, 0};
    publisher_tell_batch(&publisher, before, batch);
    count_failed(&publisher);
}

void publish_credit(struct worker *worker, int64_t sale_id, int64_t user)
{
    struct publisher publisher = {worker->db, worker->redis, 0};
    publisher_tell_credit(&publisher, sale_id, user);
    count_failed(&publisher);
}
