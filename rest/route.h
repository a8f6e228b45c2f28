/* A row of the table of routes (router.c): everything that the gate needs to know about a request before its
 * handler runs. Handlers hold no policy of who, how often, how large or in what form. */
#pragma once

#include "core/auth/role.h"
#include "core/wire/json_read.h"
#include "rest/meters.h"

struct request;
struct response;

/** Answers a request: by one of the response_ functions, exactly once on every way through. */
typedef void route_handler(struct request *request, struct response *response);

/** Told of a request that the gate refused; request->response.verdict says why. */
typedef void route_refused(struct request *request);

/** A check before a request may take the place of others; false: it has answered. */
typedef bool route_check(struct request *request, struct response *response);

enum method { METHOD_GET, METHOD_POST, METHOD_PATCH, METHOD_PUT, METHOD_DELETE, METHOD_OTHER };

enum route_flag {
    ROUTE_OPEN = 1,      /* for machines that watch over us: no identity, no limits */
    ROUTE_SLOW = 2,      /* runs in the slow pool */
    ROUTE_UNLIMITED = 4, /* those who may do it may do it as often as they like */
    ROUTE_ANY_TOKEN = 8, /* a bad access token counts as none: it is what one comes here with */
    ROUTE_IF_MATCH = 16, /* needs If-Match */
    ROUTE_REPORT = 32    /* runs in the pool of reports */
};

struct route {
    const char *pattern; /* with {id} for a row's id, at most twice, and {uuid} for a UUID, at most once */
    enum method method;
    enum route_group group;
    role_set roles;
    unsigned flags;
    const struct schema *query; /* NULL: none allowed */
    const struct schema *body;  /* NULL: none allowed */
    /* The setting that says how large a body may be which is spooled into a file; NULL: bodies are JSON. All
     * gates, `check` too, are passed before such a body is read; its handler runs in the pool of uploads. */
    const char *spool;
    const char *const *spool_types; /* the content types it may be sent as, NULL-terminated; NULL: any */
    route_check *check;             /* NULL: none */
    route_handler *handler;
    route_refused *refused; /* NULL: nobody keeps account of it */
    int argument;           /* for a handler that serves several rows */
};
