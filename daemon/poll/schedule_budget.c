#include "poll/schedule_budget.h"

#include "base/time.h"
#include "poll/schedule_grid.h"
#include "poll/schedule_inside.h"

#include <math.h>

#define SOLVE_EVERY HOUR
#define PACE_LEAST  1e3 /* ms */
#define PACE_MOST   (30.0 * (double)DAY)
#define MEMORY      2.0  /* days: of what the forecast leaves out */
#define TRUST       0.02 /* of the budget: polls by which the first forecast is believed as it is */
#define REPAID      2.0  /* days within which a debt is saved */
#define DEBT_MOST   0.5  /* of the budget */
#define MEAN_JITTER 1.05

struct schedule_load schedule_load_of(const struct schedule_state *s, const struct config_feed *feed,
                                      const struct schedule_fleet *fleet, int64_t now) {
    struct schedule_load load = {0};
    double hours[SCHEDULE_HOURS];
    if (schedule_off(s, feed) || feed->source != SOURCE_URL) return load;
    load.at_least = (float)(feed->every ? feed->every : feed->min_every);
    load.at_most = (float)(feed->every ? feed->every : feed->max_every);
    struct interval i = {(int64_t)load.at_least, "every"};
    interval_hints(&i, s, feed);
    if (s->failures && s->next != TIME_NONE && s->next - now > i.ms) i.ms = s->next - now;
    if ((float)i.ms > load.at_least) load.at_least = (float)i.ms;
    if (load.at_most < load.at_least) load.at_most = load.at_least;
    if (feed->every) return load;
    schedule_hours(&s->learned, fleet, hours);
    double rate = schedule_rate(&s->learned) / 24;
    for (int h = 0; h < SCHEDULE_HOURS; h++) load.root[h] = (float)sqrt(rate * hours[h]);
    const struct schedule_grid g = schedule_grid(&s->learned);
    load.grid = (float)g.period;
    load.off_grid = (float)sqrt(1 - g.share);
    return load;
}

/* Polls a ms in an hour of the day. */
static double polls_in(const struct schedule_load *l, double pace, unsigned hour) {
    double every = (double)l->at_least;
    if (l->root[hour] > 0) {
        every = pace / (double)l->root[hour];
        if (l->grid > 0 && every < (double)l->grid) {
            every = every / (double)l->off_grid;
            if (every > (double)l->grid) every = (double)l->grid;
        }
    }
    if (every > (double)l->at_most) every = (double)l->at_most;
    if (every < (double)l->at_least) every = (double)l->at_least;
    return 1 / (every * MEAN_JITTER);
}

double schedule_forecast(const struct schedule_load *loads, size_t n, double pace, unsigned hours) {
    double polls = 0;
    for (size_t i = 0; i < n; i++)
        for (unsigned h = 0; h < SCHEDULE_HOURS && loads[i].at_most > 0; h++)
            if (hours >> h & 1) polls += polls_in(&loads[i], pace, h) * (double)HOUR;
    return polls;
}

bool schedule_budget_due(const struct schedule_fleet *fleet, int64_t now) {
    return fleet->again || fleet->solved == TIME_NONE || now - fleet->solved >= SOLVE_EVERY ||
           now < fleet->solved;
}

/* What the last stretch has shown. */
static void settle(struct schedule_fleet *f, int64_t budget, int64_t now) {
    double days = f->solved == TIME_NONE ? -1 : (double)(now - f->solved) / (double)DAY;
    if (days < 0 || days > MEMORY) { /* it was not running */
        f->polls = f->debt = f->planned = 0;
        return;
    }
    double left = exp(-days / MEMORY);
    f->forecast = f->forecast * left + f->planned * days;
    f->made = f->made * left + f->polls;
    f->debt += f->polls - (double)budget * days;
    if (f->debt > DEBT_MOST * (double)budget) f->debt = DEBT_MOST * (double)budget;
    if (f->debt < -DEBT_MOST * (double)budget) f->debt = -DEBT_MOST * (double)budget;
    f->polls = 0;
}

void schedule_budget_solve(struct schedule_fleet *f, const struct schedule_load *loads, size_t n,
                           int64_t budget, int64_t now) {
    settle(f, budget, now);
    double trust = TRUST * (double)budget;
    double left_out = (f->made + trust) / (f->forecast + trust);
    double want = ((double)budget - f->debt / REPAID) / left_out, low = PACE_LEAST, high = PACE_MOST;
    for (int i = 0; i < 40 && high / low > 1.0001; i++) {
        double pace = sqrt(low * high);
        if (schedule_forecast(loads, n, pace, 0xffffff) > want)
            low = pace;
        else
            high = pace;
    }
    f->pace = (int64_t)high;
    int64_t hours = now / HOUR - (now % HOUR < 0);
    f->planned = 24 * schedule_forecast(loads, n, high, 1u << (unsigned)((hours % 24 + 24) % 24));
    f->solved = now;
    f->again = false;
}
