// Lets a test look at a named value on its way through a model.
#pragma once

#include <functional>
#include <string_view>

#include "nn/tensor.h"

namespace odsora {

/// Called with a value's name and the value; empty: nobody looks.
using Probe = std::function<void(std::string_view name, const Tensor& value)>;

inline void show(const Probe& probe, std::string_view name, const Tensor& value) {
  if (probe) probe(name, value);
}

}  // namespace odsora
