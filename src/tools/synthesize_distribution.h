// From which distribution each weight of a synthetic model is drawn, so that its activations stay of the size of one.
#pragma once

#include <vector>

#include "models/stdit3_config.h"
#include "models/t5_config.h"
#include "models/vae_config.h"
#include "weights/tensor_info.h"

namespace odsora {

/// A uniform distribution, or the values themselves where a model has no other choice.
struct Distribution {
  float mean = 0;
  float deviation = 0;       // standard
  std::vector<float> exact;  // if not empty: every element of the tensor
};

/// Matrices and convolutions have variance 1 / inputs, norms are about one, biases are small; what differs from that
/// is the model's own. Throws Error(kInternal) for a tensor that no rule is known for.
Distribution text_encoder_distribution(const TensorInfo& tensor, const T5Config& config);
Distribution transformer_distribution(const TensorInfo& tensor, const StDit3Config& config);
Distribution vae_distribution(const TensorInfo& tensor, const VideoVaeConfig& config);

}  // namespace odsora
