/* What a kind of store can do; store.c has one of them. */
#pragma once

#include "rest/media/store.h"

struct media_backend {
    void (*destroy)(void *self);
    bool (*put)(void *self, const char *location, int file, int64_t size, const char *content_type,
                struct error *error);
    bool (*remove)(void *self, const char *location, struct error *error);
    bool (*find)(void *self, const char *location, const struct media_showing *showing,
                 struct media_found *out, struct error *error);
};

extern const struct media_backend media_folder, media_s3;

/** The two kinds, from the settings; NULL with `error`. Destroyed by their backend. */
void *media_folder_create(const struct config *config, struct error *error);
void *media_s3_create(const struct config *config, struct error *error);
