# faultline_folder(PATH USES folders… LINKS libraries… [REGISTRY Kind])
#
# Makes the static library for one folder (advisor/host -> target advisor_host) from its *.cpp, and writes what it may
# use into build/layers.txt for the architecture test.
#
# REGISTRY Kind: every file STEM.cpp that has a header-less factory `make_STEM_KIND()` is a member; the list of all
# members is generated, so that one more file is one more member with no edit elsewhere. Members are the files in the
# folder's `KINDs` subfolder, e.g. advisor/ladder/rungs/*.cpp. A file without its factory fails at link time.
file(WRITE ${CMAKE_BINARY_DIR}/layers.txt "")

function(faultline_folder path)
  cmake_parse_arguments(ARG "" "REGISTRY" "USES;LINKS" ${ARGN})
  string(REPLACE "/" "_" target ${path})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${path}/*.cpp)
  list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/${path}/main.cpp)
  if(ARG_REGISTRY)
    string(TOLOWER ${ARG_REGISTRY} kind)
    if(kind STREQUAL "fix")
      set(members_folder fixes)
    else()
      set(members_folder ${kind}s)
    endif()
    file(GLOB members CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${path}/${members_folder}/*.cpp)
    list(SORT members)
    set(declarations "")
    set(calls "")
    foreach(member ${members})
      get_filename_component(stem ${member} NAME_WE)
      string(APPEND declarations "std::unique_ptr<${ARG_REGISTRY}> make_${stem}_${kind}();\n")
      string(APPEND calls "  all.push_back(make_${stem}_${kind}());\n")
    endforeach()
    set(generated ${CMAKE_BINARY_DIR}/generated/${target}_registry.cpp)
    file(CONFIGURE OUTPUT ${generated} CONTENT
"// Generated from the files in ${path}/${members_folder}. Do not edit.
#include <memory>
#include <vector>

#include \"${path}/${kind}.h\"

namespace faultline {
${declarations}
std::vector<std::unique_ptr<${ARG_REGISTRY}>> all_${members_folder}() {
  std::vector<std::unique_ptr<${ARG_REGISTRY}>> all;
${calls}  return all;
}
}  // namespace faultline
")
    list(APPEND sources ${members} ${generated})
  endif()
  set(uses "")
  foreach(folder ${ARG_USES})
    string(REPLACE "/" "_" used ${folder})
    list(APPEND uses ${used})
  endforeach()
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PUBLIC ${uses} ${ARG_LINKS})
  file(APPEND ${CMAKE_BINARY_DIR}/layers.txt "${path}: ${ARG_USES}\n")
endfunction()
