#include "pipeline/color_cache.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "base/input_file.h"
#include "base/private_file.h"
#include "odsora/odsora.h"
#include "pipeline/prompt_key.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

/// The first bytes of a file. The numbers follow, weights and then the offset for red, green and blue, then the SHA-256
/// of all before it. Numbers are those of the machine: to one of the other byte order the version is unknown.
struct FileHeader {
  std::array<char, 8> magic = {'o', 'd', 's', 'o', 'r', 'a', 'L', 'C'};
  uint32_t version = 1;
  uint32_t channels = 0;
  Sha256Digest key = {};

  bool operator==(const FileHeader&) const = default;
};
static_assert(sizeof(FileHeader) == 48 && std::has_unique_object_representations_v<FileHeader>);

std::span<const std::byte> bytes_of(const FileHeader& header) { return std::as_bytes(std::span(&header, 1)); }

Sha256Digest checksum_of(const FileHeader& header, std::span<const double> numbers) {
  Sha256 digest;
  digest.update(bytes_of(header));
  digest.update(std::as_bytes(numbers));
  return digest.finish();
}

std::vector<double> numbers_of(const LatentColorMap& map) {
  std::vector<double> numbers;
  for (size_t color = 0; color < 3; ++color) {
    numbers.insert(numbers.end(), map.weights[color].begin(), map.weights[color].end());
    numbers.push_back(map.offset[color]);
  }
  return numbers;
}

LatentColorMap map_of(const std::vector<double>& numbers) {
  const auto terms = static_cast<ptrdiff_t>(numbers.size() / 3);
  LatentColorMap map;
  for (size_t color = 0; color < 3; ++color) {
    const auto begin = numbers.begin() + static_cast<ptrdiff_t>(color) * terms;
    map.weights[color].assign(begin, begin + terms - 1);
    map.offset[color] = *(begin + terms - 1);
  }
  return map;
}

/// Nothing when anything about the file is wrong. Throws Error(kBadModel) when it cannot be read.
std::optional<LatentColorMap> read_map(const fs::path& path, const FileHeader& expected) {
  const InputFile file(path);
  std::vector<double> numbers(3 * (size_t{expected.channels} + 1));
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(numbers));
  if (file.size() != sizeof(FileHeader) + bytes.size() + sizeof(Sha256Digest)) return std::nullopt;
  FileHeader header;
  Sha256Digest checksum;
  file.read(0, std::as_writable_bytes(std::span(&header, 1)));
  file.read(sizeof header, bytes);
  file.read(sizeof header + bytes.size(), checksum);
  if (header != expected || checksum != checksum_of(header, numbers)) return std::nullopt;
  if (!std::all_of(numbers.begin(), numbers.end(), [](double number) { return std::isfinite(number); })) {
    return std::nullopt;
  }
  return map_of(numbers);
}

FileHeader header_of(const ColorKey& key, size_t channels) {
  return {.channels = static_cast<uint32_t>(channels), .key = key.digest};
}

}  // namespace

ColorKey make_color_key(std::span<const fs::path> vae_files) { return {digest_of_files("odsora colors", vae_files)}; }

ColorCache::ColorCache(std::optional<fs::path> folder) : folder_(std::move(folder)) {
  if (folder_) *folder_ /= "colors";
}

std::optional<LatentColorMap> ColorCache::find(const ColorKey& key, size_t channels) const {
  if (!folder_) return std::nullopt;
  try {
    return read_map(file_of(key), header_of(key, channels));
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool ColorCache::store(const ColorKey& key, const LatentColorMap& map) const {
  if (!folder_ || !make_private_folder(*folder_)) return false;
  const FileHeader header = header_of(key, map.channels());
  const std::vector<double> numbers = numbers_of(map);
  return write_private_file(file_of(key),
                            {bytes_of(header), std::as_bytes(std::span(numbers)), checksum_of(header, numbers)});
}

fs::path ColorCache::file_of(const ColorKey& key) const {
  constexpr size_t kDigits = 2;
  return *folder_ / (to_string(key.digest).substr(0, kDigits) + ".map");
}

}  // namespace odsora
