/* seri-admin user create: an account of any role, above all the first administrator, whom nobody else could
 * create. A password is never taken from the command line, where every user of the machine could read it. */
#include "core/auth/email.h"
#include "core/auth/password.h"
#include "core/auth/role.h"
#include "core/base/uuid.h"
#include "core/store/migrate.h"

#include "deploy/admin/admin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { GENERATED_LENGTH = 20, NAME_MAX_BYTES = 400 };

struct new_user {
    const char *role, *email, *name, *language;
    bool password_from_stdin;
};

/* 20 letters and digits that cannot be taken for one another: 31^20, about 99 bits. */
static void generate_password(char password[GENERATED_LENGTH + 1])
{
    static const char letters[] = "23456789abcdefghjkmnpqrstuvwxyz";
    const size_t count = sizeof letters - 1;
    for (int i = 0; i < GENERATED_LENGTH;) {
        uint8_t byte;
        random_bytes(&byte, sizeof byte);
        if (byte < 256 / count * count) /* else the first letters would be likelier */
            password[i++] = letters[byte % count];
    }
    password[GENERATED_LENGTH] = '\0';
}

/* Takes the first line of standard input, without its end. */
static bool read_password(char password[PASSWORD_LENGTH_MAX + 2])
{
    if (fgets(password, PASSWORD_LENGTH_MAX + 2, stdin) == NULL) {
        admin_complain("there is no password on standard input");
        return false;
    }
    password[strcspn(password, "\r\n")] = '\0';
    size_t length = strlen(password);
    if (length < PASSWORD_LENGTH_MIN || length > PASSWORD_LENGTH_MAX) {
        admin_complain("a password has %d to %d characters", PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX);
        return false;
    }
    return true;
}

static bool is_valid(const struct new_user *user)
{
    int role = role_parse(user->role);
    if (role < 0 || role == ROLE_VISITOR)
        admin_complain("--role is viewer, bidder, auctioneer or admin, not \"%s\"", user->role);
    else if (!email_is_plausible(user->email))
        admin_complain("\"%s\" is not an e-mail address", user->email);
    else if (user->name[0] == '\0' || strlen(user->name) > NAME_MAX_BYTES)
        admin_complain("--name has 1 to 100 characters");
    else if (strcmp(user->language, "ja") != 0 && strcmp(user->language, "en") != 0)
        admin_complain("--language is ja or en, not \"%s\"", user->language);
    else
        return true;
    return false;
}

/* The account's id; 0 after telling why there is none. */
static int64_t insert(struct db *db, const struct new_user *user, const char *password)
{
    struct error error;
    if (!migrate_is_current(db, &error)) {
        admin_complain("%s", error.text);
        return 0;
    }
    char hash[PASSWORD_HASH_SIZE];
    password_hash(password, hash);
    struct params params;
    params_init(&params);
    params_text(&params, user->email);
    params_text(&params, user->name);
    params_text(&params, hash);
    params_text(&params, user->role);
    params_text(&params, user->language);
    struct db_answer answer = db_run(db, SQL_USER_CREATE, &params, &error);
    params_finish(&params);

    int64_t id = 0;
    if (answer.outcome == DB_DONE)
        id = result_int(answer.result, 0, "id");
    else if (strcmp(answer.constraint, "users_email_key") == 0)
        admin_complain("%s has an account already", user->email);
    else if (answer.outcome == DB_UNCERTAIN)
        admin_complain("the account may or may not have been created: %s", error.text);
    else
        admin_complain("%s", error.text);
    PQclear(answer.result);
    return id;
}

enum admin_status admin_user_create(const struct config *config, int count, char **arguments)
{
    struct new_user user = {.language = "ja"};
    const struct admin_option options[] = {
        {"role",           true,  &user.role,     NULL                     },
        {"email",          true,  &user.email,    NULL                     },
        {"name",           true,  &user.name,     NULL                     },
        {"language",       false, &user.language, NULL                     },
        {"password-stdin", false, NULL,           &user.password_from_stdin},
    };
    if (!admin_options(options, sizeof options / sizeof options[0], NULL, 0, count, arguments) ||
        !is_valid(&user))
        return ADMIN_MISUSED;

    char password[PASSWORD_LENGTH_MAX + 2];
    if (!user.password_from_stdin)
        generate_password(password);
    else if (!read_password(password))
        return ADMIN_FAILED;

    struct db *db = db_create(config_text(config, "DATABASE_URL"), "seri-admin");
    int64_t id = insert(db, &user, password);
    db_destroy(&db);
    if (id != 0) {
        printf("user %" PRId64 " created: %s, %s\n", id, user.email, user.role);
        if (!user.password_from_stdin)
            printf("password: %s\n", password);
    }
    explicit_bzero(password, sizeof password);
    return id != 0 ? ADMIN_DONE : ADMIN_FAILED;
}
