/* JSON from strangers: the gate, the tree and the table of fields. What a table accepts is as the table says,
 * and comes through our own writer unchanged. */
#include "core/base/json.h"
#include "core/wire/json_read.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

struct target {
    int64_t count;
    int64_t at_ms;
    const char *text;
    const char *day;
    const cJSON *object;
    const cJSON *list;
    struct uuid id;
    int word;
    bool flag;
    bool text_present;
};

static const char *const words[] = {"one", "two", NULL};

#define AT(member) offsetof(struct target, member)
/* clang-format off */
static const struct field fields[] = {
    {.name = "count",  .type = FIELD_INT,     .offset = AT(count),  .lowest = -5, .highest = JSON_INT_MAX},
    {.name = "atMs",   .type = FIELD_INSTANT, .offset = AT(at_ms),  .nullable = true},
    {.name = "text",   .type = FIELD_TEXT,    .offset = AT(text),   .lowest = 1, .highest = 20,
     .nullable = true, .present = AT(text_present)},
    {.name = "day",    .type = FIELD_DATE,    .offset = AT(day)},
    {.name = "object", .type = FIELD_OBJECT,  .offset = AT(object)},
    {.name = "list",   .type = FIELD_ARRAY,   .offset = AT(list),   .lowest = 1, .highest = 3},
    {.name = "id",     .type = FIELD_UUID,    .offset = AT(id),     .required = true},
    {.name = "word",   .type = FIELD_ENUM,    .offset = AT(word),   .names = words},
    {.name = "flag",   .type = FIELD_BOOL,    .offset = AT(flag)},
};
/* clang-format on */

static bool read_object(const cJSON *object, struct target *out)
{
    struct field_faults faults = {0};
    *out = (struct target){.word = -1};
    bool good = fields_read(object, fields, sizeof fields / sizeof *fields, out, &faults);
    REQUIRE(good == (faults.count == 0) && faults.count <= FIELD_FAULTS_MAX);
    for (int i = 0; i < faults.count; i++) {
        REQUIRE(memchr(faults.list[i].field, '\0', sizeof faults.list[i].field) != NULL);
        REQUIRE(faults.list[i].message[0] != '\0');
    }
    return good;
}

static void check_target(const struct target *target)
{
    REQUIRE(target->count >= -5 && target->count <= JSON_INT_MAX);
    REQUIRE(target->text == NULL || (target->text_present && target->text[0] != '\0'));
    REQUIRE(target->text == NULL || strlen(target->text) <= (size_t)20 * 4);
    REQUIRE(target->day == NULL || strlen(target->day) == strlen("2025-03-09"));
    REQUIRE(target->object == NULL || cJSON_IsObject(target->object));
    REQUIRE(target->list == NULL || (target->list->child != NULL && cJSON_GetArraySize(target->list) <= 3));
    REQUIRE(target->word >= -1 && target->word <= 1);
}

/* The members whose value is in the target itself, written and read again. */
static void check_round_trip(const struct target *target)
{
    struct buffer buffer;
    char id[UUID_TEXT_SIZE];
    uuid_format(target->id, id);
    buffer_init(&buffer, 4096);
    struct json json = json_start(&buffer);
    json_object(&json, NULL);
    json_int(&json, "count", target->count);
    json_text(&json, "text", target->text);
    json_text(&json, "id", id);
    json_bool(&json, "flag", target->flag);
    json_object_end(&json);
    REQUIRE(!buffer.failed);

    const char *reason;
    struct target again;
    cJSON *tree = json_parse(buffer.data, buffer.size, &reason);
    REQUIRE(tree != NULL && read_object(tree, &again));
    REQUIRE(again.count == target->count && again.flag == target->flag && uuid_equal(again.id, target->id));
    REQUIRE((again.text == NULL) == (target->text == NULL));
    REQUIRE(again.text == NULL || strcmp(again.text, target->text) == 0);
    cJSON_Delete(tree);
    buffer_finish(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *reason = NULL;
    cJSON *tree = json_parse((const char *)data, size, &reason);
    REQUIRE((tree == NULL) == (reason != NULL));
    struct target target;
    if (tree != NULL && read_object(tree, &target)) {
        check_target(&target);
        check_round_trip(&target);
    }
    cJSON_Delete(tree);
    return 0;
}
