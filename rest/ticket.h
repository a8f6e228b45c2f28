/* What the link of a letter carries: a token that serves once. The letter has the token, the database its
 * digest. */
#pragma once

#include "core/auth/token.h"
#include "core/store/params.h"
#include "rest/service.h"

struct ticket {
    char token[REFRESH_TOKEN_SIZE];
    uint8_t digest[32];
};

void ticket_make(struct ticket *ticket);

/** Adds the digest (bytea), and the link to a page of the web client ("/confirm") with the token (text). */
void ticket_put_digest(const struct ticket *ticket, struct params *params);
void ticket_put_link(const struct ticket *ticket, const struct service *service, const char *page,
                     struct params *params);
