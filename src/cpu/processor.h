// What the system tells about the processor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace odsora {

struct Processor {
  std::string name;                // e.g. "AMD EPYC 9654 96-Core Processor"; empty where the system does not tell
  std::vector<std::string> flags;  // the system's names of what it can do, e.g. "avx512_bf16"

  bool has(std::string_view flag) const;
};

/// The processor in the text of Linux's /proc/cpuinfo: the first one, since they are alike in what matters here.
Processor parse_processor(std::string_view text);

Processor this_processor();

}  // namespace odsora
