/* Requests a second of one REST process: bench_rest CONNECTIONS SECONDS. Each connection sends its next
 * request when the last one is answered: four reads of a lot, of a page of lots, of a horse, of a lot's bids
 * to one write of a horse or of somebody's watch list. Before that, for a quarter of the time, the floor: the
 * same connections ask for /health, which costs the process nothing but HTTP. */
#include "tests/bench/market.h"

#include "tests/bench/client.h"
#include "tests/bench/sample.h"

#include <inttypes.h>

#define WARM_UP_MS 1000
#define LOTS       200

struct line {
    struct client client;
    char *token;
    int64_t sent_us;
    bool writes; /* what was sent */
};

static struct {
    struct market market;
    char *office;
    int64_t first_lot, first_horse;
    int port;
    int epoll;
    struct line *lines;
    int connections;
    bool floor;
    int64_t counting_from_us, counting_until_us;
    int64_t done, errors;
    struct sample all, reads, writes;
    uint64_t seed;
} bench = {.seed = 88172645463325252u};

/* xorshift: the same requests in every run */
static int64_t one_of(int64_t count)
{
    bench.seed ^= bench.seed << 13;
    bench.seed ^= bench.seed >> 7;
    bench.seed ^= bench.seed << 17;
    return (int64_t)(bench.seed % (uint64_t)count);
}

/* ---- requests ---- */

static int write_request(char *out, size_t room, const char *method, const char *path, const char *token,
                         const char *body)
{
    return snprintf(out, room,
                    "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nIf-Match: *\r\n"
                    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                    method, path, token, strlen(body), body);
}

static int write_read(const struct line *line, char *out, size_t room)
{
    char path[128];
    int64_t dice = one_of(8);
    if (dice < 4)
        snprintf(path, sizeof path, "/api/auctions/%" PRId64, bench.first_lot + one_of(LOTS));
    else if (dice < 5)
        snprintf(path, sizeof path, "/api/auctions?saleId=%" PRId64 "&limit=20", bench.market.sale_id);
    else if (dice < 7)
        snprintf(path, sizeof path, "/api/horses/%" PRId64, bench.first_horse + one_of(LOTS));
    else
        snprintf(path, sizeof path, "/api/auctions/%" PRId64 "/bids", bench.first_lot + one_of(LOTS));
    return snprintf(out, room, "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", path,
                    line->token);
}

static int write_write(const struct line *line, char *out, size_t room)
{
    char path[128], body[128] = "";
    int64_t dice = one_of(4), which = one_of(LOTS);
    if (dice < 2) {
        snprintf(path, sizeof path, "/api/horses/%" PRId64, bench.first_horse + which);
        snprintf(body, sizeof body, "{\"nameEn\":\"Horse %" PRId64 "\"}", one_of(1000000));
        return write_request(out, room, "PATCH", path, bench.office, body);
    }
    snprintf(path, sizeof path, "/api/watchlist/%" PRId64, bench.first_lot + which);
    return write_request(out, room, dice == 2 ? "PUT" : "DELETE", path, line->token, body);
}

static void send_next(struct line *line)
{
    char text[2048];
    line->writes = !bench.floor && one_of(5) == 0;
    int size = bench.floor    ? snprintf(text, sizeof text, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
               : line->writes ? write_write(line, text, sizeof text)
                              : write_read(line, text, sizeof text);
    line->sent_us = clock_monotonic_us();
    if (write(line->client.fd, text, (size_t)size) != size)
        fail("write: %s", strerror(errno));
}

/* ---- answers ---- */

static void count(struct line *line, int status)
{
    int64_t now_us = clock_monotonic_us();
    if (now_us < bench.counting_from_us || now_us >= bench.counting_until_us)
        return;
    bench.done++;
    if (status >= 300 && bench.errors++ == 0)
        fprintf(stderr, "the first error: %s\n", line->client.in.data);
    sample_add(&bench.all, now_us - line->sent_us);
    sample_add(line->writes ? &bench.writes : &bench.reads, now_us - line->sent_us);
}

static void dial(struct line *line)
{
    line->client.fd = client_dial(bench.port);
    fcntl(line->client.fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = line};
    epoll_ctl(bench.epoll, EPOLL_CTL_ADD, line->client.fd, &event);
}

/* True when an answer is there in full; `*close` when it is the connection's last. */
static bool take_answer(struct line *line, int *status, bool *closing)
{
    struct buffer *in = &line->client.in;
    char *end = in->size > 0 ? strstr(in->data, "\r\n\r\n") : NULL;
    if (end == NULL)
        return false;
    size_t head = (size_t)(end - in->data) + 4;
    const char *length = strcasestr(in->data, "\r\nContent-Length: ");
    size_t body = length != NULL && length < end ? strtoul(length + 18, NULL, 10) : 0;
    if (in->size < head + body)
        return false;
    const char *close = strcasestr(in->data, "\r\nConnection: close");
    *closing = close != NULL && close < end;
    *status = (int)strtol(in->data + 9, NULL, 10);
    return true;
}

static void on_readable(struct line *line)
{
    char chunk[65536];
    ssize_t got = read(line->client.fd, chunk, sizeof chunk);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        fail("the server closed a connection");
    if (got > 0)
        buffer_append(&line->client.in, chunk, (size_t)got);
    int status;
    bool closing;
    if (!take_answer(line, &status, &closing))
        return;
    count(line, status);
    buffer_clear(&line->client.in);
    if (closing) {
        close(line->client.fd);
        dial(line);
    }
    if (clock_monotonic_us() < bench.counting_until_us)
        send_next(line);
}

/* Counts for so long; until all answers are there. */
static void run(int seconds)
{
    struct epoll_event events[256];
    bench.done = bench.errors = 0;
    bench.all.count = bench.reads.count = bench.writes.count = 0;
    bench.counting_from_us = clock_monotonic_us() + WARM_UP_MS * 1000;
    bench.counting_until_us = bench.counting_from_us + (int64_t)seconds * 1000000;
    for (int i = 0; i < bench.connections; i++)
        send_next(&bench.lines[i]);
    while (clock_monotonic_us() < bench.counting_until_us + 1000000) {
        int ready = epoll_wait(bench.epoll, events, 256, 100);
        for (int i = 0; i < ready; i++)
            on_readable(events[i].data.ptr);
    }
}

/* ---- the market ---- */

static void open_lots(void)
{
    char sql[640];
    snprintf(
        sql, sizeof sql,
        "WITH h AS (INSERT INTO horses (sex, coat_colour, foaled_on, sire_ja, dam_ja) SELECT 'male', "
        "'bay', '2024-04-01', '父', '母' || i FROM generate_series(1, %d) i RETURNING id) SELECT min(id) "
        "FROM h",
        LOTS);
    bench.first_horse = market_number(&bench.market, sql);
    snprintf(sql, sizeof sql,
             "WITH a AS (INSERT INTO auctions (sale_id, lot_number, horse_id, start_price) SELECT %" PRId64
             ", i + 2, %" PRId64 " + i, 1 FROM generate_series(0, %d) i ORDER BY i RETURNING id) SELECT "
             "min(id) FROM a",
             bench.market.sale_id, bench.first_horse, LOTS - 1);
    bench.first_lot = market_number(&bench.market, sql);
    struct db *db = db_create(setting("DATABASE_URL"), "bench");
    for (int i = 0; i < LOTS; i++)
        market_command(db, bench.first_lot + i, COMMAND_SCHEDULE);
    db_destroy(&db);
}

static char *office_token(void)
{
    int64_t user = market_number(
        &bench.market, "INSERT INTO users (email, name, password_hash, role) VALUES ('bench' || "
                       "gen_random_uuid() || '@example.invalid', 'Bench', '-', 'auctioneer') RETURNING id");
    char sql[160];
    snprintf(sql, sizeof sql,
             "INSERT INTO sessions (user_id, expires_at) VALUES (%" PRId64
             ", now() + interval '1 day') RETURNING id",
             user);
    struct token_claims claims = {
        .user_id = user,
        .session_id = market_number(&bench.market, sql),
        .role = ROLE_AUCTIONEER,
        .issued_at = clock_wall_ms() / 1000,
        .expires_at = clock_wall_ms() / 1000 + 3600,
    };
    return token_issue(bench.market.keys, &claims);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fail("Usage: bench_rest CONNECTIONS SECONDS");
    bench.connections = (int)strtol(argv[1], NULL, 10);
    int seconds = (int)strtol(argv[2], NULL, 10), floor_seconds = seconds < 20 ? 5 : seconds / 4;
    bench.epoll = epoll_create1(EPOLL_CLOEXEC);
    bench.port = (int)strtol(setting("REST_PORT"), NULL, 10);
    allow_files(bench.connections + 100);
    market_open(&bench.market, bench.connections, 1);
    open_lots();
    bench.office = office_token();
    bench.lines = xcalloc((size_t)bench.connections, sizeof *bench.lines);
    for (int i = 0; i < bench.connections; i++) {
        bench.lines[i].token = market_token(&bench.market, i);
        buffer_init(&bench.lines[i].client.in, 8 << 20);
        dial(&bench.lines[i]);
    }

    bench.floor = true;
    run(floor_seconds);
    double floor_rate = (double)bench.done / floor_seconds;
    double floor_p95 = sample_percentile(&bench.all, 95), floor_p99 = sample_percentile(&bench.all, 99);
    bench.floor = false;
    run(seconds);
    printf(
        "{\"row\":\"rest\",\"connections\":%d,\"seconds\":%d,\"requestsPerSecond\":%.0f,\"errors\":%" PRId64
        ",\"p50Ms\":%.2f,\"p95Ms\":%.2f,\"p99Ms\":%.2f,\"readP95Ms\":%.2f,\"writeP95Ms\":%.2f,"
        "\"floorPerSecond\":%.0f,\"floorP95Ms\":%.2f,\"floorP99Ms\":%.2f}\n",
        bench.connections, seconds, (double)bench.done / seconds, bench.errors,
        sample_percentile(&bench.all, 50), sample_percentile(&bench.all, 95),
        sample_percentile(&bench.all, 99), sample_percentile(&bench.reads, 95),
        sample_percentile(&bench.writes, 95), floor_rate, floor_p95, floor_p99);

    for (int i = 0; i < bench.connections; i++) {
        client_close(&bench.lines[i].client);
        free(bench.lines[i].token);
    }
    free(bench.lines);
    free(bench.office);
    free(bench.all.us);
    free(bench.reads.us);
    free(bench.writes.us);
    market_close(&bench.market);
    return EXIT_SUCCESS;
}
