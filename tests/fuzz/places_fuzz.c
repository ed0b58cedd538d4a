/* Any text as title and body of an item, with any memory of its feed: what is found lies in the text, is sure
 * from 0 to 1, and what is learned is read again. The table is the one of NEWSALERT_CITY_TABLE, else a tiny
 * one. */
#include "../city/reading.h"
#include "../unit/city_table.h"

#include "parse/utf8.h"

#include <math.h>
#include <stdlib.h>

static struct city_data data;
static struct clue_index words;
static struct reading *r;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    static struct table small;
    const char *path = getenv("NEWSALERT_CITY_TABLE");
    struct city_fault fault;
    (void)argc, (void)argv;
    clue_index_fill(&words);
    r = malloc(sizeof *r);
    if (path && *path) return reading_table(&data, path);
    table_fill(&small);
    return city_data_use(&data, &small, sizeof small, &fault);
}

static void check(bool good) {
    if (!good) abort();
}

static void check_mentions(void) {
    check(r->n_mentions <= MAX_MENTIONS && r->n_groups <= MAX_GROUPS);
    for (size_t i = 0; i < r->n_mentions; i++) {
        const struct mention *m = &r->mentions[i];
        check(m->len && m->start + (size_t)m->len <= m->field->text.len);
        check((m->field->text.ptr[m->start] & 0xc0) != 0x80);
        check(m->group < r->n_groups);
        if (m->only_region || r->groups[m->group].place == UINT32_MAX) continue;
        check(r->groups[m->group].place < data.n_places);
        check(m->confidence >= 0 && m->confidence <= 1);
    }
}

/* A first byte that says where the title ends and where the memory does, in sixteenths. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct arena arena;
    struct item item;
    struct homes homes;
    char memory[1024];
    if (!size) return 0;
    const char *text = (const char *)bytes + 1;
    size--;
    size_t learned = size * (bytes[0] >> 4) / 64, title = (size - learned) * (bytes[0] & 15) / 16;
    arena_init(&arena, (size_t)1 << 26);
    for (size_t i = 0, n; i < size; i += n)
        if (!(n = utf8_valid(text + i, size - i))) goto out; /* texts of items are valid UTF-8 */
    while (learned && (text[learned] & 0xc0) == 0x80) learned--;
    while (title && (text[learned + title] & 0xc0) == 0x80) title--;
    struct na_item index =
        reading_item((struct text){text + learned, title},
                     (struct text){text + learned + title, size - learned - title}, &arena, &item);
    index.memory = (struct na_text){text, learned};
    reading_of(r, &data, &words, &index);
    check_mentions();
    size_t n = homes_learn(r, memory, sizeof memory);
    if (n) {
        homes_read(&homes, (struct na_text){memory, n}, &data);
        check(isfinite(homes.total) && homes.n <= MAX_HOMES);
    }
out:
    arena_clear(&arena);
    return 0;
}
