# cmake -DSCENARIOS=DIR -DOUT=FILE -P embed_scenarios.cmake: writes the files DIR/GROUP/NAME.scenario
# as C, the table of sim/catalogue.h.
file(GLOB files RELATIVE ${SCENARIOS} ${SCENARIOS}/*/*.scenario)
list(SORT files)
set(texts "")
set(rows "")
set(count 0)
foreach(file ${files})
  get_filename_component(group ${file} DIRECTORY)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${SCENARIOS}/${file} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR length "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND texts "static const unsigned char text_${count}[] = {${bytes}0};\n")
  string(APPEND rows "    {\"${group}\", \"${name}\", (const char *)text_${count}, ${length}},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUT}.new "/* Written by cmake/embed_scenarios.cmake from scenarios/. */
#include \"sim/catalogue.h\"

${texts}
const struct catalogue_entry catalogue_entries[] = {
${rows}};
const size_t catalogue_count = ${count};
")
configure_file(${OUT}.new ${OUT} COPYONLY)
