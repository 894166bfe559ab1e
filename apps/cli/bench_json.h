// What odsora bench measured, for programs.
#pragma once

#include <nlohmann/json.hpp>

#include "tools/bench.h"
#include "tools/bench_job.h"

namespace odsora_cli {

nlohmann::ordered_json bench_json(const odsora::BenchMachine& machine);
nlohmann::ordered_json bench_json(const odsora::BenchResult& result);
nlohmann::ordered_json bench_json(const odsora::BenchJob& job, const odsora::Report& report);

}  // namespace odsora_cli
