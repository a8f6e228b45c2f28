/* Connecting: bench_connects PER_SECOND SECONDS. So many connections a second begin by the clock, each with
 * the token of a bidder: TCP, the handshake, and a first question (the time), which is answered once the
 * ledger has said who the token's holder is. All stay open until the end. The floor: a bare process that
 * takes connections at the same rate and answers both times with bytes that it has ready. */
#include "tests/bench/node.h"

#include "tests/bench/client.h"
#include "tests/bench/sample.h"

#include <sys/wait.h>

#define BIDDERS       1000
#define FLOOR_SECONDS 3
#define PATIENCE_US   5000000

enum caller_state { CALLER_CONNECTING, CALLER_GREETING, CALLER_ASKING, CALLER_THROUGH };

struct caller {
    struct client client;
    enum caller_state state;
    int bidder;
    int64_t began_us;
};

static struct {
    struct market market;
    char *tokens[BIDDERS];
    struct caller *callers;
    int epoll;
    int through;
    struct sample *took;
} bench;

/* ---- a call ---- */

static void want(struct caller *caller, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = caller};
    if (epoll_ctl(bench.epoll, operation, caller->client.fd, &event) != 0)
        fail("epoll_ctl: %s", strerror(errno));
}

static void begin(struct caller *caller, int bidder, int port)
{
    struct sockaddr_in address;
    *caller = (struct caller){.bidder = bidder, .began_us = clock_monotonic_us()};
    caller->client.fd = client_socket(port, &address);
    buffer_init(&caller->client.in, 65536);
    fcntl(caller->client.fd, F_SETFL, O_NONBLOCK);
    if (connect(caller->client.fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
        fail("connect: %s", strerror(errno));
    want(caller, EPOLL_CTL_ADD, EPOLLOUT);
}

static void greet(struct caller *caller)
{
    char head[CLIENT_HEAD_MAX];
    size_t size = client_greeting(head, bench.tokens[caller->bidder]);
    if (send(caller->client.fd, head, size, MSG_NOSIGNAL) != (ssize_t)size)
        fail("a connection was refused: %s", strerror(errno));
    caller->state = CALLER_GREETING;
    want(caller, EPOLL_CTL_MOD, EPOLLIN);
}

static void ask(struct caller *caller)
{
    static const char text[] = "{\"event\":\"time:sync\",\"id\":1,\"data\":{\"clientMs\":1}}";
    if (!client_send(&caller->client, text, sizeof text - 1))
        fail("the node closed a connection");
    caller->state = CALLER_ASKING;
}

static void take(const char *text, size_t size, void *context)
{
    struct caller *caller = context;
    if (caller->state != CALLER_ASKING || !text_begins(text, size, "{\"event\":\"ack\""))
        return;
    sample_add(bench.took, clock_monotonic_us() - caller->began_us);
    caller->state = CALLER_THROUGH;
    bench.through++;
}

/* Nothing comes behind the answer before the question. */
static void read_head(struct caller *caller)
{
    char head[CLIENT_HEAD_MAX];
    ssize_t got = read(caller->client.fd, head, sizeof head);
    if (got < 16 || memcmp(head, "HTTP/1.1 101", 12) != 0 || memcmp(head + got - 4, "\r\n\r\n", 4) != 0)
        fail("the handshake failed: %.*s", got > 0 ? (int)got : 0, head);
    ask(caller);
}

static void go_on(struct caller *caller)
{
    switch (caller->state) {
    case CALLER_CONNECTING: greet(caller); break;
    case CALLER_GREETING: read_head(caller); break;
    case CALLER_ASKING:
    case CALLER_THROUGH:
        if (!client_read(&caller->client, take, caller))
            fail("the node closed a connection");
        break;
    }
}

/* By the clock, however late it is. */
static void run(int port, int per_second, int seconds, struct sample *took)
{
    struct epoll_event events[256];
    int count = per_second * seconds, begun = 0;
    bench.epoll = epoll_create1(EPOLL_CLOEXEC);
    bench.callers = xcalloc((size_t)count, sizeof *bench.callers);
    bench.took = took;
    bench.through = 0;
    int64_t began_us = clock_monotonic_us(), now_us;
    while (bench.through < count) {
        now_us = clock_monotonic_us();
        if (now_us - began_us > seconds * 1000000LL + PATIENCE_US)
            fail("%d of %d connections were not answered", count - bench.through, count);
        for (; begun < count && begun <= (now_us - began_us) * per_second / 1000000; begun++)
            begin(&bench.callers[begun], begun % BIDDERS, port);
        int ready = epoll_wait(bench.epoll, events, 256, 1);
        for (int i = 0; i < ready; i++)
            go_on(events[i].data.ptr);
    }
    for (int i = 0; i < count; i++)
        client_close(&bench.callers[i].client);
    free(bench.callers);
    close(bench.epoll);
}

/* ---- the floor ---- */

static void answer_bare(int fd)
{
    static const char yes[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    static const char ack[] = "\x81\x0f{\"event\":\"ack\"}";
    char bytes[CLIENT_HEAD_MAX];
    ssize_t got = read(fd, bytes, sizeof bytes);
    bool greeting = got > 0 && bytes[0] == 'G';
    const char *answer = greeting ? yes : ack;
    size_t size = greeting ? sizeof yes - 1 : sizeof ack - 1;
    if (got <= 0)
        close(fd);
    else if (send(fd, answer, size, MSG_NOSIGNAL) != (ssize_t)size)
        _exit(EXIT_FAILURE);
}

[[gnu::noreturn]] static void serve_bare(int listener)
{
    struct epoll_event events[256], event = {.events = EPOLLIN, .data.fd = listener};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd != listener) {
                answer_bare(events[i].data.fd);
                continue;
            }
            event.data.fd = accept(listener, NULL, NULL);
            if (event.data.fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event) != 0)
                _exit(EXIT_FAILURE);
        }
    }
}

static void run_floor(int per_second, struct sample *took)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 4096) != 0)
        fail("listen: %s", strerror(errno));
    getsockname(listener, (struct sockaddr *)&address, &size);
    pid_t pid = fork();
    if (pid == 0)
        serve_bare(listener);
    close(listener);
    run(ntohs(address.sin_port), per_second, FLOOR_SECONDS, took);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fail("Usage: bench_connects PER_SECOND SECONDS");
    int per_second = (int)strtol(argv[1], NULL, 10), seconds = (int)strtol(argv[2], NULL, 10);
    struct sample took = {0}, floor = {0};
    struct nodes nodes = nodes_told();
    allow_files(per_second * seconds + 100);
    market_open(&bench.market, BIDDERS, 1);
    for (int i = 0; i < BIDDERS; i++)
        bench.tokens[i] = market_token(&bench.market, i);
    run(nodes.ports[0], per_second, seconds, &took);
    run_floor(per_second, &floor);
    printf("{\"row\":\"connects\",\"perSecond\":%d,\"connections\":%d,\"p50Ms\":%.2f,\"p99Ms\":%.2f,"
           "\"floorP50Ms\":%.2f,\"floorP99Ms\":%.2f}\n",
           per_second, per_second * seconds, sample_percentile(&took, 50), sample_percentile(&took, 99),
           sample_percentile(&floor, 50), sample_percentile(&floor, 99));
    for (int i = 0; i < BIDDERS; i++)
        free(bench.tokens[i]);
    free(took.us);
    free(floor.us);
    market_close(&bench.market);
    return EXIT_SUCCESS;
}
