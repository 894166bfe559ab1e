// The values of --lpl, --tdtm and their like, from text.
#pragma once

#include <string>

#include "odsora/odsora.h"

namespace odsora_cli {

// Each fills in `result` and returns nothing, or says in a sentence what was expected and found.

/// off, auto, authors or a number of evaluations, of --lpl.
std::string parse_leap(const std::string& text, odsora::Leap& result);

/// A number of evaluations, of --leaps.
std::string parse_growing_leaps(const std::string& text, odsora::Leap& result);

/// off, all, N (1 to N), or A-B, counted from 1, of --tdtm.
std::string parse_steps(const std::string& text, odsora::CountedRange& result);

/// The same without off, of --tdtm-blocks.
std::string parse_blocks(const std::string& text, odsora::CountedRange& result);

}  // namespace odsora_cli
