/* libcurl speaks SMTP. What a mail server answers is quoted by its number only: its words may hold the
 * address. */
#include "rest/mail/mailer.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 10000
#define STOP_GRACE_MS      5000
#define PATH_SIZE          4096

struct mailer {
    const struct config *config;
    const atomic_bool *stopping;
    struct mailbox from;
    CURL *curl; /* NULL: to the folder */
};

static bool has_server(const struct config *config)
{
    return config_text(config, "SMTP_URL")[0] != '\0';
}

static bool check_folder(const char *folder, struct error *error)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        error_set(error, "MAIL_DIR: cannot make %s: %s", folder, strerror(errno));
        return false;
    }
    struct stat found;
    bool good = stat(folder, &found) == 0 && S_ISDIR(found.st_mode) && access(folder, W_OK | X_OK) == 0;
    /* Letters hold links that log people in: they are not left in a folder that somebody else has made. */
    if (!good || found.st_uid != geteuid()) {
        error_set(error, "MAIL_DIR: %s is no folder of ours that can be written to", folder);
        return false;
    }
    return true;
}

bool mailer_check(const struct config *config, struct error *error)
{
    struct mailbox from;
    if (!mailbox_parse(config_text(config, "MAIL_FROM"), &from, error)) {
        error_prefix(error, "MAIL_FROM");
        return false;
    }
    if (!has_server(config))
        return check_folder(config_text(config, "MAIL_DIR"), error);
    const char *url = config_text(config, "SMTP_URL");
    if ((strncmp(url, "smtp://", 7) != 0 && strncmp(url, "smtps://", 8) != 0) || strchr(url, '@') != NULL ||
        strstr(url, "://")[3] == '\0') {
        error_set(error, "SMTP_URL: want smtp://host:port or smtps://host:port");
        return false;
    }
    if (config_int(config, "SMTP_TIMEOUT_S") >= config_int(config, "JOB_LEASE_S")) {
        error_set(error,
                  "SMTP_TIMEOUT_S must be less than JOB_LEASE_S, or a slow letter would be sent twice");
        return false;
    }
    return true;
}

struct mailer *mailer_create(const struct config *config, const atomic_bool *stopping)
{
    struct mailer *mailer = xcalloc(1, sizeof *mailer);
    mailer->config = config;
    mailer->stopping = stopping;
    if (!mailbox_parse(config_text(config, "MAIL_FROM"), &mailer->from, NULL))
        abort();
    if (has_server(config) && (mailer->curl = curl_easy_init()) == NULL)
        abort();
    return mailer;
}

void mailer_destroy(struct mailer **mailer)
{
    if (*mailer == NULL)
        return;
    curl_easy_cleanup((*mailer)->curl);
    free(*mailer);
    *mailer = NULL;
}

const struct mailbox *mailer_from(const struct mailer *mailer)
{
    return &mailer->from;
}

/* ---- by SMTP ---- */

struct upload {
    const struct buffer *letter;
    size_t sent;
    const atomic_bool *stopping;
    int64_t stop_seen_ms; /* 0: nobody has asked to stop */
};

static size_t read_letter(char *out, size_t size, size_t count, void *context)
{
    struct upload *upload = context;
    size_t left = upload->letter->size - upload->sent, room = size * count;
    size_t taken = left < room ? left : room;
    memcpy(out, upload->letter->data + upload->sent, taken);
    upload->sent += taken;
    return taken;
}

/* Called about once a second: not 0 ends the transfer. */
static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    struct upload *upload = context;
    if (!atomic_load(upload->stopping))
        return 0;
    if (upload->stop_seen_ms == 0)
        upload->stop_seen_ms = clock_monotonic_ms();
    return clock_monotonic_ms() - upload->stop_seen_ms >= STOP_GRACE_MS;
}

static void set_server(CURL *curl, const struct config *config)
{
    curl_easy_setopt(curl, CURLOPT_URL, config_text(config, "SMTP_URL"));
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)config_int(config, "SMTP_TIMEOUT_S") * 1000);
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     (long)(config_bool(config, "SMTP_STARTTLS") ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (config_text(config, "SMTP_CA_FILE")[0] != '\0')
        curl_easy_setopt(curl, CURLOPT_CAINFO, config_text(config, "SMTP_CA_FILE"));
    if (config_text(config, "SMTP_USER")[0] != '\0') {
        curl_easy_setopt(curl, CURLOPT_USERNAME, config_text(config, "SMTP_USER"));
        curl_easy_setopt(curl, CURLOPT_PASSWORD, config_text(config, "SMTP_PASSWORD"));
    }
}

static void set_upload(CURL *curl, struct upload *upload)
{
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_letter);
    curl_easy_setopt(curl, CURLOPT_READDATA, upload);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, upload);
}

/* A refusal for good of this sender, recipient or letter, as against one of our log-in or of everybody at the
 * door. */
static bool is_final(CURLcode result, long answer, const struct upload *upload)
{
    return answer / 100 == 5 &&
           (result == CURLE_SEND_ERROR || (result == CURLE_WEIRD_SERVER_REPLY && upload->sent > 0));
}

static enum mail_outcome send_by_smtp(struct mailer *mailer, const char *to, const struct buffer *letter,
                                      struct error *error)
{
    CURL *curl = mailer->curl;
    struct upload upload = {.letter = letter, .stopping = mailer->stopping};
    char sender[MAILBOX_ADDRESS_SIZE + 2], recipient[MAILBOX_ADDRESS_SIZE + 2];
    snprintf(sender, sizeof sender, "<%s>", mailer->from.address);
    snprintf(recipient, sizeof recipient, "<%s>", to);
    struct curl_slist *recipients = curl_slist_append(NULL, recipient);
    if (recipients == NULL)
        abort();
    curl_easy_reset(curl);
    set_server(curl, mailer->config);
    set_upload(curl, &upload);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    CURLcode result = curl_easy_perform(curl);
    curl_slist_free_all(recipients);
    if (result == CURLE_OK)
        return MAIL_SENT;
    long answer = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
    bool final = is_final(result, answer, &upload);
    if (answer >= 400)
        error_set(error, "the mail server %s (%ld): %s",
                  final ? "refused the letter" : "did not take the letter", answer,
                  curl_easy_strerror(result));
    else
        error_set(error, "no mail server: %s", curl_easy_strerror(result));
    return final ? MAIL_REFUSED : MAIL_FAILED;
}

/* ---- to the folder ---- */

/* True for what send_to_folder makes: letters, and drafts that a process left when it was killed. */
static bool is_letter(const char *name)
{
    const char *job = strstr(name, ".job-");
    const char *digits = name + (name[0] == '.');
    return job != NULL && strspn(digits, "0123456789") == (size_t)(job - digits);
}

void mailer_purge(const struct config *config, int64_t days)
{
    DIR *folder = has_server(config) ? NULL : opendir(config_text(config, "MAIL_DIR"));
    if (folder == NULL)
        return;
    time_t oldest = (time_t)(clock_wall_ms() / 1000 - days * 86400);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct stat found;
        if (is_letter(entry->d_name) &&
            fstatat(dirfd(folder), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(found.st_mode) && found.st_mtime < oldest)
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}

static bool write_whole(int file, const struct buffer *letter)
{
    for (size_t at = 0; at < letter->size;) {
        ssize_t size = write(file, letter->data + at, letter->size - at);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return false;
        at += (size_t)size;
    }
    return fsync(file) == 0;
}

/* Written beside its place and then moved there, so that who looks into the folder never sees half a letter.
 */
static enum mail_outcome send_to_folder(const char *folder, const char *id, const struct buffer *letter,
                                        struct error *error)
{
    char path[PATH_SIZE], draft[PATH_SIZE];
    bool fits = snprintf(path, sizeof path, "%s/%s.eml", folder, id) < (int)sizeof path &&
                snprintf(draft, sizeof draft, "%s/.%s.%d", folder, id, (int)getpid()) < (int)sizeof draft;
    int file = fits ? open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    bool good = file >= 0 && write_whole(file, letter);
    int why = fits ? errno : ENAMETOOLONG;
    if (file >= 0)
        close(file);
    if (good && rename(draft, path) == 0)
        return MAIL_SENT;
    error_set(error, "cannot write to MAIL_DIR: %s", strerror(good ? errno : why));
    if (file >= 0)
        unlink(draft);
    return MAIL_FAILED;
}

enum mail_outcome mailer_send(struct mailer *mailer, const char *to, const char *id,
                              const struct buffer *letter, struct error *error)
{
    if (mailer->curl != NULL)
        return send_by_smtp(mailer, to, letter, error);
    return send_to_folder(config_text(mailer->config, "MAIL_DIR"), id, letter, error);
}
