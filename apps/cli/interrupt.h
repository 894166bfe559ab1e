// Ctrl-C, SIGTERM and a terminal that closes ask the running generation to keep what is done and to stop.
#pragma once

#include "odsora/odsora.h"

namespace odsora_cli {

/// The token that is set when the user interrupts the program. Installs the signal handlers at the first call.
odsora::CancelToken& interrupt_token();

/// What a shell gives a program that SIGINT ended.
constexpr int kExitInterrupted = 130;

}  // namespace odsora_cli
