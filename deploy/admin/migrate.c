/* seri-admin migrate: run once before the servers of a new version start; running it again does nothing. */
#include "core/store/migrate.h"

#include "deploy/admin/admin.h"

#include <stdio.h>

enum admin_status admin_migrate(const struct config *config, int count, char **arguments)
{
    if (!admin_options(NULL, 0, NULL, 0, count, arguments))
        return ADMIN_MISUSED;
    struct error error;
    struct db *db = db_create(config_text(config, "DATABASE_URL"), "seri-admin");
    int applied = migrate_run(db, &error);
    db_destroy(&db);
    if (applied < 0) {
        admin_complain("%s", error.text);
        return ADMIN_FAILED;
    }
    if (applied == 0)
        printf("the database is current (%d migrations)\n", SQL_MIGRATION_COUNT);
    else
        printf("%d of %d migrations applied\n", applied, SQL_MIGRATION_COUNT);
    return ADMIN_DONE;
}
