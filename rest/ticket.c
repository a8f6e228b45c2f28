/* The token stands in the query of the page's address, which the page takes out of it before it loads
 * anything else. */
#include "rest/ticket.h"

#include <stdlib.h>
#include <string.h>

#define LINK_MAX 4096

void ticket_make(struct ticket *ticket)
{
    refresh_token_make(ticket->token);
    if (!refresh_token_digest(ticket->token, ticket->digest))
        abort();
}

void ticket_put_digest(const struct ticket *ticket, struct params *params)
{
    params_bytes(params, ticket->digest, sizeof ticket->digest);
}

void ticket_put_link(const struct ticket *ticket, const struct service *service, const char *page,
                     struct params *params)
{
    const char *origin = config_text(service->config, "PUBLIC_URL");
    size_t size = strlen(origin);
    while (size > 0 && origin[size - 1] == '/')
        size--;
    struct buffer link;
    buffer_init(&link, LINK_MAX);
    buffer_append(&link, origin, size);
    buffer_append_format(&link, "%s?token=%s", page, ticket->token);
    params_text_size(params, link.data, link.size);
    buffer_finish(&link);
}
