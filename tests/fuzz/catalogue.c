/* Catalogues as CSV: every fault that is told has its place and its words, and they stand in order. */
#include "core/store/catalogue.h"

#include "core/base/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_text(const char *text, size_t room)
{
    size_t size = strnlen(text, room);
    REQUIRE(size < room);
    for (size_t at = 0, length; at < size; at += length) {
        length = utf8_length(text + at, size - at);
        REQUIRE(length > 0);
    }
}

static void check_fault(const struct catalogue_fault *fault, int64_t lines)
{
    REQUIRE(fault->line >= 0 && fault->line <= lines);
    REQUIRE(fault->en[0] != '\0' && fault->ja[0] != '\0');
    check_text(fault->column, sizeof fault->column);
    check_text(fault->en, sizeof fault->en);
    check_text(fault->ja, sizeof fault->ja);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r';
    struct catalogue *catalogue = catalogue_parse((const char *)data, size);
    size_t told, total;
    const struct catalogue_fault *faults = catalogue_faults(catalogue, &told, &total);
    REQUIRE(told <= total && told <= CATALOGUE_FAULTS_MAX && (told > 0 || total == 0));
    REQUIRE(total > 0 || catalogue_rows(catalogue) > 0);
    REQUIRE((int64_t)catalogue_rows(catalogue) <= lines);
    for (size_t i = 0; i < told; i++) {
        check_fault(&faults[i], lines);
        REQUIRE(i == 0 || faults[i - 1].line <= faults[i].line);
    }
    catalogue_destroy(&catalogue);
    return 0;
}
