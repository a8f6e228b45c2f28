/* Fan-out: bench_watchers WATCHERS BIDS. So many visitors watch one lot; two bidders take turns; how long
 * after a bid was sent does each watcher have its update, and the last one, and how much of that came after
 * the bidder's own answer (the commit being behind it). Then the floor: a bare process that sends as many
 * bytes to as many sockets in a plain loop. The watchers are all in this one process, whose reading is part
 * of every figure. */
#include "tests/bench/market.h"

#include "tests/bench/client.h"
#include "tests/bench/sample.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>

#define PAUSE_US     150000
#define PATIENCE_US  5000000
#define FLOOR_ROUNDS 30

static struct {
    int watchers;
    struct client *clients;
    struct client bidders[2];
    int64_t sent_us, answered_us, last_us;
    int waiting; /* watchers who have not got this update yet */
    size_t update_size;
    struct sample each, last, each_after, last_after;
    int epoll;
} bench;

static bool begins(const char *text, size_t size, const char *with)
{
    size_t length = strlen(with);
    return size >= length && memcmp(text, with, length) == 0;
}

static void take_update(const char *text, size_t size, void *context)
{
    (void)context;
    if (!begins(text, size, "{\"event\":\"auction:update\""))
        return;
    bench.update_size = size;
    bench.last_us = clock_monotonic_us();
    sample_add(&bench.each, bench.last_us - bench.sent_us);
    if (bench.answered_us != 0)
        sample_add(&bench.each_after,
                   bench.last_us > bench.answered_us ? bench.last_us - bench.answered_us : 0);
    bench.waiting--;
}

static void take_answer(const char *text, size_t size, void *context)
{
    (void)context;
    if (!begins(text, size, "{\"event\":\"ack\""))
        return;
    if (memmem(text, size, "\"ok\":true", 9) == NULL)
        fail("%.*s", (int)size, text);
    bench.answered_us = clock_monotonic_us();
}

static void ignore(const char *text, size_t size, void *context)
{
    (void)text;
    (void)size;
    (void)context;
}

static void watch(struct client *client)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    epoll_ctl(bench.epoll, EPOLL_CTL_ADD, client->fd, &event);
}

/* Reads whatever comes until `enough` says so or time is up. */
static void read_all(bool (*enough)(void), int64_t patience_us,
                     void (*take)(const char *text, size_t size, void *context))
{
    struct epoll_event events[512];
    int64_t until_us = clock_monotonic_us() + patience_us;
    while (!enough() && clock_monotonic_us() < until_us) {
        int count = epoll_wait(bench.epoll, events, 512, 10);
        for (int i = 0; i < count; i++) {
            struct client *client = events[i].data.ptr;
            bool bidder = client == &bench.bidders[0] || client == &bench.bidders[1];
            client_read(client, bidder ? take_answer : take, NULL);
        }
    }
}

static bool never(void)
{
    return false;
}

static bool all_have_it(void)
{
    return bench.waiting == 0 && bench.answered_us != 0;
}

static void send_bid(const struct market *market, int bidder, int64_t amount)
{
    char text[256], id[UUID_TEXT_SIZE];
    uuid_format(uuid_random(), id);
    int size = snprintf(text, sizeof text,
                        "{\"event\":\"auction:bid\",\"id\":1,\"data\":{\"auctionId\":%" PRId64
                        ",\"bidId\":\"%s\",\"amount\":%" PRId64 ",\"confirm\":true}}",
                        market->auction_id, id, amount);
    bench.waiting = bench.watchers;
    bench.answered_us = 0;
    bench.sent_us = clock_monotonic_us();
    client_send(&bench.bidders[bidder], text, (size_t)size);
}

static void run_bids(const struct market *market, int bids)
{
    for (int i = 0; i < bids; i++) {
        send_bid(market, i % 2, i + 1);
        read_all(all_have_it, PATIENCE_US, take_update);
        if (bench.waiting > 0)
            fail("%d watchers did not get an update", bench.waiting);
        sample_add(&bench.last, bench.last_us - bench.sent_us);
        sample_add(&bench.last_after,
                   bench.last_us > bench.answered_us ? bench.last_us - bench.answered_us : 0);
        read_all(never, PAUSE_US, ignore);
    }
}

static void connect_all(const struct market *market, int port)
{
    char text[128];
    int size =
        snprintf(text, sizeof text, "{\"event\":\"auction:join\",\"data\":{\"auctionId\":%" PRId64 "}}",
                 market->auction_id);
    for (int i = 0; i < bench.watchers; i++) {
        client_connect(&bench.clients[i], port, NULL);
        client_send(&bench.clients[i], text, (size_t)size);
        watch(&bench.clients[i]);
    }
    for (int i = 0; i < 2; i++) {
        char *token = market_token(market, i);
        client_connect(&bench.bidders[i], port, token);
        free(token);
        watch(&bench.bidders[i]);
    }
    read_all(never, 2000000, ignore);
}

/* ---- the floor ---- */

/* The other process: takes all connections, then sends to all whenever a byte comes over the pipe. */
static void send_bare(int listener, int pipe, size_t size)
{
    int *fds = xcalloc((size_t)bench.watchers, sizeof *fds);
    char *bytes = xcalloc(1, size), byte;
    for (int i = 0; i < bench.watchers; i++)
        fds[i] = accept(listener, NULL, NULL);
    while (read(pipe, &byte, 1) == 1)
        for (int i = 0; i < bench.watchers; i++)
            if (send(fds[i], bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size)
                _exit(EXIT_FAILURE);
    _exit(EXIT_SUCCESS);
}

static int listen_anywhere(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 1024) != 0)
        fail("listen: %s", strerror(errno));
    getsockname(fd, (struct sockaddr *)&address, &size);
    *port = ntohs(address.sin_port);
    return fd;
}

static void receive_round(int epoll, size_t size, int64_t from_us, struct sample *each, struct sample *last)
{
    struct epoll_event events[512];
    char bytes[65536];
    for (int left = bench.watchers; left > 0;) {
        int count = epoll_wait(epoll, events, 512, 1000);
        for (int i = 0; i < count; i++) {
            if (read(events[i].data.fd, bytes, sizeof bytes) != (ssize_t)size)
                fail("the floor lost bytes");
            left--;
            sample_add(each, clock_monotonic_us() - from_us);
        }
    }
    sample_add(last, clock_monotonic_us() - from_us);
}

static void run_floor(size_t size, struct sample *each, struct sample *last)
{
    int port, pipes[2], epoll = epoll_create1(EPOLL_CLOEXEC), listener = listen_anywhere(&port);
    if (pipe(pipes) != 0)
        fail("pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        close(pipes[1]);
        send_bare(listener, pipes[0], size);
    }
    close(pipes[0]);
    for (int i = 0; i < bench.watchers; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = client_dial(port)};
        epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
    }
    for (int i = 0; i < FLOOR_ROUNDS; i++) {
        usleep(PAUSE_US);
        int64_t from_us = clock_monotonic_us();
        if (write(pipes[1], "", 1) != 1)
            fail("write: %s", strerror(errno));
        receive_round(epoll, size, from_us, each, last);
    }
    close(pipes[1]);
    waitpid(child, NULL, 0);
}

static void print(const char *name, struct sample *sample)
{
    printf(",\"%sP50Ms\":%.2f,\"%sP99Ms\":%.2f", name, sample_percentile(sample, 50), name,
           sample_percentile(sample, 99));
    free(sample->us);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fail("Usage: bench_watchers WATCHERS BIDS");
    struct market market;
    struct sample floor_each = {0}, floor_last = {0};
    int bids = (int)strtol(argv[2], NULL, 10);
    bench.watchers = (int)strtol(argv[1], NULL, 10);
    bench.clients = xcalloc((size_t)bench.watchers, sizeof *bench.clients);
    bench.epoll = epoll_create1(EPOLL_CLOEXEC);
    allow_many_files();
    market_open(&market, 2, 3600);
    connect_all(&market, (int)strtol(setting("REALTIME_PORT"), NULL, 10));
    run_bids(&market, bids);
    for (int i = 0; i < bench.watchers; i++)
        client_close(&bench.clients[i]);
    for (int i = 0; i < 2; i++)
        client_close(&bench.bidders[i]);
    run_floor(bench.update_size, &floor_each, &floor_last);

    printf("{\"row\":\"watchers\",\"watchers\":%d,\"bids\":%d,\"updateBytes\":%zu", bench.watchers, bids,
           bench.update_size);
    print("each", &bench.each);
    print("last", &bench.last);
    print("eachAfterAnswer", &bench.each_after);
    print("lastAfterAnswer", &bench.last_after);
    print("floorEach", &floor_each);
    print("floorLast", &floor_last);
    printf("}\n");
    free(bench.clients);
    market_close(&market);
    return EXIT_SUCCESS;
}
