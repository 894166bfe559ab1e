// Whether the system starts as many threads as are asked for.
#pragma once

namespace odsora {

/// libgomp ends the process when it cannot start a thread, in the middle of the work; so this asks before. Returns when
/// threads that were started to try are gone again. Throws Error(kUnsupported) naming how many there are.
void require_compute_threads(int threads);

}  // namespace odsora
