#include "match/explain_why.h"

#include "base/buf.h"
#include "base/limits.h"
#include "item/words.h"

enum { WHY_MAX = 2048, WHY_TERMS = 4, WHY_NOTES = 3, WHY_TEXT = 120 };

static void add_quoted(struct buf *b, struct text t) {
    bool cut = t.len > WHY_TEXT;
    if (cut) {
        t.len = WHY_TEXT;
        while (t.len && ((unsigned char)t.ptr[t.len] & 0xC0) == 0x80) t.len--;
    }
    buf_adds(b, "\"");
    buf_addt(b, t);
    buf_adds(b, cut ? "…\"" : "\"");
}

/* -- what a true clause found ---------------------------------------------------------------------------- */

static void add_found(struct why *y, struct buf *b) {
    const struct matcher *m = y->matcher;
    for (size_t i = 0; i < m->n_found && i < WHY_TERMS; i++) {
        const struct match_term *t = &m->found[i];
        buf_adds(b, i ? ", " : "");
        if (t->has_span) {
            buf_addf(b, "%s has ", t->field_name);
            add_quoted(b, t->text);
            buf_addf(b, " at %u", t->start);
        } else {
            buf_adds(b, t->field == NA_LANGUAGE ? "the language is that" : "the item is of that");
        }
    }
    if (m->n_found > WHY_TERMS) buf_addf(b, ", and %zu more", m->n_found - WHY_TERMS);
}

/* -- words that are not there ---------------------------------------------------------------------------- */

/* How near one word of the item comes to a pattern. */
enum nearness { ABSENT, OTHER_CASE, SHOUTED, NO_SIGN, OTHER_WRITING, THERE };

static enum nearness compare(const struct na_pattern *p, const struct na_word *w) {
    if (w->flags & NA_WORD_URL) return ABSENT;
    if (p->flags & (NA_PATTERN_WILD | NA_PATTERN_ANY)) return ABSENT; /* had it fitted, it were true */
    if (!text_eq(text_of_na(p->folded), text_of_na(w->folded))) return ABSENT;
    if (p->flags & NA_PATTERN_ACRONYM && !(w->flags & NA_WORD_ACRONYM))
        return w->flags & NA_WORD_NO_SMALL ? SHOUTED : OTHER_CASE;
    if (p->flags & (NA_PATTERN_HASH_SIGN | NA_PATTERN_AT_SIGN)) return NO_SIGN;
    return p->flags & NA_PATTERN_EXACT ? OTHER_WRITING : THERE;
}

struct sighting {
    enum nearness how;
    const struct na_field *field;
    const struct na_word *word;
};

/* The nearest that any word of some fields comes to a pattern. */
static struct sighting look_for(const struct matcher *m, const struct na_pattern *p, uint64_t fields) {
    struct sighting best = {.how = ABSENT};
    for (size_t i = 0; i < m->na.n_fields; i++) {
        const struct na_field *f = &m->na.fields[i];
        if (!(fields & NA_FIELD(f->kind))) continue;
        for (size_t k = 0; k < f->n_words; k++) {
            enum nearness how = compare(p, &f->words[k]);
            if (how > best.how) best = (struct sighting){how, f, &f->words[k]};
        }
    }
    return best;
}

static void add_sighting(struct buf *b, const struct sighting *s) {
    struct text word = {s->field->text.ptr + s->word->start, s->word->len};
    static const char *const says[] = {
        [OTHER_CASE] = ", which is not in capitals",
        [SHOUTED] = " among capitals only, and elsewhere in small letters: no acronym",
        [NO_SIGN] = " without the sign before it",
        [OTHER_WRITING] = ", which is not as written",
        [THERE] = ", which this clause does not search",
    };
    buf_addf(b, "%s has ", field_names[s->field->kind]);
    add_quoted(b, word);
    buf_adds(b, says[s->how]);
}

/* "nowhere in title, summary": of what the clause searches, what the item has. */
static void add_nowhere(struct why *y, struct buf *b, uint64_t fields) {
    const struct matcher *m = y->matcher;
    uint64_t there = 0;
    for (size_t i = 0; i < m->na.n_fields; i++) there |= NA_FIELD(m->na.fields[i].kind);
    bool any = false;
    for (unsigned i = 0; i < NA_N_FIELDS; i++) {
        if (!(fields & there & NA_FIELD(i))) continue;
        buf_addf(b, "%s%s", any ? ", " : "nowhere in ", field_names[i]);
        any = true;
    }
    if (!any) buf_adds(b, "in no field: the item lacks all that this clause searches");
}

/* A word or phrase that is false: what comes nearest to it. */
static void add_missing(struct why *y, const struct query_node *q, struct explain_node *n, struct buf *b) {
    const struct matcher *m = y->matcher;
    const struct query_term *t = &q->terms[0];
    size_t missing = 0, first = 0;
    struct sighting s = {.how = ABSENT};
    for (size_t i = 0; i < t->n_patterns; i++) {
        struct sighting here = look_for(m, &t->patterns[i], q->fields);
        if (here.how == THERE || t->patterns[i].flags & (NA_PATTERN_WILD | NA_PATTERN_ANY)) continue;
        if (!missing++) first = i, s = here;
    }
    n->close = true;
    if (t->n_patterns > 1 && !missing) {
        buf_adds(b, "its words do not stand side by side in one field");
        return;
    }
    if (s.how == ABSENT && t->n_patterns == 1) {
        struct sighting elsewhere = look_for(m, &t->patterns[0], ~q->fields);
        if (elsewhere.how == THERE) s = elsewhere;
    }
    if (s.how != ABSENT) {
        add_sighting(b, &s);
        return;
    }
    n->close = false;
    if (t->n_patterns > 1 && missing) {
        add_quoted(b, text_of_na(t->patterns[first].folded));
        buf_adds(b, " is ");
    }
    add_nowhere(y, b, q->fields);
}

/* -- the others ------------------------------------------------------------------------------------------ */

/* What plugins noted of the leaf's terms. */
static void add_notes(struct why *y, const struct rule_node *n, struct buf *b) {
    const struct matcher *m = y->matcher;
    size_t shown = 0;
    for (size_t i = 0; i < n->n; i++) {
        uint32_t t = m->rules->links[n->first + i];
        size_t plug = m->rules->term_plug[t];
        const struct plugin_hits *h = &m->hits[plug];
        for (size_t k = 0; k < h->n_notes && shown < WHY_NOTES; k++) {
            const struct plugin_note *note = &h->notes[k];
            if (note->term == UINT64_MAX || m->rules->plugs[plug].terms[note->term] != t) continue;
            buf_adds(b, b->len ? "; " : "");
            buf_addt(b, note->key);
            buf_adds(b, ": ");
            buf_addt(b, note->text);
            shown++;
        }
    }
}

static void add_unknown(struct why *y, const struct rule_node *n, struct buf *b) {
    const struct matcher *m = y->matcher;
    for (size_t i = 0; i < n->n; i++) {
        uint32_t t = m->rules->links[n->first + i];
        size_t plug = m->rules->term_plug[t];
        const struct plugin_hits *h = &m->hits[plug];
        const char *name = plugin_description(m->rules->plugs[plug].plugin)->name;
        if (h->failed || h->full) {
            buf_addf(b, "the plugin %s %s", name,
                     h->failed ? "failed on this item" : "found too much to tell all");
            return;
        }
        for (size_t k = 0; k < h->n_unknown; k++)
            if (m->rules->plugs[plug].terms[h->unknown[k].term] == t) {
                buf_addf(b, "the plugin %s cannot tell: %s", name, h->unknown[k].why);
                return;
            }
    }
}

static void add_filter(struct why *y, const struct query_node *q, struct buf *b) {
    const struct match_input *in = y->matcher->input;
    if (q->filter == FILTER_URL) {
        buf_adds(b, in->item->url.len ? "the address is " : "the item has no address");
        if (in->item->url.len) add_quoted(b, in->item->url);
    } else if (q->filter == FILTER_FEED) {
        buf_adds(b, in->feed_name.len ? "the feed is " : "the file is of no configured feed");
        buf_addt(b, in->feed_name);
    } else {
        const struct config_feed *f = in->feed;
        buf_adds(b, f && f->tags.n ? "the feed's tags are " : "the feed has no tags");
        for (size_t i = 0; f && i < f->tags.n; i++) buf_addf(b, "%s%s", i ? ", " : "", f->tags.list[i]);
    }
}

static void add_near(struct why *y, uint32_t node, const struct query_node *q, struct explain_node *n,
                     struct buf *b) {
    uint32_t gap, field;
    if (n->value == UNKNOWN_) {
        buf_adds(b, "a side is unknown, or has more places than are looked at");
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        bool absent = n->children[i].value == FALSE_;
        if (!absent) continue;
        buf_adds(b, i ? "its second side does not occur" : "its first side does not occur");
        return;
    }
    n->close = near_gap(y->matcher, node, &gap, &field);
    if (!n->close)
        buf_adds(b, "its sides do not stand beside each other in one field");
    else if (gap > q->distance)
        buf_addf(b, "%s has %u between them at nearest, %u may be", field_names[field], gap, q->distance);
    else
        buf_addf(b, "they stand in the other order in %s", field_names[field]);
}

static void add_sum(const struct explain_node *n, struct buf *b) {
    size_t yes = 0;
    for (size_t i = 0; i < n->n_children; i++) yes += n->children[i].value == TRUE_;
    if (text_eqs(n->name, "NOT"))
        buf_addf(b, "its clause is %s", truth_names[n->children[0].value]);
    else
        buf_addf(b, "%zu of %zu clauses are true", yes, n->n_children);
}

struct text why_of(struct why *y, uint32_t node, const struct query_node *q, struct explain_node *n) {
    struct matcher *m = y->matcher;
    const struct rule_node *rule = &m->rules->nodes[node];
    struct buf b;
    buf_init(&b, WHY_MAX);
    bool of_feed = rule->op == NODE_FILTER && q->filter != FILTER_URL;
    bool found = n->value == TRUE_ && (n->leaf || rule->op == NODE_NEAR) && !of_feed;
    if (found) {
        report_node(m, node);
        add_found(y, &b);
    }
    if (rule->op == NODE_FILTER && !found) {
        add_filter(y, q, &b);
    } else if (rule->op == NODE_NEAR && !found) {
        add_near(y, node, q, n, &b);
    } else if (rule->op == NODE_TERM) {
        if (n->value == UNKNOWN_) add_unknown(y, rule, &b);
        if (n->value == FALSE_ && q->n_terms && !q->terms[0].prefix.len) add_missing(y, q, n, &b);
        add_notes(y, rule, &b);
        if (!b.len) buf_adds(&b, "the plugin found nothing of it");
    } else if (!n->leaf && rule->op != NODE_NEAR) {
        add_sum(n, &b);
    }
    struct text t = arena_dup(y->arena, buf_text(&b));
    buf_clear(&b);
    return t;
}
