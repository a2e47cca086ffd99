# Compiler flags of every target. Bit-exact simulation forbids contraction and fast math.
option(ETALON_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(ETALON_FUZZ "libFuzzer targets (clang)" OFF)

add_library(etalon_flags INTERFACE)
target_compile_definitions(etalon_flags INTERFACE _GNU_SOURCE ETALON_VERSION="${PROJECT_VERSION}")
target_compile_options(etalon_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wconversion -Wno-sign-conversion -Wundef -Wvla -Wcast-qual -Wwrite-strings
  -ffp-contract=off -fno-strict-aliasing -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)

if(ETALON_SANITIZE)
  target_compile_options(etalon_flags INTERFACE -fsanitize=address,undefined,float-cast-overflow
    -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(etalon_flags INTERFACE -fsanitize=address,undefined)
else()
  # Hardening. Position-independent code is asked for by hand, because CMake's own switch leaves
  # the link flag to the compiler's default. What is reached is checked on the built programs.
  target_compile_options(etalon_flags INTERFACE
    -fPIE -fstack-protector-strong -fstack-clash-protection -fno-common
    $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection=full>
    $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},aarch64>:-mbranch-protection=standard>)
  target_compile_definitions(etalon_flags INTERFACE
    $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2>)
  target_link_options(etalon_flags INTERFACE
    -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
endif()
if(ETALON_FUZZ)
  target_compile_options(etalon_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
