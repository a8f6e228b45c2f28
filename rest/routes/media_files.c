/* The files of media. Coming in, a file lies in the spool already: it is looked at, put into the store, and
 * only then there is a row that names it; what happens in between leaves at worst an orphan, which the sweep
 * finds. Going out, what is public may be kept by anybody for ever, for its address changes with its content;
 * what is private goes to one person through a link that is good for minutes, and each link that is opened is
 * on record. */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/wire/sniff.h"
#include "rest/routes/media.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LINK_VALID_MS      (5 * 60 * 1000)
#define FAR_VALID_S        3600 /* of an address in an S3 that shows something public */
#define FAR_PRIVATE_S      60
#define PUBLIC_FOR_EVER    "public, max-age=31536000, immutable"
#define PUBLIC_FOR_A_WHILE "public, max-age=60"
#define PUBLIC_ELSEWHERE   "public, max-age=1800" /* half of FAR_VALID_S */

#define BIT(type) (1u << FILE_##type)
static const unsigned types_of_kind[] = {
    [MEDIA_PHOTO] = BIT(JPEG) | BIT(PNG) | BIT(WEBP) | BIT(AVIF),
    [MEDIA_VIDEO] = BIT(MP4) | BIT(QUICKTIME) | BIT(WEBM),
    [MEDIA_XRAY] = BIT(JPEG) | BIT(PNG) | BIT(PDF) | BIT(DICOM),
    [MEDIA_VET_REPORT] = BIT(PDF) | BIT(JPEG) | BIT(PNG),
    [MEDIA_DOCUMENT] = BIT(PDF) | BIT(JPEG) | BIT(PNG),
};

/* ---- coming in ---- */

struct upload_query {
    int64_t position;
    const char *caption;
    int kind;
    bool private, has_private, has_position;
};

static const struct field upload_fields[] = {
    FIELD(ENUM, struct upload_query, kind, "kind", .required = true, .names = media_kinds),
    FIELD(TEXT, struct upload_query, caption, "caption", .highest = 200),
    FIELD(INT, struct upload_query, position, "position", .highest = 1000000,
          .present = offsetof(struct upload_query, has_position)),
    FIELD(BOOL, struct upload_query, private, "private",
          .present = offsetof(struct upload_query, has_private)),
};

const struct schema media_upload_query = SCHEMA(struct upload_query, upload_fields);

bool media_post_check(struct request *request, struct response *response)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, MEDIA_PER_HORSE);
    PGresult *horse;
    if (!statement_read(request, response, SQL_MEDIA_ROOM, &params, &horse))
        return false;
    bool exists = PQntuples(horse) > 0, good = exists && result_bool(horse, 0, "room");
    PQclear(horse);
    if (!exists)
        response_refuse(response, request, VERDICT_NOT_FOUND);
    else if (!good)
        response_problem(response, request,
                         &(struct problem){.verdict = VERDICT_CONFLICT,
                                           .detail = "The horse has as many media as it may."});
    return good;
}

/* The row of the path's medium, for a user (0: a visitor); NULL when there is none: answered. */
static PGresult *find(struct request *request, struct response *response, int64_t user_id)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int_or_null(&params, user_id, 0);
    PGresult *row;
    if (!statement_read(request, response, SQL_MEDIA_FILE, &params, &row))
        return NULL;
    if (PQntuples(row) > 0)
        return row;
    PQclear(row);
    response_refuse(response, request, VERDICT_NOT_FOUND);
    return NULL;
}

bool media_content_put_check(struct request *request, struct response *response)
{
    PGresult *row = find(request, response, 0);
    PQclear(row);
    return row != NULL;
}

struct upload {
    char location[LOCATION_SIZE];
    int64_t size;
    struct file_facts facts;
    uint8_t digest[SHA256_DIGEST_LENGTH];
};

static void refuse_type(struct request *request, struct response *response, int kind, enum file_type type)
{
    char detail[192];
    if (type == FILE_UNKNOWN)
        snprintf(detail, sizeof detail,
                 language_phrase(request->language,
                                 "By its content this is of no type known here, which is not for %s."),
                 media_kinds[kind]);
    else
        snprintf(detail, sizeof detail,
                 language_phrase(request->language, "By its content this is %s, which is not for %s."),
                 file_type_name(type), media_kinds[kind]);
    response_problem(response, request,
                     &(struct problem){.verdict = VERDICT_UNSUPPORTED_MEDIA_TYPE, .detail = detail});
}

/* Looks at the spooled body. True when it is of a type that the kind may have; else answered. */
static bool examine(struct request *request, struct response *response, int kind, struct upload *out)
{
    out->size = spool_size(request->spool);
    if (out->size == 0) {
        response_refuse_field(response, request, "", "the file is empty");
        return false;
    }
    void *bytes = mmap(NULL, (size_t)out->size, PROT_READ, MAP_PRIVATE, spool_file(request->spool), 0);
    if (bytes == MAP_FAILED) {
        log_error("cannot map a temporary file", log_text("reason", strerror(errno)));
        response_refuse(response, request, VERDICT_UNAVAILABLE);
        return false;
    }
    out->facts = file_sniff(bytes, (size_t)out->size);
    bool good = (types_of_kind[kind] & (1u << out->facts.type)) != 0 && out->facts.type != FILE_UNKNOWN;
    if (good)
        SHA256(bytes, (size_t)out->size, out->digest);
    munmap(bytes, (size_t)out->size);
    if (!good)
        refuse_type(request, response, kind, out->facts.type);
    return good;
}

/* Puts the body into the store, known as an orphan before it is there. True when it is; else answered. */
static bool take_in(struct request *request, struct response *response, int kind, struct upload *out)
{
    if (!examine(request, response, kind, out))
        return false;
    media_location_make(out->location);
    struct params params;
    params_init(&params);
    params_text(&params, out->location);
    PGresult *noted;
    if (!statement_write(request, response, SQL_MEDIA_TRASH_ADD, &params, NULL, &noted))
        return false;
    PQclear(noted);
    struct error error = {0};
    if (media_store_put(request->service->media, out->location, spool_file(request->spool), out->size,
                        file_type_name(out->facts.type), &error))
        return true;
    log_error("cannot store a file of media", log_text("reason", error.text));
    response_refuse(response, request, VERDICT_UNAVAILABLE);
    return false;
}

void media_post(struct request *request, struct response *response)
{
    const struct upload_query *query = request->query;
    struct upload upload = {0};
    if (!take_in(request, response, query->kind, &upload))
        return;
    bool shown_to_all = query->kind == MEDIA_PHOTO || query->kind == MEDIA_VIDEO;
    media_create(request, response,
                 &(struct media_row){.kind = media_kinds[query->kind],
                                     .caption = query->caption,
                                     .private = query->has_private ? query->private : !shown_to_all,
                                     .position = query->has_position ? query->position : -1,
                                     .location = upload.location,
                                     .content_type = file_type_name(upload.facts.type),
                                     .size = upload.size,
                                     .digest = upload.digest,
                                     .width = upload.facts.width,
                                     .height = upload.facts.height});
    media_sweep(request);
}

static int kind_named(const char *name)
{
    int kind = 0;
    while (strcmp(media_kinds[kind], name) != 0)
        kind++;
    return kind;
}

void media_content_put(struct request *request, struct response *response)
{
    PGresult *row = find(request, response, 0);
    if (row == NULL)
        return;
    int kind = kind_named(result_text(row, 0, "kind"));
    PQclear(row);
    struct upload upload = {0};
    if (!take_in(request, response, kind, &upload))
        return;
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    resource_tags(request, &params);
    params_text(&params, upload.location);
    params_text(&params, file_type_name(upload.facts.type));
    params_int(&params, upload.size);
    params_bytes(&params, upload.digest, sizeof upload.digest);
    params_int(&params, upload.facts.width);
    params_int(&params, upload.facts.height);
    params_int(&params, request->who.user_id);
    PGresult *changed;
    if (!statement_write(request, response, SQL_MEDIA_REPLACE, &params, NULL, &changed))
        return;
    if (resource_outcome_done(request, response, VERDICT_NOT_FOUND, changed))
        media_show_written(request, response, request->path_id, 200);
    PQclear(changed);
    media_sweep(request);
}

/* ---- going out ---- */

void media_link_post(struct request *request, struct response *response)
{
    int64_t user_id = request->who.user_id;
    PGresult *row = find(request, response, user_id);
    if (row == NULL)
        return;
    if (!result_bool(row, 0, "allowed")) {
        response_problem(
            response, request,
            &(struct problem){.verdict = VERDICT_FORBIDDEN,
                              .detail = "Only who is approved at a sale that shows the horse may see this."});
        PQclear(row);
        return;
    }
    PQclear(row);
    int64_t until_ms = clock_wall_ms() + LINK_VALID_MS;
    char seal[LINK_SEAL_SIZE], url[256], expires[48];
    link_seal(request->service->media_key, request->path_id, user_id, until_ms, seal);
    snprintf(url, sizeof url,
             "/api/media/%" PRId64 "/content?user=%" PRId64 "&expires=%" PRId64 "&signature=%s",
             request->path_id, user_id, until_ms, seal);
    time_t seconds = (time_t)(until_ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t size = strftime(expires, sizeof expires, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(expires + size, sizeof expires - size, ".%03dZ", (int)(until_ms % 1000));
    struct json json = response_json_start(response, 201);
    json_object(&json, NULL);
    json_text(&json, "url", url);
    json_text(&json, "expiresAt", expires);
    json_object_end(&json);
}

struct content_query {
    const char *version, *signature;
    int64_t user_id, until_ms;
};

static const struct field content_fields[] = {
    FIELD(TEXT, struct content_query, version, "v", .lowest = 1, .highest = 64),
    FIELD(INT, struct content_query, user_id, "user", .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(INT, struct content_query, until_ms, "expires", .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(TEXT, struct content_query, signature, "signature", .lowest = 1, .highest = 64),
};

const struct schema media_content_query = SCHEMA(struct content_query, content_fields);

/* Whether the link opens the medium for the person it was made for, who must still be one who may see it. */
static enum verdict judge_link(const struct request *request, const PGresult *row)
{
    const struct content_query *query = request->query;
    if (query->signature == NULL || !link_seal_holds(request->service->media_key, request->path_id,
                                                     query->user_id, query->until_ms, query->signature))
        return VERDICT_FORBIDDEN;
    if (clock_wall_ms() >= query->until_ms)
        return VERDICT_LINK_EXPIRED;
    return result_bool(row, 0, "allowed") ? VERDICT_OK : VERDICT_FORBIDDEN;
}

/* Writes down who has seen it. Without that nobody sees it: false, answered. */
static bool count_view(struct request *request, struct response *response)
{
    const struct content_query *query = request->query;
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, query->user_id);
    params_int(&params, query->until_ms);
    params_text(&params, request->address);
    PGresult *result;
    if (!statement_write(request, response, SQL_MEDIA_VIEW, &params, NULL, &result))
        return false;
    PQclear(result);
    return true;
}

/* Pictures and videos are shown in pages, the rest is saved: a document that opened on our origin would be
 * ours. */
static bool is_shown_in_pages(enum file_type type)
{
    return type != FILE_PDF && type != FILE_DICOM;
}

static void show(struct request *request, struct response *response, const PGresult *row)
{
    const struct content_query *query = request->query;
    bool private = result_bool(row, 0, "private");
    enum file_type type = file_type_named(result_text(row, 0, "content_type"));
    const char *digest = result_text(row, 0, "digest");
    char etag[40], filename[80], disposition[120] = "inline";
    snprintf(etag, sizeof etag, "\"%.32s\"", digest);
    snprintf(filename, sizeof filename, "horse-%" PRId64 "-%s-%" PRId64 ".%s", result_int(row, 0, "horse_id"),
             result_text(row, 0, "kind"), request->path_id, file_type_extension(type));
    if (!is_shown_in_pages(type))
        snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", filename);
    bool fixed = query->version != NULL && strncmp(query->version, digest, 16) == 0;
    struct media_found found;
    struct error error = {0};
    if (!media_store_find(request->service->media, result_text(row, 0, "location"),
                          &(struct media_showing){.content_type = file_type_name(type),
                                                  .disposition = disposition,
                                                  .valid_s = private ? FAR_PRIVATE_S : FAR_VALID_S},
                          &found, &error)) {
        log_error("a file of media is not to be had", log_number("media", request->path_id),
                  log_text("reason", error.text));
        response_refuse(response, request, VERDICT_UNAVAILABLE);
    } else if (found.url != NULL) {
        response_redirect(response, found.url, private ? NULL : PUBLIC_ELSEWHERE);
    } else {
        response_file(response, request,
                      &(struct shown_file){.file = found.file,
                                           .size = result_int(row, 0, "size"),
                                           .content_type = file_type_name(type),
                                           .etag = private ? NULL : etag,
                                           .cache_control = private ? NULL
                                                            : fixed ? PUBLIC_FOR_EVER
                                                                    : PUBLIC_FOR_A_WHILE,
                                           .filename = is_shown_in_pages(type) ? NULL : filename});
    }
}

void media_content_get(struct request *request, struct response *response)
{
    const struct content_query *query = request->query;
    PGresult *row = find(request, response, query->user_id);
    if (row == NULL)
        return;
    bool private = result_bool(row, 0, "private");
    enum verdict verdict = private ? judge_link(request, row) : VERDICT_OK;
    if (verdict != VERDICT_OK)
        response_refuse(response, request, verdict);
    else if (!private || strcmp(request->method_name, "HEAD") == 0 || count_view(request, response))
        show(request, response, row);
    PQclear(row);
}
