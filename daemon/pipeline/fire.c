#include "pipeline/stories.h"

#include "base/limits.h"
#include "base/mem.h"
#include "story/diff.h"
#include "story/publisher.h"

#define DIFF_ARENA (1u << 20) /* the words of two titles */

/* ---- which story ---- */

/* Whom the item counts for: the agency that wrote it, else its outlet, which is returned. */
static struct text note_publisher(struct happening *h, struct arena *a) {
    const struct item *item = &h->document->items[h->item];
    struct text outlet = publisher_of(text_of(h->feed->publisher), item->url, text_of(h->feed->location), a);
    h->publisher = publisher_agency(item->author, item->summary.len ? item->summary : item->content);
    if (!h->publisher.len) h->publisher = outlet.len ? outlet : text_of(h->feed->name);
    return outlet;
}

void pipeline_story_of(struct pipeline *p, struct happening *h, struct arena *a) {
    const struct item *item = &h->document->items[h->item];
    struct story_answer answer;
    struct text outlet = note_publisher(h, a);
    if (!p->stories->index) return;
    const struct story_item one = {.id = h->row,
                                   .title = item->title,
                                   .url = item->url,
                                   .language = item->language.len ? item->language
                                                                  : match_language(h->document, h->feed),
                                   .publisher = outlet,
                                   .summary = item->summary,
                                   .content = item->content,
                                   .seen = h->now};
    p->stories->touched = true;
    struct buf gist;
    buf_init(&gist, LIMIT_STORY_GIST);
    story_of(p->stories->index, &one, &answer, &gist);
    h->story = (struct item_story){answer.story, answer.why, (int64_t)(answer.score * 1000), answer.with};
    store_item_story(p->store, h->row, &h->story, h->now, buf_text(&gist));
    buf_clear(&gist);
}

void pipeline_story_known(struct pipeline *p, struct happening *h, struct arena *a) {
    note_publisher(h, a);
    h->story = (struct item_story){.story = store_story_of(p->store, h->row), .near = h->row};
}

/* ---- events ---- */

/* An event of one alert; takes its facts. */
static void happened(struct pipeline *p, const struct happening *h, size_t alert, enum decide_change change,
                     const char *facts) {
    struct stories *s = p->stories;
    const struct config_alert *a = &p->setup->config->alerts[alert];
    int64_t now = pipeline_stories_now(p);
    AUTOFREE char *publisher = xstrndup(h->publisher.ptr ? h->publisher.ptr : "", h->publisher.len);
    pipeline_stories_tick(p); /* what was due before comes first */
    if (s->rebuild) return;   /* the store fails, so nothing of this transaction will stand */
    bool copy = h->story.why == STORY_WHY_URL || h->story.why == STORY_WHY_COPY;
    const struct thread_event stored = {.item = h->row,
                                        .change = change,
                                        .at = now,
                                        .why = h->story.why,
                                        .score = h->story.score,
                                        .near = h->story.near,
                                        .feed = h->feed->name,
                                        .publisher = publisher,
                                        .facts = facts};
    struct decide_out out = {0};
    const struct decide_event e = {.at = now,
                                   .alert = alert,
                                   .id = store_event_add(p->store, &stored),
                                   .publisher = publisher,
                                   .feed = h->feed->name,
                                   .copy_of = copy ? "" : NULL,
                                   .story = a->group_story && h->story.story ? h->story.story : -h->row,
                                   .change = change};
    if (change != CHANGE_NEW) pipeline_stories_recall(p, alert, e.story, h->row);
    int64_t thread = decide_event(s->decide, &e, &out);
    store_event_thread(p->store, e.id, thread);
    pipeline_told(p, &out, h->identity, now);
}

void pipeline_fire(struct pipeline *p, const struct happening *h, const struct match *match) {
    AUTOFREE char *facts = pipeline_event_facts(p, h, match, TEXT_NONE);
    happened(p, h, match->alert, CHANGE_NEW, facts);
}

static bool has_term(const struct match *m, struct text term) {
    for (size_t i = 0; m && i < m->n_terms; i++)
        if (text_eq(m->terms[i].term, term)) return true;
    return false;
}

static enum decide_change change_of(const struct item *now, const struct item *before,
                                    const struct match *match, const struct match *matched) {
    struct arena a;
    /* What the texts say counts by the clauses below. */
    const struct diff_version old = {.title = before->title}, new = {.title = now->title};
    arena_init(&a, DIFF_ARENA);
    enum diff_change change = diff_change_of(&old, &new, &a);
    arena_clear(&a);
    if (change == DIFF_TITLE) return CHANGE_TITLE;
    for (size_t i = 0; i < match->n_terms; i++)
        if (!has_term(matched, match->terms[i].term)) return CHANGE_CLAUSE;
    return CHANGE_COSMETIC;
}

void pipeline_changed(struct pipeline *p, const struct happening *h, const struct match *match,
                      const struct item *before, const struct match *matched) {
    const struct config_alert *a = &p->setup->config->alerts[match->alert];
    enum decide_change change = change_of(&h->document->items[h->item], before, match, matched);
    bool told = a->updates && change != CHANGE_COSMETIC;
    AUTOFREE char *facts = told ? pipeline_event_facts(p, h, match, before->title) : xstrdup("{}");
    happened(p, h, match->alert, change, facts);
}
