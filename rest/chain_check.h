/* Whether a lot's chain of hashes holds, worked out anew from the stored rows. */
#pragma once

#include "core/domain/chain.h"
#include "rest/request.h"

struct chain_finding {
    struct chain_hash seed, head; /* head: the lot's, as its row has it */
    bool has_head;                /* false: it has no event yet */
    int64_t count;                /* of events, by the lot's row */
    int64_t first_invalid;        /* seq; 0: all hold */
};

/** Checks the lot that the path names, if the asker may see it. On false the request is answered. */
[[gnu::warn_unused_result]] bool chain_check(struct request *request, struct response *response,
                                             struct chain_finding *out);

#define CHAIN_HASH_TEXT (2 * CHAIN_HASH_SIZE + 1)

/** The hash in hexadecimal digits, in `out`, which it returns. */
const char *chain_hash_text(const struct chain_hash *hash, char out[CHAIN_HASH_TEXT]);
