# The libraries that odsora stands on: packages of Debian 12, named with their purpose in README.md.
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(PkgConfig REQUIRED)
find_package(dnnl REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(HIGHWAY REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(SENTENCEPIECE REQUIRED IMPORTED_TARGET sentencepiece)
pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswscale)

add_library(odsora_dependencies INTERFACE)
target_link_libraries(odsora_dependencies INTERFACE OpenMP::OpenMP_CXX DNNL::dnnl nlohmann_json::nlohmann_json
                                                    PkgConfig::HIGHWAY PkgConfig::SENTENCEPIECE PkgConfig::LIBAV)
