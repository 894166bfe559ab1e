// SHA-256 (FIPS 180-4): names for cached results, and proof that what is read is what was written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace odsora {

using Sha256Digest = std::array<std::byte, 32>;

/// The digest of all bytes it was given, in order.
class Sha256 {
 public:
  void update(std::span<const std::byte> bytes);

  /// Call once, at the end.
  Sha256Digest finish();

 private:
  static constexpr size_t kBlockSize = 64;

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, kBlockSize> pending_;  // the first size_ % kBlockSize bytes of it
  uint64_t size_ = 0;
};

/// Lower-case hexadecimal digits, 64 of them.
std::string to_string(const Sha256Digest& digest);

}  // namespace odsora
