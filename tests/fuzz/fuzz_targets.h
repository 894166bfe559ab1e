// The targets of this folder, for the tests that call them without libFuzzer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace odsora::fuzz {

struct FuzzTarget {
  std::string name;  // safetensors, of safetensors_fuzz.cpp
  int (*try_input)(const uint8_t* data, size_t size);
};

/// CMake writes the list.
std::vector<FuzzTarget> fuzz_targets();

}  // namespace odsora::fuzz
