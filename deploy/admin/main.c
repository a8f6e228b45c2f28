/* seri-admin [settings] command [options]: finds the command in the table, loads the settings, runs it.
 * Settings stand before the command and are those of all programs (--DATABASE_URL=…, --config FILE, the
 * environment); what stands after it is the command's own. */
#include "core/base/settings.h"

#include "deploy/admin/admin.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *name;      /* one or two words */
    const char *arguments; /* as the usage shows them, with a space before */
    const char *help;
    admin_run run;
};

static const struct command commands[] = {
    {
     .name = "migrate",
     .arguments = "",
     .help = "bring the database to the newest schema",
     .run = admin_migrate,
     },
    {
     .name = "user create",
     .arguments = " --role R --email E --name N [--language ja|en] [--password-stdin]",
     .help = "create an account; without --password-stdin a password is made and printed",
     .run = admin_user_create,
     },
    {
     .name = "import",
     .arguments = " --sale ID | --new-sale NAME_JA --name-en NAME [--dry-run] FILE.csv",
     .help = "import a catalogue, all of it or nothing; a dry run only says what would happen",
     .run = admin_import,
     },
    {
     .name = "demo load",
     .arguments = " [--passwords FILE]",
     .help = "make the demo's accounts and its sale, or put them right again",
     .run = admin_demo_load,
     },
    {
     .name = "demo accounts",
     .arguments = "",
     .help = "list the demo accounts that people can use",
     .run = admin_demo_accounts,
     },
    {
     .name = "demo check",
     .arguments = "",
     .help = "exit with 0 if there is no sale but the demo's, else with 3",
     .run = admin_demo_check,
     },
    {
     .name = "demo-run",
     .arguments = " [--rest URL] [--ws URL] [--passwords FILE]",
     .help = "play the demo until stopped: open lots and bid, as PUBLIC_URL's clients would",
     .run = admin_demo_run,
     },
};

static void print_commands(FILE *out)
{
    fputs("Usage: seri-admin [settings] command [options]\n\nCommands:\n", out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "  %s%s\n      %s\n", commands[i].name, commands[i].arguments, commands[i].help);
}

/* How many of the words are the command's name; 0 when they are not. */
static int match(const struct command *command, int count, char **words)
{
    const char *name = command->name;
    for (int i = 0; i < count; i++) {
        size_t size = strcspn(name, " ");
        if (strlen(words[i]) != size || memcmp(words[i], name, size) != 0)
            return 0;
        if (name[size] == '\0')
            return i + 1;
        name += size + 1;
    }
    return 0;
}

static const struct command *find_command(int count, char **words, int *name_words)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        *name_words = match(&commands[i], count, words);
        if (*name_words > 0)
            return &commands[i];
    }
    return NULL;
}

/* Where the settings end and the command begins. */
static int find_first_word(int argc, char **argv)
{
    int i = 1;
    while (i < argc && strncmp(argv[i], "--", 2) == 0)
        i += strcmp(argv[i], "--config") == 0 ? 2 : 1;
    return i < argc ? i : argc;
}

static bool asks_for_help(int count, char **words)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(words[i], "--help") == 0)
            return true;
    }
    return false;
}

static int run(const struct command *command, const struct config *config, int count, char **arguments)
{
    enum admin_status status = command->run(config, count, arguments);
    if (status == ADMIN_MISUSED)
        fprintf(stderr, "Usage: seri-admin %s%s\n", command->name, command->arguments);
    return status;
}

int main(int argc, char **argv)
{
    int first = find_first_word(argc, argv);
    int name_words = 0;
    const struct command *command = find_command(argc - first, argv + first, &name_words);
    if (command != NULL && asks_for_help(argc - first, argv + first)) {
        printf("Usage: seri-admin %s%s\n       %s\n", command->name, command->arguments, command->help);
        return ADMIN_DONE;
    }
    if (asks_for_help(first, argv)) {
        print_commands(stdout);
        putchar('\n');
    }

    struct config *config = NULL;
    struct error error;
    enum config_result loaded =
        config_load(settings, settings_count, PROGRAM_ADMIN, first, argv, &config, &error);
    if (loaded == CONFIG_HELP_SHOWN)
        return ADMIN_DONE;
    if (command == NULL) {
        if (first < argc)
            admin_complain("no command \"%s\"", argv[first]);
        print_commands(stderr);
        config_destroy(&config);
        return ADMIN_MISUSED;
    }
    if (loaded == CONFIG_BAD) {
        admin_complain("%s", error.text);
        return ADMIN_MISUSED;
    }
    int status = run(command, config, argc - first - name_words, argv + first + name_words);
    config_destroy(&config);
    return status;
}
