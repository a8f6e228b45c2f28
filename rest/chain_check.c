#include "rest/chain_check.h"

#include "rest/statement.h"

#include <string.h>

#define CHAIN_PAGE 500

struct check {
    int64_t head_seq;       /* the lot's, as its row has it */
    struct chain_hash last; /* of the events checked so far, or the seed */
    int64_t seq;            /* of the last event checked */
    int64_t first_invalid;  /* 0: none found */
};

static bool event_holds(const PGresult *rows, int row, struct check *check)
{
    uint8_t salt[CHAIN_SALT_SIZE];
    struct chain_hash stored;
    if (result_int(rows, row, "seq") != check->seq + 1 ||
        !result_bytes(rows, row, "salt", salt, sizeof salt) ||
        !result_bytes(rows, row, "hash", stored.bytes, sizeof stored.bytes))
        return false;
    const char *public_part = result_text(rows, row, "public_part");
    const char *private_part = result_text(rows, row, "private_part");
    struct chain_hash seal = chain_seal(salt, private_part, strlen(private_part));
    check->last = chain_next(check->last, public_part, strlen(public_part), seal);
    return memcmp(check->last.bytes, stored.bytes, sizeof stored.bytes) == 0;
}

/* Checks the next page. False when there is no more to check, or the request is answered. */
static bool check_page(struct request *request, struct response *response, struct check *check,
                       bool *answered)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, check->seq);
    params_int(&params, check->head_seq);
    params_int(&params, CHAIN_PAGE);
    PGresult *rows;
    if (!statement_read(request, response, SQL_AUCTION_CHAIN_PAGE, &params, &rows)) {
        *answered = true;
        return false;
    }
    int count = PQntuples(rows);
    for (int i = 0; i < count && check->first_invalid == 0; i++) {
        if (event_holds(rows, i, check))
            check->seq++;
        else
            check->first_invalid = check->seq + 1;
    }
    PQclear(rows);
    return count > 0 && check->first_invalid == 0 && check->seq < check->head_seq;
}

bool chain_check(struct request *request, struct response *response, struct chain_finding *out)
{
    PGresult *row;
    if (!statement_find(request, response, SQL_AUCTION_HEAD, VERDICT_AUCTION_NOT_FOUND, &row))
        return false;
    *out = (struct chain_finding){.seed = chain_seed(request->path_id), .count = result_int(row, 0, "seq")};
    struct check check = {.head_seq = out->count, .last = out->seed};
    out->has_head = result_bytes(row, 0, "head_hash", out->head.bytes, sizeof out->head.bytes);
    PQclear(row);

    bool answered = false;
    while (check.seq < check.head_seq && check_page(request, response, &check, &answered))
        continue;
    bool complete = check.seq == check.head_seq;
    bool fits = !out->has_head || memcmp(check.last.bytes, out->head.bytes, sizeof out->head.bytes) == 0;
    if (check.first_invalid == 0 && !complete)
        check.first_invalid = check.seq + 1;
    else if (check.first_invalid == 0 && !fits)
        check.first_invalid = check.seq;
    out->first_invalid = check.first_invalid;
    return !answered;
}

const char *chain_hash_text(const struct chain_hash *hash, char out[CHAIN_HASH_TEXT])
{
    struct buffer text;
    buffer_init_fixed(&text, out, CHAIN_HASH_TEXT);
    buffer_append_hex(&text, hash->bytes, sizeof hash->bytes);
    return out;
}
