/* Who takes part in the demo, and with which passwords. */
#include "deploy/admin/demo.h"

#include "core/auth/password.h"
#include "core/base/alloc.h"

#include "deploy/admin/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct demo_person demo_people[DEMO_ACCOUNT_COUNT] = {
    [DEMO_VIEWER]     = {"viewer@demo.example",     "デモ 一般会員",  "viewer",     0 },
    [DEMO_BIDDER]     = {"bidder@demo.example",     "デモ 購買者",    "bidder",     88},
    [DEMO_AUCTIONEER] = {"auctioneer@demo.example", "デモ 主催者",    "auctioneer", 0 },
    [DEMO_ADMIN]      = {"admin@demo.example",      "デモ 管理者",    "admin",      0 },
    [DEMO_BUYER_FIRST + 0] = {"buyer1@demo.example", "デモ 自動購買者1", "bidder", 12},
    [DEMO_BUYER_FIRST + 1] = {"buyer2@demo.example", "デモ 自動購買者2", "bidder", 15},
    [DEMO_BUYER_FIRST + 2] = {"buyer3@demo.example", "デモ 自動購買者3", "bidder", 23},
    [DEMO_BUYER_FIRST + 3] = {"buyer4@demo.example", "デモ 自動購買者4", "bidder", 31},
    [DEMO_BUYER_FIRST + 4] = {"buyer5@demo.example", "デモ 自動購買者5", "bidder", 36},
    [DEMO_BUYER_FIRST + 5] = {"buyer6@demo.example", "デモ 自動購買者6", "bidder", 47},
    [DEMO_BUYER_FIRST + 6] = {"buyer7@demo.example", "デモ 自動購買者7", "bidder", 52},
    [DEMO_BUYER_FIRST + 7] = {"buyer8@demo.example", "デモ 自動購買者8", "bidder", 60},
};
/* clang-format on */

enum { LINE_MAX_BYTES = PASSWORD_LENGTH_MAX + 300 };

static void set_password(char **slot, const char *password)
{
    if (*slot != NULL)
        explicit_bzero(*slot, strlen(*slot));
    free(*slot);
    *slot = xstrdup(password);
}

void demo_passwords_finish(struct demo_passwords *passwords)
{
    for (int i = 0; i < DEMO_ACCOUNT_COUNT; i++) {
        if (passwords->of[i] != NULL)
            explicit_bzero(passwords->of[i], strlen(passwords->of[i]));
        free(passwords->of[i]);
        passwords->of[i] = NULL;
    }
}

/* Gives the password to those whom `who` names; how many these are. */
static int assign(struct demo_passwords *passwords, struct demo_passwords *by_email, const char *who,
                  const char *password)
{
    int named = 0;
    for (int i = 0; i < DEMO_ACCOUNT_COUNT; i++) {
        bool by_name = strcmp(demo_people[i].email, who) == 0;
        if (!by_name && strcmp(demo_people[i].role, who) != 0)
            continue;
        set_password(by_name ? &by_email->of[i] : &passwords->of[i], password);
        named++;
    }
    return named;
}

static bool read_lines(FILE *file, const char *path, struct demo_passwords *passwords,
                       struct demo_passwords *by_email)
{
    char line[LINE_MAX_BYTES];
    bool good = true;
    for (int number = 1; good && fgets(line, sizeof line, file) != NULL; number++) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#')
            continue;
        char *password = strchr(line, '=');
        if (password != NULL)
            *password++ = '\0';
        size_t length = password != NULL ? strlen(password) : 0;
        if (length < PASSWORD_LENGTH_MIN || length > PASSWORD_LENGTH_MAX) {
            admin_complain("%s:%d: needs role=password or e-mail=password, of %d to %d characters", path,
                           number, PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX);
            good = false;
        } else if (assign(passwords, by_email, line, password) == 0) {
            admin_complain("%s:%d: no demo account is called or has the role \"%s\"", path, number, line);
            good = false;
        }
    }
    explicit_bzero(line, sizeof line);
    return good;
}

static bool read_file(const char *path, struct demo_passwords *passwords)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        admin_complain("%s: %s", path, strerror(errno));
        return false;
    }
    struct demo_passwords by_email = {0};
    bool good = read_lines(file, path, passwords, &by_email);
    fclose(file);
    for (int i = 0; i < DEMO_ACCOUNT_COUNT; i++)
        if (by_email.of[i] != NULL)
            set_password(&passwords->of[i], by_email.of[i]);
    demo_passwords_finish(&by_email);
    return good;
}

bool demo_passwords_read(const char *path, struct demo_passwords *out)
{
    *out = (struct demo_passwords){0};
    for (int i = 0; i < DEMO_ACCOUNT_COUNT; i++)
        set_password(&out->of[i], DEMO_PASSWORD);
    if (path == NULL || read_file(path, out))
        return true;
    demo_passwords_finish(out);
    return false;
}

enum admin_status admin_demo_accounts(const struct config *config, int count, char **arguments)
{
    (void)config;
    if (!admin_options(NULL, 0, NULL, 0, count, arguments))
        return ADMIN_MISUSED;
    for (int i = 0; i < DEMO_BUYER_FIRST; i++)
        printf("%-10s  %s\n", demo_people[i].role, demo_people[i].email);
    return ADMIN_DONE;
}
