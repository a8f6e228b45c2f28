/* GET /api/docs and what it consists of; GET /api/openapi.yaml. */
#pragma once

#include "rest/route.h"

/** Indices for the routes' `argument`. */
enum docs_file {
    DOCS_PAGE,
    DOCS_STYLE,
    DOCS_SCRIPT,
    DOCS_SWAGGER_STYLE,
    DOCS_SWAGGER_SCRIPT,
    DOCS_CONTRACT,
    DOCS_COUNT
};

void docs_get(struct request *request, struct response *response);
