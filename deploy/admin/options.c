/* Options are a table of the command's, so that each is named once and a misspelt one is told and not passed
 * over. */
#include "deploy/admin/admin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void admin_complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("seri-admin: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

static const struct admin_option *find_option(const struct admin_option *options, size_t count,
                                              const char *name, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(options[i].name) == size && memcmp(options[i].name, name, size) == 0)
            return &options[i];
    }
    return NULL;
}

/* Takes the option at `*at` and moves `*at` to its last word. */
static bool take_option(const struct admin_option *options, size_t option_count, int count, char **arguments,
                        int *at)
{
    const char *name = arguments[*at] + 2;
    size_t size = strcspn(name, "=");
    const struct admin_option *option = find_option(options, option_count, name, size);
    if (option == NULL) {
        admin_complain("unknown option --%.*s", (int)size, name);
        return false;
    }
    bool has_value = name[size] == '=';
    if (option->flag != NULL) {
        if (has_value)
            admin_complain("--%s takes no value", option->name);
        *option->flag = true;
        return !has_value;
    }
    if (!has_value && *at + 1 == count) {
        admin_complain("--%s needs a value", option->name);
        return false;
    }
    *option->value = has_value ? name + size + 1 : arguments[++*at];
    return true;
}

static bool is_complete(const struct admin_option *options, size_t option_count)
{
    for (size_t i = 0; i < option_count; i++) {
        if (options[i].required && *options[i].value == NULL) {
            admin_complain("--%s must be given", options[i].name);
            return false;
        }
    }
    return true;
}

bool admin_options(const struct admin_option *options, size_t option_count, const char **words,
                   int word_count, int count, char **arguments)
{
    int taken = 0;
    for (int i = 0; i < count; i++) {
        if (strncmp(arguments[i], "--", 2) == 0) {
            if (!take_option(options, option_count, count, arguments, &i))
                return false;
        } else if (taken < word_count) {
            words[taken++] = arguments[i];
        } else {
            admin_complain("unexpected argument \"%s\"", arguments[i]);
            return false;
        }
    }
    if (taken < word_count) {
        admin_complain("an argument is missing");
        return false;
    }
    return is_complete(options, option_count);
}
