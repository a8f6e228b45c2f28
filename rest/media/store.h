/* Where the bytes of media are: a folder, or an S3 of anybody's. A thing lies at a location, 32 hexadecimal
 * digits at random, which no client ever names; it is put once, whole or not at all, and never changed. */
#pragma once

#include "core/base/config.h"
#include "core/base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define LOCATION_SIZE 33

struct media_store; /* opaque; any thread */

/** As the settings say; NULL, with `error`, when they are no good or the folder cannot be written. Call it
 * before there are threads. */
struct media_store *media_store_create(const struct config *config, struct error *error);
void media_store_destroy(struct media_store **store);

/** A new location. */
void media_location_make(char location[LOCATION_SIZE]);

/** Puts the first `size` bytes of a file there, to stay. May take minutes. `content_type` is a constant. */
[[gnu::warn_unused_result]] bool media_store_put(struct media_store *store, const char *location, int file,
                                                 int64_t size, const char *content_type, struct error *error);

/** Takes it away. Good too when there is nothing. */
[[gnu::warn_unused_result]] bool media_store_remove(struct media_store *store, const char *location,
                                                    struct error *error);

/** How to show what lies there: by its file, or by sending the client elsewhere. */
struct media_found {
    int file;  /* the caller's; -1: see url */
    char *url; /* owned by the caller; NULL: see file */
};

/** How it is to be shown by another server than us. */
struct media_showing {
    const char *content_type, *disposition; /* headers of the answer */
    int64_t valid_s;                        /* how long the url is good */
};

/** Finds it; false, with `error`, when it is not there. */
[[gnu::warn_unused_result]] bool media_store_find(struct media_store *store, const char *location,
                                                  const struct media_showing *showing,
                                                  struct media_found *out, struct error *error);
