// Progress for programs: NDJSON on standard output.
#pragma once

#include <memory>

#include "progress_printer.h"

namespace odsora_cli {

/// Events: start, progress, note, done, cancelled, error; their fields are in docs/formats.md.
std::unique_ptr<ProgressPrinter> make_json_printer();

}  // namespace odsora_cli
