// Files that are wrong for certain, made from good ones: each must be refused.
#pragma once

#include <string>
#include <vector>

namespace odsora::fuzz {

struct MalformedFiles {
  std::string kind;    // what was done, in one word for the name of a test
  std::string target;  // that must refuse them
  std::string good;    // what they were made from, which it accepts
  std::vector<std::string> files;
};

std::vector<MalformedFiles> malformed_weights();
std::vector<MalformedFiles> malformed_configs();
std::vector<MalformedFiles> malformed_recipes();
std::vector<MalformedFiles> malformed_texts();
std::vector<MalformedFiles> malformed_pictures();
std::vector<MalformedFiles> malformed_videos();
std::vector<MalformedFiles> malformed_generation_data();
std::vector<MalformedFiles> malformed_checkpoints();

/// The bytes of tests/fuzz/seeds/<name>.
std::string seed(const std::string& name);

/// The beginnings of a file, [first, last) bytes long, at most so many of them.
std::vector<std::string> beginnings(const std::string& bytes, size_t first, size_t last, size_t most = 400);

/// `bytes` with those at `place` replaced.
std::string replaced(std::string bytes, size_t place, const std::string& by);

/// A number of so many bytes, least or most significant first.
std::string little_endian(uint64_t value, size_t bytes);
std::string big_endian(uint64_t value, size_t bytes);

}  // namespace odsora::fuzz
