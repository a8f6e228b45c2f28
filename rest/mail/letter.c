/* The Message-ID is the job's, so a letter that is sent twice (its worker died before it could say so) is
 * recognised as one by mail programs. */
#include "rest/mail/letter.h"

#include "core/base/clock.h"
#include "core/wire/json_read.h"
#include "rest/mail/template.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LETTER_MAX ((size_t)256 << 10)

/* What a letter needs to know, borrowed from the row. */
struct recipient {
    const char *address;
    enum language language;
    cJSON *data; /* owned */
};

/* JOB_DONE: there is somebody to write to. */
static enum job_result find_recipient(struct job_worker *worker, const cJSON *payload, PGresult **row,
                                      struct recipient *out, struct error *error)
{
    int64_t user_id;
    if (!json_whole(cJSON_GetObjectItemCaseSensitive(payload, "userId"), 1, JSON_INT_MAX, &user_id)) {
        error_set(error, "the job names no user");
        return JOB_HOPELESS;
    }
    char *data = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(payload, "data"));
    struct params params;
    params_init(&params);
    params_int(&params, user_id);
    params_text(&params, data != NULL ? data : "{}");
    params_text(&params, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(payload, "address")));
    free(data);
    struct db_answer answer = db_run(worker->db, SQL_MAIL_RECIPIENT, &params, error);
    params_finish(&params);
    *row = answer.result;
    if (answer.outcome != DB_DONE)
        return JOB_FAILED;
    if (PQntuples(answer.result) == 0) {
        error_set(error, "there is no such active user");
        return JOB_HOPELESS;
    }
    out->address = result_text(answer.result, 0, "address");
    out->language = strcmp(result_text(answer.result, 0, "language"), "en") == 0 ? LANGUAGE_EN : LANGUAGE_JA;
    out->data = cJSON_Parse(result_text(answer.result, 0, "data"));
    if (address_is_sound(out->address))
        return JOB_DONE;
    error_set(error, "the user's address is none that a letter can be sent to");
    return JOB_HOPELESS;
}

static enum job_result send_letter(struct job_worker *worker, const struct job *job,
                                   const struct recipient *to, const char *subject, const char *body,
                                   struct error *error)
{
    char id[64];
    snprintf(id, sizeof id, "%" PRId64 ".job-%" PRId64, job->created_ms, job->id);
    struct letter letter = {
        .from = *mailer_from(worker->mailer),
        .to = to->address,
        .subject = subject,
        .body = body,
        .language = language_name(to->language),
        .id = id,
        .now_ms = clock_wall_ms(),
    };
    struct buffer bytes;
    buffer_init(&bytes, LETTER_MAX);
    letter_write(&letter, &bytes);
    enum mail_outcome outcome = MAIL_REFUSED;
    if (bytes.failed)
        error_set(error, "the letter is too long");
    else
        outcome = mailer_send(worker->mailer, to->address, id, &bytes, error);
    buffer_finish(&bytes);
    switch (outcome) {
    case MAIL_SENT: return JOB_DONE;
    case MAIL_FAILED: return JOB_FAILED;
    case MAIL_REFUSED: break;
    }
    return JOB_HOPELESS;
}

static enum job_result write_and_send(struct job_worker *worker, const struct job *job,
                                      const struct template *template, const struct recipient *to,
                                      struct error *error)
{
    struct buffer subject, body;
    buffer_init(&subject, LETTER_MAX);
    buffer_init(&body, LETTER_MAX);
    enum job_result result = JOB_HOPELESS;
    if (template_render(template, to->language, to->data, config_text(worker->config, "PUBLIC_URL"), &subject,
                        &body, error)) {
        if (subject.failed || body.failed)
            error_set(error, "the letter is too long");
        else
            result = send_letter(worker, job, to, subject.data, body.data, error);
    }
    buffer_finish(&subject);
    buffer_finish(&body);
    return result;
}

enum job_result letter_run(struct job_worker *worker, const struct job *job, struct error *error)
{
    cJSON *payload = cJSON_Parse(job->payload);
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(payload, "template"));
    const struct template *template = name != NULL ? template_find(name) : NULL;
    enum job_result result = JOB_HOPELESS;
    if (template == NULL) {
        error_set(error, "there is no template \"%.50s\"", name != NULL ? name : "");
    } else {
        PGresult *row = NULL;
        struct recipient to = {0};
        result = find_recipient(worker, payload, &row, &to, error);
        if (result == JOB_DONE)
            result = write_and_send(worker, job, template, &to, error);
        cJSON_Delete(to.data);
        PQclear(row);
    }
    cJSON_Delete(payload);
    return result;
}
