/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html; the example there is a test
 * here. */
#include "core/auth/sigv4.h"

#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX 8192 /* of what is signed; all of its parts are ours and short */

static void append_encoded(struct buffer *out, const char *text, bool keep_slash)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL || (keep_slash && *text == '/'))
            buffer_append(out, text, 1);
        else
            buffer_append_format(out, "%%%02X", (unsigned char)*text);
    }
}

static void append_member(struct buffer *out, const char *name, const char *value)
{
    buffer_append_text(out, out->size > 0 ? "&" : "");
    append_encoded(out, name, false);
    buffer_append_text(out, "=");
    append_encoded(out, value, false);
}

static void hmac(const void *key, size_t key_size, const char *text, unsigned char out[SHA256_DIGEST_LENGTH])
{
    HMAC(EVP_sha256(), key, (int)key_size, (const unsigned char *)text, strlen(text), out, NULL);
}

/* The key of a day, a region and the service, derived step by step from the secret. */
static void derive_key(const struct sigv4_account *account, const char *day,
                       unsigned char key[SHA256_DIGEST_LENGTH])
{
    struct buffer first;
    buffer_init(&first, TEXT_MAX);
    buffer_append_format(&first, "AWS4%s", account->secret_key);
    hmac(first.data, first.size, day, key);
    buffer_finish(&first);
    hmac(key, SHA256_DIGEST_LENGTH, account->region, key);
    hmac(key, SHA256_DIGEST_LENGTH, "s3", key);
    hmac(key, SHA256_DIGEST_LENGTH, "aws4_request", key);
}

static void write_query(const struct sigv4_request *request, const char *credential, const char *time_text,
                        struct buffer *out)
{
    char valid[24];
    snprintf(valid, sizeof valid, "%lld", (long long)request->valid_s);
    append_member(out, "X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    append_member(out, "X-Amz-Credential", credential);
    append_member(out, "X-Amz-Date", time_text);
    append_member(out, "X-Amz-Expires", valid);
    append_member(out, "X-Amz-SignedHeaders", "host");
    for (const char *const *member = request->query; member != NULL && *member != NULL; member += 2)
        append_member(out, member[0], member[1]);
}

/* What is signed: the request in its canonical form, by its digest. */
static void write_string_to_sign(const struct sigv4_request *request, const char *query, const char *scope,
                                 const char *time_text, struct buffer *out)
{
    struct buffer canonical;
    buffer_init(&canonical, TEXT_MAX);
    buffer_append_format(&canonical, "%s\n", request->method);
    append_encoded(&canonical, request->path, true);
    const char *host = strstr(request->endpoint, "://");
    buffer_append_format(&canonical, "\n%s\nhost:%s\n\nhost\nUNSIGNED-PAYLOAD", query,
                         host != NULL ? host + 3 : request->endpoint);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)canonical.data, canonical.size, digest);
    buffer_finish(&canonical);
    buffer_append_format(out, "AWS4-HMAC-SHA256\n%s\n%s\n", time_text, scope);
    buffer_append_hex(out, digest, sizeof digest);
}

void sigv4_presign(const struct sigv4_account *account, const struct sigv4_request *request,
                   struct buffer *url)
{
    struct tm tm;
    time_t at = (time_t)request->at_s;
    gmtime_r(&at, &tm);
    char time_text[32], day[16];
    strftime(time_text, sizeof time_text, "%Y%m%dT%H%M%SZ", &tm);
    strftime(day, sizeof day, "%Y%m%d", &tm);
    struct buffer scope, credential, query, text;
    buffer_init(&scope, TEXT_MAX);
    buffer_init(&credential, TEXT_MAX);
    buffer_init(&query, TEXT_MAX);
    buffer_init(&text, TEXT_MAX);
    buffer_append_format(&scope, "%s/%s/s3/aws4_request", day, account->region);
    buffer_append_format(&credential, "%s/%s", account->access_key, scope.data);
    write_query(request, credential.data, time_text, &query);
    write_string_to_sign(request, query.data, scope.data, time_text, &text);

    unsigned char signature[SHA256_DIGEST_LENGTH];
    derive_key(account, day, signature);
    hmac(signature, sizeof signature, text.data, signature);

    buffer_append_text(url, request->endpoint);
    append_encoded(url, request->path, true);
    buffer_append_format(url, "?%s&X-Amz-Signature=", query.data);
    buffer_append_hex(url, signature, sizeof signature);
    url->failed |= scope.failed || credential.failed || query.failed || text.failed;
    buffer_finish(&scope);
    buffer_finish(&credential);
    buffer_finish(&query);
    buffer_finish(&text);
}
