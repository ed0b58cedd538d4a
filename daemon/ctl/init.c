/* newsalertctl init: five questions, then a configuration that works, and a test message. What an option says
 * is not asked; without a terminal nothing is. Nothing is written before every answer is good and the whole
 * passes the check that a start makes. */
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "config/value.h"
#include "ctl/discover.h"
#include "daemon.h"
#include "deliver/deliver.h"
#include "setup.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define WATCH_PRESET "https://feeds.npr.org/1001/rss.xml"
#define QUERY_PRESET "(\"National Guard\" OR ICE) NOT sports"
#define ANSWER_MAX   4096

enum where { TO_DESKTOP, TO_TERMINAL, TO_MAIL, TO_HOOK };

struct init {
    const struct ctl_args *args;
    bool asks; /* there is a terminal, and no --yes */
    enum where where;
    char *watch, *query, *to, *via, *level; /* the answers */
    char *feed;                             /* name of the feed's section */
    char *user, *password, *password_file; /* of the mail server; password: asked for, to be written beside */
};

/* ---- answers ---- */

/* What is wrong with an answer, or NULL; it may put it into the form that is written. */
typedef const char *answer_fn(struct init *q, char **answer);

static const char *take_feed_of(struct init *q, const char *url);

static const char *check_watch(struct init *q, char **answer) {
    char *url = discover_address(*answer);
    free(*answer);
    *answer = url;
    const char *wrong = check_url(text_of(url));
    return wrong ? wrong : take_feed_of(q, url);
}

static const char *check_query(struct init *q, char **answer) {
    (void)q;
    size_t len = strlen(*answer);
    if (!len) return "a query has words";
    if ((*answer)[len - 1] == '\\') return "a query cannot end with a backslash";
    return ctl_is_query(text_of(*answer)) ? NULL : "newsalert-query(7) tells how a query is written";
}

static const char *check_to(struct init *q, char **answer) {
    const char *a = *answer;
    q->where = !strcmp(a, "desktop")      ? TO_DESKTOP
               : !strcmp(a, "terminal")   ? TO_TERMINAL
               : strstr(a, "://") != NULL ? TO_HOOK
                                          : TO_MAIL;
    if (q->where == TO_HOOK) return check_url(text_of(a));
    if (q->where == TO_MAIL && (!strchr(a, '@') || check_address(text_of(a))))
        return "it is neither desktop, terminal, a mail address nor a hook's address";
    return NULL;
}

/* Those that need nothing but an address; the others have a file in examples/. */
static const struct {
    const char *format, *host; /* host: ends so; NULL: not to be told by it */
} hooks[] = {{"json", NULL},
             {"slack", "hooks.slack.com"},
             {"discord", "discord.com"},
             {"discord", "discordapp.com"},
             {"google-chat", "chat.googleapis.com"},
             {"teams", "logic.azure.com"},
             {"teams", "powerplatform.com"},
             {"mattermost", NULL},
             {"rocketchat", NULL}};
#define N_HOOKS (sizeof hooks / sizeof *hooks)

static const char *format_by_host(const char *url) {
    bool user;
    struct text host = value_host(text_of(url), &user);
    for (size_t i = 0; i < N_HOOKS; i++) {
        size_t len = hooks[i].host ? strlen(hooks[i].host) : 0;
        if (len && host.len >= len && !strncasecmp(host.ptr + host.len - len, hooks[i].host, len))
            return hooks[i].format;
    }
    return "json";
}

static const char *check_format(struct init *q, char **answer) {
    (void)q;
    for (size_t i = 0; i < N_HOOKS; i++)
        if (!strcmp(hooks[i].format, *answer)) return NULL;
    return "there are json, slack, discord, google-chat, teams, mattermost and rocketchat; the others need "
           "more "
           "keys: copy the file of that name from examples/";
}

/* smtp://desk@mail.example.org:587 → the server, and its user. */
static const char *check_via_server(struct init *q, char **answer) {
    char *host = strstr(*answer, "://"), *at = host ? strrchr(host, '@') : NULL;
    if (!host || (strncmp(*answer, "smtp://", 7) && strncmp(*answer, "smtps://", 8)))
        return "a mail server is written smtp://HOST:587 or smtps://HOST:465, with USER@ before HOST if it "
               "wants a login";
    if (at) {
        host += 3;
        if (memchr(host, ':', (size_t)(at - host)))
            return "no password here: it is asked for, or --password-file names its file";
        q->user = xstrndup(host, (size_t)(at - host));
        memmove(host, at + 1, strlen(at));
    }
    return check_server(text_of(*answer));
}

static const char *check_level(struct init *q, char **answer) {
    (void)q;
    return level_of(*answer) < 0 ? "there are routine, urgent and flash" : NULL;
}

/* ---- the feed ---- */

struct choice {
    char *name, *url;
    size_t others;
};

static void choose(void *ctx, const struct feed_section *feed) {
    struct choice *c = ctx;
    if (c->url) {
        c->others++;
        return;
    }
    c->name = xstrdup(feed->name);
    c->url = xstrdup(feed->url);
}

/* The first feed that the page offers; what cannot be reached just now is taken as it is. */
static const char *take_feed_of(struct init *q, const char *url) {
    struct choice c = {0};
    AUTOFREE char *why = NULL, *shown = url_masked(url);
    int n = discover_feeds(q->args, url, choose, &c, &why);
    if (n == 0) {
        fprintf(stderr, "newsalertctl: %s: %s\n", shown, why);
        return "name a feed, or a page that offers one";
    }
    if (n < 0) fprintf(stderr, "newsalertctl: %s: %s; taken as it is\n", shown, why);
    if (c.others)
        fprintf(stderr,
                "newsalertctl: of %zu feeds there the first is taken; newsalertctl discover lists all\n",
                c.others + 1);
    free(q->feed);
    q->feed = c.name ? c.name : xstrdup("first");
    free(q->watch);
    q->watch = c.url ? c.url : xstrdup(url);
    return NULL;
}

/* ---- asking ---- */

struct question {
    const char *option; /* without dashes */
    const char *ask, *preset;
    const char *given; /* by the option; NULL: not given */
    answer_fn *check;
    bool optional; /* without a terminal the preset will do */
};

/* A line of standard input, trimmed, or the preset for an empty one; heap. NULL: the end. */
static char *read_answer(const char *preset) {
    char line[ANSWER_MAX];
    if (!fgets(line, sizeof line, stdin)) return NULL;
    struct text t = text_trim(text_of(line));
    return t.len ? xstrndup(t.ptr, t.len) : xstrdup(preset ? preset : "");
}

/* 0, or the exit code. */
static int ask(struct init *q, const struct question *about, char **ret) {
    while (true) {
        char *answer = about->given ? xstrdup(about->given) : NULL;
        if (!answer && q->asks) {
            printf("%s%s%s%s ", about->ask, about->preset ? " [" : "", about->preset ? about->preset : "",
                   about->preset ? "]:" : ":");
            fflush(stdout);
            if (!(answer = read_answer(about->preset))) {
                putchar('\n');
                return ctl_fail("the answers ended; nothing was written");
            }
        } else if (!answer && about->preset && (q->args->yes || about->optional)) {
            answer = xstrdup(about->preset);
        } else if (!answer) {
            return ctl_usage("there is no terminal to ask at: say --%s", about->option);
        }
        const char *wrong = strpbrk(answer, "\n\r") ? "it is one line" : about->check(q, &answer);
        if (!wrong) {
            if (ret != &q->watch) *ret = answer; /* check_watch has kept the feed's address */
            if (ret == &q->watch) free(answer);
            return 0;
        }
        AUTOFREE char *shown = answer;
        if (about->given || !q->asks) return ctl_usage("--%s \"%s\": %s", about->option, shown, wrong);
        fprintf(stderr, "newsalertctl: \"%s\": %s\n", shown, wrong);
    }
}

/* The terminal as it was, for whoever breaks off while nothing is shown. */
static struct termios shown;

static void break_off(int sig) {
    tcsetattr(STDIN_FILENO, TCSANOW, &shown);
    _exit(128 + sig);
}

/* Without showing it. 0, or the exit code. */
static int ask_password(struct init *q) {
    if (q->args->password_file) {
        q->password_file = realpath(q->args->password_file, NULL);
        return q->password_file
                   ? 0
                   : ctl_usage("--password-file %s: %s", q->args->password_file, strerror(errno));
    }
    if (!q->asks || tcgetattr(STDIN_FILENO, &shown))
        return ctl_usage("the mail server wants a login: say --password-file");
    struct termios hidden = shown;
    struct sigaction before, handler = {.sa_handler = break_off};
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    sigaction(SIGINT, &handler, &before);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    printf("Password of %s (it is not shown): ", q->user);
    fflush(stdout);
    q->password = read_answer(NULL);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    sigaction(SIGINT, &before, NULL);
    putchar('\n');
    return q->password && *q->password ? 0 : ctl_fail("there was no password; nothing was written");
}

static int ask_all(struct init *q) {
    const struct ctl_args *a = q->args;
    const struct question first[] = {
        {"watch", "A feed to watch, or a page that names one", WATCH_PRESET, a->watch, check_watch, false},
        {"query", "What to look for", QUERY_PRESET, a->query, check_query, false},
        {"to", "Where to tell it: desktop, a mail address, or a hook's address", "desktop", a->to, check_to,
         false}};
    int code = ask(q, &first[0], &q->watch);
    if (!code) code = ask(q, &first[1], &q->query);
    if (!code) code = ask(q, &first[2], &q->to);
    if (code) return code;
    const struct question rest[] = {
        {"via", "Its mail server, smtp://USER@HOST:587", NULL, a->via, check_via_server, false},
        {"via", "The hook's format", format_by_host(q->to), a->via, check_format, true},
        {"level", "How urgent: routine, urgent, flash", "urgent", a->level, check_level, true}};
    if (q->where == TO_MAIL) code = ask(q, &rest[0], &q->via);
    if (q->where == TO_HOOK) code = ask(q, &rest[1], &q->via);
    if (q->where < TO_MAIL && a->via) return ctl_usage("--via is for a mail address or a hook");
    if (!code) code = ask(q, &rest[2], &q->level);
    if (!code && q->user) code = ask_password(q);
    return code;
}

/* ---- writing ---- */

static const char *const names[] = {
    [TO_DESKTOP] = "desktop", [TO_TERMINAL] = "terminal", [TO_MAIL] = "mail", [TO_HOOK] = "hook"};

static void write_notifier(const struct init *q, FILE *out) {
    static const char *const kinds[] = {
        [TO_DESKTOP] = "desktop", [TO_TERMINAL] = "terminal", [TO_MAIL] = "email", [TO_HOOK] = "webhook"};
    fprintf(out, "\n# Try it: newsalertctl test-notify %s\n[notify %s]\nkind = %s\n", names[q->where],
            names[q->where], kinds[q->where]);
    if (q->where == TO_HOOK) {
        section_value_print("format", q->via, out);
        fputs("# Who knows this address may post there: keep this file to yourself (chmod 600).\n", out);
        section_value_print("url", q->to, out);
    } else if (q->where == TO_MAIL) {
        section_value_print("server", q->via, out);
        if (q->user) section_value_print("user", q->user, out);
        if (q->user)
            section_value_print("password_file", q->password ? "smtp-password" : q->password_file, out);
        if (q->args->ca_file) section_value_print("ca_file", q->args->ca_file, out);
        section_value_print("from", q->to, out);
        section_value_print("to", q->to, out);
    }
}

static void write_all(const struct init *q, FILE *out) {
    fputs("# newsalertd.conf, written by newsalertctl init. Every key: newsalertd.conf(5), newsalertctl "
          "config.\n"
          "# After a change: newsalertd --check-config, then newsalertctl reload.\n\n"
          "# Publishers block readers they cannot write to: put a URL or mail address of yours here.\n"
          "#contact = https://example.org/contact\n\n",
          out);
    fprintf(out, "# More feeds: a section each; newsalertctl discover URL prints them.\n[feed %s]\n",
            q->feed);
    section_value_print("url", q->watch, out);
    if (q->args->allow_private) fputs("allow_private = yes\n", out);
    if (q->args->ca_file) section_value_print("ca_file", q->args->ca_file, out);
    fprintf(
        out,
        "\n# Queries: newsalert-query(7); newsalertctl query 'QUERY' shows how one is read.\n[alert first]\n"
        "query = %s\nlevel = %s\nnotify = %s\n",
        q->query, q->level, names[q->where]);
    write_notifier(q, out);
}

/* A fresh file beside its place, 0600. 0, or the exit code after a message. */
static int write_beside(const char *file, void (*write)(const struct init *q, FILE *out),
                        const struct init *q, char **ret_fresh) {
    AUTOFREE char *fresh = xasprintf("%s.XXXXXX", file);
    int fd = mkostemp(fresh, O_CLOEXEC);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out) return ctl_fail("cannot write %s: %s", file, strerror(errno));
    write(q, out);
    bool well = !ferror(out) && !fflush(out) && !fsync(fd);
    if (fclose(out) || !well) {
        unlink(fresh);
        return ctl_fail("cannot write %s: %s", file, strerror(errno));
    }
    *ret_fresh = steal(&fresh);
    return 0;
}

static void write_password(const struct init *q, FILE *out) {
    fprintf(out, "%s\n", q->password);
}

static int make_folder(const char *file) {
    AUTOFREE char *copy = xstrdup(file);
    const char *folder = dirname(copy);
    AUTOFREE char *path = xstrdup(folder);
    for (char *c = path + 1; *path;) {
        c += strcspn(c, "/");
        char saved = *c;
        *c = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return ctl_fail("cannot make %s: %s", path, strerror(errno));
        if (!saved) return 0;
        *c++ = saved;
    }
    return 0;
}

/* Moves it to its place; what is there stays, unless --force. */
static int put(const struct init *q, const char *fresh, const char *file) {
    int r = q->args->force ? rename(fresh, file) : link(fresh, file);
    int error = errno;
    if (r || !q->args->force) unlink(fresh);
    return !r                ? 0
           : error == EEXIST ? ctl_usage("%s is there already; --force writes over it", file)
                             : ctl_fail("cannot write %s: %s", file, strerror(error));
}

/* The check of a start, on the file before it is in its place. */
static int check(const char *fresh, const char *file) {
    struct problems problems = PROBLEMS_INIT;
    struct setup *s = setup_build(fresh, CONFIG_CHECK, &problems);
    for (size_t i = 0; i < problems.n; i++) {
        free(problems.list[i].file);
        problems.list[i].file = xstrdup(file);
    }
    problems_print(&problems, stderr);
    problems_clear(&problems);
    if (s) setup_unref(s);
    return s ? 0 : ctl_usage("nothing was written");
}

static int write_files(const struct init *q, const char *file) {
    AUTOFREE char *fresh = NULL, *secret = NULL, *copy = xstrdup(file);
    AUTOFREE char *password = xasprintf("%s/smtp-password", dirname(copy));
    int code = make_folder(file);
    if (!code && q->password) code = write_beside(password, write_password, q, &secret);
    if (!code && secret) code = put(q, secret, password);
    if (!code) code = write_beside(file, write_all, q, &fresh);
    if (!code) code = check(fresh, file);
    if (!code) return put(q, fresh, file);
    if (fresh) unlink(fresh);
    if (secret) unlink(password);
    return code;
}

/* ---- the end ---- */

static int test(const struct init *q, const char *file) {
    struct problems problems = PROBLEMS_INIT;
    struct setup *s = setup_build(file, CONFIG_CHECK, &problems);
    problems_clear(&problems);
    if (!s) return ctl_fail("%s was changed just now", file);
    const char *name = names[q->where];
    int r = deliver_test(s->config, config_notify(s->config, name), s->plugins, false, stdout);
    setup_unref(s);
    return r ? ctl_fail("%s stands, but the test did not arrive; mend it, then: newsalertctl test-notify %s",
                        file, name)
             : 0;
}

static int init(struct init *q, const char *file) {
    if (!q->args->force && !q->args->dry_run && access(file, F_OK) == 0)
        return ctl_usage("%s is there already; --force writes over it", file);
    int code = ask_all(q);
    if (!code && q->args->dry_run) {
        write_all(q, stdout);
        return 0;
    }
    if (!code) code = write_files(q, file);
    if (code) return code;
    printf("%s is written.\n", file);
    if (!q->args->no_test) code = test(q, file);
    puts("Next: systemctl --user enable --now newsalertd, then newsalertctl doctor.");
    return code;
}

int ctl_init(const struct ctl_args *a) {
    if (a->argc) return ctl_usage("init takes no operands");
    AUTOFREE char *file = a->config ? xstrdup(a->config) : config_own_file();
    if (!file) return ctl_usage("there is no home folder: say where with -c FILE");
    struct init q = {.args = a, .asks = !a->yes && isatty(STDIN_FILENO)};
    int code = init(&q, file);
    free(q.watch);
    free(q.query);
    free(q.to);
    free(q.via);
    free(q.level);
    free(q.feed);
    free(q.user);
    free(q.password_file);
    if (q.password) explicit_bzero(q.password, strlen(q.password));
    free(q.password);
    return code;
}
