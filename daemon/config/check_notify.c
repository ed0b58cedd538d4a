#include "config/check.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/time.h"
#include "config/value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is one of "a|b" set? */
static bool has_one_of(const struct build *b, const struct raw_section *s, struct text names) {
    while (names.len) {
        const char *bar = memchr(names.ptr, '|', names.len);
        char name[32];
        size_t len = bar ? (size_t)(bar - names.ptr) : names.len;
        snprintf(name, sizeof name, "%.*s", (int)len, names.ptr);
        if (build_key(b, s, name)) return true;
        names = bar ? (struct text){bar + 1, names.len - len - 1} : TEXT_NONE;
    }
    return false;
}

static void check_needs(struct build *b, const struct raw_section *s, const struct format_row *format) {
    for (const char *at = format->needs; *at;) {
        size_t len = strcspn(at, " ");
        struct text names = {at, len};
        if (!has_one_of(b, s, names))
            build_problem(b, SEVERITY_ERROR, s, NULL, "%.*s is missing: format %s needs it", TEXT_ARGS(names),
                          format->name);
        at += len + (at[len] == ' ');
    }
}

static void check_webhook(struct build *b, const struct raw_section *s, const struct config_notify *n) {
    const struct format_row *format = n->format ? key_format(n->format) : NULL;
    const struct raw_key *url = build_key(b, s, "url"), *key = build_key(b, s, "format");
    if (!format || (key && key->wrong)) return;
    check_needs(b, s, format);
    if (n->to.n > 1 && strcmp(format->name, "signal") != 0)
        build_problem(b, SEVERITY_ERROR, s, build_key(b, s, "to"),
                      "format %s posts to one place; make a [notify] section for each", format->name);
    if (n->body && n->body_file)
        build_problem(b, SEVERITY_ERROR, s, build_key(b, s, "body_file"),
                      "body and body_file exclude each other");
    if (strcmp(format->name, "custom") != 0)
        for (key = b->raw->keys.list + s->first; key < b->raw->keys.list + s->first + s->n; key++)
            if (key->row && (key->row->flags & KEY_CUSTOM_ONLY))
                build_problem(b, SEVERITY_WARNING, s, key, "is read by format = custom only");
    if (n->secrets.n && strcmp(format->name, "json") != 0)
        build_problem(b, SEVERITY_WARNING, s, build_key(b, s, "secret"), "only format = json is signed");
    bool user = false;
    struct text host = n->url ? value_host(text_of(n->url), &user) : TEXT_NONE;
    bool authorized = user || n->token || n->password || n->secrets.n;
    for (size_t i = 0; i < n->headers.n; i++)
        authorized = authorized || !strncasecmp(n->headers.list[i], "authorization:", 14);
    if (authorized && host.ptr && !strncasecmp(n->url, "http:", 5) && !host_is_loopback(host))
        build_problem(b, SEVERITY_WARNING, s, url,
                      "a token or secret goes over plain http, where anybody can read it");
    /* Only a literal one stands in the file; the address of a hook that asks for a token is none. */
    if (url && !url->wrong && text_eqs(url->name, "url") && url->file->readable_by_others &&
        !url->file->warned && format->url_is_secret && !n->secrets.n && !n->token &&
        !build_key(b, s, "secret") && !host_is_loopback(host) &&
        !memmem(url->value.ptr, url->value.len, "${", 2)) {
        url->file->warned = true;
        build_problem(
            b, SEVERITY_WARNING, s, url,
            "who knows it may post, and it stands in a file that others may read: chmod 600 %s, or use "
            "url_file",
            url->file->name);
    }
}

/* The body of format = custom is read here, so that an attempt needs no file. What is written in it is
 * checked where rendering is known (setup.c). */
static void read_body(struct build *b, const struct raw_section *s, struct config_notify *n) {
    const struct raw_key *key = build_key(b, s, n->body_file ? "body_file" : "body");
    if (!key) return;
    n->body_at = (struct place){key->file->name, key->line};
    if (!n->body_file || n->body) return;
    int fd = open(n->body_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    struct buf text;
    char part[4096];
    ssize_t got = -1;
    buf_init(&text, LIMIT_CONFIG_BODY);
    if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode))
        while ((got = read(fd, part, sizeof part)) > 0) buf_add(&text, part, (size_t)got);
    if (got < 0 || text.failed)
        build_problem(b, SEVERITY_ERROR, s, key, "cannot read %s: %s", n->body_file,
                      text.failed ? "larger than 64 KiB"
                      : fd < 0    ? strerror(errno)
                                  : "no regular file");
    else
        n->body = build_text(b, buf_text(&text));
    if (fd >= 0) close(fd);
    buf_clear(&text);
}

static void check_email(struct build *b, const struct raw_section *s, const struct config_notify *n) {
    bool user;
    if (!build_key(b, s, "server")) {
        const struct raw_key *command = build_key(b, s, "command");
        build_problem(b, SEVERITY_ERROR, s, command,
                      command ? "not built yet, so nothing could be sent; name a server"
                              : "server is missing: write server = smtp://HOST:587");
    } else if (build_key(b, s, "command")) {
        build_problem(b, SEVERITY_ERROR, s, build_key(b, s, "command"),
                      "server and command exclude each other");
    }
    if (!build_key(b, s, "to") && !build_key(b, s, "cc") && !build_key(b, s, "bcc"))
        build_problem(b, SEVERITY_ERROR, s, NULL, "to is missing: the addresses that get the mail");
    if (n->tls == MAIL_TLS_NONE && n->server && !host_is_loopback(value_host(text_of(n->server), &user)))
        build_problem(b, SEVERITY_WARNING, s, build_key(b, s, "tls"),
                      "mails%s go unencrypted to a server that is not on this machine",
                      n->password || n->token ? " and the password" : "");
    if (n->tls == MAIL_TLS_NONE && n->server && !strncasecmp(n->server, "smtps:", 6))
        build_problem(b, SEVERITY_ERROR, s, build_key(b, s, "tls"),
                      "smtps:// is TLS from the start; write smtp://");
    if (build_key(b, s, "password") && build_key(b, s, "oauth_token"))
        build_problem(b, SEVERITY_ERROR, s, build_key(b, s, "oauth_token"),
                      "password and oauth_token exclude each other");
    if ((build_key(b, s, "password") || build_key(b, s, "oauth_token")) && !build_key(b, s, "user"))
        build_problem(b, SEVERITY_ERROR, s, NULL, "user is missing: a password alone logs nobody in");
}

static void check_quiet_of(struct build *b, const struct raw_section *s, const struct config_notify *n) {
    struct week w;
    if (n->quiet && !value_quiet(text_of(n->quiet), &w) && week_covers_day(&w))
        build_problem(b, SEVERITY_WARNING, s, build_key(b, s, "quiet"), "these spans cover a whole day");
}

void check_notify(struct build *b, const struct raw_section *s, struct config_notify *n) {
    char first[TIME_TEXT], most[TIME_TEXT];
    if (n->kind == NOTIFY_WEBHOOK) check_webhook(b, s, n);
    if (n->kind == NOTIFY_EMAIL) check_email(b, s, n);
    if (n->kind == NOTIFY_COMMAND)
        build_problem(b, SEVERITY_ERROR, s, build_key(b, s, "kind"),
                      "command is not built yet, so nothing could be sent");
    const struct raw_key *retry = build_key(b, s, "retry_first");
    if (!retry) retry = build_key(b, s, "retry_max");
    if (retry && n->retry_first > n->retry_max)
        build_problem(b, SEVERITY_ERROR, s, retry, "retry_first %s is longer than retry_max %s",
                      duration_format(n->retry_first, first), duration_format(n->retry_max, most));
    build_file_check(b, s, "ca_file", n->ca_file);
    if (n->kind == NOTIFY_WEBHOOK) read_body(b, s, n);
    check_quiet_of(b, s, n);
}
