// The frames that a job is given: read from files, and turned into latents.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/host_tensor.h"
#include "base/units.h"
#include "models/video_vae.h"
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

/// The latents of what is taken of the file, [channels, latent frames, height, width]: the means, so that the same
/// file gives the same video. Calls `chunk_done` after each chunk. Throws Error(kInvalidArgument).
HostTensor encode_reference(const InspectedReference& reference, const Job& job, const VideoVaeConfig& vae,
                            VideoVaeEncoder& encoder, const std::function<void()>& chunk_done);

}  // namespace odsora
