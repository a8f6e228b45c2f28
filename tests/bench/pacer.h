/* Bids at a steady rate on one lot, from a process of their own: who watches ten thousand connections cannot
 * also take the time of answers. What it found stands in memory that both share. */
#pragma once

#include "tests/bench/client.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PACER_BIDDERS 256
#define PACER_MAX     65536 /* bids a run */

/** A state of the lot that an answer has told of. */
struct pacer_state {
    int64_t seq, at_us;
};

struct pacer_result {
    int sent, accepted, refused, late; /* late: nobody was free when it was due */
    int64_t answers_us[PACER_MAX];     /* of the accepted */
    _Atomic int count;
    struct pacer_state states[PACER_MAX]; /* with growing seq */
};

struct pacer {
    struct market *market;
    int port, per_second;
    int64_t until_us, amount;
    struct pacer_result *result;
    struct client clients[PACER_BIDDERS];
    int64_t sent_us[PACER_BIDDERS]; /* 0: free */
    int next;
};

static struct pacer pacer;

static inline void pacer_take(const char *text, size_t size, void *context)
{
    struct pacer_result *result = pacer.result;
    int64_t *sent_us = context, now_us = clock_monotonic_us();
    if (!text_begins(text, size, "{\"event\":\"ack\"") || *sent_us == 0)
        return;
    if (text_has(text, size, "\"ok\":true")) {
        int64_t seq = text_number(text, size, "\"stateSeq\":");
        result->answers_us[result->accepted++] = now_us - *sent_us;
        int count = atomic_load(&result->count);
        if (count == 0 || result->states[count - 1].seq < seq) {
            result->states[count] = (struct pacer_state){seq, now_us};
            atomic_store(&result->count, count + 1);
        }
    } else if (result->refused++ == 0) {
        fprintf(stderr, "the first refusal: %.*s\n", (int)size, text);
    }
    *sent_us = 0;
}

static inline void pacer_bid(void)
{
    int bidder = pacer.next++ % PACER_BIDDERS;
    if (pacer.sent_us[bidder] != 0) {
        pacer.result->late++;
        return;
    }
    pacer.sent_us[bidder] = clock_monotonic_us();
    pacer.result->sent++;
    if (!client_bid(&pacer.clients[bidder], pacer.market->auction_id, uuid_random(), ++pacer.amount))
        fail("the node closed a bidder's connection");
}

/* Bids that are due by the clock, however late it is. */
[[gnu::noreturn]] static inline void pacer_run(void)
{
    struct epoll_event events[PACER_BIDDERS];
    int epoll = epoll_create1(EPOLL_CLOEXEC), due = 0;
    for (int i = 0; i < PACER_BIDDERS; i++) {
        char *token = market_token(pacer.market, i);
        client_connect(&pacer.clients[i], pacer.port, token);
        free(token);
        client_watch(&pacer.clients[i], epoll, &pacer.clients[i]);
    }
    int64_t began_us = clock_monotonic_us(), now_us;
    while ((now_us = clock_monotonic_us()) < pacer.until_us + 1000000) {
        int64_t end_us = now_us < pacer.until_us ? now_us : pacer.until_us;
        for (; due < (end_us - began_us) * pacer.per_second / 1000000; due++)
            pacer_bid();
        int count = epoll_wait(epoll, events, PACER_BIDDERS, 1);
        for (int i = 0; i < count; i++) {
            struct client *client = events[i].data.ptr;
            if (!client_read(client, pacer_take, &pacer.sent_us[client - pacer.clients]))
                fail("the node closed a bidder's connection");
        }
    }
    _exit(EXIT_SUCCESS);
}

/** Starts: bidders of the market, from `amount` on, for `seconds`. The result is to be given back by
 * pacer_free. */
static inline pid_t pacer_start(struct market *market, int port, int per_second, int seconds, int64_t amount,
                                struct pacer_result **out)
{
    if (per_second * seconds > PACER_MAX)
        fail("too many bids");
    *out = mmap(NULL, sizeof **out, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (*out == MAP_FAILED)
        fail("mmap: %s", strerror(errno));
    pacer = (struct pacer){.market = market,
                           .port = port,
                           .per_second = per_second,
                           .until_us = clock_monotonic_us() + (int64_t)seconds * 1000000,
                           .amount = amount,
                           .result = *out};
    pid_t pid = fork();
    if (pid == 0)
        pacer_run();
    return pid;
}

/** Waits for its end; the result is whole then. */
static inline void pacer_await(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail("the bidders' process failed");
}

static inline void pacer_free(struct pacer_result *result)
{
    munmap(result, sizeof *result);
}
