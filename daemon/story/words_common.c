/* Everyday words of news, written down so that the first hundred items of a new installation are weighed as
 * fairly as later ones. What the stream says is added to this, and soon outweighs it. */
#include "story/words.h"

const struct word_row word_rows[] = {
    {"en", 0.25f,
     "the a an of to in on for and at with by from as is are was were be been has have had it its that this "
     "he "
     "she they his her their will would not but or who what when where why how which after over about into "
     "up out off "
     "down against amid than then there more most new says said say you your we our us i my no all can could "
     "may might "
     "should do does did if so just being"},
    {"de", 0.25f,
     "der die das den dem des ein eine einer eines einem und oder in im am an auf aus bei mit nach von vom "
     "zu zum "
     "zur für fur ist sind war hat haben wird werden nicht auch sich als wie es er sie nur noch uber über "
     "vor gegen"},
    {"fr", 0.25f,
     "le la les un une des du de et ou en dans au aux sur sous avec par pour pas plus est sont a ont ce "
     "cette ces "
     "son sa ses qui que se il elle apres contre entre"},
    {"es", 0.25f,
     "el la los las un una unos y o en del de al por para con sin sobre es son fue ha han que se su sus lo "
     "como mas "
     "tras contra entre"},
    {"it", 0.25f,
     "il lo la gli le un uno una di del della dei delle da dal in nel nella con su per tra fra e o non che "
     "si sono "
     "ha hanno dopo contro"},
    {"pt", 0.25f,
     "o a os as um uma de do da dos das em no na nos nas por para com sem sobre e ou que se seu sua foi sao "
     "mais apos"},
    {"nl", 0.25f,
     "de het een en of in op van voor met bij naar uit aan te is zijn was heeft niet ook dat die als door "
     "over na tegen"},
    {"en", 0.06f,
     "people year day man woman first two one three state city county country government police "
     "report news today week time world officials local national last next back get make take "
     "hour month night morning monday tuesday wednesday thursday friday saturday sunday "
     "january february march april june july august september october november december"},
    {"en", 0.03f,
     "kill dead die death fire court case charge arrest attack crash election president minister leader "
     "party vote law bill tax deal plan talk cut rise fall win beat lose game match team season final open "
     "close "
     "hit face call ask want need find show tell warn urge back seek hold keep move set start end begin stop "
     "million billion percent school hospital "
     "company market price bank worker job health water home house family child student patient resident "
     "official council mayor governor judge lawyer trial suspect victim injure hurt high low big top major "
     "early late north south east west central near four five six seven eight nine ten dozen hundred "
     "thousand "
     "strike storm flood rain snow wind heat power road bridge train bus car plane flight ship boat airport "
     "station "
     "rate growth sale profit loss share stock budget cost pay fund money trade export import "
     "study scientist research expert museum film music book show star festival award record "
     "support protest rally crowd force order rule ban approve reject announce launch unveil reveal "
     "quarter result earn quarterly revenue forecast weather update live video watch breaking exclusive "
     "street town village region area district border sea river coast island park forest "
     "change help work build plan remain stay leave return come go see look run lead return "
     "group member service public system program project issue crisis emergency rescue search miss missing"},
    /* Parts of names that many names have. */
    {"en", 0.03f,
     "san santa saint rio monte mount lake port fort isla cape bay hill hills valley creek springs beach "
     "upper lower great "
     "old little islands castle palace cathedral tower square abbey university college institute society "
     "foundation "
     "motors airlines airways industries holding group united royal bridge"},
    {"de", 0.03f,
     "tote toten toter tot menschen mindestens schwer schwere schweres schwerer jahre jahren mann frau "
     "kinder polizei "
     "feuer brand regierung prasident minister gericht urteil streik wahl unfall verletzte verletzt land "
     "stadt bricht "
     "fordert weniger mehr neue neuer neues erste gegen tausende wegen zahl steigt will kommt geht bleibt"},
    {"fr", 0.03f,
     "morts mort blesses homme femme enfants gouvernement president ministre tribunal greve incendie police "
     "ville pays "
     "nouveau nouvelle ans jours deux trois millions au moins selon fait"},
    {"es", 0.03f,
     "muertos muerto heridos hombre mujer ninos gobierno presidente ministro tribunal huelga incendio "
     "policia ciudad "
     "nuevo nueva anos dias dos tres millones menos segun"},
    {"it", 0.03f,
     "morti morto feriti uomo donna bambini governo presidente ministro tribunale sciopero incendio polizia "
     "citta paese "
     "nuovo nuova anni giorni due tre milioni almeno"},
    {"pt", 0.03f,
     "mortos morto feridos homem mulher criancas governo presidente ministro tribunal greve incendio policia "
     "cidade pais "
     "novo nova anos dias dois tres milhoes menos"},
    {"nl", 0.03f,
     "doden dood gewonden man vrouw kinderen regering president minister rechtbank staking brand politie "
     "stad land nieuw "
     "nieuwe jaar dagen twee drie miljoen minstens"},
};
const size_t n_word_rows = sizeof word_rows / sizeof *word_rows;

const char *const synonym_rows[] = {
    "fire blaze wildfire inferno flames burn burns burned burning burnt gutted engulfed torched",
    "kill killed kills killing dead die dies died death deaths fatal fatally deadly lives perish perished "
    "toll claims slain lethal",
    "injure injured injures injuries injury hurt hurts wounded wounds hospitalised hospitalized",
    "quake earthquake tremor temblor aftershock seismic magnitude",
    "flood floods flooded flooding deluge inundated inundates submerged floodwaters floodwater",
    "storm hurricane cyclone typhoon gale gales tempest",
    "rain rains rainfall downpour",
    "crash crashes crashed collision collide collides collided wreck smash",
    "derail derails derailed derailment",
    "blast explosion explode explodes exploded exploding blasts explosions detonation",
    "collapse collapses collapsed caves crumbles",
    "arrest arrested arrests detained detains detain custody nabbed",
    "charge charged charges indicted indictment indicts accused accuses",
    "convict convicted guilty conviction",
    "sentence sentenced jailed jail prison imprisoned",
    "acquit acquitted cleared acquittal",
    "sue sues sued lawsuit suing suit",
    "resign resigns resigned resignation quit quits ousted",
    "sack fired sacked sacks dismissed dismisses axed",
    "elect elected election elections poll polls ballot vote votes voters voting voted",
    "win wins won victory victorious triumph triumphs prevails beat beats beaten defeat defeats defeated "
    "edges stun stuns thrash thrashes",
    "strike strikes walkout striking stoppage",
    "worker workers employees staff employee staffers workforce",
    "protest protests protesters demonstrators demonstration demonstrations rally rallies marchers march",
    "layoff layoffs jobs redundancies redundancy",
    "buy buys bought acquire acquires acquired acquisition takeover purchase purchases",
    "merge merger merges merging",
    "rise rises rose climb climbs climbed surge surges jump jumps jumped soar soars soared increase "
    "increases increased raises raise raised hike hikes",
    "fall falls fell drop drops dropped decline declines plunge plunges slump slumps tumble tumbles decrease",
    "cut cuts slash slashes slashed reduce reduces trim trims",
    "approve approves approved pass passes passed endorses endorsed greenlights",
    "reject rejects rejected blocks blocked",
    "ban bans banned prohibit prohibits outlaw outlaws prohibited barred",
    "launch launches launched liftoff",
    "rescue rescued rescues saved saves rescuers",
    "evacuate evacuated evacuates evacuation evacuations evacuees flee fled",
    "missing vanished disappeared disappearance disappears",
    "plane aircraft jet airliner airplane aeroplane",
    "ship vessel freighter boat ferry tanker",
    "train rail railway locomotive",
    "car vehicle vehicles cars",
    "truck lorry lorries trucks",
    "police cops officers officer policeman",
    "shoot shooting shot gunman gunmen gunfire shots shooter",
    "stab stabbed stabbing knife",
    "robbery robbers heist robbed thieves stolen steal stole theft thief burglars burglary raid",
    "outbreak epidemic cases infections infected illness sick sickened",
    "virus disease",
    "vaccine vaccines vaccination jab jabs shots",
    "doctor doctors physician physicians medics",
    "hospital clinic",
    "school schools classroom campus",
    "student students pupils pupil",
    "teacher teachers educators",
    "pm premier",
    "probe investigate investigates investigation investigators inquiry investigating",
    "recall recalls recalled",
    "hack hacked hackers cyberattack breach breached ransomware cyber",
    "outage blackout blackouts outages electricity",
    "bankrupt bankruptcy insolvency insolvent administration",
    "profit profits earnings income",
    "ceo boss executive",
    "company firm corporation",
    "find finds found discover discovers discovered discovery unearthed unearth",
    "scientist scientists researchers researcher",
    "agreement deal accord pact treaty agree agrees agreed",
    "truce ceasefire armistice",
    "talks negotiations negotiators negotiate bargaining",
    "troops soldiers army military forces",
    "attack attacks attacked assault",
    "price prices cost costs",
    "reopen reopens reopened",
    "close closes closed closure shut shuts shutting shutters shutdown",
    "delay delays delayed postponed postpones",
    "champion champions championship",
    "goal goals scores score scored strike scorer",
    "landslide mudslide",
    "eruption erupts erupted volcano volcanic lava",
    "heat heatwave",
    "avalanche snowslide",
    "spill leak leaks leaked spills spilled",
    "stranded trapped stuck",
    "kid kids children child youngsters",
    "mum mother mom",
    "dad father",
    "american us usa",
    "british uk britain",
    "escape escapes escaped escapees fugitive fugitives jailbreak",
    "tariff tariffs duties levy levies",
    "exam exams test tests",
    "kidnap kidnapped kidnaps kidnapping kidnappers abduct abducted abduction hostage hostages",
    "hunt hunts hunting manhunt",
    "film films movie movies",
    "football soccer",
    "coach manager",
    "wage wages salary salaries pay",
    "refugee refugees migrant migrants",
    "missile missiles rocket rockets",
    "body bodies corpse corpses remains",
    "murder murders murdered homicide slaying",
    "tourist tourists holidaymakers travellers travelers passengers passenger",
    "apologise apologises apologised apologize apologizes apologized apology sorry",
    "robber robbers",
    "postpone postponed cancel cancels cancelled canceled scrapped",
    "warn warns warned warning warnings",
    "threat threats threatens threatened",
    "inmate inmates prisoner prisoners convict convicts",
    "topple toppled topples",
    "inflation prices",
    "highway motorway freeway expressway",
    "marry marries married weds wed wedding nuptials marriage bride groom",
    "retire retires retired retirement",
    "sign signs signed signing",
    "sell sells sold sale sales",
    "free frees freed release releases released",
    "prize prizes award awards trophy",
    "painting paintings canvas canvases artwork artworks masterpiece masterpieces",
    "sanction sanctions embargo",
    "cabinet ministers",
    "fine fined fines penalty",
    "fraud embezzlement corruption bribery bribes graft",
    "famine starvation hunger",
    "snow blizzard snowstorm snowfall",
    "smartphone handset phone phones",
    "spacecraft lander orbiter",
    "grave tomb burial",
    "memorial monument statue",
    "queen king monarch royal",
    "newborn newborns babies baby infant infants",
    "teen teenager teenagers teenaged",
    "subway metro underground tube",
    "harbour harbor dock docks",
    "flat flats apartment apartments",
    "reservoir dam dams",
    "tower skyscraper",
    "suspend suspends suspended suspension",
    "poison poisoned poisoning poisonous toxic",
    "mine mines miner miners pit colliery",
    "plant factory",
    "drown drowns drowned drownings",
    "bomb bombs bombing bombings bomber",
    "appeal appeals appealed",
    "concert concerts gig gigs",
    "novel book author novelist",
    "funeral burial mourners mourn mourns mourning grief",
    "sink sinks sank sunk sinking",
    "pensioners elderly",
    "veto vetoes vetoed",
    "impeach impeached impeachment",
    "coup putsch junta",
    "referendum plebiscite",
    "treasure hoard",
    "asylum refugees",
    "euro euros",
    "extradite extradited extradition",
    "swim swims swam swimming swimmer",
    "climb climber climbers mountaineer mountaineers",
    "wolf wolves",
    "bear bears",
    "shark sharks",
    "apology apologises",
    "reward bounty",
    "curfew lockdown",
    "nuclear reactor atomic",
    "satellite satellites",
    "drone drones",
    "tunnel tunnels",
    "cathedral church",
    "painter artist",
    "singer popstar",
    "actor actress",
    "surgeon surgeons surgery operation",
    "meteorite meteor asteroid",
    "dinosaur dinosaurs fossil fossils",
    "smuggler smugglers smuggling trafficking traffickers",
    "cocaine drugs narcotics heroin",
    "reshuffle shakeup",
    "lawmakers mps legislators deputies",
    "1 one",
    "2 two",
    "3 three",
    "4 four",
    "5 five",
    "6 six",
    "7 seven",
    "8 eight",
    "9 nine",
    "10 ten",
    "11 eleven",
    "12 twelve",
};
const size_t n_synonym_rows = sizeof synonym_rows / sizeof *synonym_rows;
