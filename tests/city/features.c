/* features TABLE [NAME VALUE …]: reads items, a line each (TITLE, a tab, BODY), and prints what the fit
 * needs, with the named weights set to the values. Lines of tabs:
 *
 *   choice|scale|clue NAME …                             the names of the columns below, first of all
 *   C ITEM GROUP NAME/ADMIN/COUNTRY PEOPLE CHOICE …      a candidate of a name of the item
 *   M ITEM GROUP NAME/ADMIN/COUNTRY SCALE … CLUE …       a mention, by the place that was chosen for it
 */
#include "reading.h"

#include <stdlib.h>

#define NOT(name, w)
#define CHOICE(name, w) [CHOICE_##name] = #name,
#define SCALE           NOT
#define CLUE            NOT
static const char *const choices[N_CHOICES] = {
#include "city/weights.inc"
};
#undef CHOICE
#undef SCALE
#define CHOICE         NOT
#define SCALE(name, w) [SCALE_##name] = #name,
static const char *const scales[N_SCALES] = {
#include "city/weights.inc"
};
#undef SCALE
#undef CLUE
#define SCALE         NOT
#define CLUE(name, w) [CLUE_##name] = #name,
static const char *const clues[N_CLUES] = {
#include "city/weights.inc"
};

static int set_in(const char *kind, const char *name, const char *const *names, size_t n, double *weights,
                  double value) {
    size_t len = strlen(kind);
    for (size_t i = 0; i < n && !strncmp(name, kind, len); i++)
        if (!strcmp(name + len, names[i])) {
            weights[i] = value;
            return 1;
        }
    return 0;
}

static void print_names(const char *kind, const char *const *names, size_t n) {
    printf("%s", kind);
    for (size_t i = 0; i < n; i++) printf("\t%s", names[i]);
    putchar('\n');
}

static void print_place(const struct city_data *d, char kind, unsigned item, size_t group, uint32_t place) {
    const struct city_place *p = &d->places[place];
    printf("%c\t%u\t%zu\t%s/%s/%s", kind, item, group, city_text(d, p->name), city_region_code(d, p->admin),
           d->regions[p->country].code);
}

static void print_reading(const struct reading *r, unsigned item) {
    for (size_t j = 0; j < r->n_groups; j++) {
        const struct group *g = &r->groups[j];
        if (g->place == UINT32_MAX) continue;
        for (unsigned i = 0; i < g->name->n_refs; i++) {
            uint32_t ref = r->data->refs[g->name->refs + i];
            double x[N_CHOICES];
            if (!ref_is_place(ref)) continue;
            choose_reasons(r, g, ref, x);
            print_place(r->data, 'C', item, j, REF_NUMBER(ref));
            printf("\t%.4f", city_people(&r->data->places[REF_NUMBER(ref)]));
            for (unsigned k = 0; k < N_CHOICES; k++) printf("\t%.6g", x[k]);
            putchar('\n');
        }
    }
    for (size_t i = 0; i < r->n_mentions; i++) {
        const struct mention *m = &r->mentions[i];
        if (m->only_region || r->groups[m->group].place == UINT32_MAX) continue;
        print_place(r->data, 'M', item, m->group, r->groups[m->group].place);
        for (unsigned k = 0; k < N_SCALES; k++) printf("\t%.6g", m->scales[k]);
        for (unsigned c = 0; c < N_CLUES; c++) printf("\t%d", (int)(m->clues >> c & 1));
        putchar('\n');
    }
}

int main(int argc, char **argv) {
    struct city_data data;
    struct clue_index words;
    struct reading *r = malloc(sizeof *r);
    char *line = NULL;
    size_t cap = 0;
    if (argc < 2 || argc % 2 || !r) {
        fputs("features TABLE [NAME VALUE]...\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i += 2) {
        double value = strtod(argv[i + 1], NULL);
        if (!set_in("CHOICE_", argv[i], choices, N_CHOICES, choice_weights, value) &&
            !set_in("SCALE_", argv[i], scales, N_SCALES, scale_weights, value) &&
            !set_in("CLUE_", argv[i], clues, N_CLUES, clue_weights, value)) {
            fprintf(stderr, "%s: no such weight\n", argv[i]);
            return 2;
        }
    }
    if (reading_table(&data, argv[1])) return 1;
    clue_index_fill(&words);
    print_names("choice", choices, N_CHOICES);
    print_names("scale", scales, N_SCALES);
    print_names("clue", clues, N_CLUES);
    unsigned number = 0;
    for (ssize_t n; (n = getline(&line, &cap, stdin)) >= 0; number++) {
        struct arena arena;
        struct item item;
        if (n && line[n - 1] == '\n') line[--n] = '\0';
        char *tab = strchr(line, '\t');
        if (tab) *tab++ = '\0';
        arena_init(&arena, (size_t)1 << 26);
        struct na_item index = reading_item(text_of(line), text_of(tab ? tab : ""), &arena, &item);
        reading_of(r, &data, &words, &index);
        print_reading(r, number);
        arena_clear(&arena);
    }
    free(line);
    free(r);
    city_data_close(&data);
    return 0;
}
