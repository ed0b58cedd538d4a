/* Texts of the bench of places. */
#ifndef PLACES_ITEMS_H
#define PLACES_ITEMS_H

static const char *const texts[] = {
    "PORTLAND, Ore. (AP) — A fire burned three homes on Monday, officials said.",
    "Two people were hurt in Salem, Ore., when a bus left the road near Woodburn.",
    "The central bank left its rate where it was, and economists expect a cut in spring.",
    "Thousands marched in Nairobi and Mombasa against new taxes, the Kenyan police said.",
    "Chef Marco Milano closed his place in Brooklyn and opened one in Hoboken, New Jersey.",
    "A study from Durham University says that owls hear better than cats do at night.",
    "The night bus from Arequipa to Trujillo was held up by armed men on Tuesday evening.",
    "Mrs. Bath said she had never seen the man before; Judge Buffalo adjourned until May.",
    "В Минске открылась выставка, Гомель готовит свою, а Москва молчит о планах.",
    "名古屋で大雨、電車が止まった。東京と大阪でも遅れが出ている。",
    "Denver Broncos fire offensive coordinator after loss to the Kansas City Chiefs.",
};
static const char filler[] = "The council meets again next week to decide on the budget, and Mayor Anna Reed "
                             "said that who wants to speak must sign "
                             "up before noon. Officials from Springfield did not answer.";

/* Each repeated until it has 100,000 words. A blank ends each word. */
static const char *const hostile[] = {
    "Paris London Springfield San Jose New York ",
    "San Saint Santa New Los Las El La Le Fort Mount ",
    "Springfield, Salem, Franklin, Clinton, Madison, Georgetown, Greenville, Bristol, ",
    "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel ",
    "Jordan Austin Madison Sydney Lincoln Houston Dallas Florence ",
    "San Jose de San Jose de San Juan de San Pedro de La Paz de ",
    "Zorbax Quilmet Vrenkel Obstroph ",
    "Dorothy Theodore Nigel Gwendolyn ",
    "Saint Zorbax North Zorbax New Zorbax ",
    "Минске Казани Москве Городе Деревне ",
};

#endif
