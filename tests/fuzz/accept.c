/* Accept, as reports read it. rest/ is a program and no library, so its source is taken in whole. */
#include "rest/quality.c"
#include "rest/reports/form.c"

#include "core/base/alloc.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    enum report_format format;
    bool found = report_format_accepted(text, &format);
    REQUIRE(format < REPORT_FORMAT_COUNT);
    REQUIRE(!found || strchr(text, '/') != NULL);
    free(text);
    return 0;
}
