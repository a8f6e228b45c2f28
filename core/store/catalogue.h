/* A sale's catalogue as a CSV file: the office keeps it in a spreadsheet and imports it whole. Either every
 * row is good and all lots are made, as drafts, or none is and every fault is told, by line and column, in
 * both languages: somebody who mends one fault at a time against a refusing program gives up.
 *
 * The file is UTF-8 (a byte order mark is accepted) or Shift_JIS. Its first row names the columns, in any
 * order:
 *   lot_number name_ja name_en sex coat_colour foaled_on sire_ja sire_en dam_ja dam_en damsire_ja damsire_en
 *   breeder consignor disclosures notes start_price reserve
 * of which lot_number, sex, coat_colour, foaled_on, sire_ja, dam_ja and start_price are required. */
#pragma once

#include "core/store/db.h"

#define CATALOGUE_BYTES_MAX  ((size_t)128 << 20)
#define CATALOGUE_ROWS_MAX   200000
#define CATALOGUE_FAULTS_MAX 1000 /* faults told; beyond these they are only counted */

struct catalogue; /* opaque; owned by the caller */

struct catalogue_fault {
    int64_t line;    /* of the file, from 1; 0: the file as a whole */
    char column[64]; /* the name in the first row, cut to fit; "" when the row as a whole is at fault */
    char en[160];
    char ja[240];
};

/** Reads and checks a file, as far as that can be done without the sale. Never NULL. */
struct catalogue *catalogue_parse(const char *bytes, size_t size);
void catalogue_destroy(struct catalogue **catalogue);

/** The number of rows below the first. */
size_t catalogue_rows(const struct catalogue *catalogue);

/** The faults in order of line, borrowed until the catalogue is next used; `*total` counts also those that
 * are not told. */
const struct catalogue_fault *catalogue_faults(struct catalogue *catalogue, size_t *count, size_t *total);

enum catalogue_outcome {
    CATALOGUE_IMPORTED, /* in the caller's transaction */
    CATALOGUE_FAULTY,   /* nothing was written; see the faults, the sale's point of view now included */
    CATALOGUE_NO_SALE,
    CATALOGUE_SALE_CLOSED,
    CATALOGUE_FAILED /* the database refused or is gone; `error` says why; the transaction is lost */
};

/**
 * Checks the rows against the sale and its ladder and, if there is no fault at all, makes parties, horses and
 * draft lots in a few statements. It works inside a transaction that the caller has begun with db_begin, and
 * which the caller commits, or rolls back for a dry run and after any outcome but CATALOGUE_IMPORTED. The
 * sale's row stays locked until then. `demo` marks the horses.
 */
[[gnu::warn_unused_result]] enum catalogue_outcome
catalogue_import(struct catalogue *catalogue, struct db *db, int64_t sale_id, bool demo, struct error *error);
