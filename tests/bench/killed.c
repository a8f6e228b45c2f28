/* A node dies under load: bench_killed BIDDERS LOTS. Half of the bidders are at each of two nodes, each sends
 * its next bid when the last one is answered; then the second node is killed (SIGKILL). Its bidders come to
 * the first node at once and send what was not answered again, under the same id. How long after the kill is
 * a bid accepted, on each lot and of each of those bidders? At the end every bid that anybody was told is
 * accepted must be in the ledger. */
#include "tests/bench/node.h"

#include "tests/bench/client.h"
#include "tests/bench/sample.h"

#define BEFORE_US     3000000
#define PATIENCE_US   15000000
#define AFTERWARDS_US 1000000

struct bidder {
    struct client client;
    int node, lot;
    struct uuid bid_id; /* of the bid that waits for its answer */
    int64_t amount;
    int64_t resumed_us; /* when it first had a bid accepted after the kill */
    bool moved;
};

static struct {
    struct market market;
    struct nodes nodes;
    int epoll;
    struct bidder *bidders;
    int64_t *amounts;       /* of the latest bid sent, a lot each */
    int64_t *resumed_us;    /* a lot each */
    int64_t killed_us;      /* 0: not yet */
    int waiting;            /* lots and bidders without an accepted bid since */
    struct buffer accepted; /* ids of bids, with commas between */
    int64_t accepted_count, uncertain;
} bench;

static void send_bid(struct bidder *bidder)
{
    /* A connection that is gone is found out by reading. */
    (void)client_bid(&bidder->client, bench.market.auction_id + bidder->lot, bidder->bid_id, bidder->amount);
}

static void next_bid(struct bidder *bidder)
{
    bidder->bid_id = uuid_random();
    bidder->amount = ++bench.amounts[bidder->lot];
    send_bid(bidder);
}

static void note_accepted(struct bidder *bidder)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(bidder->bid_id, id);
    buffer_append_text(&bench.accepted, bench.accepted.size > 0 ? "," : "");
    buffer_append_text(&bench.accepted, id);
    bench.accepted_count++;
    if (bench.killed_us == 0)
        return;
    if (bench.resumed_us[bidder->lot] == 0) {
        bench.resumed_us[bidder->lot] = clock_monotonic_us();
        bench.waiting--;
    }
    if (bidder->moved && bidder->resumed_us == 0) {
        bidder->resumed_us = clock_monotonic_us();
        bench.waiting--;
    }
}

static void take(const char *text, size_t size, void *context)
{
    struct bidder *bidder = context;
    if (!text_begins(text, size, "{\"event\":\"ack\""))
        return;
    if (text_has(text, size, "\"code\":\"UN")) { /* CERTAIN, AVAILABLE */
        bench.uncertain++;
        send_bid(bidder);
        return;
    }
    if (text_has(text, size, "\"ok\":true"))
        note_accepted(bidder);
    next_bid(bidder);
}

static void connect_bidder(struct bidder *bidder)
{
    char *token = market_token(&bench.market, (int)(bidder - bench.bidders));
    client_connect(&bidder->client, bench.nodes.ports[bidder->node], token);
    free(token);
    client_watch(&bidder->client, bench.epoll, bidder);
}

static void move(struct bidder *bidder)
{
    if (bench.killed_us == 0 || bidder->node == 0)
        fail("a node closed a bidder's connection");
    client_close(&bidder->client);
    bidder->node = 0;
    connect_bidder(bidder);
    send_bid(bidder);
}

static void read_for(int64_t us, bool until_all)
{
    struct epoll_event events[256];
    int64_t until_us = clock_monotonic_us() + us;
    while (clock_monotonic_us() < until_us && !(until_all && bench.waiting == 0)) {
        int count = epoll_wait(bench.epoll, events, 256, 10);
        for (int i = 0; i < count; i++) {
            struct bidder *bidder = events[i].data.ptr;
            if (!client_read(&bidder->client, take, bidder))
                move(bidder);
        }
    }
}

static void kill_second(void)
{
    for (int i = 0; i < bench.market.bidders; i++) {
        bench.bidders[i].moved = bench.bidders[i].node == 1;
        bench.waiting += bench.bidders[i].moved;
    }
    bench.waiting += bench.market.lots;
    bench.killed_us = clock_monotonic_us();
    if (kill(bench.nodes.pids[1], SIGKILL) != 0)
        fail("kill: %s", strerror(errno));
}

/* Of those that anybody was told are accepted, how many the ledger does not have. */
static int64_t count_lost(void)
{
    struct buffer sql;
    buffer_init(&sql, 256 << 20);
    buffer_append_text(&sql, "SELECT count(*) FROM unnest('{");
    buffer_append(&sql, bench.accepted.data, bench.accepted.size);
    buffer_append_text(
        &sql, "}'::uuid[]) AS told (id) WHERE NOT EXISTS (SELECT FROM bids WHERE bid_id = told.id AND "
              "verdict = 'accepted')");
    if (sql.failed)
        fail("too many bids");
    int64_t lost = market_number(&bench.market, sql.data);
    buffer_finish(&sql);
    return lost;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fail("Usage: bench_killed BIDDERS LOTS");
    int bidders = (int)strtol(argv[1], NULL, 10), lots = (int)strtol(argv[2], NULL, 10);
    struct sample by_lot = {0}, by_bidder = {0};
    bench.nodes = nodes_told();
    if (bench.nodes.count < 2)
        fail("there is one node only");
    allow_files(bidders + 100);
    market_open(&bench.market, bidders, lots);
    bench.epoll = epoll_create1(EPOLL_CLOEXEC);
    bench.bidders = xcalloc((size_t)bidders, sizeof *bench.bidders);
    bench.amounts = xcalloc((size_t)lots, sizeof *bench.amounts);
    bench.resumed_us = xcalloc((size_t)lots, sizeof *bench.resumed_us);
    buffer_init(&bench.accepted, 128 << 20);
    for (int i = 0; i < bidders; i++) {
        bench.bidders[i].node = i % 2;
        bench.bidders[i].lot = i / 2 % lots;
        connect_bidder(&bench.bidders[i]);
    }
    for (int i = 0; i < bidders; i++)
        next_bid(&bench.bidders[i]);
    read_for(BEFORE_US, false);
    kill_second();
    read_for(PATIENCE_US, true);
    if (bench.waiting > 0)
        fail("of %d lots and bidders bids did not flow again", bench.waiting);
    read_for(AFTERWARDS_US, false);
    for (int i = 0; i < lots; i++)
        sample_add(&by_lot, bench.resumed_us[i] - bench.killed_us);
    for (int i = 0; i < bidders; i++)
        if (bench.bidders[i].moved)
            sample_add(&by_bidder, bench.bidders[i].resumed_us - bench.killed_us);
    printf("{\"row\":\"killed\",\"bidders\":%d,\"lots\":%d,\"lotP50Ms\":%.0f,\"lotMaxMs\":%.0f,"
           "\"bidderP50Ms\":%.0f,"
           "\"bidderMaxMs\":%.0f,\"accepted\":%" PRId64 ",\"uncertain\":%" PRId64 ",\"lost\":%" PRId64 "}\n",
           bidders, lots, sample_percentile(&by_lot, 50), sample_percentile(&by_lot, 100),
           sample_percentile(&by_bidder, 50), sample_percentile(&by_bidder, 100), bench.accepted_count,
           bench.uncertain, count_lost());
    for (int i = 0; i < bidders; i++)
        client_close(&bench.bidders[i].client);
    free(bench.bidders);
    free(bench.amounts);
    free(bench.resumed_us);
    buffer_finish(&bench.accepted);
    free(by_lot.us);
    free(by_bidder.us);
    market_close(&bench.market);
    return EXIT_SUCCESS;
}
