/* O_TMPFILE: the file never has a name, so there is nothing to clean up. Room is taken when a spool is
 * opened, for all that it may become: better refused before a long upload than in the middle of it. */
#include "rest/spool.h"

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "rest/meters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct spools {
    char *folder; /* owned */
    int64_t bytes_max;
    atomic_int_fast64_t taken;
};

struct spool {
    struct spools *spools;
    int file; /* owned */
    int64_t size, most;
};

static int make_file(const struct spools *spools)
{
    return open(spools->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

struct spools *spools_create(const char *folder, int64_t bytes_max, struct error *error)
{
    struct spools *spools = xcalloc(1, sizeof *spools);
    spools->folder = xstrdup(folder);
    spools->bytes_max = bytes_max;
    int file = make_file(spools);
    if (file >= 0) {
        close(file);
        return spools;
    }
    error_set(error, "cannot make temporary files in %s: %s", folder, strerror(errno));
    spools_destroy(&spools);
    return NULL;
}

void spools_destroy(struct spools **spools)
{
    if (*spools == NULL)
        return;
    free((*spools)->folder);
    free(*spools);
    *spools = NULL;
}

static void give_back(struct spools *spools, int64_t bytes)
{
    atomic_fetch_sub(&spools->taken, bytes);
    metrics_add(METER_SPOOL_BYTES, 0, -bytes);
}

static bool take_room(struct spools *spools, int64_t bytes)
{
    int64_t before = atomic_fetch_add(&spools->taken, bytes);
    metrics_add(METER_SPOOL_BYTES, 0, bytes);
    if (before + bytes <= spools->bytes_max)
        return true;
    give_back(spools, bytes);
    metrics_add(METER_SPOOL_REFUSED, 0, 1);
    return false;
}

enum spool_result spool_open(struct spools *spools, int64_t most, struct spool **out)
{
    *out = NULL;
    if (!take_room(spools, most))
        return SPOOL_FULL;
    int file = make_file(spools);
    if (file < 0) {
        log_error("cannot make a temporary file", log_text("reason", strerror(errno)));
        give_back(spools, most);
        return SPOOL_FAILED;
    }
    *out = xmalloc(sizeof **out);
    **out = (struct spool){.spools = spools, .file = file, .most = most};
    return SPOOL_GOOD;
}

void spool_close(struct spool **spool)
{
    if (*spool == NULL)
        return;
    close((*spool)->file);
    give_back((*spool)->spools, (*spool)->most);
    free(*spool);
    *spool = NULL;
}

enum spool_result spool_append(struct spool *spool, const void *bytes, size_t size)
{
    if (size > (size_t)(spool->most - spool->size))
        return SPOOL_OVER;
    size_t written = 0;
    while (written < size) {
        ssize_t n = pwrite(spool->file, (const char *)bytes + written, size - written,
                           spool->size + (int64_t)written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            log_error("cannot write a temporary file", log_text("reason", strerror(errno)));
            return SPOOL_FAILED;
        }
        written += (size_t)n;
    }
    spool->size += (int64_t)size;
    return SPOOL_GOOD;
}

int64_t spool_size(const struct spool *spool)
{
    return spool->size;
}

int spool_file(const struct spool *spool)
{
    return spool->file;
}
