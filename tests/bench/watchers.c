/* Fan-out: bench_watchers WATCHERS BIDS SECONDS. So many visitors watch one lot from this one process, whose
 * reading is part of every figure. Four rows, one after the other on the same connections:
 *
 *   idle             memory of the node a connection that is in a room and hears nothing
 *   watchers         one bid at a time: how long after its answer (the commit being behind it) does each
 *                    watcher have all that the bid brought, and the last one; between two bids the floor does
 *                    the same
 *   watchers-bids    500 bids a second in that room: how long do answers take, how old does a watcher's view
 *                    get; before it the floor goes round and round
 *   watchers-frozen  the same, and every tenth watcher stops reading: the views of the others, the node's
 *                    memory
 *
 * A view is as old as it has been untrue: at the moment before a watcher reads, the time since the first
 * state that it did not know was told to a bidder. */
#include "tests/bench/node.h"

#include "tests/bench/floor.h"
#include "tests/bench/pacer.h"

#define PAUSE_US       100000
#define PATIENCE_US    10000000
#define SETTLE_US      3000000
#define BIDS_A_SECOND  500
#define FROZEN_A_TENTH 10
#define LAPS_S         5
#define UPDATE         "{\"event\":\"auction:update\""
#define EXTENDED       "{\"event\":\"auction:extended\""

struct watcher {
    struct client client;
    int64_t seq;  /* that it knows */
    int64_t news; /* while being read */
    bool joined, has_it;
};

static struct {
    struct market market;
    struct nodes nodes;
    int count, epoll;
    struct watcher *watchers;
    struct client bidders[2];
    int64_t amount;

    int joined;
    int waiting;         /* watchers who have not got this bid yet */
    int64_t answered_us; /* 0: not yet */
    int64_t last_us;
    size_t step_bytes; /* that a bid brings to each watcher */
    struct sample each, last;

    struct pacer_result *paced; /* while bids are paced, else NULL */
    struct sample ages;
    int64_t frames;
    struct sample floor_ages;
} bench;

/* ---- reading ---- */

static void take_join(const char *text, size_t size, void *context)
{
    struct watcher *watcher = context;
    if (watcher->joined || !text_begins(text, size, "{\"event\":\"ack\""))
        return;
    if (!text_has(text, size, "\"ok\":true"))
        fail("%.*s", (int)size, text);
    watcher->joined = true;
    watcher->seq = text_number(text, size, "\"seq\":");
    bench.joined++;
}

/* A bid brings an update and the new end. */
static void take_step(const char *text, size_t size, void *context)
{
    struct watcher *watcher = context;
    bool update = text_begins(text, size, UPDATE);
    if (watcher == &bench.watchers[0] && (update || text_begins(text, size, EXTENDED)))
        bench.step_bytes += size + (size < 126 ? 2 : 4);
    if (!update || watcher->has_it)
        return;
    watcher->has_it = true;
    watcher->seq = text_number(text, size, "\"seq\":");
    bench.last_us = clock_monotonic_us();
    if (bench.answered_us != 0)
        sample_add(&bench.each, bench.last_us - bench.answered_us);
    bench.waiting--;
}

static void take_news(const char *text, size_t size, void *context)
{
    struct watcher *watcher = context;
    bench.frames++;
    if (text_begins(text, size, UPDATE) || text_begins(text, size, "{\"event\":\"auction:state\""))
        watcher->news = text_number(text, size, "\"seq\":");
}

static void take_answer(const char *text, size_t size, void *context)
{
    (void)context;
    if (!text_begins(text, size, "{\"event\":\"ack\""))
        return;
    if (!text_has(text, size, "\"ok\":true"))
        fail("%.*s", (int)size, text);
    bench.answered_us = clock_monotonic_us();
}

/* When it was first told that there is more than `seq`; 0: not yet. */
static int64_t outdated_since(int64_t seq)
{
    const struct pacer_state *states = bench.paced->states;
    int low = 0, high = atomic_load(&bench.paced->count), count = high;
    while (low < high) {
        int middle = (low + high) / 2;
        if (states[middle].seq > seq)
            high = middle;
        else
            low = middle + 1;
    }
    return low < count ? states[low].at_us : 0;
}

static void note_age(struct watcher *watcher)
{
    int64_t since_us = outdated_since(watcher->seq), now_us = clock_monotonic_us();
    if (watcher->news > watcher->seq) {
        sample_add(&bench.ages, since_us != 0 && since_us < now_us ? now_us - since_us : 0);
        watcher->seq = watcher->news;
    }
}

static void read_one(void *whom, client_text_callback take)
{
    struct client *client = whom;
    if (client == &bench.bidders[0] || client == &bench.bidders[1]) {
        if (!client_read(client, take_answer, NULL))
            fail("the node closed a bidder's connection");
        return;
    }
    struct watcher *watcher = whom;
    if (!client_read(client, take, watcher))
        fail("the node closed a watcher's connection");
    if (take == take_news && bench.paced != NULL)
        note_age(watcher);
}

/* Reads whatever comes until `enough` says so or time is up. */
static void read_all(bool (*enough)(void), int64_t patience_us, client_text_callback take)
{
    struct epoll_event events[512];
    int64_t until_us = clock_monotonic_us() + patience_us;
    while (!enough() && clock_monotonic_us() < until_us) {
        int count = epoll_wait(bench.epoll, events, 512, 10);
        for (int i = 0; i < count; i++)
            read_one(events[i].data.ptr, take);
    }
}

static bool never(void)
{
    return false;
}

static bool all_are_in(void)
{
    return bench.joined == bench.count;
}

static bool all_have_it(void)
{
    return bench.waiting == 0 && bench.answered_us != 0;
}

/* ---- the rows ---- */

static void run_idle(void)
{
    int64_t before_kb = node_memory_kb(bench.nodes.pids[0]);
    for (int i = 0; i < bench.count; i++) {
        client_connect(&bench.watchers[i].client, bench.nodes.ports[0], NULL);
        client_join(&bench.watchers[i].client, bench.market.auction_id);
        client_watch(&bench.watchers[i].client, bench.epoll, &bench.watchers[i]);
    }
    read_all(all_are_in, PATIENCE_US, take_join);
    if (!all_are_in())
        fail("only %d of %d came into the room", bench.joined, bench.count);
    read_all(never, SETTLE_US, take_news);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    double bytes = (double)(node_memory_kb(bench.nodes.pids[0]) - before_kb) * 1024 / bench.count;
    printf("{\"row\":\"idle\",\"connections\":%d,\"bytesEach\":%.0f,\"filesAllowed\":%" PRIu64 "}\n",
           bench.count, bytes, (uint64_t)files.rlim_cur);
}

static void bid_and_wait(int i)
{
    for (int w = 0; w < bench.count; w++)
        bench.watchers[w].has_it = false;
    bench.waiting = bench.count;
    bench.answered_us = 0;
    bench.step_bytes = 0;
    if (!client_bid(&bench.bidders[i % 2], bench.market.auction_id, uuid_random(), ++bench.amount))
        fail("the node closed a bidder's connection");
    read_all(all_have_it, PATIENCE_US, take_step);
    if (bench.waiting > 0)
        fail("%d watchers did not get an update", bench.waiting);
}

static void connect_bidders(void)
{
    for (int i = 0; i < 2; i++) {
        char *token = market_token(&bench.market, i);
        client_connect(&bench.bidders[i], bench.nodes.ports[0], token);
        free(token);
        client_watch(&bench.bidders[i], bench.epoll, &bench.bidders[i]);
    }
    read_all(never, PAUSE_US, take_news);
}

static void forget(struct sample *sample)
{
    free(sample->us);
    *sample = (struct sample){0};
}

static void print(const char *name, struct sample *sample)
{
    printf(",\"%sP50Ms\":%.2f,\"%sP99Ms\":%.2f", name, sample_percentile(sample, 50), name,
           sample_percentile(sample, 99));
    forget(sample);
}

/* The first bid tells how much a bid brings, and is not counted. */
static void run_single(int bids)
{
    struct floor floor;
    struct sample floor_each = {0}, floor_last = {0};
    connect_bidders();
    bid_and_wait(0);
    read_all(never, PAUSE_US, take_step); /* what came behind the update */
    size_t size = bench.step_bytes;
    floor_open(&floor, bench.count, size);
    forget(&bench.each);
    for (int i = 1; i <= bids; i++) {
        bid_and_wait(i);
        sample_add(&bench.last, bench.last_us > bench.answered_us ? bench.last_us - bench.answered_us : 0);
        read_all(never, PAUSE_US, take_news);
        floor_round(&floor, &floor_each, &floor_last);
        read_all(never, PAUSE_US, take_news);
    }
    floor_laps(&floor, LAPS_S, &bench.floor_ages);
    floor_close(&floor);
    printf("{\"row\":\"watchers\",\"watchers\":%d,\"bids\":%d,\"bytes\":%zu", bench.count, bids, size);
    print("each", &bench.each);
    print("last", &bench.last);
    print("floorEach", &floor_each);
    print("floorLast", &floor_last);
    printf("}\n");
}

/* So many bids a second for so long, then until all that is on its way has come. */
static void run_paced(const char *row, int seconds, int frozen)
{
    int64_t before_kb = node_memory_kb(bench.nodes.pids[0]), most_kb = before_kb;
    struct sample answers = {0};
    bench.frames = 0;
    pid_t pid =
        pacer_start(&bench.market, bench.nodes.ports[0], BIDS_A_SECOND, seconds, bench.amount, &bench.paced);
    int64_t until_us = clock_monotonic_us() + (int64_t)(seconds + 1) * 1000000;
    while (clock_monotonic_us() < until_us) {
        read_all(never, PAUSE_US, take_news);
        int64_t now_kb = node_memory_kb(bench.nodes.pids[0]);
        most_kb = now_kb > most_kb ? now_kb : most_kb;
    }
    pacer_await(pid);
    bench.amount += bench.paced->sent;
    for (int i = 0; i < bench.paced->accepted; i++)
        sample_add(&answers, bench.paced->answers_us[i]);
    printf("{\"row\":\"%s\",\"watchers\":%d,\"frozen\":%d,\"bidsPerSecond\":%.0f,\"refused\":%d,\"late\":%d,"
           "\"framesPerSecond\":%.0f,\"memoryBeforeKb\":%" PRId64 ",\"memoryMostKb\":%" PRId64,
           row, bench.count, frozen, (double)bench.paced->accepted / seconds, bench.paced->refused,
           bench.paced->late, (double)bench.frames / seconds, before_kb, most_kb);
    print("answer", &answers);
    printf(",\"viewMaxMs\":%.2f", sample_percentile(&bench.ages, 100));
    if (frozen == 0) {
        printf(",\"floorViewMaxMs\":%.2f", sample_percentile(&bench.floor_ages, 100));
        print("floorView", &bench.floor_ages);
    }
    print("view", &bench.ages);
    printf("}\n");
    pacer_free(bench.paced);
    bench.paced = NULL;
}

/* Their windows are made small, so that they are full soon. */
static int freeze_some(void)
{
    int frozen = 0, little = 4096;
    for (int i = 0; i < bench.count; i += FROZEN_A_TENTH, frozen++) {
        setsockopt(bench.watchers[i].client.fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
        epoll_ctl(bench.epoll, EPOLL_CTL_DEL, bench.watchers[i].client.fd, NULL);
    }
    return frozen;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        fail("Usage: bench_watchers WATCHERS BIDS SECONDS");
    int bids = (int)strtol(argv[2], NULL, 10), seconds = (int)strtol(argv[3], NULL, 10);
    bench.count = (int)strtol(argv[1], NULL, 10);
    allow_files(bench.count + 100);
    bench.watchers = xcalloc((size_t)bench.count, sizeof *bench.watchers);
    bench.epoll = epoll_create1(EPOLL_CLOEXEC);
    bench.nodes = nodes_told();
    market_open(&bench.market, PACER_BIDDERS, 1);
    run_idle();
    run_single(bids);
    run_paced("watchers-bids", seconds, 0);
    run_paced("watchers-frozen", seconds, freeze_some());
    for (int i = 0; i < bench.count; i++)
        client_close(&bench.watchers[i].client);
    for (int i = 0; i < 2; i++)
        client_close(&bench.bidders[i]);
    free(bench.watchers);
    market_close(&bench.market);
    return EXIT_SUCCESS;
}
