# Included at the top of llama.cpp's own project by make llamacpp: of its tools
# only the server is compiled, and what the server links.
function(server_alone)
  get_property(tools DIRECTORY tools PROPERTY SUBDIRECTORIES)
  foreach(dir IN LISTS tools)
    if(NOT dir MATCHES "/tools/server$")
      set_property(DIRECTORY "${dir}" PROPERTY EXCLUDE_FROM_ALL TRUE)
    endif()
  endforeach()
endfunction()
cmake_language(DEFER CALL server_alone)
