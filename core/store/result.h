/* Reading a PGresult (text format) without surprises: a column is asked for by name, a missing one or one of
 * another form ends the process, because statement and reader are both ours and are tested together. */
#pragma once

#include "core/base/uuid.h"

#include <libpq-fe.h>

int64_t result_int(const PGresult *result, int row, const char *column);
int64_t result_int_or(const PGresult *result, int row, const char *column, int64_t if_null);
bool result_bool(const PGresult *result, int row, const char *column);
/** The text, borrowed from the result; NULL for null. */
const char *result_text(const PGresult *result, int row, const char *column);
bool result_is_null(const PGresult *result, int row, const char *column);
/** Decodes a bytea of exactly `size` bytes; false for null. */
[[gnu::warn_unused_result]] bool result_bytes(const PGresult *result, int row, const char *column, void *out,
                                              size_t size);
struct uuid result_uuid(const PGresult *result, int row, const char *column);
