#include "pipeline/guarded_computation.h"

#include "base/error.h"
#include "pipeline/number_guard.h"

namespace odsora {
namespace {

// The layer from which on values are not finite; what is merely too large is only so in the result.
std::string find_layer(const GuardedComputation& computation) {
  LayerSearch search(LayerSearch::Fault::kWrongNumber);
  computation.reopen();
  computation.compute(search.probe());
  return search.layer();
}

}  // namespace

HostTensor compute_guarded(const GuardedComputation& computation) {
  HostTensor result = computation.compute({});
  std::string fault = wrong_number(result.values, computation.most);
  if (fault.empty()) return result;
  if (computation.fall_back()) {
    if (computation.note) computation.note(fallback_note(computation.what, fault));
    result = computation.compute({});
    fault = wrong_number(result.values, computation.most);
    if (fault.empty()) return result;
  }
  fail_numbers(computation.what, fault, find_layer(computation));
}

std::string fallback_note(const std::string& what, const std::string& fault) {
  return join(what, ": the numbers are wrong in bf16 (", fault, "), so this phase goes on in f32");
}

void fail_numbers(const std::string& what, const std::string& fault, const std::string& layer) {
  fail(ErrorCode::kNumbers, what, ": the model's numbers are wrong (", fault, ") from ",
       layer.empty() ? "its last layer" : "layer " + layer, " on; its weights or this size do not work");
}

}  // namespace odsora
