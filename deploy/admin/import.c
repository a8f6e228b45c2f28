/* seri-admin import: a catalogue file into a sale that exists or into a new one. Everything happens in one
 * transaction, which a dry run rolls back: so it says exactly what the import would. */
#include "core/base/alloc.h"
#include "core/store/catalogue.h"
#include "core/store/migrate.h"

#include "deploy/admin/admin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
    const char *sale, *new_sale, *name_en, *path;
    bool dry_run;
};

/* The file's bytes, owned by the caller; NULL after telling why not. One byte more than a catalogue may have
 * is read, so that its own check tells that it is too large. */
static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        admin_complain("%s: %s", path, strerror(errno));
        return NULL;
    }
    struct buffer bytes;
    buffer_init(&bytes, CATALOGUE_BYTES_MAX + 1);
    char block[65536];
    for (size_t got = 1; got > 0 && bytes.size <= CATALOGUE_BYTES_MAX;) {
        got = fread(block, 1, sizeof block, file);
        size_t room = CATALOGUE_BYTES_MAX + 1 - bytes.size;
        buffer_append(&bytes, block, got < room ? got : room);
    }
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed) {
        admin_complain("%s cannot be read", path);
        buffer_finish(&bytes);
        return NULL;
    }
    *size = bytes.size;
    return bytes.data != NULL ? bytes.data : xstrdup("");
}

static void print_faults(struct catalogue *catalogue, const char *path)
{
    size_t count, total;
    const struct catalogue_fault *faults = catalogue_faults(catalogue, &count, &total);
    for (size_t i = 0; i < count; i++) {
        if (faults[i].line > 0)
            fprintf(stderr, "%s:%" PRId64 ": ", path, faults[i].line);
        else
            fprintf(stderr, "%s: ", path);
        if (faults[i].column[0] != '\0')
            fprintf(stderr, "%s: ", faults[i].column);
        fprintf(stderr, "%s / %s\n", faults[i].en, faults[i].ja);
    }
    if (total > count)
        fprintf(stderr, "… and %zu more\n", total - count);
    admin_complain("nothing was imported: %zu faults in %zu lots", total, catalogue_rows(catalogue));
}

/* The id of the sale asked for, made if it is to be new; 0 after telling why there is none. */
static int64_t find_sale(struct db *db, const struct request *request, struct error *error)
{
    if (request->new_sale == NULL)
        return strtoll(request->sale, NULL, 10);
    struct params params;
    params_init(&params);
    params_text(&params, request->new_sale);
    params_text(&params, request->name_en);
    struct db_answer answer = db_run(db, SQL_SALE_CREATE, &params, error);
    params_finish(&params);
    int64_t id = answer.outcome == DB_DONE ? result_int(answer.result, 0, "id") : 0;
    if (id == 0)
        admin_complain("the sale could not be made: %s", error->text);
    PQclear(answer.result);
    return id;
}

static bool commit(struct db *db, const struct request *request, struct error *error)
{
    if (request->dry_run) {
        db_rollback(db);
        return true;
    }
    enum db_outcome outcome = db_commit(db, error);
    if (outcome != DB_DONE)
        admin_complain("%s%s", outcome == DB_UNCERTAIN ? "the import may or may not have been done: " : "",
                       error->text);
    return outcome == DB_DONE;
}

/* Inside a transaction. */
static bool import(struct db *db, const struct request *request, struct catalogue *catalogue,
                   int64_t *sale_id, struct error *error)
{
    *sale_id = find_sale(db, request, error);
    if (*sale_id == 0)
        return false;
    switch (catalogue_import(catalogue, db, *sale_id, false, error)) {
    case CATALOGUE_IMPORTED: return commit(db, request, error);
    case CATALOGUE_FAULTY: print_faults(catalogue, request->path); break;
    case CATALOGUE_NO_SALE: admin_complain("there is no sale %" PRId64, *sale_id); break;
    case CATALOGUE_SALE_CLOSED: admin_complain("sale %" PRId64 " is closed", *sale_id); break;
    case CATALOGUE_FAILED: admin_complain("%s", error->text); break;
    }
    return false;
}

static bool run(struct db *db, const struct request *request, struct catalogue *catalogue)
{
    struct error error;
    if (!migrate_is_current(db, &error) || db_begin(db, &error) != DB_DONE) {
        admin_complain("%s", error.text);
        return false;
    }
    int64_t sale_id;
    bool imported = import(db, request, catalogue, &sale_id, &error);
    db_rollback(db);
    if (imported && request->dry_run)
        printf("%zu lots could be imported; nothing was\n", catalogue_rows(catalogue));
    else if (imported)
        printf("%zu lots imported into sale %" PRId64 "\n", catalogue_rows(catalogue), sale_id);
    return imported;
}

static bool is_valid(const struct request *request)
{
    if ((request->sale == NULL) == (request->new_sale == NULL))
        admin_complain("either --sale or --new-sale must be given");
    else if (request->sale != NULL && (strlen(request->sale) > 18 || request->sale[0] == '0' ||
                                       request->sale[strspn(request->sale, "0123456789")] != '\0'))
        admin_complain("--sale is the number of a sale, not \"%s\"", request->sale);
    else if ((request->new_sale == NULL) != (request->name_en == NULL))
        admin_complain("--new-sale and --name-en go together");
    else
        return true;
    return false;
}

enum admin_status admin_import(const struct config *config, int count, char **arguments)
{
    struct request request = {0};
    const struct admin_option options[] = {
        {"sale",     false, &request.sale,     NULL            },
        {"new-sale", false, &request.new_sale, NULL            },
        {"name-en",  false, &request.name_en,  NULL            },
        {"dry-run",  false, NULL,              &request.dry_run},
    };
    if (!admin_options(options, sizeof options / sizeof options[0], &request.path, 1, count, arguments) ||
        !is_valid(&request))
        return ADMIN_MISUSED;

    size_t size;
    char *bytes = read_file(request.path, &size);
    if (bytes == NULL)
        return ADMIN_FAILED;
    struct catalogue *catalogue = catalogue_parse(bytes, size);
    free(bytes);
    struct db *db = db_create(config_text(config, "DATABASE_URL"), "seri-admin");
    bool imported = run(db, &request, catalogue);
    db_destroy(&db);
    catalogue_destroy(&catalogue);
    return imported ? ADMIN_DONE : ADMIN_FAILED;
}
