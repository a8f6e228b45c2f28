/* An S3 where one is configured, else the folder. */
#include "rest/media/store.h"

#include "core/base/alloc.h"
#include "core/base/buffer.h"
#include "core/base/uuid.h"
#include "rest/media/backend.h"

#include <stdlib.h>

struct media_store {
    const struct media_backend *backend;
    void *self; /* owned: the backend's */
};

struct media_store *media_store_create(const struct config *config, struct error *error)
{
    bool far = config_text(config, "S3_ENDPOINT")[0] != '\0';
    void *self = far ? media_s3_create(config, error) : media_folder_create(config, error);
    if (self == NULL)
        return NULL;
    struct media_store *store = xmalloc(sizeof *store);
    *store = (struct media_store){.backend = far ? &media_s3 : &media_folder, .self = self};
    return store;
}

void media_store_destroy(struct media_store **store)
{
    if (*store == NULL)
        return;
    (*store)->backend->destroy((*store)->self);
    free(*store);
    *store = NULL;
}

void media_location_make(char location[LOCATION_SIZE])
{
    uint8_t bytes[(LOCATION_SIZE - 1) / 2];
    random_bytes(bytes, sizeof bytes);
    struct buffer out;
    buffer_init_fixed(&out, location, LOCATION_SIZE);
    buffer_append_hex(&out, bytes, sizeof bytes);
}

bool media_store_put(struct media_store *store, const char *location, int file, int64_t size,
                     const char *content_type, struct error *error)
{
    return store->backend->put(store->self, location, file, size, content_type, error);
}

bool media_store_remove(struct media_store *store, const char *location, struct error *error)
{
    return store->backend->remove(store->self, location, error);
}

bool media_store_find(struct media_store *store, const char *location, const struct media_showing *showing,
                      struct media_found *out, struct error *error)
{
    *out = (struct media_found){.file = -1};
    return store->backend->find(store->self, location, showing, out, error);
}
