/* Sources are applied from the weakest to the strongest, each overwriting the last, and every value is
 * checked even if a stronger one replaces it: a mistake in the file should not wait for the day the variable
 * is taken away. Messages name the setting and never show the value of a text or a secret, as either may hold
 * a password. */
#include "core/base/config.h"

#include "core/base/alloc.h"
#include "core/base/buffer.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define FILE_LINE_MAX 4096
#define SHOWN_MAX     40 /* of a wrong name or number in a message, in bytes */

static const char own_prefix[] = "SERI_";
static const char file_variable[] = "SERI_CONFIG";

struct value {
    char *text; /* owned; NULL: not given */
    int64_t number;
    unsigned line; /* of the file; 0: not there */
};

struct config {
    const struct config_setting *table;
    size_t count;
    unsigned program;
    struct value *values; /* by index of the table */
};

static const size_t no_setting = SIZE_MAX;

static size_t find_setting(const struct config *config, const char *name, size_t size)
{
    for (size_t i = 0; i < config->count; i++) {
        if (strlen(config->table[i].name) == size && memcmp(config->table[i].name, name, size) == 0)
            return i;
    }
    return no_setting;
}

static bool is_own(const struct config *config, size_t index)
{
    return (config->table[index].programs & config->program) != 0;
}

/* How many bytes of a wrong text a message shows; for %.*s. */
static int shown(size_t size)
{
    return size < SHOWN_MAX ? (int)size : SHOWN_MAX;
}

static int parse_int(const struct config_setting *setting, const char *text, int64_t *out,
                     struct error *error)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || digits[count] != '\0') {
        error_set(error, "%s: \"%.*s\" is not a whole number (want %" PRId64 " to %" PRId64 ")",
                  setting->name, shown(strlen(text)), text, setting->lowest, setting->highest);
        return -1;
    }
    errno = 0;
    intmax_t number = strtoimax(text, NULL, 10);
    if (errno != 0 || number < setting->lowest || number > setting->highest) {
        error_set(error, "%s: %.*s is out of range (want %" PRId64 " to %" PRId64 ")", setting->name,
                  shown(strlen(text)), text, setting->lowest, setting->highest);
        return -1;
    }
    *out = number;
    return 0;
}

static int parse_bool(const struct config_setting *setting, const char *text, int64_t *out,
                      struct error *error)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {
        {"true",  true },
        {"yes",   true },
        {"on",    true },
        {"1",     true },
        {"false", false},
        {"no",    false},
        {"off",   false},
        {"0",     false},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(text, words[i].word) == 0) {
            *out = words[i].value;
            return 0;
        }
    }
    error_set(error, "%s: \"%.*s\" is neither true nor false", setting->name, shown(strlen(text)), text);
    return -1;
}

static void forget(struct value *value)
{
    if (value->text != NULL)
        explicit_bzero(value->text, strlen(value->text));
    free(value->text);
    value->text = NULL;
}

static int set_value(struct config *config, size_t index, const char *text, struct error *error)
{
    const struct config_setting *setting = &config->table[index];
    struct value *value = &config->values[index];
    if (setting->fallback == NULL && text[0] == '\0') {
        error_set(error, "%s is empty, but it must be given: %s", setting->name, setting->help);
        return -1;
    }
    switch (setting->kind) {
    case CONFIG_INT:
        if (parse_int(setting, text, &value->number, error) != 0)
            return -1;
        break;
    case CONFIG_BOOL:
        if (parse_bool(setting, text, &value->number, error) != 0)
            return -1;
        break;
    case CONFIG_TEXT:
    case CONFIG_SECRET: break;
    }
    forget(value);
    value->text = xstrdup(text);
    return 0;
}

static int apply_defaults(struct config *config, struct error *error)
{
    for (size_t i = 0; i < config->count; i++) {
        if (!is_own(config, i) || config->table[i].fallback == NULL)
            continue;
        if (set_value(config, i, config->table[i].fallback, error) != 0) {
            error_prefix(error, "default");
            return -1;
        }
    }
    return 0;
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t size = strlen(text);
    while (size > 0 && isspace((unsigned char)text[size - 1]))
        size--;
    text[size] = '\0';
    return text;
}

/* What is no NAME is not shown in a message: it may be a piece of a secret that was broken into lines. */
static int apply_line(struct config *config, char *text, unsigned line, struct error *error)
{
    text = trim(text);
    if (text[0] == '\0' || text[0] == '#')
        return 0;
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        error_set(error, "want NAME=value");
        return -1;
    }
    *equals = '\0';
    const char *name = trim(text);
    size_t index = find_setting(config, name, strlen(name));
    if (index == no_setting) {
        size_t size = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        bool harmless = size > 0 && name[size] == '\0';
        error_set(error, "unknown setting%s%.*s", harmless ? " " : "", harmless ? shown(size) : 0, name);
        return -1;
    }
    struct value *value = &config->values[index];
    if (value->line != 0) {
        error_set(error, "%s stands in line %u already", name, value->line);
        return -1;
    }
    value->line = line;
    return is_own(config, index) ? set_value(config, index, trim(equals + 1), error) : 0;
}

static int apply_open_file(struct config *config, const char *path, FILE *file, struct error *error)
{
    char text[FILE_LINE_MAX];
    for (unsigned line = 1; fgets(text, sizeof text, file) != NULL; line++) {
        if (strchr(text, '\n') == NULL && !feof(file)) {
            error_set(error, "%s:%u: the line is too long or holds a zero byte", path, line);
            return -1;
        }
        if (apply_line(config, text, line, error) != 0) {
            error_prefix(error, "%s:%u", path, line);
            return -1;
        }
    }
    if (ferror(file)) {
        error_set(error, "cannot read %s: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

static int apply_file(struct config *config, const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        error_set(error, "cannot open %s: %s", path, strerror(errno));
        return -1;
    }
    int result = apply_open_file(config, path, file, error);
    fclose(file);
    return result;
}

static int refuse_unknown_variables(const struct config *config, struct error *error)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        const char *name = *entry;
        size_t size = strcspn(name, "=");
        if (strncmp(name, own_prefix, sizeof own_prefix - 1) != 0)
            continue;
        bool names_file = size == sizeof file_variable - 1 && memcmp(name, file_variable, size) == 0;
        if (!names_file && find_setting(config, name, size) == no_setting) {
            error_set(error, "unknown environment variable %.*s", shown(size), name);
            return -1;
        }
    }
    return 0;
}

static int apply_environment(struct config *config, struct error *error)
{
    if (refuse_unknown_variables(config, error) != 0)
        return -1;
    for (size_t i = 0; i < config->count; i++) {
        const char *text = getenv(config->table[i].name);
        if (text != NULL && is_own(config, i) && set_value(config, i, text, error) != 0)
            return -1;
    }
    return 0;
}

/* The FILE of --config FILE or --config=FILE at `*at`, "" if it is missing; NULL for any other argument.
 * Moves `*at` to the last word taken. */
static const char *config_argument(int argc, char **argv, int *at)
{
    static const char option[] = "--config";
    const size_t size = sizeof option - 1;
    const char *argument = argv[*at];
    if (strncmp(argument, option, size) != 0)
        return NULL;
    if (argument[size] == '=')
        return argument + size + 1;
    if (argument[size] != '\0')
        return NULL;
    return *at + 1 < argc ? argv[++*at] : "";
}

/* The file to read, NULL for none. */
static int find_file(int argc, char **argv, const char **path, struct error *error)
{
    *path = getenv(file_variable);
    if (*path != NULL && (*path)[0] == '\0')
        *path = NULL;
    for (int i = 1; i < argc; i++) {
        const char *given = config_argument(argc, argv, &i);
        if (given == NULL)
            continue;
        if (given[0] == '\0') {
            error_set(error, "--config needs a file");
            return -1;
        }
        *path = given;
    }
    return 0;
}

static int apply_argument(struct config *config, const char *argument, int at, struct error *error)
{
    size_t name_size = strcspn(argument, "=");
    if (strncmp(argument, "--", 2) != 0 || name_size < 3) {
        error_set(error, "argument %d is not understood, want --NAME=value (see --help)", at);
        return -1;
    }
    size_t index = find_setting(config, argument + 2, name_size - 2);
    if (index == no_setting || !is_own(config, index)) {
        error_set(error, "unknown option %.*s (see --help)", shown(name_size), argument);
        return -1;
    }
    if (argument[name_size] == '\0') {
        error_set(error, "%s needs a value: %s=value", argument, argument);
        return -1;
    }
    return set_value(config, index, argument + name_size + 1, error);
}

static int apply_arguments(struct config *config, int argc, char **argv, struct error *error)
{
    for (int i = 1; i < argc; i++) {
        if (config_argument(argc, argv, &i) != NULL)
            continue;
        if (apply_argument(config, argv[i], i, error) != 0)
            return -1;
    }
    return 0;
}

/* Names all that are missing at once, so that nobody has to start as often as there are settings. */
static int check_complete(const struct config *config, struct error *error)
{
    char memory[200];
    struct buffer missing;
    buffer_init_fixed(&missing, memory, sizeof memory);
    for (size_t i = 0; i < config->count; i++) {
        if (is_own(config, i) && config->values[i].text == NULL)
            buffer_append_format(&missing, "%s%s", missing.size > 0 ? ", " : "", config->table[i].name);
    }
    if (missing.size == 0)
        return 0;
    error_set(error, "must be given: %s%s", missing.data, missing.failed ? ", …" : "");
    return -1;
}

static int apply_all(struct config *config, int argc, char **argv, struct error *error)
{
    const char *path = NULL;
    if (find_file(argc, argv, &path, error) != 0 || apply_defaults(config, error) != 0)
        return -1;
    if (path != NULL && apply_file(config, path, error) != 0)
        return -1;
    if (apply_environment(config, error) != 0 || apply_arguments(config, argc, argv, error) != 0)
        return -1;
    return check_complete(config, error);
}

static const char *shown_default(const struct config_setting *setting)
{
    if (setting->fallback == NULL)
        return "(required)";
    if (setting->kind == CONFIG_SECRET)
        return "(secret)";
    return setting->fallback[0] != '\0' ? setting->fallback : "-";
}

static int wider(int width, const char *text)
{
    int size = (int)strlen(text);
    return size > width ? size : width;
}

static void print_help(const struct config *config, const char *program_name)
{
    static const char name_title[] = "NAME";
    static const char default_title[] = "DEFAULT";
    int name_width = (int)sizeof name_title - 1;
    int default_width = (int)sizeof default_title - 1;
    for (size_t i = 0; i < config->count; i++) {
        if (is_own(config, i)) {
            name_width = wider(name_width, config->table[i].name);
            default_width = wider(default_width, shown_default(&config->table[i]));
        }
    }
    printf("Usage: %s [--config FILE] [--NAME=value ...]\n"
           "       %s --help | --version\n\n"
           "A setting is taken from the command line, else from the environment variable NAME, else from\n"
           "the file named by --config or %s (lines NAME=value, # comments), else it has its default.\n\n"
           "%-*s  %-*s  MEANING\n",
           program_name, program_name, file_variable, name_width, name_title, default_width, default_title);
    for (size_t i = 0; i < config->count; i++) {
        const struct config_setting *setting = &config->table[i];
        if (!is_own(config, i))
            continue;
        printf("%-*s  %-*s  %s", name_width, setting->name, default_width, shown_default(setting),
               setting->help);
        if (setting->kind == CONFIG_INT)
            printf(" (%" PRId64 " to %" PRId64 ")", setting->lowest, setting->highest);
        putchar('\n');
    }
}

static bool has_argument(int argc, char **argv, const char *wanted)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], wanted) == 0)
            return true;
    }
    return false;
}

static bool show_information(const struct config *config, int argc, char **argv)
{
    const char *path = argc > 0 ? argv[0] : "seri";
    const char *slash = strrchr(path, '/');
    const char *program_name = slash != NULL ? slash + 1 : path;
    if (has_argument(argc, argv, "--help"))
        print_help(config, program_name);
    else if (has_argument(argc, argv, "--version"))
        printf("%s %s\n", program_name, SERI_VERSION);
    else
        return false;
    fflush(stdout);
    return true;
}

enum config_result config_load(const struct config_setting *table, size_t count, unsigned program, int argc,
                               char **argv, struct config **out, struct error *error)
{
    struct config *config = xmalloc(sizeof *config);
    *config = (struct config){.table = table, .count = count, .program = program};
    config->values = xcalloc(count, sizeof *config->values);

    enum config_result result = CONFIG_OK;
    if (show_information(config, argc, argv))
        result = CONFIG_HELP_SHOWN;
    else if (apply_all(config, argc, argv, error) != 0)
        result = CONFIG_BAD;
    if (result == CONFIG_OK)
        *out = config;
    else
        config_destroy(&config);
    return result;
}

void config_destroy(struct config **config)
{
    if (*config == NULL)
        return;
    for (size_t i = 0; i < (*config)->count; i++)
        forget(&(*config)->values[i]);
    free((*config)->values);
    free(*config);
    *config = NULL;
}

static size_t demand(const struct config *config, const char *name)
{
    size_t index = find_setting(config, name, strlen(name));
    if (index == no_setting || !is_own(config, index)) {
        fprintf(stderr, "config: this program has no setting %s\n", name);
        abort();
    }
    return index;
}

static _Noreturn void wrong_kind(const char *name)
{
    fprintf(stderr, "config: %s is read as another kind than it has\n", name);
    abort();
}

const char *config_text(const struct config *config, const char *name)
{
    size_t index = demand(config, name);
    enum config_kind kind = config->table[index].kind;
    if (kind != CONFIG_TEXT && kind != CONFIG_SECRET)
        wrong_kind(name);
    return config->values[index].text;
}

int64_t config_int(const struct config *config, const char *name)
{
    size_t index = demand(config, name);
    if (config->table[index].kind != CONFIG_INT)
        wrong_kind(name);
    return config->values[index].number;
}

bool config_bool(const struct config *config, const char *name)
{
    size_t index = demand(config, name);
    if (config->table[index].kind != CONFIG_BOOL)
        wrong_kind(name);
    return config->values[index].number != 0;
}
