# What `cmake --install` puts where. tests/tidy/install.sh checks that all of it arrives.
if(TARGET etalond)
  install(TARGETS etalond DESTINATION ${CMAKE_INSTALL_SBINDIR})
endif()
foreach(program etalon etalon-verify etalon-witness)
  if(TARGET ${program})
    install(TARGETS ${program} DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

foreach(section 1 5 8)
  file(GLOB pages CONFIGURE_DEPENDS man/*.${section})
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

# systemd looks into <prefix>/lib/systemd for /usr and /usr/local alike; never into lib/<triplet>.
# A unit names the program where it was installed: the prefix may be given as late as at the install.
file(GLOB units CONFIGURE_DEPENDS systemd/*.service)
foreach(unit ${units})
  get_filename_component(name ${unit} NAME)
  install(CODE "
    file(READ \"${unit}\" text)
    string(REPLACE \"/usr/sbin/etalond\" \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}/etalond\"
           text \"\${text}\")
    string(REPLACE \"/usr/bin/etalon-\" \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/etalon-\"
           text \"\${text}\")
    file(WRITE \"${CMAKE_BINARY_DIR}/${name}\" \"\${text}\")")
  install(FILES ${CMAKE_BINARY_DIR}/${name} DESTINATION lib/systemd/system)
endforeach()

# completions/: etalon.bash, _etalon (zsh), etalon.fish.
file(GLOB bash_completions CONFIGURE_DEPENDS completions/*.bash)
foreach(file ${bash_completions})
  get_filename_component(command ${file} NAME_WE)
  install(FILES ${file} RENAME ${command}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endforeach()
file(GLOB zsh_completions CONFIGURE_DEPENDS completions/_*)
install(FILES ${zsh_completions} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
file(GLOB fish_completions CONFIGURE_DEPENDS completions/*.fish)
install(FILES ${fish_completions} DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

file(GLOB samples CONFIGURE_DEPENDS conf/*.conf)
install(FILES ${samples} DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
file(GLOB guides CONFIGURE_DEPENDS doc/*.md)
install(FILES ${guides} DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The scenarios that are built into etalon, to be read and changed.
install(DIRECTORY scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/etalon FILES_MATCHING PATTERN "*.scenario")
