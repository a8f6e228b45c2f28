/* seri-admin, the office's tool at the command line. A command is one file with one function and a row of the
 * table in main.c. */
#pragma once

#include "core/base/config.h"

#include <stdbool.h>
#include <stddef.h>

/** What a command returns: the program's exit status. */
enum admin_status {
    ADMIN_DONE = 0,
    ADMIN_FAILED = 1,  /* tried, and told why on standard error */
    ADMIN_MISUSED = 2, /* not understood; main adds how the command is used */
    ADMIN_NOT_DEMO = 3 /* there is a sale that is not the demo */
};

/** Carries a command out. `arguments` are what follows its name. */
typedef enum admin_status (*admin_run)(const struct config *config, int count, char **arguments);

enum admin_status admin_migrate(const struct config *config, int count, char **arguments);
enum admin_status admin_user_create(const struct config *config, int count, char **arguments);
enum admin_status admin_import(const struct config *config, int count, char **arguments);
enum admin_status admin_demo_load(const struct config *config, int count, char **arguments);
enum admin_status admin_demo_check(const struct config *config, int count, char **arguments);
enum admin_status admin_demo_accounts(const struct config *config, int count, char **arguments);
enum admin_status admin_demo_run(const struct config *config, int count, char **arguments);

/** An option of a command: "--name VALUE" or "--name=VALUE", or "--name" alone when `flag` is set. */
struct admin_option {
    const char *name; /* without the dashes */
    bool required;
    const char **value; /* where the value goes, borrowed from the arguments; left alone when the option is
                           not given */
    bool *flag;         /* NULL unless the option has no value */
};

/** Reads a command's options. What is not an option goes to `words` (up to `word_count`, in order); exactly
 * that many are demanded. False after telling on standard error what is wrong. */
[[gnu::warn_unused_result]] bool admin_options(const struct admin_option *options, size_t option_count,
                                               const char **words, int word_count, int count,
                                               char **arguments);

/** Tells why a command failed: "seri-admin: …" on standard error. */
[[gnu::format(printf, 1, 2)]] void admin_complain(const char *format, ...);
