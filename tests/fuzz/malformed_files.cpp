#include "malformed_files.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "support/pictures.h"

namespace odsora::fuzz {

std::string seed(const std::string& name) {
  const std::string bytes = bytes_of(std::filesystem::path(ODSORA_SOURCE_FOLDER "/tests/fuzz/seeds") / name);
  if (bytes.empty()) throw std::runtime_error("there is no seed " + name);
  return bytes;
}

std::vector<std::string> beginnings(const std::string& bytes, size_t first, size_t last, size_t most) {
  std::vector<std::string> files;
  const size_t step = std::max<size_t>(1, (last - first + most - 1) / most);
  for (size_t size = first; size < last; size += step) files.push_back(bytes.substr(0, size));
  return files;
}

std::string replaced(std::string bytes, size_t place, const std::string& by) {
  return bytes.replace(place, by.size(), by);
}

std::string little_endian(uint64_t value, size_t bytes) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i);
  return text;
}

std::string big_endian(uint64_t value, size_t bytes) {
  std::string text = little_endian(value, bytes);
  std::reverse(text.begin(), text.end());
  return text;
}

}  // namespace odsora::fuzz
