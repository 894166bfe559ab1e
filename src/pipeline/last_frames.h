// The frames that came last, for a clip that goes on from them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace odsora {

class LastFrames {
 public:
  /// Remembers so many frames; 0: none.
  explicit LastFrames(int count) : count_(static_cast<size_t>(count)) {}

  /// The next frame; all are of the same size.
  void add(std::span<const uint8_t> frame) {
    if (count_ == 0) return;
    ring_.resize(count_ * frame.size());
    std::copy(frame.begin(), frame.end(), ring_.begin() + static_cast<ptrdiff_t>(next_ * frame.size()));
    next_ = (next_ + 1) % count_;
  }

  /// [count, height, width, 3], the oldest first, once there were as many.
  std::vector<uint8_t> rgb() const {
    const auto oldest = static_cast<ptrdiff_t>(ring_.size() / count_ * next_);
    std::vector<uint8_t> frames(ring_.begin() + oldest, ring_.end());
    frames.insert(frames.end(), ring_.begin(), ring_.begin() + oldest);
    return frames;
  }

 private:
  size_t count_;
  size_t next_ = 0;  // place in the ring, of the oldest frame
  std::vector<uint8_t> ring_;
};

}  // namespace odsora
