// What odsora bench measured, for programs.
#pragma once

#include <nlohmann/json.hpp>

#include "tools/bench.h"

namespace odsora_cli {

nlohmann::ordered_json bench_json(const odsora::BenchMachine& machine);
nlohmann::ordered_json bench_json(const odsora::BenchResult& result);

}  // namespace odsora_cli
