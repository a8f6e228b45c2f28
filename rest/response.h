/* An answer being put together. It is sent when it is whole, so nobody ever gets half of one. Refusals are
 * problem details (RFC 9457) made from the table of verdicts, in the language that the request asks for. */
#pragma once

#include "core/base/buffer.h"
#include "core/domain/verdict.h"
#include "core/wire/json_read.h"

#define RESPONSE_BODY_MAX     (32u << 20)
#define RESPONSE_HEADERS_MAX  16
#define RESPONSE_HEADER_VALUE 256

struct request;
struct spool;

/** A file, or a part of it, as the body of an answer. */
struct response_file {
    struct spool *spool; /* owned; NULL: the file is another */
    int file;            /* owned unless it is the spool's; -1: the body is in memory */
    int64_t offset, size;
};

struct response {
    int status;
    enum verdict verdict;     /* of a refusal; else OK */
    const char *content_type; /* a constant; NULL without a body */
    struct buffer body;
    struct response_file file;
    char *redirect; /* owned: an address elsewhere, longer than a header of ours; NULL: none */
    int header_count;
    struct {
        const char *name; /* a constant */
        char value[RESPONSE_HEADER_VALUE];
    } headers[RESPONSE_HEADERS_MAX];
    bool close; /* the connection is not to be used again */
};

void response_init(struct response *response);
void response_finish(struct response *response);

/** Sets a header, in place of one of the same name. `name` is a constant; a value that does not fit is a slip
 * of ours and ends the process. */
[[gnu::format(printf, 3, 4)]] void response_header(struct response *response, const char *name,
                                                   const char *format, ...);

/** Answers with JSON that is finished already, as SQL makes it. */
void response_json(struct response *response, int status, const char *json);

/** Begins JSON in the (emptied) body, to be written by the caller to its end. */
struct json response_json_start(struct response *response, int status);

/** Answers without a body. */
void response_empty(struct response *response, int status);

/** How a file is shown. Texts are constants or outlive the call; etag and filename are of our own making. */
struct shown_file {
    struct spool *spool;       /* given: it becomes the response's, and `file` is not looked at */
    int file;                  /* becomes the response's */
    int64_t size;              /* of the file; a spool knows its own */
    const char *content_type;  /* a constant */
    const char *etag;          /* with its quotes; NULL: none, and no part can be asked for conditionally */
    const char *cache_control; /* NULL: no-store */
    const char *filename;      /* letters, digits and ._- ; NULL: shown, not saved */
    const char *policy;        /* the page's Content-Security-Policy; NULL: it may do nothing at all */
    bool whole;                /* made for this answer alone: parts of it are of no use */
};

/** Answers with a file: all of it, the part that Range asks for (206, 416), or 304 when the client has it. */
void response_file(struct response *response, const struct request *request, const struct shown_file *shown);

/** Sends the client elsewhere for this once (302). `url` becomes the response's. `cache_control` as above. */
void response_redirect(struct response *response, char *url, const char *cache_control);

/** Answers with `size` bytes, which are copied, shown as a file that is `whole`. */
void response_bytes(struct response *response, const char *bytes, size_t size,
                    const struct shown_file *shown);

/** A refusal; members that are 0 or NULL are left out. */
struct problem {
    enum verdict verdict;
    const char *detail; /* in English; said in the language of the request where phrases.h has it */
    const struct field_faults *faults;
    int64_t retry_after_ms;
    int64_t min_next_bid, step;
    const int64_t *available;
    int64_t seq;
    bool duplicate, retracted; /* of a bid decided before */
};

/** Replaces whatever the response was; headers added before stay. */
void response_problem(struct response *response, const struct request *request,
                      const struct problem *problem);

/** A refusal about which there is no more to say. */
void response_refuse(struct response *response, const struct request *request, enum verdict verdict);

/** A refusal of one member of body or query. */
[[gnu::format(printf, 4, 5)]] void response_refuse_field(struct response *response,
                                                         const struct request *request, const char *field,
                                                         const char *format, ...);
