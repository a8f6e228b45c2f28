/* A folder with 256 folders in it, by the first two digits of a location. A file gets its name when all of it
 * is on the disk, so after a power cut there is either the whole or nothing. */
#include "core/base/alloc.h"
#include "rest/media/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES (256 << 10)

struct folder {
    int root; /* owned */
};

static bool fail(struct error *error, const char *what)
{
    error_set(error, "%s: %s", what, strerror(errno));
    return false;
}

void *media_folder_create(const struct config *config, struct error *error)
{
    const char *path = config_text(config, "MEDIA_DIR");
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        error_set(error, "MEDIA_DIR: cannot make %s: %s", path, strerror(errno));
        return NULL;
    }
    int root = open(path, O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || faccessat(root, ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
        error_set(error, "MEDIA_DIR: cannot write in %s: %s", path, strerror(errno));
        if (root >= 0)
            close(root);
        return NULL;
    }
    struct folder *folder = xmalloc(sizeof *folder);
    *folder = (struct folder){.root = root};
    return folder;
}

static void folder_destroy(void *self)
{
    struct folder *folder = self;
    close(folder->root);
    free(folder);
}

/* The folder that the location is in, made when it is not there; -1. */
static int open_shelf(const struct folder *folder, const char *location)
{
    char name[3] = {location[0], location[1], '\0'};
    bool made = mkdirat(folder->root, name, 0700) == 0;
    if (!made && errno != EEXIST)
        return -1;
    if (made && fsync(folder->root) != 0)
        return -1;
    return openat(folder->root, name, O_DIRECTORY | O_CLOEXEC);
}

static bool copy(int from, int to, int64_t size)
{
    char *bytes = xmalloc(COPY_BYTES);
    int64_t at = 0;
    while (at < size) {
        size_t wanted = size - at < COPY_BYTES ? (size_t)(size - at) : COPY_BYTES;
        ssize_t got = pread(from, bytes, wanted, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(to, bytes + done, (size_t)(got - done));
            if (put < 0 && errno != EINTR) {
                free(bytes);
                return false;
            }
            done += put > 0 ? put : 0;
        }
        at += got;
    }
    free(bytes);
    return at == size;
}

/* Gives the nameless file its name. */
static bool link_file(int file, int shelf, const char *location)
{
    char self[32];
    snprintf(self, sizeof self, "/proc/self/fd/%d", file);
    return fsync(file) == 0 && linkat(AT_FDCWD, self, shelf, location, AT_SYMLINK_FOLLOW) == 0 &&
           fsync(shelf) == 0;
}

static bool folder_put(void *self, const char *location, int file, int64_t size, const char *content_type,
                       struct error *error)
{
    (void)content_type;
    int shelf = open_shelf(self, location);
    if (shelf < 0)
        return fail(error, "cannot make a folder");
    int made = openat(shelf, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    bool good = made >= 0 && copy(file, made, size) && link_file(made, shelf, location);
    if (!good)
        fail(error, "cannot write a file");
    if (made >= 0)
        close(made);
    close(shelf);
    return good;
}

static void path_of(const char *location, char path[LOCATION_SIZE + 3])
{
    snprintf(path, LOCATION_SIZE + 3, "%.2s/%.32s", location, location);
}

static bool folder_remove(void *self, const char *location, struct error *error)
{
    const struct folder *folder = self;
    char path[LOCATION_SIZE + 3];
    path_of(location, path);
    if (unlinkat(folder->root, path, 0) == 0 || errno == ENOENT)
        return true;
    return fail(error, "cannot remove a file");
}

static bool folder_find(void *self, const char *location, const struct media_showing *showing,
                        struct media_found *out, struct error *error)
{
    (void)showing;
    const struct folder *folder = self;
    char path[LOCATION_SIZE + 3];
    path_of(location, path);
    out->file = openat(folder->root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return out->file >= 0 || fail(error, "cannot open a file");
}

const struct media_backend media_folder = {
    .destroy = folder_destroy,
    .put = folder_put,
    .remove = folder_remove,
    .find = folder_find,
};
