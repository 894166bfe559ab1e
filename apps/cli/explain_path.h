// The denoising path as a table: how straight it was, and where it was left.
#pragma once

#include "odsora/odsora.h"

namespace odsora_cli {

/// Writes it to standard error: a line for each evaluation, and one for the steps that were leapt over.
void explain_path(const odsora::Report& report);

}  // namespace odsora_cli
