/* doctor's look at the feeds: what the running daemon says of them, else a few are asked. */
#include "base/mem.h"
#include "ctl/doctor.h"
#include "ctl/online.h"
#include "poll/once.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define FEEDS_MOST 5u  /* asked when no daemon knows how they are */
#define TOLD_MOST  10u /* feeds that are named */

/* The running daemon knows them best. */
static void feeds_by_status(struct doctor *d) {
    size_t i, told = 0, all = json_array_size(json_object_get(d->status, "notices"));
    json_t *row;
    json_array_foreach(json_object_get(d->status, "notices"), i, row) {
        if (told++ == TOLD_MOST) break;
        doctor_say(d, FINDING_TODO, "feed",
                   "newsalertctl feeds says more; newsalertctl discover URL finds a new address.",
                   "%s is %s: %s", online_text(row, "feed"), online_text(row, "what"),
                   online_text(row, "says"));
    }
    const json_t *feeds = json_object_get(d->status, "feeds");
    json_int_t failing = online_int(feeds, "failing");
    if (failing)
        doctor_say(d, FINDING_NOTE, "feed",
                   "newsalertctl feeds says why; they are tried again by themselves.",
                   "%lld feed%s failed when last asked", (long long)failing, failing == 1 ? "" : "s");
    if (!all && !failing) doctor_say(d, FINDING_OK, "feed", NULL, "no feed is in trouble");
}

static void ask_feed(struct doctor *d, const struct config_feed *feed, int64_t most) {
    const char *contact = d->setup->config->contact;
    AUTOFREE char *agent = xasprintf("newsalertd/%s (%s%s)", NEWSALERT_VERSION, contact ? "+" : "doctor",
                                     contact ? contact : "");
    struct config_feed asked = *feed;
    asked.timeout = asked.timeout < most ? asked.timeout : most;
    struct fetched *f = fetch_once(&asked, agent);
    if (f->body)
        doctor_say(d, FINDING_OK, "feed", NULL, "%s: answers", feed->name);
    else
        doctor_say(d, FINDING_TODO, "feed", "Check its url; newsalertctl discover URL finds a new one.",
                   "%s: %s", feed->name, *f->answer.error ? f->answer.error : "no document");
    fetched_free(f);
}

void doctor_feeds(struct doctor *d) {
    size_t asked = 0;
    if (d->status) {
        feeds_by_status(d);
        return;
    }
    for (size_t i = 0; d->setup && i < d->setup->config->n_feeds; i++) {
        const struct config_feed *feed = &d->setup->config->feeds[i];
        if (!feed->enabled) continue;
        if (feed->source == SOURCE_PATH && access(feed->location, R_OK) < 0)
            doctor_say(d, FINDING_TODO, "feed", "Check its path.", "%s: %s: %s", feed->name, feed->location,
                       strerror(errno));
        if (feed->source != SOURCE_URL || asked == FEEDS_MOST) continue;
        int64_t most = doctor_patience(d, "feed");
        if (!most) return;
        asked++;
        ask_feed(d, feed, most);
    }
}
