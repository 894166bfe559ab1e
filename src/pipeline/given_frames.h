// The frames that a job is given: read from files, and turned into latents.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/host_tensor.h"
#include "base/units.h"
#include "models/vae_config.h"
#include "pipeline/job.h"

namespace odsora {

/// What is known of a reference before work begins.
struct InspectedReference {
  JobReference reference;
  std::string sha256;  // of the file
  Bytes reading = 0;   // what its reader may hold
  int chunks = 1;      // that will be encoded
};

/// Opens each of the job's files and reads what will be used, so that a bad one is found before work. Throws
/// Error(kInvalidArgument) naming the option and the file: one that is missing, damaged, of the wrong kind or too
/// short, or whose content is not the one that was asked for.
std::vector<InspectedReference> inspect_references(const Job& job, const VideoVaeConfig& vae);

/// Frames of 8-bit pixels as the VAE takes them: [frames, height, width, 3], −1 … 1.
HostTensor frames_from_pixels(const std::vector<uint8_t>& rgb, int height, int width);

/// Turns one chunk of frames [up to a chunk, height, width, 3] into latents [channels, latent frames, height, width].
using ChunkEncoder = std::function<HostTensor(const HostTensor& frames)>;

/// The latents of what is taken of the file, [channels, latent frames, height, width]. Throws Error(kInvalidArgument).
HostTensor encode_reference(const InspectedReference& reference, const Job& job, const VideoVaeConfig& vae,
                            const ChunkEncoder& encode_chunk);

}  // namespace odsora
