#include "pipeline/prompt_cache.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/input_file.h"
#include "base/private_file.h"
#include "odsora/odsora.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".embedding";
constexpr std::chrono::hours kLongestWrite{1};

/// The first bytes of an entry. The values follow, then the SHA-256 of all before it. Numbers are those of the machine:
/// to one of the other byte order the version is unknown.
struct EntryHeader {
  std::array<char, 8> magic = {'o', 'd', 's', 'o', 'r', 'a', 'T', 'E'};
  uint32_t version = 1;
  uint32_t header_bytes = 64;
  Sha256Digest key = {};
  int64_t tokens = 0;
  int64_t channels = 0;

  bool operator==(const EntryHeader&) const = default;
};
static_assert(sizeof(EntryHeader) == 64 && std::has_unique_object_representations_v<EntryHeader>);

std::span<const std::byte> bytes_of(const EntryHeader& header) { return std::as_bytes(std::span(&header, 1)); }
std::span<const std::byte> bytes_of(const HostTensor& tensor) { return std::as_bytes(std::span(tensor.values)); }

Bytes entry_size(Bytes value_bytes) { return sizeof(EntryHeader) + value_bytes + sizeof(Sha256Digest); }

Sha256Digest checksum_of(const EntryHeader& header, const HostTensor& embedding) {
  Sha256 digest;
  digest.update(bytes_of(header));
  digest.update(bytes_of(embedding));
  return digest.finish();
}

/// Whether a file of this size can hold what its header promises; checked before memory is taken for it.
bool fits(const EntryHeader& header, Bytes file_size) {
  constexpr int64_t kMostOfAxis = int64_t{1} << 24;
  const auto [tokens, channels] = std::pair(header.tokens, header.channels);
  if (tokens < 1 || channels < 1 || tokens > kMostOfAxis || channels > kMostOfAxis) return false;
  return entry_size(static_cast<Bytes>(tokens * channels) * sizeof(float)) == file_size;
}

/// Nothing when anything about the entry is wrong. Throws Error(kBadModel) when the file cannot be read.
std::optional<HostTensor> read_entry(const fs::path& path, const PromptKey& key, Bytes most_bytes) {
  const InputFile file(path);
  if (file.size() > most_bytes || file.size() < entry_size(0)) return std::nullopt;
  EntryHeader header;
  file.read(0, std::as_writable_bytes(std::span(&header, 1)));
  const EntryHeader expected = {.key = key.digest, .tokens = header.tokens, .channels = header.channels};
  if (header != expected || !fits(header, file.size())) return std::nullopt;
  HostTensor embedding({header.tokens, header.channels});
  const std::span<std::byte> values = std::as_writable_bytes(std::span(embedding.values));
  file.read(sizeof(header), values);
  Sha256Digest checksum;
  file.read(sizeof(header) + values.size(), checksum);
  if (checksum != checksum_of(header, embedding)) return std::nullopt;
  return embedding;
}

struct Entry {
  fs::path path;
  Bytes bytes;
  fs::file_time_type used;
};

/// Every entry of the folder but `kept`; what a crashed writer left is removed on the way.
std::vector<Entry> list_entries(const fs::path& folder, const fs::path& kept) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator item(folder, error), end; !error && item != end; item.increment(error)) {
    std::error_code gone;  // removed by another process since it was listed
    const fs::file_time_type time = item->last_write_time(gone);
    const Bytes bytes = gone ? 0 : item->file_size(gone);
    if (gone) continue;
    if (item->path().filename().string().starts_with(kUnfinishedPrefix)) {
      if (time < fs::file_time_type::clock::now() - kLongestWrite) fs::remove(item->path(), gone);
    } else if (item->path().extension() == kExtension && item->path() != kept) {
      entries.push_back({item->path(), bytes, time});
    }
  }
  return entries;
}

/// Nothing for a variable that is unset or empty.
std::optional<fs::path> path_in_environment(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return fs::path(value);
}

}  // namespace

std::optional<fs::path> default_cache_folder() {
  if (const auto folder = path_in_environment("ODSORA_CACHE_DIR")) return folder;
  const auto caches = path_in_environment("XDG_CACHE_HOME");
  if (caches && caches->is_absolute()) return *caches / "odsora";
  const auto home = path_in_environment("HOME");
  if (home && home->is_absolute()) return *home / ".cache" / "odsora";
  return std::nullopt;
}

PromptCache::PromptCache(std::optional<fs::path> folder, Bytes most_bytes, int most_entries)
    : folder_(std::move(folder)), most_bytes_(most_bytes), most_entries_(most_entries) {
  if (folder_) *folder_ /= "prompts";
}

std::optional<HostTensor> PromptCache::find(const PromptKey& key) const {
  if (!folder_) return std::nullopt;
  const fs::path file = file_of(key);
  try {
    std::optional<HostTensor> embedding = read_entry(file, key, most_bytes_);
    std::error_code ignored;
    if (embedding) fs::last_write_time(file, fs::file_time_type::clock::now(), ignored);
    return embedding;
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool PromptCache::store(const PromptKey& key, const HostTensor& embedding) const {
  if (!folder_ || embedding.shape.size() != 2) return false;
  const EntryHeader header = {.key = key.digest, .tokens = embedding.dim(0), .channels = embedding.dim(1)};
  const Bytes bytes = entry_size(bytes_of(embedding).size());
  if (!fits(header, bytes) || bytes > most_bytes_ || most_entries_ < 1) return false;
  if (!make_private_folder(*folder_)) return false;
  const fs::path file = file_of(key);
  make_room(bytes, file);
  return write_private_file(file, {bytes_of(header), bytes_of(embedding), checksum_of(header, embedding)});
}

fs::path PromptCache::file_of(const PromptKey& key) const {
  return *folder_ / (to_string(key.digest) + std::string(kExtension));
}

void PromptCache::make_room(Bytes bytes, const fs::path& kept) const {
  std::vector<Entry> entries = list_entries(*folder_, kept);
  std::sort(entries.begin(), entries.end(), [](const Entry& left, const Entry& right) {
    return std::tie(left.used, left.path) > std::tie(right.used, right.path);
  });
  Bytes total = bytes;
  for (const Entry& entry : entries) total += entry.bytes;
  while (!entries.empty() && (total > most_bytes_ || entries.size() >= static_cast<size_t>(most_entries_))) {
    std::error_code ignored;
    fs::remove(entries.back().path, ignored);
    total -= entries.back().bytes;
    entries.pop_back();
  }
}

}  // namespace odsora
