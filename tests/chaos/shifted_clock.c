/* Put before a program by LD_PRELOAD, it shifts the clocks that the program reads by what stands in the file
 * named by SHIFTED_CLOCK: two 64-bit numbers of ms, for the wall clock and for the time since boot. The file
 * is mapped, so a test can set a clock while the program runs, as an operator does or a machine that slept.
 * For tests only: programs know nothing of it. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WALL, BOOT, SHIFTS };

static const volatile int64_t none[SHIFTS];
static const volatile int64_t *shifts_ms = none;

__attribute__((constructor)) static void map_shifts(void)
{
    const char *path = getenv("SHIFTED_CLOCK");
    int file = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *memory =
        file >= 0 ? mmap(NULL, sizeof(int64_t[SHIFTS]), PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
    if (memory == MAP_FAILED)
        abort(); /* a test of a clock that is not shifted would prove nothing */
    shifts_ms = memory;
    close(file);
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, id, now);
    int64_t shift_ms = id == CLOCK_REALTIME ? shifts_ms[WALL] : id == CLOCK_BOOTTIME ? shifts_ms[BOOT] : 0;
    if (result != 0 || shift_ms == 0)
        return result;
    int64_t ns = (int64_t)now->tv_nsec + shift_ms % 1000 * 1000000;
    now->tv_sec += shift_ms / 1000 + (ns >= 1000000000) - (ns < 0);
    now->tv_nsec = ns + (ns < 0 ? 1000000000 : 0) - (ns >= 1000000000 ? 1000000000 : 0);
    return result;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}
