/* An S3, or what speaks like one, by presigned URLs alone: they carry the signature, so libcurl has nothing
 * to do but to send bytes, and a client that is to see a file is given such a URL and fetches it there. */
#include "core/auth/sigv4.h"
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "rest/media/backend.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define URL_MAX           4096
#define PATH_TEXT_MAX     160
#define OWN_VALID_S       900 /* of URLs that we use ourselves */
#define CONNECT_TIMEOUT_S 5L
#define STALL_BYTES_S     1024L /* slower than this for STALL_S: given up */
#define STALL_S           30L

struct s3 {
    struct sigv4_account account; /* borrowed from the config */
    const char *bucket;
    char *endpoint; /* owned, without a slash at its end */
};

/* ---- settings ---- */

static const char host_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]";
static const char name_characters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";

/* http or https, a host, perhaps a port, perhaps a slash. */
static bool endpoint_is_good(const char *text)
{
    const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
                       : strncmp(text, "http://", 7) == 0 ? text + 7
                                                          : "";
    size_t size = strspn(host, host_characters);
    return size > 0 && (host[size] == '\0' || strcmp(host + size, "/") == 0);
}

static bool settings_are_good(const struct config *config, struct error *error)
{
    if (!endpoint_is_good(config_text(config, "S3_ENDPOINT"))) {
        error_set(error, "S3_ENDPOINT: want http://host[:port] or https://host[:port]");
        return false;
    }
    const char *bucket = config_text(config, "S3_BUCKET");
    size_t size = strlen(bucket);
    if (size < 3 || size > 63 || strspn(bucket, name_characters) != size) {
        error_set(error, "S3_BUCKET: want 3 to 63 of a-z 0-9 . -");
        return false;
    }
    static const char *const needed[] = {"S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        size = strlen(config_text(config, needed[i]));
        if (size == 0 || size > 256) {
            error_set(error, "%s: needed with S3_ENDPOINT, of at most 256 characters", needed[i]);
            return false;
        }
    }
    return true;
}

void *media_s3_create(const struct config *config, struct error *error)
{
    if (!settings_are_good(config, error))
        return NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        error_set(error, "libcurl does not start");
        return NULL;
    }
    struct s3 *s3 = xcalloc(1, sizeof *s3);
    s3->account = (struct sigv4_account){
        .access_key = config_text(config, "S3_ACCESS_KEY"),
        .secret_key = config_text(config, "S3_SECRET_KEY"),
        .region = config_text(config, "S3_REGION"),
    };
    s3->bucket = config_text(config, "S3_BUCKET");
    s3->endpoint = xstrdup(config_text(config, "S3_ENDPOINT"));
    size_t size = strlen(s3->endpoint);
    if (s3->endpoint[size - 1] == '/')
        s3->endpoint[size - 1] = '\0';
    return s3;
}

static void s3_destroy(void *self)
{
    struct s3 *s3 = self;
    free(s3->endpoint);
    free(s3);
    curl_global_cleanup();
}

/* ---- requests ---- */

static void sign(const struct s3 *s3, const char *method, const char *location, const char *const *query,
                 int64_t valid_s, struct buffer *url)
{
    char path[PATH_TEXT_MAX];
    snprintf(path, sizeof path, "/%s/%s", s3->bucket, location);
    buffer_init(url, URL_MAX);
    sigv4_presign(&s3->account,
                  &(struct sigv4_request){.method = method,
                                          .endpoint = s3->endpoint,
                                          .path = path,
                                          .query = query,
                                          .at_s = clock_wall_ms() / 1000,
                                          .valid_s = valid_s},
                  url);
}

/* What the server says in its body is not needed: the status is the answer. */
static size_t pass_over(char *bytes, size_t one, size_t count, void *context)
{
    (void)bytes, (void)context;
    return one * count;
}

struct source {
    int file;
    int64_t at, size;
};

static size_t read_source(char *out, size_t one, size_t count, void *context)
{
    struct source *source = context;
    size_t room = one * count;
    int64_t left = source->size - source->at;
    if ((int64_t)room > left)
        room = (size_t)left;
    ssize_t got = pread(source->file, out, room, source->at);
    if (got < 0 || (got == 0 && left > 0))
        return CURL_READFUNC_ABORT;
    source->at += got;
    return (size_t)got;
}

static CURL *start(const char *url)
{
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        abort();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_S);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, STALL_S);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, pass_over);
    return curl;
}

/* Performs and ends it. True for a status of success, or for `also`. */
static bool perform(CURL *curl, long also, struct error *error)
{
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    if (code != CURLE_OK)
        error_set(error, "S3: %s", curl_easy_strerror(code));
    else if ((status < 200 || status > 299) && status != also)
        error_set(error, "S3 answers %ld", status);
    else
        return true;
    return false;
}

static bool s3_put(void *self, const char *location, int file, int64_t size, const char *content_type,
                   struct error *error)
{
    struct buffer url;
    sign(self, "PUT", location, NULL, OWN_VALID_S, &url);
    char type[128];
    snprintf(type, sizeof type, "Content-Type: %s", content_type);
    struct curl_slist *headers = curl_slist_append(NULL, type);
    struct source source = {.file = file, .size = size};
    CURL *curl = start(url.data);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_source);
    curl_easy_setopt(curl, CURLOPT_READDATA, &source);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    bool good = perform(curl, 0, error);
    curl_slist_free_all(headers);
    buffer_finish(&url);
    return good;
}

static bool s3_remove(void *self, const char *location, struct error *error)
{
    struct buffer url;
    sign(self, "DELETE", location, NULL, OWN_VALID_S, &url);
    CURL *curl = start(url.data);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "DELETE");
    bool good = perform(curl, 404, error);
    buffer_finish(&url);
    return good;
}

static bool s3_find(void *self, const char *location, const struct media_showing *showing,
                    struct media_found *out, struct error *error)
{
    (void)error;
    const char *const query[] = {"response-content-disposition", showing->disposition,
                                 "response-content-type", showing->content_type, NULL};
    struct buffer url;
    sign(self, "GET", location, query, showing->valid_s, &url);
    out->url = url.data;
    return true;
}

const struct media_backend media_s3 = {
    .destroy = s3_destroy,
    .put = s3_put,
    .remove = s3_remove,
    .find = s3_find,
};
