/* Accepted bids a second on one lot: bench_bids BIDDERS SECONDS [watch]. Each bidder is a connection that
 * sends its next bid when the last one is answered; with `watch` each is also in the lot's room, as bidders
 * are. An accepted bid is one whose answer came, and the answer comes after the commit. Then the floor: as
 * many rows a statement as the desk had bids a commit, inserted bare by one connection to the same database.
 */
#include "tests/bench/market.h"

#include "tests/bench/client.h"
#include "tests/bench/sample.h"

#include <inttypes.h>

#define WARM_UP_MS 1000

struct bidder {
    struct client client;
    int64_t sent_us;
    bool joined;
};

static struct {
    struct market market;
    struct bidder *bidders;
    int64_t amount; /* of the latest bid sent */
    int64_t counting_from_us, counting_until_us;
    int64_t accepted, refused;
    struct sample answers;
    int64_t updates;
} bench;

static void send_bid(struct bidder *bidder)
{
    char text[256], id[UUID_TEXT_SIZE];
    uuid_format(uuid_random(), id);
    int size = snprintf(text, sizeof text,
                        "{\"event\":\"auction:bid\",\"id\":1,\"data\":{\"auctionId\":%" PRId64
                        ",\"bidId\":\"%s\",\"amount\":%" PRId64 ",\"confirm\":true}}",
                        bench.market.auction_id, id, ++bench.amount);
    bidder->sent_us = clock_monotonic_us();
    client_send(&bidder->client, text, (size_t)size);
}

static void take(const char *text, size_t size, void *context)
{
    static const char ack[] = "{\"event\":\"ack\"";
    struct bidder *bidder = context;
    if (size < sizeof ack || memcmp(text, ack, sizeof ack - 1) != 0) {
        bench.updates++;
        return;
    }
    int64_t now_us = clock_monotonic_us();
    bool accepted = memmem(text, size, "\"ok\":true", 9) != NULL;
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

static void connect_bidders(int port, bool watch, int epoll)
{
    for (int i = 0; i < bench.market.bidders; i++) {
        struct bidder *bidder = &bench.bidders[i];
        char *token = market_token(&bench.market, i), text[128];
        client_connect(&bidder->client, port, token);
        free(token);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = bidder};
        epoll_ctl(epoll, EPOLL_CTL_ADD, bidder->client.fd, &event);
        bidder->joined = !watch;
        if (watch)
            client_send(
                &bidder->client, text,
                (size_t)snprintf(text, sizeof text,
                                 "{\"event\":\"auction:join\",\"id\":1,\"data\":{\"auctionId\":%" PRId64 "}}",
                                 bench.market.auction_id));
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
            client_read(&bidder->client, take, bidder);
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

/* Rows of about a bid's size with a unique key, `rows` a commit, one commit after the other. */
static double floor_per_second(PGconn *sql, int rows, int seconds)
{
    char count[16];
    const char *values[] = {count};
    int64_t done = 0, began_us = clock_monotonic_us(), now_us;
    snprintf(count, sizeof count, "%d", rows);
    execute(sql, "CREATE TABLE bench_floor (id bigint GENERATED ALWAYS AS IDENTITY, key uuid PRIMARY KEY, "
                 "payload text)");
    PGresult *prepared =
        PQprepare(sql, "floor",
                  "INSERT INTO bench_floor (key, payload) SELECT gen_random_uuid(), repeat('x', 380) "
                  "FROM generate_series(1, $1::int)",
                  1, NULL);
    PQclear(prepared);
    do {
        PGresult *result = PQexecPrepared(sql, "floor", 1, values, NULL, NULL, 0);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            fail("%s", PQerrorMessage(sql));
        PQclear(result);
        done += rows;
        now_us = clock_monotonic_us();
    } while (now_us - began_us < (int64_t)seconds * 1000000);
    execute(sql, "DROP TABLE bench_floor");
    return (double)done * 1e6 / (double)(now_us - began_us);
}

static int bids_per_commit(void)
{
    char sql[160];
    snprintf(
        sql, sizeof sql,
        "SELECT count(*) / greatest(count(DISTINCT xmin::text), 1) FROM bids WHERE auction_id = %" PRId64,
        bench.market.auction_id);
    int64_t number = market_number(&bench.market, sql);
    return number > 0 ? (int)number : 1;
}

/* What was counted as accepted must be in the ledger. */
static void check_ledger(void)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM bids WHERE verdict = 'accepted' AND auction_id = %" PRId64,
             bench.market.auction_id);
    if (market_number(&bench.market, sql) < bench.accepted)
        fail("more bids were answered than the ledger has");
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fail("Usage: bench_bids BIDDERS SECONDS [watch]");
    int bidders = (int)strtol(argv[1], NULL, 10), seconds = (int)strtol(argv[2], NULL, 10);
    bool watch = argc > 3;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    allow_many_files();
    market_open(&bench.market, bidders, 3600);
    bench.bidders = xcalloc((size_t)bidders, sizeof *bench.bidders);
    connect_bidders((int)strtol(setting("REALTIME_PORT"), NULL, 10), watch, epoll);
    run_bids(epoll, seconds);
    check_ledger();

    int batch = bids_per_commit();
    double floor = floor_per_second(bench.market.sql, batch, 3);
    printf("{\"row\":\"%s\",\"bidders\":%d,\"acceptedPerSecond\":%.0f,\"refused\":%" PRId64
           ",\"bidsPerCommit\":%d,\"p50Ms\":%.2f,\"p99Ms\":%.2f,\"framesReceived\":%" PRId64
           ",\"floorRowsPerSecond\":%.0f}\n",
           watch ? "bids-watched" : "bids", bidders, (double)bench.accepted / seconds, bench.refused, batch,
           sample_percentile(&bench.answers, 50), sample_percentile(&bench.answers, 99), bench.updates,
           floor);

    for (int i = 0; i < bidders; i++)
        client_close(&bench.bidders[i].client);
    free(bench.bidders);
    free(bench.answers.us);
    market_close(&bench.market);
    return EXIT_SUCCESS;
}
