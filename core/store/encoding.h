/* What Japanese spreadsheets save as "CSV" is Shift_JIS as Windows has it (CP932), unless somebody chose
 * UTF-8. Nothing in a file says which. */
#pragma once

#include "core/base/buffer.h"

/** Whether the bytes look like CP932 and not like UTF-8, faults and all: among what is not ASCII more is no
 * UTF-8 than is. */
bool encoding_is_cp932(const char *bytes, size_t size);

/** Appends the text as UTF-8. False when some byte has no meaning in CP932, or `out` is full. */
[[gnu::warn_unused_result]] bool encoding_from_cp932(const char *bytes, size_t size, struct buffer *out);

/** Appends UTF-8 as CP932. A character that it has no place for becomes 〓, as printers do who lack a type.
 */
void encoding_to_cp932(const char *text, size_t size, struct buffer *out);
