/* AWS Signature Version 4, as a presigned URL: the one form that serves all that Seri wants of an S3 (put,
 * remove, let somebody read for a while), with the object's bytes unsigned, so that they can be streamed. */
#pragma once

#include "core/base/buffer.h"

#include <stdint.h>

struct sigv4_account {
    const char *access_key, *secret_key;
    const char *region;
};

struct sigv4_request {
    const char *method;   /* "PUT" */
    const char *endpoint; /* scheme and host as the client will send them: "https://s3.example.com:9000" */
    const char *path;     /* "/bucket/key", unencoded */
    /* further members of the query, name and value by turns, unencoded, in order of name; names sort after
     * "X-Amz-SignedHeaders" (as all lower-case ones do). NULL-terminated, or NULL. */
    const char *const *query;
    int64_t at_s; /* since 1970 */
    int64_t valid_s;
};

/** Appends the signed URL. */
void sigv4_presign(const struct sigv4_account *account, const struct sigv4_request *request,
                   struct buffer *url);
