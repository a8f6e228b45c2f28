/* OpenSSL reads and writes through a BIO of ours that stands on the caller's memory: it takes from the bytes
 * just handed in and appends to the caller's buffer. So nothing is copied twice, and an idle connection holds
 * no buffers at all, where a memory BIO would keep the largest it ever needed.
 *
 * OpenSSL's errors stand in a queue of the thread's. One that is left there is taken for the next
 * connection's, so the queue is emptied before every call and after every failure. */
#include "realtime/tls.h"

#include "core/base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct tls_context {
    char *certificate_file;
    char *key_file;
    BIO_METHOD *wire; /* how OpenSSL gets at our memory */
    SSL_CTX *rules;   /* counted: connections keep theirs when it is replaced */
};

struct tls {
    SSL *ssl;
    const char *in; /* while bytes are taken: those that are left */
    size_t in_size;
    struct buffer *out; /* within a call: where bytes for the wire go */
    bool broken;        /* OpenSSL must not be asked again */
    const char *reason;
};

/* ---- the wire, as OpenSSL sees it ---- */

static int read_wire(BIO *bio, char *bytes, int size)
{
    struct tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (tls->in_size == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t taken = tls->in_size < (size_t)size ? tls->in_size : (size_t)size;
    memcpy(bytes, tls->in, taken);
    tls->in += taken;
    tls->in_size -= taken;
    return (int)taken;
}

static int write_wire(BIO *bio, const char *bytes, int size)
{
    struct tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    buffer_append(tls->out, bytes, (size_t)size);
    return tls->out->failed ? -1 : size;
}

/* There is nothing to flush, and nothing else that is asked can be done. */
static long control_wire(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *wire_create(void)
{
    BIO_METHOD *wire = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "seri");
    if (wire == NULL)
        abort(); /* no memory */
    BIO_meth_set_read(wire, read_wire);
    BIO_meth_set_write(wire, write_wire);
    BIO_meth_set_ctrl(wire, control_wire);
    return wire;
}

/* ---- the certificate and the rules ---- */

/* The first error is the cause, those behind it are what it led to. */
static const char *first_error(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_error());
    return text != NULL ? text : "unknown";
}

static bool check_file(const char *setting, const char *path, struct error *error)
{
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool good = file >= 0 && fstat(file, &about) == 0;
    if (!good)
        error_set(error, "%s %s: %s", setting, path, strerror(errno));
    else if (!S_ISREG(about.st_mode))
        error_set(error, "%s %s: it is no file", setting, path);
    if (file >= 0)
        close(file);
    return good && S_ISREG(about.st_mode);
}

/* OpenSSL would ask at the terminal otherwise. */
static int on_pass_phrase(char *out, int size, int writing, void *context)
{
    (void)out;
    (void)size;
    (void)writing;
    *(bool *)context = true;
    return -1;
}

static bool load_key(const struct tls_context *context, SSL_CTX *rules, struct error *error)
{
    bool locked = false;
    SSL_CTX_set_default_passwd_cb(rules, on_pass_phrase);
    SSL_CTX_set_default_passwd_cb_userdata(rules, &locked);
    bool read = SSL_CTX_use_PrivateKey_file(rules, context->key_file, SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(rules, NULL);
    bool other = !read && ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_X509;
    if (locked)
        error_set(error, "TLS_KEY_FILE %s: it is locked by a pass phrase", context->key_file);
    else if (other || (read && SSL_CTX_check_private_key(rules) != 1))
        error_set(error, "TLS_KEY_FILE %s: it is not the key of the certificate %s", context->key_file,
                  context->certificate_file);
    else if (!read)
        error_set(error, "TLS_KEY_FILE %s: no key can be read from it: %s", context->key_file, first_error());
    else
        return true;
    return false;
}

static bool load(const struct tls_context *context, SSL_CTX *rules, struct error *error)
{
    if (!check_file("TLS_CERT_FILE", context->certificate_file, error) ||
        !check_file("TLS_KEY_FILE", context->key_file, error))
        return false;
    if (SSL_CTX_use_certificate_chain_file(rules, context->certificate_file) != 1) {
        error_set(error, "TLS_CERT_FILE %s: no certificate can be read from it: %s",
                  context->certificate_file, first_error());
        return false;
    }
    return load_key(context, rules, error);
}

/* Only HTTP/1.1 is spoken here. Who offers protocols and not this one is told so, as RFC 7301, 3.2, has it.
 */
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *size,
                           const unsigned char *offered, unsigned offered_size, void *context)
{
    static const unsigned char spoken[] = "\x08http/1.1";
    unsigned char *found;
    (void)ssl;
    (void)context;
    int result = SSL_select_next_proto(&found, size, spoken, sizeof spoken - 1, offered, offered_size);
    *chosen = found;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* A ticket lets a client come back without the costly half of the handshake; it is kept by the client, so
 * the cache at our end can go. */
static SSL_CTX *make_rules(const struct tls_context *context, struct error *error)
{
    ERR_clear_error();
    SSL_CTX *rules = SSL_CTX_new(TLS_server_method());
    if (rules == NULL) {
        error_set(error, "OpenSSL cannot be used: %s", first_error());
        return NULL;
    }
    SSL_CTX_set_min_proto_version(rules, TLS1_2_VERSION);
    SSL_CTX_set_options(rules, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(rules, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(rules, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(rules, 1); /* as many as a client has connections */
    SSL_CTX_set_alpn_select_cb(rules, choose_protocol, NULL);
    bool loaded = load(context, rules, error);
    ERR_clear_error();
    if (loaded)
        return rules;
    SSL_CTX_free(rules);
    return NULL;
}

struct tls_context *tls_context_create(const char *certificate_file, const char *key_file,
                                       struct error *error)
{
    struct tls_context *context = xcalloc(1, sizeof *context);
    context->certificate_file = xstrdup(certificate_file);
    context->key_file = xstrdup(key_file);
    context->wire = wire_create();
    context->rules = make_rules(context, error);
    if (context->rules == NULL)
        tls_context_destroy(&context);
    return context;
}

bool tls_context_reload(struct tls_context *context, struct error *error)
{
    SSL_CTX *rules = make_rules(context, error);
    if (rules == NULL)
        return false;
    SSL_CTX_free(context->rules);
    context->rules = rules;
    return true;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm parts = {0};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

int64_t tls_context_expires_at(const struct tls_context *context)
{
    return seconds_of(X509_get0_notAfter(SSL_CTX_get0_certificate(context->rules)));
}

const char *tls_context_doubt(const struct tls_context *context, int64_t now)
{
    if (now >= tls_context_expires_at(context))
        return "it has expired";
    if (now < seconds_of(X509_get0_notBefore(SSL_CTX_get0_certificate(context->rules))))
        return "it is not valid yet";
    return NULL;
}

void tls_context_destroy(struct tls_context **context)
{
    if (*context == NULL)
        return;
    SSL_CTX_free((*context)->rules);
    BIO_meth_free((*context)->wire);
    free((*context)->certificate_file);
    free((*context)->key_file);
    free(*context);
    *context = NULL;
}

/* ---- one connection ---- */

struct tls *tls_create(const struct tls_context *context)
{
    struct tls *tls = xcalloc(1, sizeof *tls);
    BIO *bio = BIO_new(context->wire);
    tls->ssl = SSL_new(context->rules);
    if (bio == NULL || tls->ssl == NULL)
        abort(); /* no memory */
    BIO_set_data(bio, tls);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void tls_destroy(struct tls **tls)
{
    if (*tls == NULL)
        return;
    SSL_free((*tls)->ssl);
    free(*tls);
    *tls = NULL;
}

bool tls_is_greeted(const struct tls *tls)
{
    return SSL_is_init_finished(tls->ssl) == 1;
}

/* What a call that gave nothing means. */
static enum tls_result judge(struct tls *tls, int result)
{
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ: return TLS_GOES_ON;
    case SSL_ERROR_ZERO_RETURN: return TLS_ENDED;
    default: break; /* the others are faults, as far as a wire like ours knows them */
    }
    tls->broken = true;
    tls->reason = first_error();
    ERR_clear_error();
    return TLS_BROKEN;
}

enum tls_result tls_receive(struct tls *tls, const char *bytes, size_t size, struct buffer *clear,
                            struct buffer *wire)
{
    char record[TLS_RECORD_MAX];
    size_t got;
    if (tls->broken)
        return TLS_BROKEN;
    tls->in = bytes;
    tls->in_size = size;
    tls->out = wire;
    for (;;) {
        ERR_clear_error();
        int result = SSL_read_ex(tls->ssl, record, sizeof record, &got); /* or goes on with the handshake */
        if (result != 1)
            return judge(tls, result);
        buffer_append(clear, record, got);
    }
}

bool tls_send(struct tls *tls, const void *bytes, size_t size, struct buffer *wire)
{
    size_t sent;
    if (tls->broken)
        return false;
    tls->out = wire;
    ERR_clear_error();
    int result = SSL_write_ex(tls->ssl, bytes, size, &sent);
    if (result != 1)
        judge(tls, result);
    return result == 1;
}

void tls_end(struct tls *tls, struct buffer *wire)
{
    if (tls->broken || !tls_is_greeted(tls) || (SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN) != 0)
        return;
    tls->out = wire;
    ERR_clear_error();
    SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

const char *tls_reason(const struct tls *tls)
{
    return tls->reason != NULL ? tls->reason : "";
}
