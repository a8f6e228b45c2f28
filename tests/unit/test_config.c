/* Settings: which source wins, what is refused and in which words, and that no secret ever shows. */
#include "core/base/config.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REST = 1, REALTIME = 2 };

static const struct config_setting table[] = {
    {"DATABASE_URL",  REST | REALTIME, CONFIG_TEXT,   "postgresql:///seri", 0,         0,         "PostgreSQL"                  },
    {"JWT_SECRET",    REST | REALTIME, CONFIG_SECRET, NULL,                 0,         0,         "Key that signs access tokens"},
    {"SMTP_PASSWORD", REST,            CONFIG_SECRET, "fallback-secret",    0,         0,         "Password of the mail server" },
    {"PUBLIC_URL",    REST,            CONFIG_TEXT,   "",                   0,         0,         "Where people reach Seri"     },
    {"REST_PORT",     REST,            CONFIG_INT,    "8081",               1,         65535,     "Port for HTTP"               },
    {"SERI_DEMO",     REST,            CONFIG_BOOL,   "no",                 0,         0,         "Offer the demo's logins"     },
    {"BID_OFFSET",    REST,            CONFIG_INT,    "0",                  INT64_MIN, INT64_MAX, "For tests"                   },
    {"REALTIME_PORT", REALTIME,        CONFIG_INT,    "9001",               1,         65535,     "Port for WebSocket"          },
    {"SERI_NODE",     REALTIME,        CONFIG_TEXT,   "",                   0,         0,         "Name of this node"           },
};

static char path[64];
static struct config *config;
static struct error error;

static void set_up(void)
{
    snprintf(path, sizeof path, "/tmp/seri-test-config-%ld", (long)getpid());
    clearenv();
    setenv("JWT_SECRET", "from-environment", 1);
}

static void tear_down(void)
{
    config_destroy(&config);
    unlink(path);
}

static void write_file(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
    setenv("SERI_CONFIG", path, 1);
}

/* Loads for REST with up to three arguments; NULL ends them. */
static enum config_result load(const char *first, const char *second, const char *third)
{
    char *argv[] = {(char *)"/usr/bin/seri-rest", (char *)first, (char *)second, (char *)third, NULL};
    int argc = 1;
    while (argv[argc] != NULL)
        argc++;
    error_set(&error, "%s", "");
    return config_load(table, sizeof table / sizeof table[0], REST, argc, argv, &config, &error);
}

static void expect_error(const char *text)
{
    ck_assert_str_eq(error.text, text);
    ck_assert_ptr_null(config);
}

START_TEST(defaults_hold_where_nothing_is_given)
{
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_OK);
    ck_assert_str_eq(config_text(config, "DATABASE_URL"), "postgresql:///seri");
    ck_assert_str_eq(config_text(config, "JWT_SECRET"), "from-environment");
    ck_assert_str_eq(config_text(config, "PUBLIC_URL"), "");
    ck_assert_int_eq(config_int(config, "REST_PORT"), 8081);
    ck_assert(!config_bool(config, "SERI_DEMO"));
}
END_TEST

START_TEST(command_line_beats_environment_beats_file_beats_default)
{
    static const char text[] = "REST_PORT=1001\nPUBLIC_URL=file\nDATABASE_URL=file\n";
    write_file(text, sizeof text - 1);
    setenv("REST_PORT", "1002", 1);
    setenv("PUBLIC_URL", "environment", 1);
    ck_assert_int_eq(load("--REST_PORT=1003", NULL, NULL), CONFIG_OK);
    ck_assert_int_eq(config_int(config, "REST_PORT"), 1003);
    ck_assert_str_eq(config_text(config, "PUBLIC_URL"), "environment");
    ck_assert_str_eq(config_text(config, "DATABASE_URL"), "file");
}
END_TEST

START_TEST(the_file_on_the_command_line_beats_the_one_of_the_environment)
{
    static const char text[] = "REST_PORT=1001";
    write_file(text, sizeof text - 1);
    setenv("SERI_CONFIG", "/nonexistent", 1);
    ck_assert_int_eq(load("--config", path, "--SERI_DEMO=on"), CONFIG_OK);
    ck_assert_int_eq(config_int(config, "REST_PORT"), 1001);
    ck_assert(config_bool(config, "SERI_DEMO"));
    config_destroy(&config);

    char option[100];
    snprintf(option, sizeof option, "--config=%s", path);
    ck_assert_int_eq(load(option, NULL, NULL), CONFIG_OK);
    ck_assert_int_eq(config_int(config, "REST_PORT"), 1001);
    config_destroy(&config);

    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_BAD);
    expect_error("cannot open /nonexistent: No such file or directory");
    setenv("SERI_CONFIG", "", 1);
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_OK);
}
END_TEST

START_TEST(a_file_may_hold_comments_white_space_and_other_programs_settings)
{
    static const char text[] =
        "# Seri\r\n\r\n  REST_PORT = 1001 \r\n\t# more\nREALTIME_PORT=not ours to check\n"
        "PUBLIC_URL=https://a.example/?x=1&y = 2\nDATABASE_URL=";
    write_file(text, sizeof text - 1);
    setenv("SERI_NODE", "another program's", 1);
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_OK);
    ck_assert_int_eq(config_int(config, "REST_PORT"), 1001);
    ck_assert_str_eq(config_text(config, "PUBLIC_URL"), "https://a.example/?x=1&y = 2");
    ck_assert_str_eq(config_text(config, "DATABASE_URL"), "");
}
END_TEST

/* %s of an expectation is the file's path. */
static const struct {
    const char *text, *message;
} bad_files[] = {
    {"\nREST_PROT=1\n",                    "%s:2: unknown setting REST_PROT"                                              },
    {"rest_port=1\n",                      "%s:1: unknown setting"                                                        },
    {"c2VjcmV0IGtleQ==\n",                 "%s:1: unknown setting"                                                        },
    {"REST_PORT\n",                        "%s:1: want NAME=value"                                                        },
    {"=1\n",                               "%s:1: unknown setting"                                                        },
    {"REST_PORT=1\n\nREST_PORT=2\n",       "%s:3: REST_PORT stands in line 1 already"                                     },
    {"REALTIME_PORT=1\nREALTIME_PORT=2\n", "%s:2: REALTIME_PORT stands in line 1 already"                                 },
    {"REST_PORT=80x",                      "%s:1: REST_PORT: \"80x\" is not a whole number (want 1 to 65535)"             },
    {"JWT_SECRET=\n",                      "%s:1: JWT_SECRET is empty, but it must be given: Key that signs access tokens"},
};

START_TEST(a_mistake_in_the_file_is_named_with_its_line)
{
    write_file(bad_files[_i].text, strlen(bad_files[_i].text));
    setenv("REST_PORT", "1", 1); /* a stronger source does not hide it */
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_BAD);
    const char *rest = strstr(bad_files[_i].message, "%s") + 2;
    size_t size = strlen(path);
    ck_assert_int_eq(strncmp(error.text, path, size), 0);
    ck_assert_str_eq(error.text + size, rest);
    ck_assert_ptr_null(config);
}
END_TEST

START_TEST(overlong_lines_and_zero_bytes_are_refused)
{
    char text[6000];
    memset(text, '#', sizeof text);
    write_file(text, sizeof text);
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_BAD);
    ck_assert_ptr_nonnull(strstr(error.text, ":1: the line is too long or holds a zero byte"));

    static const char zero[] = "REST_PORT=1\0\nPUBLIC_URL=x\n";
    write_file(zero, sizeof zero - 1);
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_BAD);
    ck_assert_ptr_nonnull(strstr(error.text, ":1: the line is too long or holds a zero byte"));

    setenv("SERI_CONFIG", "/tmp", 1);
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_BAD);
    expect_error("cannot read /tmp: Is a directory");
}
END_TEST

static const struct {
    const char *argument, *message;
} bad_arguments[] = {
    {"--REST_PORT=80x",                  "REST_PORT: \"80x\" is not a whole number (want 1 to 65535)"             },
    {"--REST_PORT=",                     "REST_PORT: \"\" is not a whole number (want 1 to 65535)"                },
    {"--REST_PORT= 80",                  "REST_PORT: \" 80\" is not a whole number (want 1 to 65535)"             },
    {"--REST_PORT=+80",                  "REST_PORT: \"+80\" is not a whole number (want 1 to 65535)"             },
    {"--REST_PORT=-",                    "REST_PORT: \"-\" is not a whole number (want 1 to 65535)"               },
    {"--REST_PORT=8e1",                  "REST_PORT: \"8e1\" is not a whole number (want 1 to 65535)"             },
    {"--REST_PORT=0",                    "REST_PORT: 0 is out of range (want 1 to 65535)"                         },
    {"--REST_PORT=-1",                   "REST_PORT: -1 is out of range (want 1 to 65535)"                        },
    {"--REST_PORT=65536",                "REST_PORT: 65536 is out of range (want 1 to 65535)"                     },
    {"--REST_PORT=99999999999999999999", "REST_PORT: 99999999999999999999 is out of range (want 1 to 65535)"      },
    {"--BID_OFFSET=9223372036854775808",
     "BID_OFFSET: 9223372036854775808 is out of range (want -9223372036854775808 to 9223372036854775807)"         },
    {"--SERI_DEMO=maybe",                "SERI_DEMO: \"maybe\" is neither true nor false"                         },
    {"--SERI_DEMO=",                     "SERI_DEMO: \"\" is neither true nor false"                              },
    {"--JWT_SECRET=",                    "JWT_SECRET is empty, but it must be given: Key that signs access tokens"},
    {"--REST_PORT",                      "--REST_PORT needs a value: --REST_PORT=value"                           },
    {"--PASSWORD=hunter2",               "unknown option --PASSWORD (see --help)"                                 },
    {"--REALTIME_PORT=1",                "unknown option --REALTIME_PORT (see --help)"                            },
    {"--configuration=x",                "unknown option --configuration (see --help)"                            },
    {"--config",                         "--config needs a file"                                                  },
    {"--config=",                        "--config needs a file"                                                  },
    {"--",                               "argument 1 is not understood, want --NAME=value (see --help)"           },
    {"--=x",                             "argument 1 is not understood, want --NAME=value (see --help)"           },
    {"",                                 "argument 1 is not understood, want --NAME=value (see --help)"           },
    {"postgresql://me:hunter2@host/",    "argument 1 is not understood, want --NAME=value (see --help)"           },
};

START_TEST(a_mistake_on_the_command_line_is_named)
{
    ck_assert_int_eq(load(bad_arguments[_i].argument, NULL, NULL), CONFIG_BAD);
    expect_error(bad_arguments[_i].message);
}
END_TEST

START_TEST(whole_numbers_reach_both_ends)
{
    ck_assert_int_eq(load("--BID_OFFSET=-9223372036854775808", "--REST_PORT=65535", NULL), CONFIG_OK);
    ck_assert_int_eq(config_int(config, "BID_OFFSET"), INT64_MIN);
    ck_assert_int_eq(config_int(config, "REST_PORT"), 65535);
    config_destroy(&config);
    ck_assert_int_eq(load("--BID_OFFSET=9223372036854775807", "--REST_PORT=1", NULL), CONFIG_OK);
    ck_assert_int_eq(config_int(config, "BID_OFFSET"), INT64_MAX);
    ck_assert_int_eq(config_int(config, "REST_PORT"), 1);
}
END_TEST

START_TEST(an_unknown_variable_of_ours_is_refused_and_others_are_none_of_our_business)
{
    setenv("HOME", "/root", 1);
    setenv("LIMIT_OF_SOMEBODY", "x", 1);
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_OK);
    config_destroy(&config);
    setenv("SERI_DEMOO", "1", 1);
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_BAD);
    expect_error("unknown environment variable SERI_DEMOO");
}
END_TEST

START_TEST(what_must_be_given_is_asked_for)
{
    unsetenv("JWT_SECRET");
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_BAD);
    expect_error("must be given: JWT_SECRET");
    ck_assert_int_eq(load("--JWT_SECRET=x", NULL, NULL), CONFIG_OK);
    ck_assert_str_eq(config_text(config, "JWT_SECRET"), "x");
}
END_TEST

/* What the call prints on standard output. */
static void load_printing(const char *argument, const char *second, char *out, size_t size)
{
    fflush(stdout);
    FILE *file = tmpfile();
    int real_stdout = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    enum config_result result = load(argument, second, NULL);
    fflush(stdout);
    dup2(real_stdout, STDOUT_FILENO);
    close(real_stdout);
    rewind(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
    ck_assert_int_eq(result, CONFIG_HELP_SHOWN);
    ck_assert_ptr_null(config);
}

START_TEST(help_is_a_table_of_the_programs_own_settings_without_secrets)
{
    char out[4000];
    unsetenv("JWT_SECRET");
    setenv("SERI_WRONG", "help comes first", 1);
    setenv("SMTP_PASSWORD", "environment-secret", 1);
    load_printing("--REST_PORT=80x", "--help", out, sizeof out);
    ck_assert_str_eq(
        out,
        "Usage: seri-rest [--config FILE] [--NAME=value ...]\n"
        "       seri-rest --help | --version\n"
        "\n"
        "A setting is taken from the command line, else from the environment variable NAME, else from\n"
        "the file named by --config or SERI_CONFIG (lines NAME=value, # comments), else it has its default.\n"
        "\n"
        "NAME           DEFAULT             MEANING\n"
        "DATABASE_URL   postgresql:///seri  PostgreSQL\n"
        "JWT_SECRET     (required)          Key that signs access tokens\n"
        "SMTP_PASSWORD  (secret)            Password of the mail server\n"
        "PUBLIC_URL     -                   Where people reach Seri\n"
        "REST_PORT      8081                Port for HTTP (1 to 65535)\n"
        "SERI_DEMO      no                  Offer the demo's logins\n"
        "BID_OFFSET     0                   For tests (-9223372036854775808 to 9223372036854775807)\n");
}
END_TEST

START_TEST(version_is_one_line)
{
    char out[200];
    load_printing("--version", NULL, out, sizeof out);
    ck_assert_str_eq(out, "seri-rest " SERI_VERSION "\n");
}
END_TEST

START_TEST(asking_for_an_unknown_name_ends_the_process)
{
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_OK);
    config_text(config, "NO_SUCH_NAME");
}
END_TEST

START_TEST(asking_for_another_programs_setting_ends_the_process)
{
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_OK);
    config_int(config, "REALTIME_PORT");
}
END_TEST

START_TEST(asking_by_another_kind_ends_the_process)
{
    ck_assert_int_eq(load(NULL, NULL, NULL), CONFIG_OK);
    config_int(config, "SERI_DEMO");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *tests = tcase_create("config");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, defaults_hold_where_nothing_is_given);
    tcase_add_test(tests, command_line_beats_environment_beats_file_beats_default);
    tcase_add_test(tests, the_file_on_the_command_line_beats_the_one_of_the_environment);
    tcase_add_test(tests, a_file_may_hold_comments_white_space_and_other_programs_settings);
    tcase_add_loop_test(tests, a_mistake_in_the_file_is_named_with_its_line, 0,
                        (int)(sizeof bad_files / sizeof bad_files[0]));
    tcase_add_test(tests, overlong_lines_and_zero_bytes_are_refused);
    tcase_add_loop_test(tests, a_mistake_on_the_command_line_is_named, 0,
                        (int)(sizeof bad_arguments / sizeof bad_arguments[0]));
    tcase_add_test(tests, whole_numbers_reach_both_ends);
    tcase_add_test(tests, an_unknown_variable_of_ours_is_refused_and_others_are_none_of_our_business);
    tcase_add_test(tests, what_must_be_given_is_asked_for);
    tcase_add_test(tests, help_is_a_table_of_the_programs_own_settings_without_secrets);
    tcase_add_test(tests, version_is_one_line);
    tcase_add_test_raise_signal(tests, asking_for_an_unknown_name_ends_the_process, SIGABRT);
    tcase_add_test_raise_signal(tests, asking_for_another_programs_setting_ends_the_process, SIGABRT);
    tcase_add_test_raise_signal(tests, asking_by_another_kind_ends_the_process, SIGABRT);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
