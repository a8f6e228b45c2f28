/* Query strings, through the table that judges them. rest/ is a program and no library, so its source is
 * taken in whole. */
#include "rest/query.c"

#include "tests/fuzz/fuzz.h"

struct target {
    int64_t limit;
    const char *q;
    bool all;
};

static const struct field fields[] = {
    FIELD(INT, struct target, limit, "limit", .lowest = 1, .highest = 200),
    FIELD(TEXT, struct target, q, "q", .lowest = 1, .highest = 5),
    FIELD(BOOL, struct target, all, "all"),
};
static const struct schema schema = SCHEMA(struct target, fields);

/* What is well-formed is an object of clean texts under names that differ. */
static void check_members(const cJSON *object)
{
    REQUIRE(cJSON_GetArraySize(object) <= QUERY_MEMBERS_MAX);
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        REQUIRE(is_clean(member->string, strlen(member->string)));
        REQUIRE(cJSON_GetObjectItemCaseSensitive(object, member->string) == member);
        REQUIRE(!cJSON_IsString(member) || is_clean(member->valuestring, strlen(member->valuestring)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    struct field_faults faults = {0};
    struct target target = {.limit = 1};
    cJSON *object = query_parse(text, &schema, &faults);
    REQUIRE((object == NULL) == (faults.count > 0));
    if (object != NULL) {
        check_members(object);
        bool good = fields_read(object, schema.fields, schema.count, &target, &faults);
        REQUIRE(good == (faults.count == 0));
        REQUIRE(target.limit >= 1 && target.limit <= 200);
        REQUIRE(target.q == NULL || (*target.q != '\0' && strlen(target.q) <= (size_t)5 * 4));
    }
    cJSON_Delete(object);
    free(text);
    return 0;
}
