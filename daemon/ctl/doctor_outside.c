/* doctor's looks at what is not ours: systemd, and the notifiers' servers. */
#include "ctl/doctor.h"

#include "base/mem.h"
#include "deliver/deliver.h"

#include <pwd.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define UNIT     "newsalertd.service"
#define BUS_USEC (5 * 1000000u)

/* ---- the unit ---- */

struct unit {
    char *load, *active, *file; /* "loaded", "active", "enabled"; heap, NULL: systemd did not say */
};

static char *property(sd_bus *bus, const char *path, const char *name) {
    char *value = NULL;
    sd_bus_get_property_string(bus, "org.freedesktop.systemd1", path, "org.freedesktop.systemd1.Unit", name,
                               NULL, &value);
    return value;
}

static struct unit unit_of(sd_bus *bus) {
    struct unit u = {0};
    const char *path;
    sd_bus_message *reply = NULL;
    if (bus &&
        sd_bus_call_method(bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                           "org.freedesktop.systemd1.Manager", "LoadUnit", NULL, &reply, "s", UNIT) >= 0 &&
        sd_bus_message_read(reply, "o", &path) >= 0)
        u = (struct unit){property(bus, path, "LoadState"), property(bus, path, "ActiveState"),
                          property(bus, path, "UnitFileState")};
    sd_bus_message_unref(reply);
    return u;
}

static bool is(const char *value, const char *wanted) {
    return value && !strcmp(value, wanted);
}

/* A user's services end with the last session, unless they linger. */
static void check_linger(struct doctor *d) {
    const struct passwd *user = getpwuid(getuid());
    AUTOFREE char *file = xasprintf("/var/lib/systemd/linger/%s", user ? user->pw_name : "?");
    if (access(file, F_OK) < 0)
        doctor_say(d, FINDING_NOTE, "unit",
                   "loginctl enable-linger lets it go on, and start with the machine.",
                   "the service ends when you log out");
}

static void say_unit(struct doctor *d, const struct unit *u, bool of_user) {
    const char *enable = of_user ? "systemctl --user enable " UNIT : "systemctl enable " UNIT;
    const char *start = of_user ? "systemctl --user start " UNIT
                                  "; if it fails: journalctl --user -u newsalertd -e"
                                : "systemctl start " UNIT "; if it fails: journalctl -u newsalertd -e";
    bool active = is(u->active, "active") || is(u->active, "reloading");
    if (!active)
        doctor_say(d, FINDING_TODO, "unit", start, "the service is %s",
                   u->active ? u->active : "not running");
    else if (!is(u->file, "enabled"))
        doctor_say(d, FINDING_TODO, "unit", enable,
                   "the service runs, but is not started at the next login or boot");
    else
        doctor_say(d, FINDING_OK, "unit", NULL, "the service is running, and enabled");
    if (of_user) check_linger(d);
}

void doctor_unit(struct doctor *d) {
    static int (*const managers[])(sd_bus **) = {sd_bus_open_user, sd_bus_open_system};
    bool any = false, found = false;
    for (size_t i = 0; i < 2 && !found; i++) {
        sd_bus *bus = NULL;
        if (managers[i](&bus) < 0) continue;
        sd_bus_set_method_call_timeout(bus, BUS_USEC);
        struct unit u = unit_of(bus);
        any |= u.load != NULL;
        found = is(u.load, "loaded");
        if (found) say_unit(d, &u, i == 0);
        free(u.load);
        free(u.active);
        free(u.file);
        sd_bus_flush_close_unref(bus);
    }
    if (!found)
        doctor_say(d, any && !d->status ? FINDING_TODO : FINDING_NOTE, "unit",
                   any ? "Install it (make install), then: systemctl --user enable --now newsalertd."
                       : "Whatever starts newsalertd has to start it again, too.",
                   any ? "systemd knows no " UNIT : "no systemd answers here");
}

/* ---- notifiers ---- */

static const char *check_of(const struct config_notify *n) {
    static const char *const names[] = {[NOTIFY_WEBHOOK] = "hook",
                                        [NOTIFY_EMAIL] = "mail",
                                        [NOTIFY_COMMAND] = "program",
                                        [NOTIFY_TERMINAL] = "terminal",
                                        [NOTIFY_PLUGIN] = "desktop"};
    return n->kind == NOTIFY_PLUGIN && strcmp(n->kind_name, "desktop") != 0 ? "plugin" : names[n->kind];
}

void doctor_notifiers(struct doctor *d) {
    for (size_t i = 0; d->setup && i < d->setup->config->n_notifiers; i++) {
        const struct config_notify *n = &d->setup->config->notifiers[i];
        if (!n->enabled) continue;
        int64_t most = doctor_patience(d, check_of(n));
        if (!most) return;
        char *says = NULL;
        const char *advice = NULL;
        int r = deliver_probe(d->setup->config, n, d->setup->plugins, most, &says, &advice);
        doctor_say(d, r ? FINDING_TODO : FINDING_OK, check_of(n), advice, "%s: %s", n->name, says);
        free(says);
    }
}
