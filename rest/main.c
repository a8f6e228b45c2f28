/* seri-rest: everything over HTTP but live bidding. Reads the settings, makes what the threads share, serves
 * until it is told to stop, and then lets every request that has begun come to its end. */
#include "core/base/log.h"
#include "core/base/settings.h"
#include "core/bus/redis.h"
#include "rest/jobs/notifier.h"
#include "rest/jobs/pacer.h"
#include "rest/jobs/pulse.h"
#include "rest/jobs/runner.h"
#include "rest/meters.h"
#include "rest/router.h"
#include "rest/server.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* Each connection is a file descriptor; the usual soft limit is far below what we may serve. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_warn("the limit of open files stays as it is");
}

static bool start_log(const struct config *config, struct error *error)
{
    int level = log_level_parse(config_text(config, "LOG_LEVEL"));
    if (level < 0) {
        error_set(error, "LOG_LEVEL: want debug, info, warn or error");
        return false;
    }
    log_start("seri-rest", (enum log_level)level);
    return true;
}

static bool make_service(const struct config *config, struct service *service, struct error *error)
{
    *service = (struct service){.config = config};
    if (!redis_url_check(config_text(config, "REDIS_URL"), error)) {
        error_prefix(error, "REDIS_URL");
        return false;
    }
    service->keys = token_keys_create(config_text(config, "JWT_SECRET"), error);
    if (service->keys == NULL) {
        error_prefix(error, "JWT_SECRET");
        return false;
    }
    service->proxies = proxies_create(config_text(config, "TRUSTED_PROXIES"), error);
    if (service->proxies == NULL)
        return false;
    const int64_t limits[LIMIT_KIND_COUNT] = {
        [LIMIT_VISITOR] = config_int(config, "LIMIT_VISITOR_PER_MINUTE"),
        [LIMIT_USER] = config_int(config, "LIMIT_USER_PER_MINUTE"),
        [LIMIT_ADDRESS] = config_int(config, "LIMIT_ADDRESS_PER_MINUTE"),
        [LIMIT_LOGIN] = config_int(config, "LIMIT_LOGIN_PER_MINUTE"),
        [LIMIT_LOGIN_ACCOUNT] = config_int(config, "LIMIT_LOGIN_ACCOUNT_PER_MINUTE"),
        [LIMIT_LOGIN_ADDRESS] = config_int(config, "LIMIT_LOGIN_ADDRESS_PER_MINUTE"),
        [LIMIT_BID] = config_int(config, "BID_LIMIT_PER_MINUTE"),
    };
    service->limiter = limiter_create(limits);
    service->sessions = sessions_create();
    service->spools =
        spools_create(config_text(config, "SPOOL_DIR"), config_int(config, "SPOOL_BYTES"), error);
    if (service->spools == NULL) {
        error_prefix(error, "SPOOL_DIR");
        return false;
    }
    if (!mailer_check(config, error))
        return false;
    service->media = media_store_create(config, error);
    if (service->media == NULL)
        return false;
    link_key_derive(config_text(config, "JWT_SECRET"), "media", service->media_key);
    service->secure_cookies = strncmp(config_text(config, "PUBLIC_URL"), "https://", 8) == 0;
    return true;
}

static void finish_service(struct service *service)
{
    media_store_destroy(&service->media);
    spools_destroy(&service->spools);
    sessions_destroy(&service->sessions);
    limiter_destroy(&service->limiter);
    proxies_destroy(&service->proxies);
    token_keys_destroy(&service->keys);
}

/* Looks after the connections until one of the signals comes; returns it. */
static int tend_until(struct server *server, const sigset_t *signals)
{
    static const struct timespec pause = {.tv_nsec = SERVER_TEND_MS * 1000000L};
    for (;;) {
        int signal_number = sigtimedwait(signals, NULL, &pause);
        if (signal_number > 0)
            return signal_number;
        server_tend(server);
    }
}

/* Serves until SIGTERM or SIGINT, which are blocked in all threads and waited for here. */
static bool serve(struct service *service, const sigset_t *signals, struct error *error)
{
    const struct config *config = service->config;
    int queue = (int)config_int(config, "REST_SLOW_QUEUE");
    service->slow = slow_create(SLOW_WORK, (int)config_int(config, "REST_SLOW_WORKERS"), queue);
    service->uploads = slow_create(SLOW_UPLOADS, (int)config_int(config, "REST_UPLOAD_WORKERS"), queue);
    service->reports = slow_create(SLOW_REPORTS, (int)config_int(config, "REST_REPORT_WORKERS"), queue);
    service->bid_audit = bid_audit_start(config_text(config, "DATABASE_URL"));
    service->writes = slow_create(SLOW_WRITES, (int)config_int(config, "REST_WRITE_WORKERS"),
                                  (int)config_int(config, "REST_WRITE_QUEUE"));
    service->pulse = pulse_start(service);
    struct server *server = server_start(service, error);
    if (server != NULL) {
        log_info("listening", log_text("host", config_text(config, "REST_HOST")),
                 log_number("port", config_int(config, "REST_PORT")));
        struct pacer *pacer = pacer_start(service);
        struct runner *runner = runner_start(config);
        struct notifier *notifier = notifier_start(config);
        log_info("draining", log_number("signal", tend_until(server, signals)));
        pacer_stop(&pacer);
        server_drain(server, config_int(config, "REST_TIMEOUT_S") * 1000);
        notifier_stop(&notifier);
        runner_stop(&runner);
    }
    bool good = server != NULL;
    slow_stop(service->slow);
    slow_stop(service->uploads);
    slow_stop(service->writes);
    slow_stop(service->reports);
    server_stop(&server);
    pulse_stop(&service->pulse);
    bid_audit_stop(&service->bid_audit);
    slow_destroy(&service->slow);
    slow_destroy(&service->uploads);
    slow_destroy(&service->writes);
    slow_destroy(&service->reports);
    return good;
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct config *config = NULL;
    enum config_result loaded =
        config_load(settings, settings_count, PROGRAM_REST, argc, argv, &config, &error);
    if (loaded == CONFIG_HELP_SHOWN)
        return 0;
    struct service service = {0};
    bool good = loaded == CONFIG_OK && start_log(config, &error) && make_service(config, &service, &error);
    if (good) {
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        pthread_sigmask(SIG_BLOCK, &signals, NULL);
        signal(SIGPIPE, SIG_IGN);
        raise_descriptor_limit();
        curl_global_init(CURL_GLOBAL_DEFAULT);
        router_check();
        meters_start();
        good = serve(&service, &signals, &error);
    }
    if (good)
        log_info("stopped");
    else
        fprintf(stderr, "seri-rest: %s\n", error.text);
    finish_service(&service);
    config_destroy(&config);
    curl_global_cleanup();
    return good ? 0 : 1;
}
