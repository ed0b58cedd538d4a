/* Every cap of the program, each with its reason. Foreign bytes are hostile: whatever they can
 * make us hold, nest, count or wait for has its line here, and nowhere else.
 * Sizes are bytes and times milliseconds, unless the name says otherwise. */
#ifndef NEWSALERTD_BASE_LIMITS_H
#define NEWSALERTD_BASE_LIMITS_H

/* -- one document ------------------------------------------------------------------------------- */
#define LIMIT_BODY             (16u << 20) /* after decompression; real feeds are under 4 MiB, bombs are not */
#define LIMIT_WIRE             (16u << 20) /* as sent; a body that grows on the wire beyond this is no feed */
#define LIMIT_UNPACKED         (2u << 20) /* beyond it a compressed body is held to this ratio; news are under 50 */
#define LIMIT_UNPACKED_RATIO   200u
#define LIMIT_BODIES           (24u << 20)  /* documents on their way in, all together */
#define LIMIT_BODY_SMALL       (128u << 10) /* of each without asking for room; most are smaller */
#define LIMIT_HEADERS          (64u << 10)  /* all header lines of one answer; browsers stop in this region */
#define LIMIT_VALIDATOR        1024u        /* an ETag or date longer than this is not kept, nor sent back */
#define LIMIT_REDIRECTS        5u           /* hops; a chain that is longer is a loop or a trap */
#define LIMIT_ITEMS            5000u        /* the first of a feed; the largest honest feed seen had 3,000 */
#define LIMIT_FIELD            (1u << 20)   /* plain text of one field; no news text is longer */
#define LIMIT_NESTING          256u         /* open elements or JSON levels; recursion and stacks end here */
#define LIMIT_ATTRIBUTES       256u         /* of one tag; more are ignored (40,000 made peers quadratic) */
#define LIMIT_TAG              (64u << 10)  /* bytes of one tag with its attributes */
#define LIMIT_CATEGORIES       64u          /* of one item */
#define LIMIT_ENCLOSURES       16u          /* of one item */
#define LIMIT_URL              4096u        /* one address; longer ones are dropped */
#define LIMIT_ID               4096u        /* an item's own id; a longer one is hashed by its first bytes */
#define LIMIT_DATE             128u         /* bytes looked at of a date */
#define LIMIT_HTTP_DATE        64u          /* bytes of a date in a header; the longest legal form has 33 */
#define LIMIT_JUNK_BEFORE_ROOT (64u << 10)  /* white space and warnings before the root element */
#define LIMIT_ENTITY_TEXT      (64u << 10)  /* all internal entities of a document, expanded */
#define LIMIT_ENTITIES         256u         /* internal entities declared; they are looked up one by one */
#define LIMIT_ENTITY_NAME      64u          /* bytes of the name of one */
#define LIMIT_NAMESPACES       256u         /* declarations in force at once; looked up one by one, too */
#define LIMIT_PREFIX           32u          /* bytes of a namespace prefix; a longer one is not known */
#define LIMIT_JSON_VALUES      300000u      /* of one JSON document; each costs its tree some 60 bytes */
#define LIMIT_TYPE             128u         /* bytes of a media type; longer ones are dropped */
#define LIMIT_MARKUP           (4u << 20) /* a value with its markup, before it becomes a text of LIMIT_FIELD */
#define LIMIT_AUTHORS          16u        /* of one item; the rest are left out */
#define LIMIT_CAP_PARAGRAPHS   64u        /* of one alert; each copies those before it */
#define LIMIT_AUTHOR           1024u      /* all authors of one item together */
#define LIMIT_CATEGORY         1024u      /* bytes of one category */
#define LIMIT_DECODED          (16u << 20) /* of a body in UTF-8; a byte of an old charset becomes up to three */
#define LIMIT_DOCUMENT_ARENA                                                                                 \
    (20u << 20)                         /* all that one parsed document may hold: a body of texts, and room */
#define LIMIT_DOCUMENT_SPARE (2u << 20) /* beyond that, for the list of items and for late addresses */
#define LIMIT_PAGE_LINKS     64u        /* feeds that one page offers; the rest are not named */
#define LIMIT_PAGE_TITLE     256u       /* bytes of the title of a page, or of a feed that it offers */
#define LIMIT_PAGE_ARENA     (1u << 20) /* texts of the links of one page */
#define LIMIT_PAGE_NAMED     5u         /* of them, in the words for a page that is no feed */
#define LIMIT_WARNINGS       100u       /* kept of one document; the rest are counted */
#define LIMIT_CHARSET_EDITS  64u        /* of those, places where bytes were mended */

/* -- words and queries -------------------------------------------------------------------------- */
#define LIMIT_WORD          256u    /* folded bytes of one word; longer runs are cut into pieces */
#define LIMIT_WORDS_A_FIELD 262144u /* word positions of one field value */
#define LIMIT_QUERY         8192u   /* bytes of a query */
#define LIMIT_QUERY_LEAVES  512u
#define LIMIT_QUERY_DEPTH   32u /* parentheses */
#define LIMIT_PHRASE_WORDS  32u
#define LIMIT_SPELLINGS     8u           /* of one phrase with hyphens */
#define LIMIT_REGEX         1000u        /* bytes */
#define LIMIT_NEAR          99u          /* words between the sides of NEAR */
#define LIMIT_NEAR_PAIRS    65536u       /* pairs that one NEAR inside another looks at; then it is unknown */
#define LIMIT_RULES_ARENA   (1u << 30)   /* texts of all queries together; a million alerts need a third */
#define LIMIT_WORDS_ARENA   (256u << 20) /* the words of one item; what is beyond is not searched, and told */
#define LIMIT_HITS_A_ITEM   65536u       /* from one plugin on one item; more are dropped and named */
#define LIMIT_ALERTS        1000000u
#define LIMIT_PLUGIN_MEMORY 4096u /* bytes a plugin may remember of a feed */
#define LIMIT_NOTE          4096u /* bytes of one note of a plugin */
#define LIMIT_PLUGINS       64u
#define LIMIT_COMPILE_ARENA (64u << 20) /* words that one plugin has cut of its terms in one compile */
#define LIMIT_HITS_ARENA    (4u << 20)  /* notes, reasons and memory that one plugin gives of one item */
#define LIMIT_PLUGIN_KEY    512u        /* bytes of a key or action that a plugin hands back */

/* -- configuration ------------------------------------------------------------------------------ */
#define LIMIT_CONFIG_LINE   (64u << 10)
#define LIMIT_CONFIG_FILE   (256u << 20)
#define LIMIT_CONFIG_VALUE  (1u << 20)  /* with ${ENV} filled in; no honest value is near it */
#define LIMIT_CONFIG_SECRET (16u << 10) /* bytes of a file that holds a secret; a folder's dump is none */
#define LIMIT_CONFIG_BODY   (64 * 1024) /* a body_file: four times what the longest chat takes */
#define LIMIT_CONFIG_NAME   200u        /* bytes of a name; it goes into headers, log fields and file names */
#define LIMIT_INCLUDE_DEPTH 16u
#define LIMIT_PROBLEMS      1000u /* reported of one configuration; the rest are counted */

/* -- network ------------------------------------------------------------------------------------ */
#define LIMIT_CONNECT_MS       10000
#define LIMIT_HOST_IDLE_S      90  /* a kept connection */
#define LIMIT_IDLE_CONNECTIONS 256 /* kept open for reuse; libcurl's own figure follows the running ones */
#define LIMIT_SPARE_HANDLES    16u /* libcurl's, for the next request: some 10 KiB each */
#define LIMIT_READ_CPU_MS                                                                                    \
    100 /* of the loop's time that one TLS connection has at a stretch; honest ones take 5 */
#define LIMIT_ERROR_BODY              (64u << 10) /* read of an answer that is no feed, for the connection's reuse */
#define LIMIT_HOSTS_IDLE              64u /* hosts that only redirects named, kept for their spacing */
#define LIMIT_HINT_HEADER_MS          (24LL * 3600000) /* believed of Cache-Control and Expires */
#define LIMIT_HINT_DOCUMENT_MS        (4LL * 3600000)  /* believed of ttl and skip lists: often left over */
#define LIMIT_SPACING_MS              120000           /* between starts at a host that answered 429 */
#define LIMIT_RETRY_AFTER_FEED_MS     (7LL * 86400000) /* what a publisher may ask for */
#define LIMIT_RETRY_AFTER_DELIVERY_MS 86400000LL       /* what a receiver may ask for */
#define LIMIT_ANSWER                  (64u << 10)      /* bytes read of a receiver's answer */

/* -- programs and lists that are feeds ---------------------------------------------------------- */
#define LIMIT_SPAWN_ERRORS     (8u << 10)  /* kept of a program's standard error: its end */
#define LIMIT_SPAWN_GRACE_MS   2000        /* between SIGTERM and SIGKILL */
#define LIMIT_COMMANDS         8u          /* command feeds that run at once; the others wait their turn */
#define LIMIT_OPML             (16u << 20) /* bytes of a list; 5,000 feeds take 1 MiB */
#define LIMIT_OPML_FEEDS       50000u      /* of one list; more than one machine polls */
#define LIMIT_OPML_ARENA       (64u << 20) /* texts of one list */
#define LIMIT_PUSH_BODY        (4u << 20)  /* one push; hubs send what is new, seldom the whole feed */
#define LIMIT_PUSH_HEADERS     (16u << 10) /* request line and headers of what comes to the listener */
#define LIMIT_PUSH_CONNECTIONS 16u         /* at once; with LIMIT_PUSH_BODY, 64 MiB at most */
#define LIMIT_PUSH_MS          30000       /* one connection, however slowly it sends */
#define LIMIT_HUB_REQUESTS     4u          /* of ours to hubs, at once */
#define LIMIT_CHALLENGE        2048u       /* bytes that a hub wants to hear back */
#define LIMIT_LEASE_MS         (30LL * 86400000) /* what a hub may grant; more is taken as that */
#define LIMIT_COMMAND_LINES    5u                /* of a program's standard error that come into the log */
#define LIMIT_BUDGET           100000000LL       /* polls a day; more than 1,000 a second */
#define LIMIT_TRACE            (256u << 20)      /* bytes of a trace to simulate: 20 million items */

/* -- delivery ----------------------------------------------------------------------------------- */
#define LIMIT_ROWS_A_DESTINATION 64u   /* rows handed to the loop at once */
#define LIMIT_RATE_WAIT_MS       60000 /* what waits longer for its rate comes as one summary */
#define LIMIT_SUMMARY_ROWS       1000u /* rows that one summary takes; the facts of so many are 6 MiB */
#define LIMIT_POSTED             200u  /* bytes of a service's name for a message of ours */
#define LIMIT_GUESSES            10u   /* later outlets whose titles one message shows */
#define LIMIT_WEBHOOK_BODY       (256u << 10) /* contract */
#define LIMIT_WEBHOOK_SUMMARY    4000u        /* characters */
#define LIMIT_MAIL_SUBJECT       200u         /* characters */
#define LIMIT_ERROR_TEXT         500u         /* characters kept of a failure */
#define LIMIT_IN_FLIGHT          64u          /* in_flight of one destination */

/* -- store and threads -------------------------------------------------------------------------- */
#define LIMIT_BATCH_DOCUMENTS  64u        /* of one transaction */
#define LIMIT_BATCH_MS         50         /* of one transaction */
#define LIMIT_QUEUE_LONG       256u       /* documents waiting for the pipeline; then fetching pauses */
#define LIMIT_QUEUE_LONG_BYTES (8u << 20) /* their bytes, likewise */
#define LIMIT_READ_AHEAD       (4u << 20) /* documents that are read and not yet stored; one may be larger */
#define LIMIT_QUEUE_SHORT      65536u
#define LIMIT_PAGE_ROWS        500u         /* of one answer to control */
#define LIMIT_LIFE_ITEMS       5000         /* items that one question for an item's life looks at */
#define LIMIT_THREAD_ITEMS     100u         /* shown of one thread, the newest */
#define LIMIT_PAGE_BYTES       (16u << 20)  /* of items read at once by match --stored; one may be larger */
#define LIMIT_FEED_STATE       (256u << 10) /* of a feed's schedule as JSON; two addresses, all escapes, fit */
#define LIMIT_DB_JOURNAL       (1u << 20)   /* WAL is cut back to this */
#define LIMIT_DB_WAIT_MS       5000         /* for a reader that holds the database */
#define LIMIT_DB_CHECK         (256 << 20)  /* a larger database is not read through at start; 1 s or so */
#define LIMIT_DB_WAL_PAGES     128 /* of the WAL; then it is written back: 512 KiB, so that small disks serve */
#define LIMIT_DB_WAL_BUSY      256   /* the same while work waits: 1 MiB, or each batch would pay for it */
#define LIMIT_ROWS_LATER       1024u /* rows in the loop's hands that wait for a retry of their own */
#define LIMIT_PRUNE_SLICE      500   /* rows deleted by one transaction, so that others need not wait */
#define LIMIT_PRUNE_MS         (10 * 60000) /* between two rounds of pruning */
#define LIMIT_EVENTS_MS        20           /* of the loop's time for events of the pipeline at a stretch */
#define LIMIT_PIPELINE_MS      60000        /* without a step while there is work: the watchdog may bark */
#define SEEN_AFTER_LISTED_MS   (90LL * 86400000) /* a seen mark stays after the feed's last listing */

/* -- stories ------------------------------------------------------------------------------------ */
#define LIMIT_STORY_ITEMS  60000u  /* in the index, under 1 KiB each; two days of 300 busy feeds */
#define LIMIT_STORY_WORDS  400000u /* counted; then those that are rare and in no live story are forgotten */
#define LIMIT_STORY_GIST   1024u /* bytes of what is kept of an item: 40 words, 40 shingles, its addresses */
#define LIMIT_STORY_COUNTS (32u << 20) /* bytes of a stored snapshot of their counts */

/* -- control ------------------------------------------------------------------------------------ */
#define LIMIT_CONTROL_BODY (64u << 10)
#define LIMIT_CONTROL_MS   30000 /* a client that does not read or write */
#define LIMIT_LOOP_LAG_MS  50    /* the loop never blocks longer; measured, shown in status */

#endif
