/* What a file is, by its first bytes. */
#include "core/wire/sniff.h"

#include "tests/fuzz/fuzz.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct file_facts facts = file_sniff(data, size);
    REQUIRE(facts.type >= FILE_UNKNOWN && facts.type < FILE_TYPE_COUNT);
    REQUIRE((facts.type == FILE_UNKNOWN) == (file_type_name(facts.type) == NULL));
    REQUIRE((facts.width > 0) == (facts.height > 0));
    REQUIRE(facts.width == 0 || facts.type == FILE_JPEG || facts.type == FILE_PNG || facts.type == FILE_WEBP);
    return 0;
}
