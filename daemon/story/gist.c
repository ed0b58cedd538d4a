#include "story/gist.h"

#include <string.h>

/* To be changed with the struct below, and with the way in which texts are cut, stemmed and hashed. */
#define LAYOUT 0x6e610002u

struct head { /* the words' hashes follow, their flags, and the shingles */
    uint32_t layout;
    char language[4];
    uint64_t url, title, standing, publisher;
    uint16_t total;
    uint8_t terms, content, shingles, level, spare[2];
};

void gist_write(const struct words *w, const struct question *q, struct buf *out) {
    struct head h = {.layout = LAYOUT,
                     .url = q->url,
                     .title = q->title,
                     .standing = q->standing,
                     .publisher = q->publisher,
                     .total = q->shingles.total,
                     .terms = (uint8_t)q->terms.n,
                     .content = (uint8_t)q->title_content,
                     .shingles = q->shingles.n,
                     .level = q->shingles.level};
    memcpy(h.language, q->language, sizeof q->language);
    buf_add(out, &h, sizeof h);
    for (size_t i = 0; i < q->terms.n; i++)
        buf_add(out, &w->list[q->terms.list[i].word].hash, sizeof w->list->hash);
    for (size_t i = 0; i < q->terms.n; i++) buf_addc(out, (char)q->terms.list[i].flags);
    buf_add(out, q->shingles.list, q->shingles.n * sizeof *q->shingles.list);
}

int gist_read(struct words *w, struct text gist, struct question *ret) {
    struct head h;
    if (gist.len < sizeof h) return -1;
    memcpy(&h, gist.ptr, sizeof h);
    size_t flags = sizeof h + h.terms * sizeof w->list->hash, shingles = flags + h.terms;
    if (h.layout != LAYOUT || h.language[2] || h.terms > TERMS_MAX || h.content > h.terms ||
        h.shingles > SHINGLES_MAX || h.level > 31 ||
        gist.len != shingles + h.shingles * sizeof *ret->shingles.list)
        return -1;
    ret->url = h.url;
    ret->title = h.title;
    ret->standing = h.standing;
    ret->publisher = h.publisher;
    ret->title_content = ret->terms.content = h.content;
    memcpy(ret->language, h.language, sizeof ret->language);
    ret->terms.n = h.terms;
    for (size_t i = 0; i < h.terms; i++) {
        uint64_t hash;
        memcpy(&hash, gist.ptr + sizeof h + i * sizeof hash, sizeof hash);
        ret->terms.list[i] = (struct term){story_words_entry(w, hash), (unsigned char)gist.ptr[flags + i]};
    }
    ret->shingles = (struct shingles){.n = h.shingles, .level = h.level, .total = h.total};
    memcpy(ret->shingles.list, gist.ptr + shingles, h.shingles * sizeof *ret->shingles.list);
    return 0;
}
