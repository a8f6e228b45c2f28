/* json_check has seen that brackets match and strings end, so here it is enough to count the ones and to step
 * over the others. The size is minded all the same. */
#include "core/wire/json_slice.h"

#include <string.h>

static size_t skip(const char *text, size_t size, size_t at, const char *characters)
{
    while (at < size && text[at] != '\0' && strchr(characters, text[at]) != NULL)
        at++;
    return at;
}

static size_t skip_space(const char *text, size_t size, size_t at)
{
    return skip(text, size, at, " \t\r\n");
}

/* From a quotation mark to behind the one that ends the string. */
static size_t skip_string(const char *text, size_t size, size_t at)
{
    for (at++; at < size && text[at] != '"'; at++)
        if (text[at] == '\\')
            at++;
    return at < size ? at + 1 : size;
}

static size_t skip_container(const char *text, size_t size, size_t at)
{
    int depth = 0;
    while (at < size) {
        char c = text[at];
        at = c == '"' ? skip_string(text, size, at) : at + 1;
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (depth == 0)
            break;
    }
    return at;
}

static size_t skip_value(const char *text, size_t size, size_t at)
{
    if (at < size && text[at] == '"')
        return skip_string(text, size, at);
    if (at < size && (text[at] == '{' || text[at] == '['))
        return skip_container(text, size, at);
    return skip(text, size, at, "truefalsn+-.0123456789E");
}

bool json_slice_member(struct json_slice object, const char *name, struct json_slice *out)
{
    const char *text = object.text;
    size_t size = object.size, name_size = strlen(name);
    size_t at = skip_space(text, size, 0);
    if (at >= size || text[at] != '{')
        return false;
    do {
        size_t from = skip_space(text, size, at + 1);
        if (from >= size || text[from] != '"')
            return false;
        size_t behind = skip_string(text, size, from);
        bool found = behind - from == name_size + 2 && memcmp(text + from + 1, name, name_size) == 0;
        from = skip_space(text, size, skip_space(text, size, behind) + 1); /* over the colon */
        behind = skip_value(text, size, from);
        if (found) {
            *out = (struct json_slice){text + from, behind - from};
            return true;
        }
        at = skip_space(text, size, behind);
    } while (at < size && text[at] == ',');
    return false;
}
