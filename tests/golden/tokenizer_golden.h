// Compares the tokenizer with ids that Hugging Face's T5 tokenizer gave for the same vocabulary.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "text/t5_tokenizer.h"

namespace odsora {

struct TokenizerComparison {
  int cases = 0;
  std::vector<std::string> mismatches;  // one line each: text, expected ids, ids found
};

/// Encodes every text of folder/ids.json, an array of {"text", "ids"}, with folder/spiece.model.
inline TokenizerComparison compare_tokenizer(const std::filesystem::path& folder) {
  const T5Tokenizer tokenizer(folder / "spiece.model");
  std::ifstream stream(folder / "ids.json");
  TokenizerComparison comparison;
  for (const nlohmann::json& expected : nlohmann::json::parse(stream)) {
    ++comparison.cases;
    const std::string text = expected.at("text");
    const std::vector<int32_t> ids = tokenizer.encode(text);
    if (ids == expected.at("ids").get<std::vector<int32_t>>()) continue;
    std::ostringstream line;
    line << expected.at("text") << ": expected " << expected.at("ids") << ", found " << nlohmann::json(ids);
    comparison.mismatches.push_back(line.str());
  }
  return comparison;
}

}  // namespace odsora
