/* What is done to many lots of a sale at once, all or nothing. */
#include "rest/routes/lots.h"

#include "core/base/alloc.h"
#include "core/base/log.h"
#include "core/store/catalogue.h"
#include "rest/resource.h"
#include "rest/spool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* ---- their catalogue, coming in ---- */

const char *const lots_import_types[] = {"text/csv", NULL};

struct import_query {
    bool dry_run;
};

static const struct field import_fields[] = {
    FIELD(BOOL, struct import_query, dry_run, "dryRun"),
};

const struct schema lots_import_query = SCHEMA(struct import_query, import_fields);

/* The file that was sent, parsed; NULL when it cannot be read. */
static struct catalogue *parse_spool(const struct spool *spool)
{
    size_t size = (size_t)spool_size(spool);
    if (size == 0)
        return catalogue_parse("", 0);
    char *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, spool_file(spool), 0);
    if (bytes == MAP_FAILED)
        return NULL;
    struct catalogue *catalogue = catalogue_parse(bytes, size);
    munmap(bytes, size);
    return catalogue;
}

static void write_report(struct json *json, struct catalogue *catalogue, bool dry_run, enum language language)
{
    size_t count, total;
    const struct catalogue_fault *faults = catalogue_faults(catalogue, &count, &total);
    json_object(json, NULL);
    json_bool(json, "dryRun", dry_run);
    json_int(json, "lots", (int64_t)catalogue_rows(catalogue));
    json_int(json, "faultCount", (int64_t)total);
    json_array(json, "faults");
    for (size_t i = 0; i < count; i++) {
        json_object(json, NULL);
        json_int(json, "line", faults[i].line);
        json_text(json, "column", faults[i].column);
        json_text(json, "message", language == LANGUAGE_EN ? faults[i].en : faults[i].ja);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static void answer_report(struct request *request, struct response *response, struct catalogue *catalogue,
                          bool dry_run)
{
    struct json json = response_json_start(response, 200);
    write_report(&json, catalogue, dry_run, request->language);
}

/* A refusal has room for the first faults; a dry run tells them all. */
static void refuse_faulty(struct request *request, struct response *response, struct catalogue *catalogue)
{
    size_t count, total;
    const struct catalogue_fault *list = catalogue_faults(catalogue, &count, &total);
    struct field_faults faults = {0};
    for (size_t i = 0; i < count && i < FIELD_FAULTS_MAX; i++) {
        char field[sizeof faults.list[0].field];
        snprintf(field, sizeof field, "%d%s%.40s", (int)list[i].line, list[i].column[0] != '\0' ? ":" : "",
                 list[i].column);
        field_fault(&faults, field, "%s", request->language == LANGUAGE_EN ? list[i].en : list[i].ja);
    }
    char detail[192];
    snprintf(
        detail, sizeof detail,
        language_phrase(request->language, "%zu faults; nothing was imported. dryRun=true tells them all."),
        total);
    response_problem(
        response, request,
        &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .detail = detail, .faults = &faults});
}

/* Within the transaction, which it ends. */
static void commit_import(struct request *request, struct response *response, struct catalogue *catalogue)
{
    struct error error = {0};
    struct params params;
    params_init(&params);
    params_int(&params, request->who.user_id);
    params_int(&params, request->path_id);
    params_int(&params, (int64_t)catalogue_rows(catalogue));
    PGresult *noted;
    if (!statement_write(request, response, SQL_LOTS_IMPORTED, &params, NULL, &noted))
        return;
    PQclear(noted);
    switch (db_commit(request->worker->db, &error)) {
    case DB_DONE: answer_report(request, response, catalogue, false); break;
    case DB_UNCERTAIN: response_refuse(response, request, VERDICT_UNCERTAIN); break;
    case DB_NOT_SENT:
    case DB_REFUSED: response_refuse(response, request, VERDICT_UNAVAILABLE); break;
    }
}

/* Within the transaction. */
static void import(struct request *request, struct response *response, struct catalogue *catalogue)
{
    const struct import_query *query = request->query;
    struct error error = {0};
    switch (catalogue_import(catalogue, request->worker->db, request->path_id, false, &error)) {
    case CATALOGUE_IMPORTED:
        if (query->dry_run)
            answer_report(request, response, catalogue, true);
        else
            commit_import(request, response, catalogue);
        break;
    case CATALOGUE_FAULTY:
        if (query->dry_run)
            answer_report(request, response, catalogue, true);
        else
            refuse_faulty(request, response, catalogue);
        break;
    case CATALOGUE_NO_SALE: response_refuse(response, request, VERDICT_NOT_FOUND); break;
    case CATALOGUE_SALE_CLOSED:
        response_problem(
            response, request,
            &(struct problem){.verdict = VERDICT_COMMAND_NOT_ALLOWED, .detail = "The sale is closed."});
        break;
    case CATALOGUE_FAILED:
        log_warn("an import failed", log_text("requestId", request->id), log_text("reason", error.text));
        response_refuse(response, request, VERDICT_UNAVAILABLE);
        break;
    }
}

void lots_post(struct request *request, struct response *response)
{
    struct catalogue *catalogue = parse_spool(request->spool);
    struct db *db = request->worker->db;
    if (catalogue == NULL || db_begin(db, NULL) != DB_DONE) {
        response_refuse(response, request, VERDICT_UNAVAILABLE);
    } else {
        import(request, response, catalogue);
        db_rollback(db);
    }
    catalogue_destroy(&catalogue);
}

/* ---- their catalogue, going out ---- */

#define EXPORT_PAGE      1000
#define EXPORT_BYTES_MAX ((int64_t)CATALOGUE_BYTES_MAX) /* what an import takes */

/* Spreadsheets take a file for UTF-8 by its mark. */
static const char export_head[] =
    "\xef\xbb\xbf"
    "lot_number,name_ja,name_en,sex,coat_colour,foaled_on,sire_ja,sire_en,dam_ja,dam_en,"
    "damsire_ja,damsire_en,breeder,consignor,disclosures,notes,start_price,reserve\r\n";

/* Appends the next page. False when answered; `*after` is 0 behind the last. */
static bool export_page(struct request *request, struct response *response, struct spool *spool,
                        int64_t *after)
{
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_int(&params, *after);
    params_int(&params, EXPORT_PAGE);
    PGresult *page;
    if (!statement_read(request, response, SQL_CATALOGUE_EXPORT, &params, &page))
        return false;
    const char *csv = result_text(page, 0, "csv");
    bool good = csv == NULL || spool_append(spool, csv, strlen(csv)) == SPOOL_GOOD;
    *after = csv != NULL ? result_int(page, 0, "last") : 0;
    PQclear(page);
    if (!good)
        response_refuse(response, request, VERDICT_UNAVAILABLE);
    return good;
}

void lots_get(struct request *request, struct response *response)
{
    PGresult *sale;
    if (!statement_find(request, response, SQL_SALE_VISIBLE, VERDICT_NOT_FOUND, &sale))
        return;
    PQclear(sale);
    struct spool *spool;
    if (spool_open(request->service->spools, EXPORT_BYTES_MAX, &spool) != SPOOL_GOOD) {
        response_refuse(response, request, VERDICT_UNAVAILABLE);
        return;
    }
    bool good = spool_append(spool, export_head, sizeof export_head - 1) == SPOOL_GOOD;
    if (!good)
        response_refuse(response, request, VERDICT_UNAVAILABLE);
    int64_t after = 0;
    do {
        good = good && export_page(request, response, spool, &after);
    } while (good && after > 0);
    if (!good) {
        spool_close(&spool);
        return;
    }
    char name[40];
    snprintf(name, sizeof name, "sale-%" PRId64 ".csv", request->path_id);
    response_file(
        response, request,
        &(struct shown_file){.spool = spool, .content_type = "text/csv; charset=utf-8", .filename = name});
}

/* ---- their order ---- */

#define ORDER_MAX 1500 /* lots of one request: what fits into a body */

struct order {
    const cJSON *lots;
};

static const struct field order_fields[] = {
    FIELD(ARRAY, struct order, lots, "lots", .required = true, .lowest = 1, .highest = ORDER_MAX),
};

const struct schema lots_order_body = SCHEMA(struct order, order_fields);

struct place {
    int64_t auction_id, lot_number;
};

static const struct field place_fields[] = {
    FIELD(INT, struct place, auction_id, "auctionId", .required = true, .lowest = 1, .highest = JSON_INT_MAX),
    FIELD(INT, struct place, lot_number, "lotNumber", .required = true, .lowest = 1, .highest = 999999),
};

static const struct refusal order_refusals[] = {
    {"auctions_sale_id_lot_number_key", VERDICT_CONFLICT, NULL, "Two lots would have the same number."},
    {NULL,                              VERDICT_OK,       NULL, NULL                                  },
};

/* The places asked for, NULL when answered; the caller's, and of their number. */
static struct place *read_places(struct request *request, struct response *response, size_t *count)
{
    const struct order *order = request->body;
    struct place *places = xcalloc((size_t)cJSON_GetArraySize(order->lots), sizeof *places);
    struct field_faults faults = {0};
    const cJSON *item;
    bool good = true;
    *count = 0;
    cJSON_ArrayForEach(item, order->lots)
    {
        char name[32];
        snprintf(name, sizeof name, "lots[%zu]", *count);
        good &= fields_read_within(item, name, place_fields, 2, &places[(*count)++], &faults);
    }
    if (good)
        return places;
    response_problem(response, request,
                     &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .faults = &faults});
    free(places);
    return NULL;
}

static void answer_order(struct request *request, struct response *response, const PGresult *rows)
{
    const char *outcome = result_text(rows, 0, "outcome");
    if (strcmp(outcome, "done") == 0) {
        struct json json = response_json_start(response, 200);
        json_object(&json, NULL);
        json_int(&json, "changed", result_int(rows, 0, "changed"));
        json_object_end(&json);
    } else if (strcmp(outcome, "missing") == 0) {
        response_refuse(response, request, VERDICT_NOT_FOUND);
    } else if (strcmp(outcome, "fixed") == 0) {
        char detail[128];
        snprintf(detail, sizeof detail,
                 language_phrase(request->language, "The lot in place %d has started."),
                 (int)result_int(rows, 0, "place"));
        response_problem(response, request,
                         &(struct problem){.verdict = VERDICT_COMMAND_NOT_ALLOWED, .detail = detail});
    } else {
        char field[48];
        snprintf(field, sizeof field, "lots[%d].auctionId", (int)result_int(rows, 0, "place") - 1);
        bool twice = strcmp(outcome, "twice") == 0;
        response_refuse_field(response, request, field, twice ? "is there twice" : "is no lot of this sale");
    }
}

void lots_order_post(struct request *request, struct response *response)
{
    size_t count;
    struct place *places = read_places(request, response, &count);
    if (places == NULL)
        return;
    struct params params;
    params_init(&params);
    params_int(&params, request->path_id);
    params_array(&params, ELEMENT_INT, count);
    for (size_t i = 0; i < count; i++)
        params_element_int(&params, places[i].auction_id);
    params_array(&params, ELEMENT_INT, count);
    for (size_t i = 0; i < count; i++)
        params_element_int(&params, places[i].lot_number);
    params_int(&params, request->who.user_id);
    free(places);
    PGresult *rows;
    if (!statement_write(request, response, SQL_LOTS_ORDER, &params, order_refusals, &rows))
        return;
    answer_order(request, response, rows);
    PQclear(rows);
}
