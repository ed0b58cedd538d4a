/* Plugins: finding, trusting and opening .so files, and bounding what comes back from them
 * (newsalert_plugin.h, DESIGN section 6). One `struct plugins` belongs to one setup: it holds one open
 * instance a plugin, with the options of that configuration. The .so themselves are never unloaded.
 * A worker process can later stand behind the same calls: nothing here knows the loop. */
#ifndef NEWSALERTD_PLUGIN_PLUGIN_H
#define NEWSALERTD_PLUGIN_PLUGIN_H

#include "base/arena.h"
#include "base/problem.h"
#include "config/config.h"
#include "newsalert_plugin.h"

struct plugins;
struct plugin;

/* Loads all *.so of the built-in folder and of config->plugin_folders, checks trust, ABI and options
 * (problems with the file:line of the option, or with the folder), and opens them. config NULL: built-in
 * only, presets. `desktop`, and any plugin that only notifies, is opened only where a notifier's kind asks
 * for it. Never NULL; usable when problems->errors did not grow. */
struct plugins *plugins_load(const struct config *config, struct problems *problems);
struct plugins *plugins_free(struct plugins *p);
/* The built-in folder: the one beside the executable (/proc/self/exe), else PLUGINDIR. Static string. */
const char *plugins_builtin_folder(void);
/* For `newsalertctl plugins`: the descriptions of all plugins, desktop's too; none is opened, so nothing but
 * plugins_count, plugins_at, plugins_by_name, plugin_description and plugin_file may be asked. */
struct plugins *plugins_describe(const struct config *config, struct problems *problems);

/* Where to look, for tests; NULL members: as plugins_load. */
struct trust;
struct plugin_places {
    const char *builtin, *data;
    const struct trust *trust;
};
struct plugins *plugins_load_from(const struct plugin_places *places, const struct config *config,
                                  struct problems *problems);

size_t plugins_count(const struct plugins *p);
struct plugin *plugins_at(const struct plugins *p, size_t i); /* by name */
struct plugin *plugins_by_name(const struct plugins *p, const char *name);
struct plugin *plugins_by_prefix(const struct plugins *p, struct text prefix); /* NULL: nobody's */
/* All prefixes, for "did you mean"; array of *ret_n, dies with p. */
const char *const *plugins_prefixes(const struct plugins *p, size_t *ret_n);
const struct na_plugin *plugin_description(const struct plugin *p);
const char *plugin_file(const struct plugin *p);

/* Health: a plugin whose last match failed, or that broke its bounds, is degraded, and says why. Any thread.
 */
bool plugin_degraded(const struct plugin *p, char *why, size_t why_size);

/* -- matching (pipeline thread, or the thread that loads) ------------------------------------------------ */
struct term_set; /* the compiled terms of one plugin */
enum term_remark { TERM_BAD, TERM_WARNING, TERM_UNDERSTOOD };
/* What the plugin said of a term at compile; at, len: bytes into the term's value. */
typedef void term_remark_fn(void *ctx, enum term_remark what, uint64_t id, size_t at, size_t len,
                            const char *why);
/* 0, or -1 when the plugin failed or called a term bad; in either case TERM_BAD was reported of a term.
 * terms: dense ids from 0. No terms: no set (NULL). */
int plugin_compile(struct plugin *p, const struct na_term *terms, size_t n, term_remark_fn *remark, void *ctx,
                   struct term_set **ret);
struct term_set *term_set_free(struct term_set *s);

struct plugin_hit { /* checked: id, field, value and span are real, the span ends on character boundaries */
    uint32_t term, field, value;
    uint32_t start, len; /* len 0: no span */
    float confidence;
};
struct plugin_note {
    uint64_t term;         /* UINT64_MAX: none */
    uint32_t field, value; /* field UINT32_MAX: none */
    uint32_t start, len;   /* len 0: no span */
    struct text key, text;
};
/* Where a match puts what comes back. Arrays grow and are reused from item to item. */
struct plugin_hits {
    struct plugin_hit *hits;
    size_t n_hits, cap_hits;
    struct {
        uint32_t term;
        const char *why;
    } * unknown; /* why lives in `arena` */
    size_t n_unknown, cap_unknown;
    struct plugin_note *notes;
    size_t n_notes, cap_notes;
    struct text memory; /* what to remember of the feed, when `remember` */
    bool remember;
    bool full;          /* hits were dropped: a term without one may have hit */
    bool failed;        /* the whole call: all its terms are unknown; nothing else is set */
    struct arena arena; /* emptied by plugin_hits_reset */
};
void plugin_hits_init(struct plugin_hits *h);
void plugin_hits_reset(struct plugin_hits *h);
void plugin_hits_clear(struct plugin_hits *h);
/* Matches one item; set NULL: notes only. flags: NA_MATCH_…. The item's memory is this plugin's. Resets hits.
 */
void plugin_match(struct plugin *p, const struct term_set *set, const struct na_item *item, uint64_t flags,
                  struct plugin_hits *hits);

/* -- notifying (loop; the callbacks come from any thread) ------------------------------------------------ */
struct notifier; /* one running instance: one [notify] section. Lives on when its setup is freed. */
/* Called from any thread, also from within notifier_send. They pass the news on and return; they must not
 * wait for the loop, nor stop the notifier. Texts are UTF-8, and die with the call. For each ticket that
 * notifier_send took, and that was not cancelled, `sent` comes exactly once. */
struct notifier_events {
    void *ctx;
    void (*sent)(void *ctx, uint64_t ticket, int na_result, int64_t retry_after_ms, const char *why);
    void (*acted)(void *ctx, struct text key, struct text action);
    void (*closed)(void *ctx, struct text key, int reason);
    void (*available)(void *ctx, bool yes, const char *why);
};
/* options: the section's plugin keys, checked before by plugins_load. NULL when start fails (logged).
 * Neither p nor notify is needed after it; `events` is copied. */
struct notifier *notifier_start(struct plugin *p, const struct config_notify *notify,
                                const struct notifier_events *events);
/* 0: taken, `sent` comes (perhaps came already). -1: not taken, none comes. The same ticket may be sent again
 * once it has ended: the plugin sees another number each time. */
int notifier_send(struct notifier *n, const struct na_message *message, uint64_t ticket);
void notifier_cancel(struct notifier *n, uint64_t ticket);
uint64_t notifier_features(const struct notifier *n);
/* Events may come until it returns, and none after. NULL is fine; returns NULL. */
struct notifier *notifier_stop(struct notifier *n);

#endif
