// Idle compute threads sleep instead of spinning.
#pragma once

namespace odsora_cli {

/// libgomp reads its wait policy when it is loaded, before main: so the program starts itself once more with
/// OMP_WAIT_POLICY=passive, unless the user has set one. Spinning threads slow a busy machine down many times over.
void let_idle_threads_sleep(char** argv);

}  // namespace odsora_cli
