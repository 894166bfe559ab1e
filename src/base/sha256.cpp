#include "base/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

namespace odsora {
namespace {

// FIPS 180-4, section 4.2.2.
constexpr std::array<uint32_t, 64> kRoundConstants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint32_t read_big_endian(const std::byte* bytes) {
  uint32_t word = 0;
  for (int i = 0; i < 4; ++i) word = word << 8 | std::to_integer<uint32_t>(bytes[i]);
  return word;
}

/// Section 6.2.2, with its names.
void compress(std::array<uint32_t, 8>& state, const std::byte* block) {
  std::array<uint32_t, 64> W;
  for (size_t t = 0; t < 16; ++t) W[t] = read_big_endian(block + 4 * t);
  for (size_t t = 16; t < 64; ++t) {
    const uint32_t sigma0 = std::rotr(W[t - 15], 7) ^ std::rotr(W[t - 15], 18) ^ (W[t - 15] >> 3);
    const uint32_t sigma1 = std::rotr(W[t - 2], 17) ^ std::rotr(W[t - 2], 19) ^ (W[t - 2] >> 10);
    W[t] = sigma1 + W[t - 7] + sigma0 + W[t - 16];
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (size_t t = 0; t < 64; ++t) {
    const uint32_t Sigma1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const uint32_t Ch = (e & f) ^ (~e & g);
    const uint32_t T1 = h + Sigma1 + Ch + kRoundConstants[t] + W[t];
    const uint32_t Sigma0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const uint32_t Maj = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = d + T1;
    d = c;
    c = b;
    b = a;
    a = T1 + Sigma0 + Maj;
  }
  const std::array<uint32_t, 8> change = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < state.size(); ++i) state[i] += change[i];
}

}  // namespace

void Sha256::update(std::span<const std::byte> bytes) {
  size_t pending = size_ % kBlockSize;
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (pending == 0 && bytes.size() >= kBlockSize) {
      compress(state_, bytes.data());
      bytes = bytes.subspan(kBlockSize);
      continue;
    }
    const size_t taken = std::min(kBlockSize - pending, bytes.size());
    std::memcpy(pending_.data() + pending, bytes.data(), taken);
    bytes = bytes.subspan(taken);
    pending = (pending + taken) % kBlockSize;
    if (pending == 0) compress(state_, pending_.data());
  }
}

Sha256Digest Sha256::finish() {
  // Section 5.1.1: a one bit, zeros up to eight bytes before the end of a block, the length in bits.
  const uint64_t bits = size_ * 8;
  std::array<std::byte, kBlockSize + 8> padding = {std::byte{0x80}};
  const size_t zeros_end = (kBlockSize + 55 - size_ % kBlockSize) % kBlockSize + 1;
  for (size_t i = 0; i < 8; ++i) padding[zeros_end + i] = static_cast<std::byte>(bits >> (56 - 8 * i));
  update(std::span(padding).first(zeros_end + 8));
  Sha256Digest digest;
  for (size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<std::byte>(state_[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

std::string to_string(const Sha256Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : digest) {
    text += kDigits[std::to_integer<size_t>(byte >> 4)];
    text += kDigits[std::to_integer<size_t>(byte & std::byte{15})];
  }
  return text;
}

}  // namespace odsora
