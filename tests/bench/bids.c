/* Accepted bids a second: bench_bids BIDDERS SECONDS LOTS NODES [watch]. Each bidder is a connection that
 * sends its next bid when the last one is answered, always on the same lot; with `watch` each is also in the
 * lot's room, as bidders are. The lots are spread over the nodes, and all bidders of a lot are at one: bids
 * of one yen more that come by two ways overtake one another, and the row is of bids that are accepted (what
 * it costs to hand one over is in the row `alone`). An accepted bid is one whose answer came, and the answer
 * comes after the commit. Then the floor: as many rows a statement as the desks had bids a commit, inserted
 * bare by as many connections as work at once: one for one lot, those of all nodes' pools for many. */
#include "tests/bench/node.h"

#include "tests/bench/client.h"
#include "tests/bench/sample.h"

#define WARM_UP_MS       1000
#define FLOOR_SECONDS    3
#define POOL_CONNECTIONS 4  /* as the setting says by itself */
#define FLOOR_MAX        32 /* connections */

struct bidder {
    struct client client;
    int64_t sent_us;
    int lot;
    bool joined;
};

static struct {
    struct market market;
    struct nodes nodes;
    struct bidder *bidders;
    int64_t *amounts; /* of the latest bid sent, a lot each */
    int64_t counting_from_us, counting_until_us;
    int64_t accepted, refused;
    struct sample answers;
    int64_t updates;
} bench;

static void send_bid(struct bidder *bidder)
{
    bidder->sent_us = clock_monotonic_us();
    if (!client_bid(&bidder->client, bench.market.auction_id + bidder->lot, uuid_random(),
                    ++bench.amounts[bidder->lot]))
        fail("the node closed a bidder's connection");
}

static void take(const char *text, size_t size, void *context)
{
    struct bidder *bidder = context;
    if (!text_begins(text, size, "{\"event\":\"ack\"")) {
        bench.updates++;
        return;
    }
    int64_t now_us = clock_monotonic_us();
    bool accepted = text_has(text, size, "\"ok\":true");
    if (!bidder->joined) {
        if (!accepted)
            fail("%.*s", (int)size, text);
        bidder->joined = true;
    } else if (now_us >= bench.counting_from_us && now_us < bench.counting_until_us) {
        bench.accepted += accepted;
        bench.refused += !accepted;
        if (accepted)
            sample_add(&bench.answers, now_us - bidder->sent_us);
        else if (bench.refused == 1)
            fprintf(stderr, "the first refusal: %.*s\n", (int)size, text);
    }
    if (now_us < bench.counting_until_us)
        send_bid(bidder);
}

static void connect_bidders(bool watch, int epoll)
{
    for (int i = 0; i < bench.market.bidders; i++) {
        struct bidder *bidder = &bench.bidders[i];
        char *token = market_token(&bench.market, i);
        bidder->lot = i % bench.market.lots;
        client_connect(&bidder->client, bench.nodes.ports[bidder->lot % bench.nodes.count], token);
        free(token);
        client_watch(&bidder->client, epoll, bidder);
        bidder->joined = !watch;
        if (watch)
            client_join(&bidder->client, bench.market.auction_id + bidder->lot);
    }
}

static void run_bids(int epoll, int seconds)
{
    struct epoll_event events[256];
    bench.counting_from_us = clock_monotonic_us() + WARM_UP_MS * 1000;
    bench.counting_until_us = bench.counting_from_us + (int64_t)seconds * 1000000;
    for (int i = 0; i < bench.market.bidders; i++)
        if (bench.bidders[i].joined)
            send_bid(&bench.bidders[i]);
    while (clock_monotonic_us() < bench.counting_until_us + 500000) {
        int count = epoll_wait(epoll, events, 256, 100);
        for (int i = 0; i < count; i++) {
            struct bidder *bidder = events[i].data.ptr;
            if (!client_read(&bidder->client, take, bidder))
                fail("the node closed a bidder's connection");
        }
    }
}

/* ---- the floor ---- */

static void execute(PGconn *sql, const char *text)
{
    PGresult *result = PQexec(sql, text);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail("%s: %s", text, PQerrorMessage(sql));
    PQclear(result);
}

static void floor_insert(PGconn *sql, const char *rows)
{
    if (PQsendQueryPrepared(sql, "floor", 1, &rows, NULL, NULL, 0) == 0)
        fail("%s", PQerrorMessage(sql));
}

static PGconn *floor_connect(int epoll)
{
    PGconn *sql = PQconnectdb(setting("DATABASE_URL"));
    PGresult *prepared =
        PQprepare(sql, "floor",
                  "INSERT INTO bench_floor (key, payload) SELECT gen_random_uuid(), repeat('x', 380) "
                  "FROM generate_series(1, $1::int)",
                  1, NULL);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = sql};
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, PQsocket(sql), &event) != 0)
        fail("the floor: %s", PQerrorMessage(sql));
    PQclear(prepared);
    return sql;
}

/* True when a statement has ended. */
static bool floor_ended(PGconn *sql)
{
    if (PQconsumeInput(sql) == 0)
        fail("%s", PQerrorMessage(sql));
    if (PQisBusy(sql))
        return false;
    for (PGresult *result; (result = PQgetResult(sql)) != NULL; PQclear(result))
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            fail("%s", PQerrorMessage(sql));
    return true;
}

/* Rows of about a bid's size with a unique key, `rows` a commit, each connection one commit after the other.
 */
static double floor_per_second(int rows, int connections)
{
    char count[16];
    PGconn *all[FLOOR_MAX];
    int64_t done = 0;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    snprintf(count, sizeof count, "%d", rows);
    execute(bench.market.sql, "CREATE TABLE bench_floor (id bigint GENERATED ALWAYS AS IDENTITY, key uuid "
                              "PRIMARY KEY, payload text)");
    for (int i = 0; i < connections; i++)
        all[i] = floor_connect(epoll);
    int64_t began_us = clock_monotonic_us(), until_us = began_us + FLOOR_SECONDS * 1000000LL;
    for (int i = 0; i < connections; i++)
        floor_insert(all[i], count);
    for (int busy = connections; busy > 0;) {
        struct epoll_event events[FLOOR_MAX];
        int ready = epoll_wait(epoll, events, FLOOR_MAX, 1000);
        for (int i = 0; i < ready; i++) {
            if (!floor_ended(events[i].data.ptr))
                continue;
            done += rows;
            if (clock_monotonic_us() < until_us)
                floor_insert(events[i].data.ptr, count);
            else
                busy--;
        }
    }
    double per_second = (double)done * 1e6 / (double)(clock_monotonic_us() - began_us);
    for (int i = 0; i < connections; i++)
        PQfinish(all[i]);
    close(epoll);
    execute(bench.market.sql, "DROP TABLE bench_floor");
    return per_second;
}

/* ---- what the ledger says ---- */

static int64_t of_all_lots(const char *what)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT %s FROM bids WHERE auction_id BETWEEN %" PRId64 " AND %" PRId64, what,
             bench.market.auction_id, bench.market.auction_id + bench.market.lots - 1);
    return market_number(&bench.market, sql);
}

static int bids_per_commit(void)
{
    int64_t number = of_all_lots("count(*) / greatest(count(DISTINCT xmin::text), 1)");
    return number > 0 ? (int)number : 1;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        fail("Usage: bench_bids BIDDERS SECONDS LOTS NODES [watch]");
    int bidders = (int)strtol(argv[1], NULL, 10), seconds = (int)strtol(argv[2], NULL, 10);
    int lots = (int)strtol(argv[3], NULL, 10), nodes = (int)strtol(argv[4], NULL, 10);
    bool watch = argc > 5;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    allow_files(bidders + 100);
    bench.nodes = nodes_told();
    if (nodes < 1 || nodes > bench.nodes.count)
        fail("there are %d nodes", bench.nodes.count);
    bench.nodes.count = nodes;
    market_open(&bench.market, bidders, lots);
    bench.bidders = xcalloc((size_t)bidders, sizeof *bench.bidders);
    bench.amounts = xcalloc((size_t)lots, sizeof *bench.amounts);
    connect_bidders(watch, epoll);
    run_bids(epoll, seconds);
    if (of_all_lots("count(*) FILTER (WHERE verdict = 'accepted')") < bench.accepted)
        fail("more bids were answered than the ledger has");

    int batch = bids_per_commit(), connections = lots > 1 ? nodes * POOL_CONNECTIONS : 1;
    double floor = floor_per_second(batch, connections);
    printf("{\"row\":\"%s\",\"bidders\":%d,\"lots\":%d,\"nodes\":%d,\"acceptedPerSecond\":%.0f,\"refused\":"
           "%" PRId64 ",\"bidsPerCommit\":%d,\"p50Ms\":%.2f,\"p99Ms\":%.2f,\"framesReceived\":%" PRId64
           ",\"floorConnections\":%d,\"floorRowsPerSecond\":%.0f}\n",
           watch      ? "bids-watched"
           : lots > 1 ? "bids-lots"
                      : "bids",
           bidders, lots, nodes, (double)bench.accepted / seconds, bench.refused, batch,
           sample_percentile(&bench.answers, 50), sample_percentile(&bench.answers, 99), bench.updates,
           connections, floor);

    for (int i = 0; i < bidders; i++)
        client_close(&bench.bidders[i].client);
    free(bench.bidders);
    free(bench.amounts);
    free(bench.answers.us);
    market_close(&bench.market);
    return EXIT_SUCCESS;
}
