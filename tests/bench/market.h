/* A market for measuring: a sale whose only step is one yen, approved bidders with sessions and tokens, lots
 * that are open, their ids one after the other. Made in an empty scratch database; whatever fails ends the
 * program. */
#pragma once

#include "core/auth/token.h"
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/store/ledger.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

[[gnu::noreturn, gnu::format(printf, 1, 2)]] static inline void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

static inline const char *setting(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL)
        fail("%s is not set", name);
    return value;
}

struct market {
    PGconn *sql;
    struct token_keys *keys;
    int64_t sale_id, auction_id; /* the first lot; the others' ids follow */
    int bidders, lots;
    int64_t first_user, first_session; /* the others' ids follow */
};

static inline int64_t market_number(struct market *market, const char *sql)
{
    PGresult *result = PQexec(market->sql, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1)
        fail("%s: %s", sql, PQerrorMessage(market->sql));
    int64_t number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return number;
}

static inline void market_command(struct db *db, int64_t auction_id, enum command_kind kind)
{
    struct ledger_command command = {
        .auction_id = auction_id,
        .command = {.kind = kind, .actor = 0, .expected_seq = EXPECTED_SEQ_ABSENT, .text = "bench"},
    };
    struct ledger_result result;
    struct error error = {0};
    ledger_execute(db, &command, &result, &error);
    if (result.verdict != VERDICT_OK)
        fail("%s: %s %s", command_kind_name(kind), verdict_info(result.verdict)->code, error.text);
    ledger_batch_destroy(&result.batch);
}

/** Opens so many lots of an hour with so many bidders, all approved for all. */
static inline void market_open(struct market *market, int bidders, int lots)
{
    char sql[512];
    struct error error;
    const int seconds = 3600;
    *market = (struct market){.bidders = bidders, .lots = lots};
    market->sql = PQconnectdb(setting("DATABASE_URL"));
    if (PQstatus(market->sql) != CONNECTION_OK)
        fail("%s", PQerrorMessage(market->sql));
    market->keys = token_keys_create(setting("JWT_SECRET"), &error);
    if (market->keys == NULL)
        fail("%s", error.text);

    snprintf(sql, sizeof sql,
             "WITH u AS (INSERT INTO users (email, name, password_hash, role) SELECT 'bench' || "
             "gen_random_uuid() || "
             "'@example.invalid', 'Bench', '-', 'bidder' FROM generate_series(1, %d) RETURNING id) SELECT "
             "min(id) FROM u",
             bidders);
    market->first_user = market_number(market, sql);
    snprintf(sql, sizeof sql,
             "WITH s AS (INSERT INTO sessions (user_id, expires_at) SELECT i, now() + interval '1 day' FROM "
             "generate_series(%lld, %lld) i ORDER BY i RETURNING id) SELECT min(id) FROM s",
             (long long)market->first_user, (long long)market->first_user + bidders - 1);
    market->first_session = market_number(market, sql);
    snprintf(sql, sizeof sql,
             "INSERT INTO sales (name_ja, name_en, status, ladder, duration_ms, extension_window_ms, "
             "extension_ms) VALUES "
             "('計測', 'Bench', 'running', '{0,1}', %d, %d, %d) RETURNING id",
             seconds * 1000, seconds * 1000, seconds * 1000);
    market->sale_id = market_number(market, sql);
    snprintf(sql, sizeof sql,
             "WITH r AS (INSERT INTO registrations (sale_id, user_id, status, paddle) SELECT %lld, %lld + i, "
             "'approved', "
             "i + 1 FROM generate_series(0, %d) i RETURNING 1) SELECT count(*) FROM r",
             (long long)market->sale_id, (long long)market->first_user, bidders - 1);
    (void)market_number(market, sql);
    snprintf(
        sql, sizeof sql,
        "WITH h AS (INSERT INTO horses (sex, coat_colour, foaled_on, sire_ja, dam_ja) SELECT 'male', 'bay', "
        "'2024-04-01', '父', '母' FROM generate_series(1, %d) RETURNING id), a AS (INSERT INTO auctions "
        "(sale_id, lot_number, horse_id, start_price) SELECT %lld, row_number() OVER (), id, 1 FROM h "
        "RETURNING id) SELECT min(id) FROM a",
        lots, (long long)market->sale_id);
    market->auction_id = market_number(market, sql);
    /* What the server would find out by itself within a minute; until then it takes the sale for one of two
     * bidders. */
    PQclear(PQexec(market->sql, "ANALYZE registrations"));

    struct db *db = db_create(setting("DATABASE_URL"), "bench");
    for (int i = 0; i < lots; i++) {
        market_command(db, market->auction_id + i, COMMAND_SCHEDULE);
        market_command(db, market->auction_id + i, COMMAND_START);
    }
    db_destroy(&db);
}

/** The access token of a bidder from 0 on; owned by the caller. */
static inline char *market_token(const struct market *market, int bidder)
{
    struct token_claims claims = {
        .user_id = market->first_user + bidder,
        .session_id = market->first_session + bidder,
        .role = ROLE_BIDDER,
        .issued_at = clock_wall_ms() / 1000,
        .expires_at = clock_wall_ms() / 1000 + 3600,
    };
    return token_issue(market->keys, &claims);
}

static inline void market_close(struct market *market)
{
    PQfinish(market->sql);
    token_keys_destroy(&market->keys);
}
