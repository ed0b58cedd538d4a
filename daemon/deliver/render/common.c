#include "deliver/render/render.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "deliver/render/prose.h"

#include <inttypes.h>

#define DOT " \xC2\xB7 "

bool render_is_list(const struct facts *f) {
    return f->kind == KIND_SUMMARY || f->kind == KIND_DIGEST;
}

struct text render_list_alert(const struct facts *f) {
    if (!f->n_entries) return f->alert;
    for (size_t i = 1; i < f->n_entries; i++)
        if (!text_eq(f->entries[i].alert, f->entries[0].alert)) return TEXT_NONE;
    return f->entries[0].alert;
}

struct text render_source(const struct fact_feed *feed) {
    return feed->publisher.len ? feed->publisher : feed->title.len ? feed->title : feed->name;
}

void render_item_title(const struct item *item, struct buf *out) {
    size_t before = out->len;
    prose_line(out, item->title);
    if (out->len > before) return;
    struct buf line;
    buf_init(&line, LIMIT_FIELD);
    prose_line(&line, item->summary);
    prose_cut(out, buf_text(&line), 80, PROSE_CHARACTERS);
    buf_clear(&line);
    if (out->len == before) prose_link(out, item->url);
    if (out->len == before) buf_adds(out, "(no title)");
}

void render_entry_title(const struct fact_entry *e, struct buf *out) {
    if (e->clock.len) {
        prose_line(out, e->clock);
        buf_addc(out, ' ');
    }
    render_item_title(&e->item, out);
    if (e->more > 0) buf_addf(out, " (+%" PRId64 ")", e->more);
}

static void problem_title(const struct facts *f, struct buf *out) {
    bool destination = text_starts(f->type, TEXT("destination"));
    buf_adds(out, destination ? "Destination " : "Feed ");
    prose_line(out, f->feed.name.len ? f->feed.name : f->alert);
    buf_adds(out, f->kind == KIND_PROBLEM ? ": problem" : ": works again");
}

static void story_prefix(const struct facts *f, struct buf *out) {
    if (f->unconfirmed)
        buf_addf(out, "Unconfirmed (%" PRId64 " source%s): ", f->unconfirmed, f->unconfirmed == 1 ? "" : "s");
    if (f->again) buf_adds(out, "Again: ");
    if (f->kind == KIND_UPDATE) buf_adds(out, "Update: ");
    if (f->kind == KIND_PROMOTE) buf_addf(out, "Confirmed by %zu: ", f->n_publishers);
    if (f->kind == KIND_FOLD) {
        render_outlet_count(f, out);
        buf_adds(out, ": ");
    }
}

void render_title(const struct render_ask *ask, const struct facts *f, struct buf *out) {
    size_t before = out->len;
    if (f->kind == KIND_PROBLEM || f->kind == KIND_RECOVERED) {
        problem_title(f, out);
    } else if (render_is_list(f) && f->headline.len) {
        prose_line(out, f->headline);
    } else if (render_is_list(f)) {
        int64_t n = (int64_t)f->n_entries + f->more;
        const char *what = f->kind == KIND_SUMMARY ? "more alert" : "item";
        buf_addf(out, "%" PRId64 " %s%s", n, what, n == 1 ? "" : "s");
    } else if (f->kind == KIND_TEST) {
        prose_line(out, f->item.title);
        if (out->len == before) buf_addf(out, "Test from newsalertd on %s", ask->host ? ask->host : "?");
    } else {
        story_prefix(f, out);
        render_item_title(&f->item, out);
    }
}

void render_excerpt(const struct render_ask *ask, const struct item *item, struct buf *out) {
    struct buf text;
    buf_init(&text, LIMIT_FIELD);
    prose_block(&text, item->summary);
    size_t max = (size_t)ask->notify->excerpt;
    prose_cut(out, buf_text(&text), ask->halve ? max / 2 : max, PROSE_CHARACTERS);
    buf_clear(&text);
}

int64_t render_delay(const struct render_ask *ask, const struct facts *f) {
    int64_t late = f->fired == TIME_NONE ? 0 : ask->now - f->fired;
    return late > RENDER_LATE_AFTER ? late : 0;
}

static void part(struct buf *out, size_t before, struct text t) {
    if (!t.len) return;
    if (out->len > before) buf_adds(out, DOT);
    prose_line(out, t);
}

void render_byline(const struct render_ask *ask, const struct facts *f, bool dates, struct buf *out) {
    size_t before = out->len;
    char about[TIME_TEXT];
    struct buf line;
    buf_init(&line, LIMIT_FIELD);
    struct text alert = render_is_list(f) ? render_list_alert(f) : f->alert;
    if (alert.len) {
        buf_adds(&line, "alert ");
        buf_addt(&line, alert);
    }
    part(out, before, buf_text(&line));
    bool trouble = f->kind == KIND_PROBLEM || f->kind == KIND_RECOVERED; /* its title names the feed */
    if (!render_is_list(f) && !trouble) part(out, before, render_source(&f->feed));
    if (f->item.published != TIME_NONE && f->item.published > 0 && ask->now > f->item.published) {
        buf_reset(&line);
        if (dates)
            buf_adds(&line, time_rfc3339(f->item.published, about));
        else
            buf_addf(&line, "%s ago", duration_about(ask->now - f->item.published, about));
        part(out, before, buf_text(&line));
    }
    if (f->story_items > 1) {
        buf_reset(&line);
        buf_addf(&line, "%" PRId64 " reports", f->story_items);
        part(out, before, buf_text(&line));
    }
    if (render_delay(ask, f)) {
        buf_reset(&line);
        buf_addf(&line, "delayed %s", duration_about(render_delay(ask, f), about));
        part(out, before, buf_text(&line));
    }
    buf_clear(&line);
}

void render_problem(const struct facts *f, struct buf *out) {
    char when[TIME_TEXT];
    prose_line(out, f->problem);
    if (f->problem_since > 0) buf_addf(out, "\nsince %s", time_rfc3339(f->problem_since, when));
    if (f->problem_last_ok > 0) buf_addf(out, "\nlast good %s", time_rfc3339(f->problem_last_ok, when));
}

void render_thread_key(const struct facts *f, char out[KEY_SIZE]) {
    if (f->story) {
        AUTOFREE char *number = xasprintf("%" PRId64, f->story);
        const struct text parts[] = {TEXT("story"), f->alert, text_of(number)};
        idempotency_key(parts, 3, out);
    } else {
        const struct item *i = &f->item;
        struct text id = i->id.len ? i->id : i->url.len ? i->url : i->title;
        const struct text parts[] = {TEXT("item"), f->alert, f->feed.name, id};
        idempotency_key(parts, 4, out);
    }
}
