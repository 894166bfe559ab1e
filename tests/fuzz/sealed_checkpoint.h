// Gives the bytes of a checkpoint's file the digest that they should have, as far as they have a place for it.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/sha256.h"

namespace odsora::fuzz {

inline std::string sealed_checkpoint(std::string bytes) {
  constexpr std::string_view kBeforeDigest = R"({"__metadata__":{"sha256":")";
  constexpr size_t kLength = 8, kDigest = 64;
  const size_t place = kLength + kBeforeDigest.size();
  uint64_t length = 0;
  if (bytes.size() < place + kDigest) return bytes;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > bytes.size() - kLength || length < place + kDigest - kLength) return bytes;
  if (bytes.compare(kLength, kBeforeDigest.size(), kBeforeDigest) != 0) return bytes;
  bytes.replace(place, kDigest, kDigest, '0');
  Sha256 digest;
  const std::span<const std::byte> all = std::as_bytes(std::span(bytes));
  digest.update(all.subspan(kLength + length));
  digest.update(all.first(kLength + length));
  return bytes.replace(place, kDigest, to_string(digest.finish()));
}

}  // namespace odsora::fuzz
