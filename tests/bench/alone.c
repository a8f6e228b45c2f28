/* One bid at a time over two nodes: bench_alone BIDS. Bidders of both nodes take turns, so that half of the
 * bids are handed over to the node that holds the lot; watchers of both are in the room. How long from the
 * bid to its answer (the commit being behind it), and to its update at the other node. The floor: one flush
 * of a page to the disk that the database is on. */
#include "tests/bench/node.h"

#include "tests/bench/client.h"
#include "tests/bench/sample.h"

#define NODES       2
#define PAUSE_MS    20
#define PATIENCE_MS 5000
#define WARM_UP     20
#define PAGE        8192

static struct {
    struct market market;
    struct nodes nodes;
    int epoll;
    struct client bidders[NODES], watchers[NODES];
    int from; /* the node of this bid */
    int64_t sent_us, answered_us, seen_us;
} bench;

static void take(const char *text, size_t size, void *context)
{
    const struct client *client = context;
    if (client == &bench.bidders[bench.from] && text_begins(text, size, "{\"event\":\"ack\"")) {
        if (!text_has(text, size, "\"ok\":true"))
            fail("%.*s", (int)size, text);
        bench.answered_us = clock_monotonic_us();
    } else if (client == &bench.watchers[1 - bench.from] &&
               text_begins(text, size, "{\"event\":\"auction:update\"")) {
        bench.seen_us = clock_monotonic_us();
    }
}

/* Until both have come, or so long. */
static void read_for(int ms)
{
    struct epoll_event events[8];
    int64_t until_us = clock_monotonic_us() + ms * 1000LL, left_us;
    while ((bench.answered_us == 0 || bench.seen_us == 0) &&
           (left_us = until_us - clock_monotonic_us()) > 0) {
        int count = epoll_wait(bench.epoll, events, 8, (int)(left_us / 1000) + 1);
        for (int i = 0; i < count; i++)
            if (!client_read(events[i].data.ptr, take, events[i].data.ptr))
                fail("a node closed a connection");
    }
}

static void rest(void)
{
    bench.answered_us = bench.seen_us = 0;
    bench.from = 0;
    read_for(PAUSE_MS);
}

static void bid(int i)
{
    rest();
    bench.from = i % NODES;
    bench.answered_us = bench.seen_us = 0;
    bench.sent_us = clock_monotonic_us();
    if (!client_bid(&bench.bidders[bench.from], bench.market.auction_id, uuid_random(), i + 1))
        fail("a node closed a connection");
    read_for(PATIENCE_MS);
    if (bench.answered_us == 0 || bench.seen_us == 0)
        fail("a bid was not %s", bench.answered_us == 0 ? "answered" : "seen at the other node");
}

static void connect_all(void)
{
    for (int i = 0; i < NODES; i++) {
        char *token = market_token(&bench.market, i);
        client_connect(&bench.bidders[i], bench.nodes.ports[i], token);
        client_connect(&bench.watchers[i], bench.nodes.ports[i], NULL);
        free(token);
        client_join(&bench.watchers[i], bench.market.auction_id);
        client_watch(&bench.bidders[i], bench.epoll, &bench.bidders[i]);
        client_watch(&bench.watchers[i], bench.epoll, &bench.watchers[i]);
    }
}

/* Between two bids, so that both meet the same moods of the disk. */
static int64_t flush_us(int file)
{
    static char page[PAGE];
    int64_t from_us = clock_monotonic_us();
    if (pwrite(file, page, sizeof page, 0) != sizeof page || fdatasync(file) != 0)
        fail("a page could not be written: %s", strerror(errno));
    return clock_monotonic_us() - from_us;
}

static int open_file(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s/floor-XXXXXX", setting("BENCH_FOLDER"));
    int file = mkstemp(path);
    if (file < 0 || unlink(path) != 0)
        fail("%s: %s", path, strerror(errno));
    return file;
}

static void print(const char *name, struct sample *sample)
{
    printf(",\"%sP50Ms\":%.2f,\"%sP99Ms\":%.2f", name, sample_percentile(sample, 50), name,
           sample_percentile(sample, 99));
    free(sample->us);
}

int main(int argc, char **argv)
{
    struct sample answered[NODES] = {0}, seen = {0}, floor = {0};
    int bids = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0, file = open_file();
    bench.epoll = epoll_create1(EPOLL_CLOEXEC);
    bench.nodes = nodes_told();
    if (bids < 1 || bench.nodes.count < NODES)
        fail("Usage: bench_alone BIDS, with two nodes");
    market_open(&bench.market, NODES, 1);
    connect_all();
    for (int i = 0; i < bids + WARM_UP; i++) {
        bid(i);
        int64_t floor_us = flush_us(file);
        if (i < WARM_UP)
            continue;
        sample_add(&answered[bench.from], bench.answered_us - bench.sent_us);
        sample_add(&seen, bench.seen_us - bench.sent_us);
        sample_add(&floor, floor_us);
    }
    bool second =
        sample_percentile(&answered[1], 50) < sample_percentile(&answered[0], 50); /* holds the lot */
    printf("{\"row\":\"alone\",\"bids\":%d", bids);
    print("holder", &answered[second]);
    print("handedOver", &answered[!second]);
    print("seen", &seen);
    print("floor", &floor);
    printf("}\n");
    for (int i = 0; i < NODES; i++) {
        client_close(&bench.bidders[i]);
        client_close(&bench.watchers[i]);
    }
    close(file);
    market_close(&bench.market);
    return EXIT_SUCCESS;
}
