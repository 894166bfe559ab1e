// Computes a stage's result, looks at its numbers, and does it again in f32 where they are wrong.
#pragma once

#include <functional>
#include <string>

#include "base/host_tensor.h"
#include "nn/probe.h"

namespace odsora {

struct GuardedComputation {
  std::string what;                                   // "denoising, step 3", for messages
  float most = 0;                                     // magnitude of a sound value
  std::function<HostTensor(const Probe&)> compute;    // the same again whenever it is called
  std::function<bool()> fall_back;                    // to f32; false where compute() is in f32 already
  std::function<void()> reopen;                       // lets compute() run once more, for a search
  std::function<void(const std::string&)> note = {};  // receives a sentence when it falls back
};

/// The result, once its numbers are right. Throws Error(kNumbers) naming the stage and the layer from which on they are
/// wrong in f32 too.
HostTensor compute_guarded(const GuardedComputation& computation);

/// "denoising, step 3: the numbers are wrong in bf16 (NaN), so …": what users are told.
std::string fallback_note(const std::string& what, const std::string& fault);

/// Throws Error(kNumbers): "denoising, step 3: the model's numbers are wrong (NaN) from layer spatial4.mlp on".
[[noreturn]] void fail_numbers(const std::string& what, const std::string& fault, const std::string& layer);

}  // namespace odsora
