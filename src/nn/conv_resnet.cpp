#include "nn/conv_resnet.h"

#include <utility>

namespace odsora {

Tensor run_resnet(Ops& ops, const ConvResnet& resnet, Tensor x, int64_t band_bytes) {
  const ConvBands bands(ops, band_bytes);
  const Tensor hidden = bands.norm_conv(x, resnet.norm1, resnet.conv1, resnet.conv1.type);
  if (resnet.shortcut) x = bands.pointwise(std::move(x), *resnet.shortcut);
  bands.add_norm_conv(x, hidden, resnet.norm2, resnet.conv2);
  return x;
}

}  // namespace odsora
