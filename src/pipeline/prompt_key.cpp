#include "pipeline/prompt_key.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/input_file.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

/// Of the key itself: what goes into it, and in what order.
constexpr uint64_t kKeyVersion = 1;
constexpr uint64_t kSampledBytes = uint64_t{1} << 20;

void add_number(Sha256& digest, uint64_t number) {
  std::array<std::byte, 8> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(number >> (8 * i));
  digest.update(bytes);
}

/// With its length, so that no two lists of texts look alike.
void add_text(Sha256& digest, std::string_view text) {
  add_number(digest, text.size());
  digest.update(std::as_bytes(std::span(text)));
}

uint64_t nanoseconds_of_change(const fs::path& file) {
  std::error_code error;
  const fs::file_time_type time = fs::last_write_time(file, error);
  if (error) fail(ErrorCode::kBadModel, file.string(), ": cannot read the file's time: ", error.message());
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

void add_file(Sha256& digest, const fs::path& path) {
  const InputFile file(path);
  add_text(digest, path.filename().string());
  add_number(digest, file.size());
  add_number(digest, nanoseconds_of_change(path));
  std::vector<std::byte> sample(std::min(file.size(), kSampledBytes));
  file.read(0, sample);
  digest.update(sample);
  file.read(file.size() - sample.size(), sample);
  digest.update(sample);
}

void add_files(Sha256& digest, std::span<const fs::path> any_order) {
  std::vector<fs::path> files(any_order.begin(), any_order.end());
  std::sort(files.begin(), files.end(),
            [](const fs::path& left, const fs::path& right) { return left.filename() < right.filename(); });
  for (const fs::path& file : files) add_file(digest, file);
}

}  // namespace

PromptKey make_prompt_key(std::span<const int32_t> tokens, DType compute_type, std::span<const fs::path> encoder_files,
                          std::string_view arithmetic) {
  Sha256 digest;
  add_text(digest, "odsora prompt");
  add_number(digest, kKeyVersion);
  add_text(digest, version());
  add_text(digest, arithmetic);
  add_text(digest, name_of(compute_type));
  add_number(digest, tokens.size());
  for (const int32_t token : tokens) add_number(digest, static_cast<uint64_t>(token));
  add_files(digest, encoder_files);
  return {digest.finish()};
}

Sha256Digest digest_of_files(std::string_view purpose, std::span<const fs::path> files) {
  Sha256 digest;
  add_text(digest, purpose);
  add_files(digest, files);
  return digest.finish();
}

}  // namespace odsora
