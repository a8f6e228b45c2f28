/* The floor of a fan-out: one process sends so many bytes to so many sockets in a plain loop, another reads
 * them as the watchers' process does. Both are processes of their own, because the watchers have the files of
 * theirs. A round is asked for between two rounds of what is measured, so that both meet the same moods of
 * the machine.
 *
 * Where news never end there is another floor: the loop goes round and round, each lap carries the moment at
 * which it began, and nobody waits for anybody. A reader's view is then as old as the lap before. */
#pragma once

#include "tests/bench/client.h"
#include "tests/bench/sample.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define FLOOR_AGES_MAX 2000000
#define FLOOR_FILES    100 /* that a process has open besides */

/** What the laps have shown, in memory that all share. */
struct floor_ages {
    int64_t count;
    int64_t us[FLOOR_AGES_MAX];
};

struct floor {
    int sockets;
    size_t size;
    int to_reader, from_reader;
    int64_t *arrived_us; /* shared: of the last round, one each, in the order they came */
    struct floor_ages *ages;
    pid_t reader, sender;
};

static inline int floor_listen(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 4096) != 0)
        fail("listen: %s", strerror(errno));
    getsockname(fd, (struct sockaddr *)&address, &size);
    *port = ntohs(address.sin_port);
    return fd;
}

/* Lap after lap, for so many seconds. */
static inline void floor_send_laps(const struct floor *floor, const int *fds, char *bytes, int seconds)
{
    int64_t now_us = clock_monotonic_us(), until_us = now_us + (int64_t)seconds * 1000000;
    for (; now_us < until_us; now_us = clock_monotonic_us()) {
        memcpy(bytes, &now_us, sizeof now_us);
        for (int i = 0; i < floor->sockets; i++) {
            ssize_t sent = send(fds[i], bytes, floor->size, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent >= 0 && sent != (ssize_t)floor->size)
                _exit(EXIT_FAILURE);
        }
    }
}

/* Takes all connections, then sends to all whenever a byte comes over the pipe: once, or for that many
 * seconds. */
[[gnu::noreturn]] static inline void floor_send(const struct floor *floor, int listener, int pipe)
{
    int *fds = xcalloc((size_t)floor->sockets, sizeof *fds);
    char *bytes = xcalloc(1, floor->size), byte;
    for (int i = 0; i < floor->sockets; i++)
        fds[i] = accept(listener, NULL, NULL);
    while (read(pipe, &byte, 1) == 1) {
        if (byte > 0)
            floor_send_laps(floor, fds, bytes, byte);
        for (int i = 0; byte == 0 && i < floor->sockets; i++)
            if (send(fds[i], bytes, floor->size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)floor->size)
                _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

static inline void floor_receive(const struct floor *floor, int epoll)
{
    struct epoll_event events[512];
    static char bytes[262144];
    int64_t left = (int64_t)floor->sockets * (int64_t)floor->size;
    for (int arrived = 0; left > 0;) {
        int count = epoll_wait(epoll, events, 512, 5000);
        if (count <= 0)
            fail("the floor lost bytes");
        for (int i = 0; i < count; i++) {
            ssize_t got = read(events[i].data.fd, bytes, sizeof bytes);
            if (got <= 0 || arrived == floor->sockets)
                fail("the floor lost bytes, or they came in pieces");
            left -= got;
            floor->arrived_us[arrived++] = clock_monotonic_us();
        }
    }
}

/* Until nothing more comes. The first laps, which nobody was behind, are not counted. */
static inline void floor_receive_laps(const struct floor *floor, int epoll)
{
    struct epoll_event events[512];
    static char bytes[262144];
    int64_t *known_us = xcalloc((size_t)floor->sockets + FLOOR_FILES, sizeof *known_us), stamp_us;
    for (int count; (count = epoll_wait(epoll, events, 512, 1000)) > 0;) {
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            ssize_t got = read(fd, bytes, sizeof bytes);
            if (got <= 0 || got % (ssize_t)floor->size != 0 || fd >= floor->sockets + FLOOR_FILES)
                fail("the floor lost bytes, or they came in pieces");
            memcpy(&stamp_us, bytes + got - (ssize_t)floor->size, sizeof stamp_us);
            if (known_us[fd] != 0 && floor->ages->count < FLOOR_AGES_MAX)
                floor->ages->us[floor->ages->count++] = clock_monotonic_us() - known_us[fd];
            known_us[fd] = stamp_us;
        }
    }
    free(known_us);
}

/* Connects all, says so, and lets a round go by for each byte that comes. */
[[gnu::noreturn]] static inline void floor_read(const struct floor *floor, int port, int pipe, int done,
                                                int to_sender)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    char byte = 0;
    for (int i = 0; i < floor->sockets; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = client_dial(port)};
        epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
    }
    while (write(done, &byte, 1) == 1 && read(pipe, &byte, 1) == 1) {
        if (write(to_sender, &byte, 1) != 1)
            fail("the floor's sender is gone");
        if (byte > 0)
            floor_receive_laps(floor, epoll);
        else
            floor_receive(floor, epoll);
    }
    _exit(EXIT_SUCCESS);
}

/* Closes all files but these and the standard ones. */
static inline void floor_keep(const int *kept, int count)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = 3; fd < (int)limit.rlim_cur; fd++) {
        bool keep = false;
        for (int i = 0; i < count; i++)
            keep |= kept[i] == fd;
        if (!keep)
            close(fd);
    }
}

static inline void floor_await(struct floor *floor)
{
    char byte;
    if (read(floor->from_reader, &byte, 1) != 1)
        fail("the floor ended");
}

/** Opens it; what else the process has open is closed in its children. */
static inline void floor_open(struct floor *floor, int sockets, size_t size)
{
    int port, order[2], done[2], pass[2], listener = floor_listen(&port);
    *floor = (struct floor){.sockets = sockets, .size = size};
    floor->arrived_us = mmap(NULL, (size_t)sockets * sizeof *floor->arrived_us, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    floor->ages = mmap(NULL, sizeof *floor->ages, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (floor->arrived_us == MAP_FAILED || floor->ages == MAP_FAILED || pipe(order) != 0 || pipe(done) != 0 ||
        pipe(pass) != 0)
        fail("the floor: %s", strerror(errno));
    if ((floor->sender = fork()) == 0) {
        floor_keep((int[]){listener, pass[0]}, 2);
        floor_send(floor, listener, pass[0]);
    }
    if ((floor->reader = fork()) == 0) {
        floor_keep((int[]){order[0], done[1], pass[1]}, 3);
        floor_read(floor, port, order[0], done[1], pass[1]);
    }
    close(order[0]);
    close(done[1]);
    close(pass[0]);
    close(pass[1]);
    close(listener);
    floor->to_reader = order[1];
    floor->from_reader = done[0];
    floor_await(floor);
}

/** One round; adds when each had it and when the last one had. */
static inline void floor_round(struct floor *floor, struct sample *each, struct sample *last)
{
    int64_t from_us = clock_monotonic_us();
    if (write(floor->to_reader, "", 1) != 1)
        fail("the floor ended");
    floor_await(floor);
    for (int i = 0; i < floor->sockets; i++)
        sample_add(each, floor->arrived_us[i] - from_us);
    sample_add(last, floor->arrived_us[floor->sockets - 1] - from_us);
}

/** Laps for so many seconds, at most 100; adds how old the views of all got. */
static inline void floor_laps(struct floor *floor, int seconds, struct sample *views)
{
    char byte = (char)seconds;
    floor->ages->count = 0;
    if (write(floor->to_reader, &byte, 1) != 1)
        fail("the floor ended");
    floor_await(floor);
    for (int64_t i = 0; i < floor->ages->count; i++)
        sample_add(views, floor->ages->us[i]);
}

static inline void floor_close(struct floor *floor)
{
    close(floor->to_reader);
    close(floor->from_reader);
    waitpid(floor->reader, NULL, 0);
    waitpid(floor->sender, NULL, 0);
    munmap(floor->ages, sizeof *floor->ages);
    munmap(floor->arrived_us, (size_t)floor->sockets * sizeof *floor->arrived_us);
}
