/* A database of its own for a test program, made on the server that SERI_TEST_DATABASE_URL names and dropped
 * at the end. A test that needs PostgreSQL and has none fails: a skipped test proves nothing. */
#pragma once

#include "core/base/alloc.h"
#include "core/base/buffer.h"
#include "core/base/uuid.h"
#include "core/store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct scratch {
    char *url;         /* of the fresh database */
    char *maintenance; /* of the one that was named */
    char name[64];
};

static inline _Noreturn void scratch_give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static inline bool scratch_try(const char *url, const char *sql, struct error *error)
{
    struct db *db = db_create(url, "scratch");
    bool good = db_script(db, sql, error);
    db_destroy(&db);
    return good;
}

static inline void scratch_run(const char *url, const char *sql)
{
    struct error error;
    if (!scratch_try(url, sql, &error))
        scratch_give_up(sql, error.text);
}

/* The same connection parameters with another database, as a libpq keyword string. */
static inline char *scratch_url_of(const char *url, const char *name)
{
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &why);
    if (options == NULL)
        scratch_give_up("SERI_TEST_DATABASE_URL", why);
    struct buffer text;
    buffer_init(&text, 4096);
    for (PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (option->val != NULL && strcmp(option->keyword, "dbname") != 0)
            buffer_append_format(&text, "%s='%s' ", option->keyword, option->val);
    }
    buffer_append_format(&text, "dbname='%s'", name);
    PQconninfoFree(options);
    return text.data;
}

static inline struct scratch scratch_create(void)
{
    const char *url = getenv("SERI_TEST_DATABASE_URL");
    if (url == NULL || url[0] == '\0')
        scratch_give_up("SERI_TEST_DATABASE_URL",
                        "must name a PostgreSQL on which this test may create databases");
    struct scratch scratch = {.maintenance = xstrdup(url)};
    uint64_t number;
    random_bytes(&number, sizeof number);
    snprintf(scratch.name, sizeof scratch.name, "seri_test_%016llx", (unsigned long long)number);
    char sql[200];
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", scratch.name);
    scratch_run(url, sql);
    scratch.url = scratch_url_of(url, scratch.name);
    snprintf(sql, sizeof sql, "ALTER DATABASE %s SET synchronous_commit = off", scratch.name);
    scratch_run(url, sql);
    return scratch;
}

/* An autovacuum at work there is the superuser's and may not be sent away, so it is waited for. */
static inline void scratch_drop(struct scratch *scratch)
{
    char sql[200];
    struct error error;
    snprintf(sql, sizeof sql, "DROP DATABASE %s WITH (FORCE)", scratch->name);
    for (int attempts = 100; !scratch_try(scratch->maintenance, sql, &error); attempts--) {
        if (attempts == 0)
            scratch_give_up(sql, error.text);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    free(scratch->maintenance);
    free(scratch->url);
}
