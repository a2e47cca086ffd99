# A thin front to CMake: `make serve`, `make test`, `make`, `make install`. The work is in
# CMakePresets.json (build trees), scripts/setup (packages) and scripts/serve (the demonstration).
TREES = release debug clang fuzz analyze
# Two for each processor: most tests wait more than they work (see tests/CMakeLists.txt).
JOBS = $$((2 * $$(nproc)))

# Configures build/$(1); says something only if it fails.
define configure
	@mkdir -p build
	@for tree in $(1); do \
	    cmake --preset $$tree >build/$$tree.log 2>&1 || { cat build/$$tree.log; exit 1; }; \
	done
endef

# Builds build/$(1). Progress is for people: without a terminal only compilers' messages are shown.
define build
	@quiet=--quiet; if [ -t 1 ]; then quiet=; fi; cmake --build --preset $(1) -- $$quiet
endef

.PHONY: all release serve test install format clean

all: release

release:
	$(call configure,release)
	$(call build,release)

# Runs the service on loopback in the foreground; SECONDS=20 stops it after that time.
serve:
	@scripts/setup build
	@$(MAKE) --no-print-directory release
	@exec scripts/serve build/release/bin $(SECONDS)

# Everything, in one CTest run: it also builds and tests the other trees (see tests/CMakeLists.txt).
test:
	@scripts/setup test
	$(call configure,$(TREES))
	$(call build,debug)
	@ctest --test-dir build/debug --output-on-failure --no-label-summary --timeout 300 -j $(JOBS)

install: release
	cmake --install build/release

format:
	clang-format -i $$(find src tests bench -name '*.[ch]')

clean:
	rm -rf build
