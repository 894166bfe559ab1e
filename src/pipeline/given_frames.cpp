#include "pipeline/given_frames.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/error.h"
#include "base/input_file.h"
#include "base/sha256.h"
#include "video/frame_reader.h"

namespace odsora {
namespace {

/// Puts the option before what is wrong with its file.
template <typename Action>
auto naming(const JobReference& reference, const Action& action) {
  try {
    return action();
  } catch (const Error& error) {
    fail(ErrorCode::kInvalidArgument, reference.option, ": ", error.what());
  }
}

FrameSize frame_size(const Job& job) { return {.width = job.output_width, .height = job.output_height}; }

void check_kind(const JobReference& reference, const FrameReader& reader) {
  if (reader.is_picture() == reference.is_video()) {
    fail(ErrorCode::kInvalidArgument, reference.file.path, ": expected a ", reference.is_video() ? "video" : "picture",
         ", found a ", reader.is_picture() ? "picture" : "video");
  }
}

std::string digest_of(const JobReference& reference) {
  constexpr size_t kPiece = 1 << 16;
  const InputFile file(reference.file.path);
  Sha256 digest;
  std::array<std::byte, kPiece> piece;
  for (uint64_t offset = 0; offset < file.size(); offset += kPiece) {
    const auto count = std::min<uint64_t>(kPiece, file.size() - offset);
    file.read(offset, std::span(piece).first(count));
    digest.update(std::span(piece).first(count));
  }
  std::string found = to_string(digest.finish());
  if (!reference.file.sha256.empty() && found != reference.file.sha256) {
    fail(ErrorCode::kInvalidArgument, reference.file.path, ": expected the file whose SHA-256 is ",
         reference.file.sha256, ", found another one, ", found);
  }
  return found;
}

/// Hands over the frames of each chunk that is taken of the file: [up to a chunk of frames, height, width, 3].
void read_chunks(const JobReference& reference, const Job& job, int frames_per_chunk,
                 const std::function<void(const std::vector<uint8_t>& rgb)>& sink) {
  FrameReader reader(reference.file.path, frame_size(job));
  check_kind(reference, reader);
  const size_t frame_bytes = static_cast<size_t>(job.output_height) * static_cast<size_t>(job.output_width) * 3;
  const size_t chunk_bytes = frame_bytes * static_cast<size_t>(frames_per_chunk);
  std::vector<uint8_t> frame(frame_bytes);
  std::vector<uint8_t> chunk;
  while (reader.read(frame)) {
    if (chunk.size() == chunk_bytes && reference.take == JobReference::Take::kEnd) {
      chunk.erase(chunk.begin(), chunk.begin() + static_cast<ptrdiff_t>(frame_bytes));
    }
    chunk.insert(chunk.end(), frame.begin(), frame.end());
    if (!reference.is_video()) break;
    if (chunk.size() == chunk_bytes && reference.take == JobReference::Take::kAll) {
      sink(chunk);
      chunk.clear();
    }
  }
  if (reference.take == JobReference::Take::kStill) {
    while (chunk.size() < chunk_bytes) chunk.insert(chunk.end(), frame.begin(), frame.end());
  }
  if (!chunk.empty()) sink(chunk);
}

/// Appends latents of later frames, [channels, frames, height, width].
void append_frames(HostTensor& latent, HostTensor chunk) {
  if (latent.values.empty()) {
    latent = std::move(chunk);
    return;
  }
  const int64_t plane = latent.dim(2) * latent.dim(3);
  const int64_t before = latent.dim(1) * plane, added = chunk.dim(1) * plane;
  HostTensor both({latent.dim(0), latent.dim(1) + chunk.dim(1), latent.dim(2), latent.dim(3)});
  for (int64_t channel = 0; channel < both.dim(0); ++channel) {
    float* out = both.data() + channel * (before + added);
    std::copy_n(latent.data() + channel * before, before, out);
    std::copy_n(chunk.data() + channel * added, added, out + before);
  }
  latent = std::move(both);
}

}  // namespace

std::vector<InspectedReference> inspect_references(const Job& job, const VideoVaeConfig& vae) {
  std::vector<InspectedReference> inspected;
  for (const JobReference& reference : job.references) {
    naming(reference, [&] {
      const Bytes reading = FrameReader(reference.file.path, frame_size(job)).memory();
      int chunks = 0;
      read_chunks(reference, job, static_cast<int>(vae.frames_per_chunk), [&](const auto&) { ++chunks; });
      inspected.push_back(
          {.reference = reference, .sha256 = digest_of(reference), .reading = reading, .chunks = chunks});
    });
  }
  return inspected;
}

HostTensor frames_from_pixels(const std::vector<uint8_t>& rgb, int height, int width) {
  constexpr float kHalf = 127.5F;
  const int64_t pixels = int64_t{height} * width * 3;
  HostTensor frames({static_cast<int64_t>(rgb.size()) / pixels, height, width, 3});
  std::transform(rgb.begin(), rgb.end(), frames.values.begin(),
                 [](uint8_t value) { return static_cast<float>(value) / kHalf - 1.0F; });
  return frames;
}

HostTensor encode_reference(const InspectedReference& inspected, const Job& job, const VideoVaeConfig& vae,
                            const ChunkEncoder& encode_chunk) {
  HostTensor latent;
  read_chunks(inspected.reference, job, static_cast<int>(vae.frames_per_chunk), [&](const auto& rgb) {
    append_frames(latent, encode_chunk(frames_from_pixels(rgb, job.output_height, job.output_width)));
  });
  return latent;
}

}  // namespace odsora
