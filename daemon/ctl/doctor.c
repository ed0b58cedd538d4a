/* newsalertctl doctor: does everything that newsalertd needs stand ready? One line a finding, with what to
 * do. It changes nothing, sends nothing, and ends within DOCTOR_MS. */
#include "ctl/doctor.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/time.h"
#include "control/control.h"
#include "ctl/online.h"
#include "daemon.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#define DOCTOR_MS   (60 * SECOND)
#define LOOK_MS     (10 * SECOND) /* one hook, server or feed */
#define FREE_MIN    (64u << 20)   /* bytes that the state's disk should have */
#define CLOCK_SLACK HOUR          /* a file from further ahead means that the clock is behind */

static const char *const finding_names[] = {"ok", "note", "todo"};

void doctor_say(struct doctor *d, enum finding finding, const char *check, const char *advice,
                const char *format, ...) {
    va_list args;
    struct buf says;
    buf_init(&says, 4000);
    va_start(args, format);
    buf_addv(&says, format, args);
    va_end(args);
    d->todo += finding == FINDING_TODO;
    if (d->args->json) {
        json_t *j = json_pack("{s:s, s:s, s:s}", "check", check, "state", finding_names[finding], "says",
                              buf_str(&says));
        if (advice) json_object_set_new(j, "do", json_string(advice));
        ctl_print_json(j);
    } else {
        static const enum ctl_color colors[] = {CTL_GOOD, CTL_WARN, CTL_BAD};
        AUTOFREE char *line = advice ? xasprintf("%s. %s", buf_str(&says), advice) : xstrdup(buf_str(&says));
        ctl_table_cell(d->table, colors[finding], finding_names[finding]);
        ctl_table_cell(d->table, CTL_PLAIN, check);
        ctl_table_cell(d->table, CTL_PLAIN, line);
    }
    buf_clear(&says);
}

int64_t doctor_patience(struct doctor *d, const char *check) {
    int64_t left = d->until - time_boot();
    if (left > LOOK_MS) return LOOK_MS;
    if (left > 0) return left;
    doctor_say(d, FINDING_NOTE, check, "Run doctor again when the others answer.",
               "the time was over before all was looked at");
    return 0;
}

/* ---- the configuration ---- */

static void check_configuration(struct doctor *d) {
    struct problems problems = PROBLEMS_INIT;
    AUTOFREE char *file = d->args->config ? xstrdup(d->args->config) : config_default_file();
    if (access(file, F_OK) < 0 && errno == ENOENT) {
        doctor_say(d, FINDING_TODO, "configuration", "newsalertctl init makes one.", "there is no %s", file);
        return;
    }
    d->setup = setup_build(file, CONFIG_CHECK, &problems);
    for (size_t i = 0; i < problems.n; i++) {
        const struct problem *p = &problems.list[i];
        AUTOFREE char *line = problem_format(p);
        line[strcspn(line, "\n")] = '\0';
        /* A warning may be meant so, save where it speaks of what others can read or write. */
        bool open = strstr(p->what, "chmod ") != NULL;
        doctor_say(d, p->severity == SEVERITY_ERROR || open ? FINDING_TODO : FINDING_NOTE,
                   open ? "permissions" : "configuration",
                   p->severity == SEVERITY_ERROR ? "newsalertd --check-config shows where."
                   : open                        ? "Do that, so that it stays yours."
                                                 : NULL,
                   "%s", line);
    }
    problems_clear(&problems);
    if (d->setup)
        doctor_say(d, FINDING_OK, "configuration", NULL, "%s; feeds: %zu, alerts: %zu, notifiers: %zu", file,
                   d->setup->config->n_feeds, d->setup->config->n_alerts, d->setup->config->n_notifiers);
}

/* ---- the state folder ---- */

static void check_state(struct doctor *d) {
    struct stat st;
    struct statvfs disk;
    if (stat(d->state, &st) < 0 && errno == ENOENT) {
        doctor_say(d, FINDING_OK, "state", NULL, "%s is made at the first start", d->state);
        return;
    }
    if (access(d->state, R_OK | W_OK | X_OK) < 0)
        doctor_say(d, FINDING_TODO, "permissions",
                   "Give it back to the user that runs newsalertd (chown, chmod 700).",
                   "the state folder %s cannot be written by this user: %s", d->state, strerror(errno));
    else if (!S_ISDIR(st.st_mode) || st.st_mode & 022)
        doctor_say(d, FINDING_TODO, "permissions", "It must be a folder of its owner's alone: chmod 700.",
                   "the state folder %s can be changed by others", d->state);
    else if (!statvfs(d->state, &disk) && disk.f_bavail * disk.f_frsize < FREE_MIN)
        doctor_say(d, FINDING_TODO, "state", "Make room, or lower keep.", "the disk of %s is nearly full",
                   d->state);
    else
        doctor_say(d, FINDING_OK, "state", NULL, "%s can be written", d->state);
}

/* ---- the clock ---- */

/* When the newest of what the daemon writes was written, wall ms; 0: there is nothing. */
static int64_t last_written(const struct doctor *d) {
    static const char *const names[] = {"newsalertd.db", "newsalertd.db-wal"};
    int64_t newest = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat st;
        AUTOFREE char *path = xasprintf("%s/%s", d->state, names[i]);
        if (!stat(path, &st) && (int64_t)st.st_mtime * 1000 > newest) newest = (int64_t)st.st_mtime * 1000;
    }
    return newest;
}

static void check_clock(struct doctor *d) {
    struct timex t = {0};
    char when[TIME_TEXT];
    if (last_written(d) > time_wall() + CLOCK_SLACK)
        doctor_say(d, FINDING_TODO, "clock", "Set it: timedatectl set-ntp true.",
                   "the clock is behind: the state was written at %s", time_rfc3339(last_written(d), when));
    else if (adjtimex(&t) == TIME_ERROR)
        doctor_say(d, FINDING_NOTE, "clock",
                   "timedatectl set-ntp true does it; signed hooks refuse a clock that is 5 minutes off.",
                   "nothing seems to keep this machine's clock right");
    else
        doctor_say(d, FINDING_OK, "clock", NULL, "it is kept right");
}

/* ---- the gazetteer ---- */

static void check_gazetteer(struct doctor *d) {
    AUTOFREE char *about = NULL;
    bool missing = ctl_plugin_lacks_data("city", &about);
    bool wanted = false;
    for (size_t i = 0; d->setup && i < d->setup->config->n_alerts; i++) {
        struct text q = d->setup->config->alerts[i].query;
        wanted |= memmem(q.ptr, q.len, "city:", 5) || memmem(q.ptr, q.len, "near:", 5) ||
                  memmem(q.ptr, q.len, "in:", 3);
    }
    if (!missing && about)
        doctor_say(d, FINDING_OK, "gazetteer", NULL, "%s", about);
    else
        doctor_say(d, wanted ? FINDING_TODO : FINDING_NOTE, "gazetteer",
                   "Install the data of the plugin city (make deps, make install).",
                   "city:, near: and in: find nothing: %s", about ? about : "the plugin city is not there");
}

/* ---- the daemon ---- */

static void check_destinations(struct doctor *d) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(d->status, "destinations"), i, row) {
        const char *name = online_text(row, "notify"), *state = online_text(row, "state");
        json_int_t dead = online_int(row, "dead");
        AUTOFREE char *retry = xasprintf("Mend it, then: newsalertctl retry %s.", name);
        if (!strcmp(state, "suspended"))
            doctor_say(d, FINDING_TODO, "deliveries", retry, "%s is suspended: %s", name,
                       online_text(row, "error"));
        else if (!strcmp(state, "not configured"))
            doctor_say(d, FINDING_TODO, "deliveries",
                       "Configure it again, or newsalertctl drop its messages.",
                       "%s is not configured; messages that wait for it: %lld", name,
                       (long long)(online_int(row, "pending") + online_int(row, "held")));
        else if (dead)
            doctor_say(d, FINDING_TODO, "deliveries",
                       "See newsalertctl outbox --state dead; then retry or drop them.",
                       "%lld message%s to %s %s given up: %s", (long long)dead, dead == 1 ? "" : "s", name,
                       dead == 1 ? "was" : "were", online_text(row, "error"));
    }
}

static void check_daemon(struct doctor *d) {
    int status = 0;
    char *why = NULL;
    if (control_call(d->state, "/status", NULL, false, LOOK_MS, &status, &d->status, &why) < 0) {
        doctor_say(d, FINDING_TODO, "daemon", "Start it: systemctl --user enable --now newsalertd.", "%s",
                   why);
        free(why);
        return;
    }
    if (*online_text(d->status, "trouble"))
        doctor_say(d, FINDING_TODO, "daemon", "Make room on the disk, or mend its rights.",
                   "the state cannot be written: %s", online_text(d->status, "trouble"));
    else if (strcmp(online_text(d->status, "version"), NEWSALERT_VERSION) != 0)
        doctor_say(d, FINDING_TODO, "daemon", "Restart it: systemctl --user restart newsalertd.",
                   "newsalertd %s is running, %s is installed", online_text(d->status, "version"),
                   NEWSALERT_VERSION);
    else
        doctor_say(d, FINDING_OK, "daemon", NULL, "newsalertd %s is running, pid %lld",
                   online_text(d->status, "version"), (long long)online_int(d->status, "pid"));
    check_destinations(d);
}

int ctl_doctor(const struct ctl_args *a) {
    static const char *const heads[] = {"", "CHECK", "FOUND"};
    if (a->argc) return ctl_usage("doctor takes no operands");
    struct doctor d = {.args = a, .until = time_boot() + DOCTOR_MS, .table = ctl_table_new(heads, 3)};
    d.state = online_state_dir(a);
    check_configuration(&d);
    check_state(&d);
    check_daemon(&d);
    doctor_unit(&d);
    check_clock(&d);
    check_gazetteer(&d);
    doctor_notifiers(&d);
    doctor_feeds(&d);
    if (!a->json) ctl_table_print(d.table, stdout);
    ctl_table_free(d.table);
    setup_unref(d.setup);
    json_decref(d.status);
    free(d.state);
    return d.todo ? EXIT_FAILED : EXIT_DONE;
}
