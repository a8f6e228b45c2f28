/* One request from its first line to its answer. Handlers read it; the server and the gate fill it. */
#pragma once

#include "core/base/address.h"
#include "core/base/uuid.h"
#include "rest/language.h"
#include "rest/response.h"
#include "rest/route.h"
#include "rest/worker.h"

#include <microhttpd.h>

#define REQUEST_ID_SIZE 65
#define REQUEST_ETAGS   8

/** Who asks, as the database has it. */
struct identity {
    int64_t user_id; /* 0: a visitor */
    int64_t session_id;
    enum role role;
};

enum request_stage {
    REQUEST_NEW,        /* the first line is read */
    REQUEST_READING,    /* the body is coming in */
    REQUEST_SPOOLING,   /* the same, into a file */
    REQUEST_DISCARDING, /* refused already; what still comes is thrown away, so that the answer is read */
    REQUEST_SLOW,       /* the slow pool has it; the connection is suspended */
    REQUEST_ANSWERED
};

struct request {
    struct service *service;
    struct worker *worker; /* of the thread that handles it now */
    struct MHD_Connection *connection;
    enum request_stage stage;
    int64_t began_us; /* monotonic */

    char *target; /* owned: path and query, split by a NUL */
    const char *path, *query_text;
    enum method method;
    const char *method_name;

    char id[REQUEST_ID_SIZE];
    char address[ADDRESS_SIZE];
    char neighbourhood[ADDRESS_SIZE]; /* what limits count by: see address_neighbourhood */
    enum language language;
    struct identity who;

    const struct route *route; /* NULL: no such route */
    int64_t path_id;           /* the first {id} */
    int64_t path_sub_id;       /* the second */
    struct uuid path_uuid;     /* {uuid} */

    struct buffer body_text;
    uint64_t body_received; /* bytes, those over the limit too */
    bool body_too_large;
    struct spool *spool;           /* owned: the body, where the route has it spooled; may be empty */
    cJSON *body_tree, *query_tree; /* owned; what body and query borrow from */
    void *body, *query;            /* owned; the schema's structs */

    struct response response;
};

/** `target` is what stood in the request's first line. */
struct request *request_create(struct service *service, struct MHD_Connection *connection,
                               const char *target);
void request_destroy(struct request **request);

/** A header's value, borrowed; NULL when absent. */
const char *request_header(const struct request *request, const char *name);

/** The values of all headers of that name in their order, with commas between, in `out`; "" when there is
 * none or they are more than fits. */
const char *request_header_list(const struct request *request, const char *name, char *out, size_t room);

/** A header's value as text that may be kept: what is not printable ASCII becomes a question mark, what is
 * too much is cut. Returns `out`, or NULL when the header is absent. */
const char *request_header_text(const struct request *request, const char *name, char *out, size_t room);

/** A cookie's value, borrowed; NULL when absent. */
const char *request_cookie(const struct request *request, const char *name);

/** True for the auctioneer and the operator, who see what others do not. */
bool request_is_office(const struct request *request);

/** The entity tags of a header (If-Match, If-None-Match), as they stand in ETag. Returns their number; -1 for
 * "*", which any version matches. */
int request_etags(const struct request *request, const char *header, char tags[REQUEST_ETAGS][64]);
