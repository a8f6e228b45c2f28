/* Accept-Language. rest/ is a program and no library, so its source is taken in whole. */
#include "rest/language.c"
#include "rest/quality.c"

#include "core/base/alloc.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    enum language language = language_preferred(text);
    REQUIRE(language == LANGUAGE_JA || (language == LANGUAGE_EN && strcasestr(text, "en") != NULL));
    free(text);
    return 0;
}
