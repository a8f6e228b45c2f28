/* How threads that work by themselves are told to end: they wait here between turns, and wake at once. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct halt {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    atomic_bool stopping; /* may be looked at without waiting */
};

void halt_init(struct halt *halt);
void halt_finish(struct halt *halt);

/** Wakes everybody who waits, now and from now on. */
void halt_now(struct halt *halt);

/** Waits for so long, or until it is time to end. True: end. */
bool halt_wait(struct halt *halt, int64_t wait_ms);
