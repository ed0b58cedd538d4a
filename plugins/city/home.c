#include "city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SURE  0.8
#define FADE  0.98f /* an item's worth against the one after it: about fifty items are remembered */
#define LEAST 4.0   /* sure cities before a share says anything */

/* The memory of a feed is a line: 1 TOTAL CODE WEIGHT CODE WEIGHT … What does not read so is no memory: a new
 * one begins. */
void homes_read(struct homes *h, struct na_text memory, const struct city_data *d) {
    char line[1024], code[16];
    *h = (struct homes){0};
    if (!memory.len || memory.len >= sizeof line) return;
    memcpy(line, memory.ptr, memory.len);
    line[memory.len] = '\0';
    int at = 0, used;
    if (sscanf(line, "1 %lf%n", &h->total, &at) != 1 || !(h->total >= 0 && h->total < 1e6)) return;
    for (float weight; h->n < MAX_HOMES && sscanf(line + at, " %15s %f%n", code, &weight, &used) == 2;
         at += used)
        for (uint32_t i = 0; i < d->n_regions && weight > 0 && weight < 1e6f; i++)
            if (!strcmp(d->regions[i].code, code)) {
                h->list[h->n++] = (struct home){(uint16_t)i, weight};
                break;
            }
}

double homes_share(const struct homes *h, uint16_t region) {
    if (h->total < LEAST) return 0;
    for (size_t i = 0; i < h->n; i++)
        if (h->list[i].region == region)
            return h->list[i].weight > h->total ? 1 : h->list[i].weight / h->total;
    return 0;
}

/* The lightest one makes room. */
static void add(struct homes *h, uint16_t region) {
    size_t least = 0;
    if (region == CITY_NONE) return;
    for (size_t i = 0; i < h->n; i++) {
        if (h->list[i].region == region) {
            h->list[i].weight += 1;
            return;
        }
        if (h->list[i].weight < h->list[least].weight) least = i;
    }
    if (h->n < MAX_HOMES) least = h->n++;
    h->list[least] = (struct home){region, 1};
}

size_t homes_learn(const struct reading *r, char *out, size_t size) {
    struct homes h = r->homes;
    bool learned = false, seen[MAX_GROUPS] = {false};
    for (size_t i = 0; i < h.n; i++) h.list[i].weight *= FADE;
    h.total *= (double)FADE;
    for (size_t i = 0; i < r->n_mentions; i++) {
        const struct mention *m = &r->mentions[i];
        if (m->only_region || m->confidence < SURE || seen[m->group]) continue;
        const struct city_place *p = &r->data->places[r->groups[m->group].place];
        seen[m->group] = learned = true;
        h.total += 1;
        add(&h, p->country);
        add(&h, p->admin);
    }
    if (!learned) return 0;
    int n = snprintf(out, size, "1 %.3f", h.total);
    for (size_t i = 0; i < h.n && n > 0 && (size_t)n < size; i++)
        if (h.list[i].weight > 0.01f)
            n += snprintf(out + n, size - (size_t)n, " %s %.3f", r->data->regions[h.list[i].region].code,
                          (double)h.list[i].weight);
    return n > 0 && (size_t)n < size ? (size_t)n : 0;
}
