/* Temporary files without a name: bodies too large for memory on their way in, reports on their way out. What
 * all of them together may take of the disk is bounded, and a file is gone when its holder is, however that
 * came about: a crash leaves nothing behind. */
#pragma once

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spools; /* opaque: the folder and the account of its room; any thread */

/** Files in `folder`, of `bytes_max` together. NULL, with `error`, when no file can be made there. */
struct spools *spools_create(const char *folder, int64_t bytes_max, struct error *error);

/** After every spool has been closed. Accepts a pointer to NULL. */
void spools_destroy(struct spools **spools);

struct spool; /* opaque: one file; one thread at a time */

enum spool_result {
    SPOOL_GOOD,
    SPOOL_FULL,  /* all spools together take as much as they may */
    SPOOL_OVER,  /* more than this one was opened for */
    SPOOL_FAILED /* the disk says no; logged */
};

/** Opens an empty file and keeps room for `most` bytes. On SPOOL_GOOD `*out` is the caller's. */
[[gnu::warn_unused_result]] enum spool_result spool_open(struct spools *spools, int64_t most,
                                                         struct spool **out);

/** Closes it, which makes the file vanish. Accepts a pointer to NULL. */
void spool_close(struct spool **spool);

/** Appends, all or (as far as the spool's size tells) nothing. */
[[gnu::warn_unused_result]] enum spool_result spool_append(struct spool *spool, const void *bytes,
                                                           size_t size);

/** Its bytes so far. */
int64_t spool_size(const struct spool *spool);

/** The file, for pread or mmap; its position is nobody's business. Borrowed. */
int spool_file(const struct spool *spool);
