/* Allocation that succeeds or ends the process. A server that runs on after a failed allocation runs in
 * states nobody has tested; sizes that a client names are capped long before they get here. */
#pragma once

#include <stddef.h>

/** As malloc, calloc, realloc, strdup, strndup, but never NULL. Freed by free(). */
[[gnu::malloc, gnu::returns_nonnull, gnu::warn_unused_result]] void *xmalloc(size_t size);
[[gnu::malloc, gnu::returns_nonnull, gnu::warn_unused_result]] void *xcalloc(size_t count, size_t size);
[[gnu::returns_nonnull, gnu::warn_unused_result]] void *xrealloc(void *memory, size_t size);
[[gnu::malloc, gnu::returns_nonnull, gnu::warn_unused_result]] char *xstrdup(const char *text);
[[gnu::malloc, gnu::returns_nonnull, gnu::warn_unused_result]] char *xstrndup(const char *text, size_t size);
