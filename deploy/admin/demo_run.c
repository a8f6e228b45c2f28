/* seri-admin demo-run: the demo never stands still. It schedules the demo sale's lots, which the
 * sale's pacing starts, and plays eight buyers, by REST and WebSocket only, until it is told to stop; what
 * servers are gone meanwhile it waits for. */
#include "core/base/alloc.h"
#include "core/base/buffer.h"
#include "core/base/log.h"

#include "deploy/admin/admin.h"
#include "deploy/admin/play/show.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static volatile bool stopping;

static void stop(int signal_number)
{
    (void)signal_number;
    stopping = true;
}

/* An origin, without the slash that people like to put at its end; owned by the caller. */
static char *origin_of(const char *url)
{
    size_t size = strlen(url);
    while (size > 0 && url[size - 1] == '/')
        size--;
    return xstrndup(url, size);
}

/* http://host → ws://host/ws, and https likewise; NULL for anything else. */
static char *ws_of(const char *origin)
{
    if (strncmp(origin, "http", 4) != 0)
        return NULL;
    struct buffer url;
    buffer_init(&url, 1024);
    buffer_append_format(&url, "ws%s/ws", origin + 4);
    return url.data;
}

static enum admin_status run(const struct show_options *options)
{
    struct error error;
    struct show *show = show_create(options, &error);
    if (show == NULL) {
        admin_complain("%s", error.text);
        return ADMIN_FAILED;
    }
    log_start("demo-run", LOG_INFO_LEVEL);
    log_info("started", log_text("rest", options->rest), log_text("ws", options->ws));
    while (!stopping)
        show_turn(show);
    show_destroy(&show);
    log_info("stopped");
    return ADMIN_DONE;
}

enum admin_status admin_demo_run(const struct config *config, int count, char **arguments)
{
    const char *rest = config_text(config, "PUBLIC_URL"), *ws = NULL, *path = NULL;
    const struct admin_option options[] = {
        {"rest",      false, &rest, NULL},
        {"ws",        false, &ws,   NULL},
        {"passwords", false, &path, NULL},
    };
    if (!admin_options(options, sizeof options / sizeof options[0], NULL, 0, count, arguments))
        return ADMIN_MISUSED;
    struct demo_passwords passwords;
    if (!demo_passwords_read(path, &passwords))
        return ADMIN_FAILED;

    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    unsetenv("http_proxy"); /* libwebsockets would heed it; the origin is our own */
    char *origin = origin_of(rest);
    char *address = ws != NULL ? xstrdup(ws) : ws_of(origin);
    struct db *db = db_create(config_text(config, "DATABASE_URL"), "demo-run");
    enum admin_status status = ADMIN_MISUSED;
    if (address != NULL)
        status = run(&(struct show_options){
            .rest = origin, .ws = address, .passwords = &passwords, .db = db, .stopping = &stopping});
    else
        admin_complain("--rest is an origin as http://host:port, not \"%s\"", rest);
    db_destroy(&db);
    free(origin);
    free(address);
    demo_passwords_finish(&passwords);
    return status;
}
