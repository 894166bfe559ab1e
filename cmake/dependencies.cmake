# The libraries that odsora stands on: packages of Debian 12, named with their purpose in README.md.
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(PkgConfig REQUIRED)
find_package(dnnl REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(HIGHWAY REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(SENTENCEPIECE REQUIRED IMPORTED_TARGET sentencepiece)
pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswscale)

# The thread sanitizer cannot see how libgomp's threads wait for each other. Without the pragmas only our threads are left.
option(ODSORA_PARALLEL_LOOPS "Compile OpenMP's pragmas" ON)

add_library(odsora_dependencies INTERFACE)
if(ODSORA_PARALLEL_LOOPS)
  target_link_libraries(odsora_dependencies INTERFACE OpenMP::OpenMP_CXX)
else()
  target_compile_options(odsora_dependencies INTERFACE -Wno-unknown-pragmas)
  target_link_libraries(odsora_dependencies INTERFACE ${OpenMP_CXX_LIBRARIES})
endif()
target_link_libraries(odsora_dependencies INTERFACE DNNL::dnnl nlohmann_json::nlohmann_json PkgConfig::HIGHWAY
                                                    PkgConfig::SENTENCEPIECE PkgConfig::LIBAV)
