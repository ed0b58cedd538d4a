#include "story/index.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/url.h"
#include "story/gist.h"

#define COLUMN_APART (12 * HOUR)
#define COPY_CONTENT 4u /* content words that make an equal title a copy */

const char *const story_why_names[] = {"first", "url", "copy", "words"};

struct story_index *story_index_new(const struct story_options *o) {
    struct story_index *x = xcalloc(1, sizeof *x);
    x->threshold = o->threshold > 0 ? o->threshold : STORY_THRESHOLD;
    x->window = o->window > 0 ? o->window : 48 * HOUR;
    x->next = o->next > 0 ? o->next : 1;
    x->oldest = x->newest = TABLE_NONE;
    story_words_init(&x->words, o->seed);
    return x;
}

struct story_index *story_index_free(struct story_index *x) {
    if (!x) return NULL;
    for (size_t i = 0; i < x->n_items; i++) free(x->items[i]);
    for (size_t i = 0; i < x->n_stories; i++) free(x->stories[i].words);
    story_words_clear(&x->words);
    table_clear(&x->urls);
    table_clear(&x->titles);
    table_clear(&x->by_number);
    free(x->items);
    free(x->free_items);
    free(x->stories);
    free(x->free_stories);
    free(x->touched);
    free(x);
    return NULL;
}

/* ---- the list of stories by their newest item ---- */

static void list_remove(struct story_index *x, uint32_t slot) {
    struct story *s = &x->stories[slot];
    *(s->older == TABLE_NONE ? &x->oldest : &x->stories[s->older].newer) = s->newer;
    *(s->newer == TABLE_NONE ? &x->newest : &x->stories[s->newer].older) = s->older;
}

static void list_append(struct story_index *x, uint32_t slot) {
    struct story *s = &x->stories[slot];
    s->older = x->newest;
    s->newer = TABLE_NONE;
    *(x->newest == TABLE_NONE ? &x->oldest : &x->stories[x->newest].newer) = slot;
    x->newest = slot;
}

/* ---- words of a story ---- */

static void live_remove(struct word *e, uint32_t slot) {
    for (uint32_t i = 0; i < e->n_live; i++)
        if (e->live[i] == slot) {
            e->live[i] = e->live[--e->n_live];
            return;
        }
}

static float heaviness(const struct story_index *x, const struct story_word *w) {
    return story_words_weight(&x->words, w->word) * w->use;
}

/* The place for a word that the story does not have: a new one, or that of its lightest word, if that is
 * lighter than `weight`. NULL: there is none. */
static struct story_word *place_for(struct story_index *x, uint32_t slot, float weight) {
    struct story *s = &x->stories[slot];
    if (s->n_words < STORY_WORDS) {
        if (s->n_words == s->cap_words) {
            s->cap_words = s->cap_words ? STORY_WORDS : 10;
            s->words = xrealloc(s->words, s->cap_words, sizeof *s->words);
        }
        return &s->words[s->n_words++];
    }
    size_t least = 0;
    float lightest = heaviness(x, &s->words[0]);
    for (size_t i = 1; i < s->n_words; i++) {
        float h = heaviness(x, &s->words[i]);
        if (h < lightest) {
            lightest = h;
            least = i;
        }
    }
    if (lightest >= weight) return NULL;
    live_remove(&x->words.list[s->words[least].word], slot);
    return &s->words[least];
}

static void add_words(struct story_index *x, uint32_t slot, const struct terms *t) {
    struct story *s = &x->stories[slot];
    for (size_t i = 0; i < t->n; i++) {
        uint32_t word = t->list[i].word;
        float use = t->list[i].flags & TERM_TITLE ? 1 : LEAD_SHARE;
        struct story_word *w = NULL;
        for (size_t k = 0; k < s->n_words && !w; k++)
            if (s->words[k].word == word) w = &s->words[k];
        if (!w) {
            w = place_for(x, slot, story_words_weight(&x->words, word) * use);
            if (!w) continue;
            *w = (struct story_word){.word = word};
            struct word *e = &x->words.list[word];
            GROW(e->live, e->n_live, e->cap_live);
            e->live[e->n_live++] = slot;
        }
        w->use += use;
        w->titles += use == 1;
        w->named += (t->list[i].flags & (TERM_NAME | TERM_MAYBE_NAME)) != 0;
    }
}

/* ---- stories and items come and go ---- */

static uint32_t story_add(struct story_index *x, int64_t number, const struct question *q) {
    uint32_t slot;
    if (x->n_free_stories) {
        slot = x->free_stories[--x->n_free_stories];
    } else {
        GROW(x->stories, x->n_stories, x->cap_stories);
        slot = (uint32_t)x->n_stories++;
    }
    x->stories[slot] = (struct story){
        .number = number, .first = q->item->seen, .newest = q->item->seen, .newest_item = TABLE_NONE};
    memcpy(x->stories[slot].language, q->language, sizeof q->language);
    table_set(&x->by_number, (uint64_t)number, slot);
    list_append(x, slot);
    x->live_stories++;
    if (number >= x->next) x->next = number + 1;
    return slot;
}

static size_t item_size(const struct kept_item *k) {
    return sizeof *k + (k->n_words + k->n_shingles) * sizeof *k->list;
}

static void item_drop(struct story_index *x, uint32_t at) {
    struct kept_item *k = x->items[at];
    if (k->url) table_remove(&x->urls, k->url, at);
    if (k->title) table_remove(&x->titles, k->title, at);
    x->item_bytes -= item_size(k);
    x->live_items--;
    free(k);
    x->items[at] = NULL;
    GROW(x->free_items, x->n_free, x->cap_free);
    x->free_items[x->n_free++] = at;
}

static void story_drop(struct story_index *x, uint32_t slot) {
    struct story *s = &x->stories[slot];
    for (uint32_t at = s->newest_item; at != TABLE_NONE;) {
        uint32_t next = x->items[at]->next;
        item_drop(x, at);
        at = next;
    }
    for (size_t i = 0; i < s->n_words; i++) live_remove(&x->words.list[s->words[i].word], slot);
    table_remove(&x->by_number, (uint64_t)s->number, slot);
    list_remove(x, slot);
    free(s->words);
    *s = (struct story){0};
    x->live_stories--;
    GROW(x->free_stories, x->n_free_stories, x->cap_free_stories);
    x->free_stories[x->n_free_stories++] = slot;
}

static void item_add(struct story_index *x, uint32_t slot, const struct question *q) {
    struct story *s = &x->stories[slot];
    size_t words = q->terms.n < ITEM_WORDS ? q->terms.n : ITEM_WORDS;
    struct kept_item *k = xmalloc(sizeof *k + (words + q->shingles.n) * sizeof *k->list);
    *k = (struct kept_item){.id = q->item->id,
                            .seen = q->item->seen,
                            .url = q->url,
                            .title = q->title,
                            .standing = q->standing,
                            .publisher = q->publisher,
                            .story = slot,
                            .next = s->newest_item,
                            .n_words = (uint8_t)words,
                            .n_shingles = q->shingles.n,
                            .level = q->shingles.level,
                            .total = q->shingles.total};
    for (size_t i = 0; i < words; i++) k->list[i] = q->terms.list[i].word;
    memcpy(k->list + words, q->shingles.list, q->shingles.n * sizeof *k->list);
    uint32_t at;
    if (x->n_free) {
        at = x->free_items[--x->n_free];
    } else {
        GROW(x->items, x->n_items, x->cap_items);
        at = (uint32_t)x->n_items++;
    }
    x->items[at] = k;
    s->newest_item = at;
    s->items++;
    if (!s->language[0]) memcpy(s->language, q->language, sizeof q->language);
    if (q->item->seen > s->newest) s->newest = q->item->seen;
    x->item_bytes += item_size(k);
    x->live_items++;
    if (k->url) table_set(&x->urls, k->url, at);
    if (k->title) table_set(&x->titles, k->title, at);
    list_remove(x, slot);
    list_append(x, slot);
    add_words(x, slot, &q->terms);
}

bool story_takes(const struct story_index *x, const struct story *s, int64_t seen) {
    return seen - s->newest <= x->window && seen - s->first <= STORY_LIFE;
}

/* What no item can join any more leaves; and what there is no room for. */
static void make_room(struct story_index *x, int64_t seen) {
    while (x->oldest != TABLE_NONE && seen - x->stories[x->oldest].newest > x->window)
        story_drop(x, x->oldest);
    while (x->live_items >= LIMIT_STORY_ITEMS) {
        x->left += x->stories[x->oldest].items;
        story_drop(x, x->oldest);
    }
    story_words_tidy(&x->words);
}

/* ---- the rules ---- */

static void ask(struct story_index *x, const struct story_item *item, struct question *q) {
    struct arena a;
    arena_init(&a, 16u << 20);
    *q = (struct question){.item = item};
    uint64_t seed = x->words.seed;
    struct text bare = copy_bare_title(item->title);
    story_words_terms(&x->words, bare, item->summary.len ? item->summary : item->content, &q->terms);
    struct text folded = copy_folded_title(item->title, &a), url = url_canonical(item->url, &a);
    q->title_content = q->terms.content;
    if (folded.len) {
        q->title = story_hash(seed, folded);
        q->standing = story_hash(seed, copy_standing_title(folded, &a));
    }
    if (url.len) q->url = story_hash(seed, url);
    q->publisher = item->publisher.len ? story_hash(seed, item->publisher) : 0;
    copy_shingles(item->content.len > item->summary.len ? item->content : item->summary, seed, &a,
                  &q->shingles);
    if (item->language.len >= 2 && (item->language.len == 2 || item->language.ptr[2] == '-')) {
        q->language[0] = (char)(item->language.ptr[0] | 32);
        q->language[1] = (char)(item->language.ptr[1] | 32);
    } else {
        memcpy(q->language, q->terms.language, sizeof q->language);
    }
    arena_clear(&a);
}

bool story_column(const struct question *q, const struct kept_item *k) {
    if (!q->standing || q->standing != k->standing || q->publisher != k->publisher) return false;
    return llabs(q->item->seen - k->seen) > COLUMN_APART;
}

/* The story of the item that has this key, if it still takes items. */
static uint32_t story_at(const struct story_index *x, const struct table *t, uint64_t key,
                         const struct question *q, const struct kept_item **ret) {
    uint32_t at = key ? table_get(t, key) : TABLE_NONE;
    if (at == TABLE_NONE) return TABLE_NONE;
    *ret = x->items[at];
    return story_takes(x, &x->stories[(*ret)->story], q->item->seen) ? (*ret)->story : TABLE_NONE;
}

static uint32_t which(struct story_index *x, const struct question *q, struct story_answer *ret) {
    const struct kept_item *k;
    uint32_t slot = story_at(x, &x->urls, q->url, q, &k);
    if (slot != TABLE_NONE) {
        *ret = (struct story_answer){.why = STORY_WHY_URL, .with = k->id, .score = 1};
        return slot;
    }
    slot = story_at(x, &x->titles, q->title, q, &k);
    if (slot != TABLE_NONE && q->title_content >= COPY_CONTENT && !story_column(q, k)) {
        *ret = (struct story_answer){.why = STORY_WHY_COPY, .with = k->id, .score = 1};
        return slot;
    }
    return story_by_words(x, q, ret);
}

void story_of(struct story_index *x, const struct story_item *item, struct story_answer *ret,
              struct buf *gist) {
    struct question q;
    struct story_answer a = {0};
    make_room(x, item->seen);
    ask(x, item, &q);
    story_words_learn(&x->words, &q.terms);
    uint32_t slot = which(x, &q, &a);
    a.first = slot == TABLE_NONE;
    if (a.first) slot = story_add(x, x->next, &q);
    story_words_count(&x->words, &q.terms, a.first);
    item_add(x, slot, &q);
    a.story = x->stories[slot].number;
    if (gist) gist_write(&x->words, &q, gist);
    *ret = a;
}

static void put(struct story_index *x, const struct question *q, int64_t story, bool counted) {
    uint32_t slot = table_get(&x->by_number, (uint64_t)story);
    bool opens = slot == TABLE_NONE;
    if (opens) slot = story_add(x, story, q);
    if (!counted) {
        story_words_learn(&x->words, &q->terms);
        story_words_count(&x->words, &q->terms, opens);
    }
    item_add(x, slot, q);
}

void story_index_put(struct story_index *x, const struct story_item *item, int64_t story, bool counted) {
    struct question q;
    make_room(x, item->seen);
    ask(x, item, &q);
    put(x, &q, story, counted);
}

int story_index_put_gist(struct story_index *x, struct text gist, int64_t id, int64_t seen, int64_t story,
                         bool counted) {
    const struct story_item item = {.id = id, .seen = seen};
    struct question q = {.item = &item};
    make_room(x, seen);
    if (gist_read(&x->words, gist, &q) < 0) return -1;
    put(x, &q, story, counted);
    return 0;
}

/* ---- counts and status ---- */

#define COUNTS_MAGIC "nawords2"

struct stored_word { /* 32 bytes in the snapshot, in this machine's order: a state folder does not travel */
    uint64_t hash;
    float items, stories;
    uint32_t capital, small, place, spare;
};

int story_index_counts(const struct story_index *x, struct buf *out) {
    buf_adds(out, COUNTS_MAGIC);
    buf_add(out, &x->words.seed, sizeof x->words.seed);
    buf_add(out, &x->words.items, sizeof x->words.items);
    buf_add(out, &x->words.stories, sizeof x->words.stories);
    for (size_t i = 0; i < x->words.n; i++) {
        const struct word *e = &x->words.list[i];
        const struct stored_word w = {e->hash, e->items, e->stories, e->capital, e->small, e->place, 0};
        if (e->items > 0) buf_add(out, &w, sizeof w);
    }
    return out->failed ? -1 : 0;
}

int story_index_take_counts(struct story_index *x, struct text counts) {
    const size_t head = strlen(COUNTS_MAGIC) + 8 + 4 + 4;
    uint64_t seed;
    if (counts.len < head || (counts.len - head) % sizeof(struct stored_word) ||
        counts.len > LIMIT_STORY_COUNTS)
        return -1;
    if (memcmp(counts.ptr, COUNTS_MAGIC, strlen(COUNTS_MAGIC)) != 0) return -1;
    memcpy(&seed, counts.ptr + strlen(COUNTS_MAGIC), sizeof seed);
    if (seed != x->words.seed) return -1;
    memcpy(&x->words.items, counts.ptr + head - 8, 4);
    memcpy(&x->words.stories, counts.ptr + head - 4, 4);
    for (size_t at = head; at < counts.len; at += sizeof(struct stored_word)) {
        struct stored_word w;
        memcpy(&w, counts.ptr + at, sizeof w);
        uint32_t at_word = story_words_entry(&x->words, w.hash); /* it may move the list */
        struct word *e = &x->words.list[at_word];
        e->items = w.items;
        e->stories = w.stories;
        e->capital = w.capital;
        e->small = w.small;
        e->place = w.place;
    }
    return 0;
}

void story_index_status(const struct story_index *x, struct story_index_status *ret) {
    size_t words = 0, story_words = 0;
    for (size_t i = 0; i < x->words.n; i++) words += x->words.list[i].cap_live * sizeof(uint32_t);
    for (size_t i = 0; i < x->n_stories; i++)
        story_words += x->stories[i].cap_words * sizeof(struct story_word);
    *ret = (struct story_index_status){
        .items = x->live_items,
        .stories = x->live_stories,
        .words = x->words.n - x->words.n_free,
        .left = x->left,
        .bytes = words + story_words + x->item_bytes +
                 x->cap_items * (sizeof *x->items + sizeof *x->free_items) +
                 x->cap_stories * (sizeof *x->stories + sizeof *x->free_stories) +
                 x->words.cap * sizeof *x->words.list + table_bytes(&x->words.by_hash) +
                 table_bytes(&x->urls) + table_bytes(&x->titles) + table_bytes(&x->by_number)};
}
